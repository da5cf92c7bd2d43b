//! Which key means what on which screen, as one table: the loop looks keys up in it and the help screen is made from it.
//! A key that stands here works, and a key that works stands here.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::message::{BlindMark, ReplayMove, UiMessage};

/// Where the keys go.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum KeyPlace {
    /// The phase picker, with no text being typed.
    Picker,
    /// The filter of the picker, while it is being typed.
    Filter,
    /// The prompt, while it is being edited.
    Prompt,
    /// A live race on screen.
    Race,
    /// A replay on screen.
    Replay,
    /// Where to go in a replay, while it is being typed.
    GoTo,
    /// The verdict, or a title or card of a film.
    Verdict,
    /// Answers that get a score each, without names.
    Rating,
    /// Two answers of which one is preferred, without names.
    Ballot,
    /// After the last answer: who was who.
    Judged,
    /// The board of a watch.
    Board,
    /// Recordings and results to look through.
    Browser,
    /// An overlay that any of its keys closes.
    Overlay,
}

impl KeyPlace {
    /// All places, in the order in which the documentation lists them.
    pub const ALL: [Self; 13] =
        [Picker, Filter, Prompt, Race, Replay, GoTo, Verdict, Rating, Ballot, Judged, Board, Browser, Overlay];

    /// The place as a heading names it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Picker => "Phase picker",
            Self::Filter => "Filter of the picker",
            Self::Prompt => "Prompt editor",
            Self::Race => "Live race",
            Self::Replay => "Replay",
            Self::GoTo => "Where to go in a replay",
            Self::Verdict => "Verdict",
            Self::Rating => "Blind rating",
            Self::Ballot => "Blind vote",
            Self::Judged => "Who was who",
            Self::Board => "Board of a watch",
            Self::Browser => "Results browser",
            Self::Overlay => "Help and messages",
        }
    }
}

/// One line of the table.
pub struct KeyBinding {
    /// The places where it holds.
    pub places: &'static [KeyPlace],
    /// The keys that do it, any of them.
    pub keys: &'static [BoundKey],
    /// The message that the keys send.
    pub msg: UiMessage,
    /// What the help says; empty for a second way to do the same.
    pub help: &'static str,
    /// Whether the hint line at the bottom shows it, and as what.
    pub hint: Option<&'static str>,
}

/// A key as the table names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BoundKey {
    /// A character, whatever its shift.
    Char(char),
    /// A character with Control.
    Ctrl(char),
    /// A key that has a name, such as `Enter`.
    Named(KeyCode),
    /// A named key with Shift.
    Shift(KeyCode),
}

impl BoundKey {
    fn is(self, event: &KeyEvent) -> bool {
        let control = event.modifiers.contains(KeyModifiers::CONTROL);
        match self {
            Self::Char(c) => event.code == KeyCode::Char(c) && !control && !event.modifiers.contains(KeyModifiers::ALT),
            Self::Ctrl(c) => event.code == KeyCode::Char(c) && control,
            Self::Named(code) => event.code == code,
            Self::Shift(code) => event.code == code && event.modifiers.contains(KeyModifiers::SHIFT),
        }
    }

    /// The key as the help names it.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Char(' ') => "Space".into(),
            Self::Char(c) => c.to_string(),
            Self::Ctrl(c) => format!("Ctrl-{}", c.to_ascii_uppercase()),
            Self::Shift(code) => format!("Shift-{}", Self::Named(code).name()),
            Self::Named(code) => match code {
                KeyCode::Up => "↑".into(),
                KeyCode::Down => "↓".into(),
                KeyCode::Left => "←".into(),
                KeyCode::Right => "→".into(),
                KeyCode::PageUp => "PgUp".into(),
                KeyCode::PageDown => "PgDn".into(),
                KeyCode::BackTab => "Shift-Tab".into(),
                code => code.to_string(),
            },
        }
    }
}

use BoundKey::{Char, Ctrl, Named, Shift};
use KeyPlace::{Ballot, Board, Browser, Filter, GoTo, Judged, Overlay, Picker, Prompt, Race, Rating, Replay, Verdict};

const RACES: &[KeyPlace] = &[Race, Replay];
const SHOWS: &[KeyPlace] = &[Race, Replay, Verdict];
/// Where answers are read.
const ANSWERS: &[KeyPlace] = &[Race, Replay, Rating, Ballot];
const BLIND: &[KeyPlace] = &[Rating, Ballot];
/// The same with what comes after the last.
const JUDGING: &[KeyPlace] = &[Rating, Ballot, Judged];
/// Where a letter is a key.
const ALL: &[KeyPlace] = &[Picker, Race, Replay, Verdict, Rating, Ballot, Judged, Board, Browser];
/// The same without the ballot, which has a use of its own for `t`.
const THEMED: &[KeyPlace] = &[Picker, Race, Replay, Verdict, Rating, Judged, Board, Browser];

/// What a mouse can do without a key of ours, though it is captured.
pub const SELECTING: &str = "Shift-drag selects text in most terminals; with the mouse off, any drag";

/// The table. The first line that fits wins.
pub static KEYS: &[KeyBinding] = &[
    bind(&[Picker], &[Named(KeyCode::Enter)], UiMessage::Race { simulate: false }, "race the phase", Some("race")),
    bind(&[Picker], &[Char('s')], UiMessage::Race { simulate: true }, "race it simulated", Some("simulated")),
    bind(&[Picker], &[Char('h')], UiMessage::Browse, "recordings and results", Some("results")),
    bind(&[Browser], &[Named(KeyCode::Enter)], UiMessage::OpenSaved, "play the recording", Some("play")),
    bind(&[Browser], &[Char('c')], UiMessage::Compare, "mark it; on another one, compare the two", Some("compare")),
    bind(&[Browser], &[Char('x')], UiMessage::Export, "make a film of it, beside it as .mp4", Some("film")),
    bind(&[Browser], &[Char('j'), Named(KeyCode::Down)], UiMessage::Choose(1), "next file", None),
    bind(&[Browser], &[Char('k'), Named(KeyCode::Up)], UiMessage::Choose(-1), "file before", None),
    bind(&[Browser], &[Named(KeyCode::Home)], UiMessage::Choose(isize::MIN), "first file", None),
    bind(&[Browser], &[Named(KeyCode::End)], UiMessage::Choose(isize::MAX), "last file", None),
    bind(&[Browser], &[Named(KeyCode::PageDown), Ctrl('d')], UiMessage::Scroll(10), "its page down", Some("page")),
    bind(&[Browser], &[Named(KeyCode::PageUp), Ctrl('u')], UiMessage::Scroll(-10), "its page up", None),
    bind(&[Picker], &[Char('j'), Named(KeyCode::Down)], UiMessage::Choose(1), "next phase", None),
    bind(&[Picker], &[Char('k'), Named(KeyCode::Up)], UiMessage::Choose(-1), "previous phase", None),
    bind(&[Picker], &[Ctrl('d'), Named(KeyCode::PageDown)], UiMessage::Choose(10), "ten phases down", None),
    bind(&[Picker], &[Ctrl('u'), Named(KeyCode::PageUp)], UiMessage::Choose(-10), "ten phases up", None),
    bind(&[Picker], &[Named(KeyCode::Home)], UiMessage::Choose(isize::MIN), "first phase", None),
    bind(&[Picker], &[Named(KeyCode::End)], UiMessage::Choose(isize::MAX), "last phase", None),
    bind(&[Picker], &[Char('/')], UiMessage::Filter, "filter; so does every other letter", Some("filter")),
    bind(&[Picker], &[Char('z')], UiMessage::Size, "next prompt size", Some("size")),
    bind(&[Picker], &[Char('e')], UiMessage::EditPrompt, "edit the prompt", Some("prompt")),
    bind(&[Filter], &[Named(KeyCode::Enter)], UiMessage::Race { simulate: false }, "race the phase", Some("race")),
    bind(&[Filter], &[Named(KeyCode::Down), Ctrl('n')], UiMessage::Choose(1), "next phase", None),
    bind(&[Filter], &[Named(KeyCode::Up), Ctrl('p')], UiMessage::Choose(-1), "previous phase", None),
    bind(&[Filter], &[Named(KeyCode::Esc)], UiMessage::ClearFilter, "show all phases", Some("all phases")),
    bind(&[Prompt], &[Ctrl('s')], UiMessage::KeepPrompt, "use this prompt", Some("use it")),
    bind(&[Prompt], &[Named(KeyCode::Esc)], UiMessage::Back, "leave the prompt as it was", Some("leave it")),
    bind(&[Replay], &[Char(' ')], UiMessage::Pause, "pause and go on", Some("pause")),
    bind(
        &[Replay],
        &[Char('+'), Char('='), Char(']')],
        UiMessage::Speed { up: true },
        "faster, up to ×100",
        Some("faster"),
    ),
    bind(&[Replay], &[Char('-'), Char('[')], UiMessage::Speed { up: false }, "slower, to ×0.01", Some("slower")),
    transport(&[Shift(KeyCode::Right)], ReplayMove::Skip(5), "5 s on", None),
    transport(&[Shift(KeyCode::Left)], ReplayMove::Skip(-5), "5 s back", None),
    transport(&[Named(KeyCode::Right)], ReplayMove::Skip(1), "1 s on, as you watch", Some("1 s")),
    transport(&[Named(KeyCode::Left)], ReplayMove::Skip(-1), "1 s back", None),
    transport(&[Char('.')], ReplayMove::Read { on: true }, "one read on", Some("step")),
    transport(&[Char(',')], ReplayMove::Read { on: false }, "one read back", None),
    transport(&[Char('>')], ReplayMove::Frame { on: true }, "one frame on", None),
    transport(&[Char('<')], ReplayMove::Frame { on: false }, "one frame back", None),
    transport(&[Char('n')], ReplayMove::Mark { on: true }, "next mark", Some("mark")),
    transport(&[Char('N'), Char('b')], ReplayMove::Mark { on: false }, "mark before", None),
    bind(&[Replay], &[Char(':')], UiMessage::AskPlace, "go to a place", Some("go to")),
    transport(&[Char('i')], ReplayMove::Section { first: true }, "section begins here", None),
    transport(&[Char('o')], ReplayMove::Section { first: false }, "section ends here", None),
    transport(&[Char('l')], ReplayMove::Loop, "loop the section", Some("loop")),
    transport(&[Char('x')], ReplayMove::Clear, "forget the section", None),
    transport(&[Char('0')], ReplayMove::Tenth(0), "start; 1 to 9: tenths", None),
    transport(&[Char('1')], ReplayMove::Tenth(1), "", None),
    transport(&[Char('2')], ReplayMove::Tenth(2), "", None),
    transport(&[Char('3')], ReplayMove::Tenth(3), "", None),
    transport(&[Char('4')], ReplayMove::Tenth(4), "", None),
    transport(&[Char('5')], ReplayMove::Tenth(5), "", None),
    transport(&[Char('6')], ReplayMove::Tenth(6), "", None),
    transport(&[Char('7')], ReplayMove::Tenth(7), "", None),
    transport(&[Char('8')], ReplayMove::Tenth(8), "", None),
    transport(&[Char('9')], ReplayMove::Tenth(9), "", None),
    transport(&[Named(KeyCode::Backspace)], ReplayMove::Restart, "from the start", Some("restart")),
    bind(&[GoTo], &[Named(KeyCode::Enter)], UiMessage::Go, "go there", Some("go there")),
    bind(&[GoTo], &[Named(KeyCode::Esc)], UiMessage::Back, "stay here", Some("stay")),
    bind(RACES, &[Named(KeyCode::Tab), Named(KeyCode::BackTab)], UiMessage::Focus, "the other lane", Some("lane")),
    bind(RACES, &[Char('s')], UiMessage::Stack, "lanes stacked or beside", Some("stack")),
    bind(&[Race], &[Char('l'), Char('L')], UiMessage::Layout, "next layout", Some("layout")),
    bind(&[Replay], &[Char('L')], UiMessage::Layout, "next layout", Some("layout")),
    bind(RACES, &[Char('k'), Named(KeyCode::Up)], UiMessage::Scroll(-1), "scroll up", None),
    bind(RACES, &[Char('j'), Named(KeyCode::Down)], UiMessage::Scroll(1), "scroll down", None),
    bind(SHOWS, &[Char('c')], UiMessage::Audience, "a screen for a camera", None),
    bind(ANSWERS, &[Char('R')], UiMessage::AnswerForm, "answers as Markdown or as they came", None),
    bind(RACES, &[Named(KeyCode::PageUp), Ctrl('u')], UiMessage::Scroll(-10), "ten rows up", None),
    bind(RACES, &[Named(KeyCode::PageDown), Ctrl('d')], UiMessage::Scroll(10), "ten rows down", None),
    bind(RACES, &[Named(KeyCode::Home), Char('g')], UiMessage::Scroll(isize::MIN), "the text's beginning", None),
    bind(RACES, &[Named(KeyCode::End), Char('G'), Char('f')], UiMessage::Scroll(isize::MAX), "follow its end", None),
    bind(RACES, &[Char('d')], UiMessage::Detail, "every fact of the lanes", Some("detail")),
    bind(&[Replay], &[Char('v'), Named(KeyCode::Enter)], UiMessage::Verdict, "the verdict", Some("verdict")),
    bind(&[Race], &[Char('v')], UiMessage::Verdict, "the verdict", Some("verdict")),
    // A second Enter in the picker comes too late for it, and must not cover the race with an answer.
    bind(&[Race], &[Named(KeyCode::Enter)], UiMessage::VerdictOfFinished, "the verdict of a finished race", None),
    bind(&[Verdict], &[Char('v')], UiMessage::Verdict, "back to the lanes", Some("lanes")),
    bind(&[Verdict], &[Char('V')], UiMessage::Judge, "vote for the better answer, names hidden", Some("vote")),
    score(&[Char('1')], 1, "useless", Some("to 5: score")),
    score(&[Char('2')], 2, "poor", None),
    score(&[Char('3')], 3, "fair", None),
    score(&[Char('4')], 4, "good", None),
    score(&[Char('5')], 5, "as good as can be", None),
    prefer(&[Char('a'), Named(KeyCode::Left)], BlindMark::Prefer(0), "A is better", Some("A")),
    prefer(&[Char('b'), Named(KeyCode::Right)], BlindMark::Prefer(1), "B is better", Some("B")),
    prefer(&[Char('='), Char('t')], BlindMark::Tie, "neither is better", Some("tie")),
    bind(BLIND, &[Char('s')], UiMessage::Mark(BlindMark::Skip), "skip it", Some("skip")),
    bind(JUDGING, &[Char('u'), Named(KeyCode::Backspace)], UiMessage::TakeBack, "take the last one back", Some("undo")),
    bind(BLIND, &[Named(KeyCode::Tab)], UiMessage::Focus, "the next text", Some("next text")),
    bind(BLIND, &[Named(KeyCode::BackTab)], UiMessage::FocusBack, "the text before", None),
    bind(&[Rating], &[Named(KeyCode::Right)], UiMessage::Focus, "", None),
    bind(&[Rating], &[Named(KeyCode::Left)], UiMessage::FocusBack, "", None),
    bind(JUDGING, &[Char('k'), Named(KeyCode::Up)], UiMessage::Scroll(-1), "scroll up", None),
    bind(JUDGING, &[Char('j'), Named(KeyCode::Down)], UiMessage::Scroll(1), "scroll down", Some("scroll")),
    bind(JUDGING, &[Named(KeyCode::PageUp), Ctrl('u')], UiMessage::Scroll(-10), "ten rows up", None),
    bind(JUDGING, &[Named(KeyCode::PageDown), Ctrl('d')], UiMessage::Scroll(10), "ten rows down", None),
    bind(JUDGING, &[Named(KeyCode::Home), Char('g')], UiMessage::Scroll(isize::MIN), "the text's beginning", None),
    bind(JUDGING, &[Named(KeyCode::End), Char('G')], UiMessage::Scroll(isize::MAX), "its end", None),
    bind(&[Verdict], &[Char(' '), Named(KeyCode::Enter)], UiMessage::SkipStage, "all of the verdict at once", None),
    bind(SHOWS, &[Char('r')], UiMessage::Again, "race again", Some("rerun")),
    bind(SHOWS, &[Char('p')], UiMessage::Replay { slow: false }, "replay", Some("replay")),
    bind(&[Verdict], &[Named(KeyCode::Backspace)], UiMessage::Replay { slow: false }, "", None),
    bind(SHOWS, &[Char('m')], UiMessage::Replay { slow: true }, "slow motion (×0.1)", Some("slow motion")),
    bind(THEMED, &[Char('t')], UiMessage::Theme, "next theme", Some("theme")),
    bind(ALL, &[Char('M')], UiMessage::Mouse, "mouse off and on", None),
    bind(ALL, &[Char('?'), Named(KeyCode::F(1))], UiMessage::Help, "all keys", Some("help")),
    bind(&[Browser], &[Named(KeyCode::Esc)], UiMessage::Back, "back to the phases", Some("back")),
    bind(SHOWS, &[Named(KeyCode::Esc)], UiMessage::Back, "back to the phases", Some("back")),
    bind(JUDGING, &[Named(KeyCode::Esc)], UiMessage::Back, "leave; what was given is kept", Some("leave")),
    bind(&[Picker, Board], &[Named(KeyCode::Esc)], UiMessage::Back, "", None),
    bind(ALL, &[Char('q')], UiMessage::Quit, "end", Some("end")),
    bind(
        &[Overlay],
        &[Named(KeyCode::Esc), Named(KeyCode::Enter), Char('q'), Char('?'), Char(' ')],
        UiMessage::Back,
        "close it; so does every other key",
        None,
    ),
    bind(&KeyPlace::ALL, &[Ctrl('c')], UiMessage::Quit, "end at once", None),
];

const fn transport(
    keys: &'static [BoundKey],
    transport: ReplayMove,
    help: &'static str,
    hint: Option<&'static str>,
) -> KeyBinding {
    bind(&[Replay], keys, UiMessage::Transport(transport), help, hint)
}

const fn score(keys: &'static [BoundKey], score: u8, help: &'static str, hint: Option<&'static str>) -> KeyBinding {
    bind(&[Rating], keys, UiMessage::Mark(BlindMark::Score(score)), help, hint)
}

const fn prefer(
    keys: &'static [BoundKey],
    mark: BlindMark,
    help: &'static str,
    hint: Option<&'static str>,
) -> KeyBinding {
    bind(&[Ballot], keys, UiMessage::Mark(mark), help, hint)
}

const fn bind(
    places: &'static [KeyPlace],
    keys: &'static [BoundKey],
    msg: UiMessage,
    help: &'static str,
    hint: Option<&'static str>,
) -> KeyBinding {
    KeyBinding { places, keys, msg, help, hint }
}

/// What `event` means at `place`.
#[must_use]
pub fn lookup(place: KeyPlace, event: &KeyEvent) -> Option<UiMessage> {
    bindings(place).find(|binding| binding.keys.iter().any(|key| key.is(event))).map(|binding| binding.msg.clone())
}

/// The lines of the table that hold at `place`.
pub fn bindings(place: KeyPlace) -> impl Iterator<Item = &'static KeyBinding> {
    KEYS.iter().filter(move |binding| binding.places.contains(&place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things_in_one_place() {
        for place in KeyPlace::ALL {
            let mut seen: Vec<BoundKey> = Vec::new();
            for key in bindings(place).flat_map(|binding| binding.keys) {
                assert!(!seen.contains(key), "{key:?} stands twice for {place:?}");
                seen.push(*key);
            }
        }
    }

    #[test]
    fn the_end_is_everywhere() {
        let ctrl_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        for place in KeyPlace::ALL {
            assert_eq!(lookup(place, &ctrl_c), Some(UiMessage::Quit), "{place:?}");
        }
        let q = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE);
        assert_eq!(lookup(Filter, &q), None, "a letter of the filter");
    }
}
