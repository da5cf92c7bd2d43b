//! Which key means what on which screen, as one table: the loop looks keys up in it and the help screen is made from it.
//! A key that stands here works, and a key that works stands here.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::ui::app::{Msg, Transport};

/// Where the keys go.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Place {
    /// The phase picker.
    Picker,
    /// The filter of the picker, while it is being typed.
    Filter,
    /// The prompt, while it is being edited.
    Prompt,
    /// A live race.
    Race,
    /// A replay.
    Replay,
    /// Where to go in a replay, while it is being typed.
    GoTo,
    /// The verdict.
    Verdict,
    /// An overlay that any of its keys closes.
    Overlay,
}

/// One line of the table.
pub struct Binding {
    /// Where it holds.
    pub places: &'static [Place],
    /// Its keys.
    pub keys: &'static [Key],
    /// What it means.
    pub msg: Msg,
    /// What the help says; empty for a second way to do the same.
    pub help: &'static str,
    /// Whether the hint line at the bottom shows it, and as what.
    pub hint: Option<&'static str>,
}

/// A key as the table names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Key {
    /// A character, whatever its shift.
    Char(char),
    /// A character with Control.
    Ctrl(char),
    /// A named key.
    Named(KeyCode),
    /// A named key with Shift.
    Shift(KeyCode),
}

impl Key {
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

use Key::{Char, Ctrl, Named, Shift};
use Place::{Filter, GoTo, Overlay, Picker, Prompt, Race, Replay, Verdict};

const RACES: &[Place] = &[Race, Replay];
const SHOWS: &[Place] = &[Race, Replay, Verdict];
const ALL: &[Place] = &[Picker, Race, Replay, Verdict];

/// What a mouse can do without a key of ours, though it is captured.
pub const SELECTING: &str = "Shift-drag selects text in most terminals; with the mouse off, any drag";

/// The table. The first line that fits wins.
pub static KEYS: &[Binding] = &[
    bind(&[Picker], &[Named(KeyCode::Enter)], Msg::Race { simulate: false }, "race the phase", Some("race")),
    bind(&[Picker], &[Char('s')], Msg::Race { simulate: true }, "race it simulated", Some("simulated")),
    bind(&[Picker], &[Char('j'), Named(KeyCode::Down)], Msg::Choose(1), "next phase", None),
    bind(&[Picker], &[Char('k'), Named(KeyCode::Up)], Msg::Choose(-1), "previous phase", None),
    bind(&[Picker], &[Ctrl('d'), Named(KeyCode::PageDown)], Msg::Choose(10), "ten phases down", None),
    bind(&[Picker], &[Ctrl('u'), Named(KeyCode::PageUp)], Msg::Choose(-10), "ten phases up", None),
    bind(&[Picker], &[Named(KeyCode::Home)], Msg::Choose(isize::MIN), "first phase", None),
    bind(&[Picker], &[Named(KeyCode::End)], Msg::Choose(isize::MAX), "last phase", None),
    bind(&[Picker], &[Char('/')], Msg::Filter, "filter; so does every other letter", Some("filter")),
    bind(&[Picker], &[Char('z')], Msg::Size, "next prompt size", Some("size")),
    bind(&[Picker], &[Char('e')], Msg::EditPrompt, "edit the prompt", Some("prompt")),
    bind(&[Filter], &[Named(KeyCode::Enter)], Msg::Race { simulate: false }, "race the phase", Some("race")),
    bind(&[Filter], &[Named(KeyCode::Down), Ctrl('n')], Msg::Choose(1), "next phase", None),
    bind(&[Filter], &[Named(KeyCode::Up), Ctrl('p')], Msg::Choose(-1), "previous phase", None),
    bind(&[Filter], &[Named(KeyCode::Esc)], Msg::ClearFilter, "show all phases", Some("all phases")),
    bind(&[Prompt], &[Ctrl('s')], Msg::KeepPrompt, "use this prompt", Some("use it")),
    bind(&[Prompt], &[Named(KeyCode::Esc)], Msg::Back, "leave the prompt as it was", Some("leave it")),
    bind(&[Replay], &[Char(' ')], Msg::Pause, "pause and go on", Some("pause")),
    bind(&[Replay], &[Char('+'), Char('='), Char(']')], Msg::Speed { up: true }, "faster, up to ×100", Some("faster")),
    bind(&[Replay], &[Char('-'), Char('[')], Msg::Speed { up: false }, "slower, to ×0.01", Some("slower")),
    transport(&[Shift(KeyCode::Right)], Transport::Skip(5), "5 s on", None),
    transport(&[Shift(KeyCode::Left)], Transport::Skip(-5), "5 s back", None),
    transport(&[Named(KeyCode::Right)], Transport::Skip(1), "1 s on, as you watch", Some("1 s")),
    transport(&[Named(KeyCode::Left)], Transport::Skip(-1), "1 s back", None),
    transport(&[Char('.')], Transport::Read { on: true }, "one read on", Some("step")),
    transport(&[Char(',')], Transport::Read { on: false }, "one read back", None),
    transport(&[Char('>')], Transport::Frame { on: true }, "one frame on", None),
    transport(&[Char('<')], Transport::Frame { on: false }, "one frame back", None),
    transport(&[Char('n')], Transport::Mark { on: true }, "next mark", Some("mark")),
    transport(&[Char('N'), Char('b')], Transport::Mark { on: false }, "mark before", None),
    bind(&[Replay], &[Char(':')], Msg::AskPlace, "go to a place", Some("go to")),
    transport(&[Char('i')], Transport::Section { first: true }, "section begins here", None),
    transport(&[Char('o')], Transport::Section { first: false }, "section ends here", None),
    transport(&[Char('l')], Transport::Loop, "loop the section", Some("loop")),
    transport(&[Char('x')], Transport::Clear, "forget the section", None),
    transport(&[Char('0')], Transport::Tenth(0), "start; 1 to 9: tenths", None),
    transport(&[Char('1')], Transport::Tenth(1), "", None),
    transport(&[Char('2')], Transport::Tenth(2), "", None),
    transport(&[Char('3')], Transport::Tenth(3), "", None),
    transport(&[Char('4')], Transport::Tenth(4), "", None),
    transport(&[Char('5')], Transport::Tenth(5), "", None),
    transport(&[Char('6')], Transport::Tenth(6), "", None),
    transport(&[Char('7')], Transport::Tenth(7), "", None),
    transport(&[Char('8')], Transport::Tenth(8), "", None),
    transport(&[Char('9')], Transport::Tenth(9), "", None),
    transport(&[Named(KeyCode::Backspace)], Transport::Restart, "from the start", Some("restart")),
    bind(&[GoTo], &[Named(KeyCode::Enter)], Msg::Go, "go there", Some("go there")),
    bind(&[GoTo], &[Named(KeyCode::Esc)], Msg::Back, "stay here", Some("stay")),
    bind(RACES, &[Named(KeyCode::Tab), Named(KeyCode::BackTab)], Msg::Focus, "the other lane", Some("lane")),
    bind(RACES, &[Char('s')], Msg::Stack, "lanes stacked or beside", Some("stack")),
    bind(RACES, &[Char('k'), Named(KeyCode::Up)], Msg::Scroll(-1), "scroll up", None),
    bind(RACES, &[Char('j'), Named(KeyCode::Down)], Msg::Scroll(1), "scroll down", None),
    bind(RACES, &[Named(KeyCode::PageUp), Ctrl('u')], Msg::Scroll(-10), "ten rows up", None),
    bind(RACES, &[Named(KeyCode::PageDown), Ctrl('d')], Msg::Scroll(10), "ten rows down", None),
    bind(RACES, &[Named(KeyCode::Home), Char('g')], Msg::Scroll(isize::MIN), "the text's beginning", None),
    bind(RACES, &[Named(KeyCode::End), Char('G'), Char('f')], Msg::Scroll(isize::MAX), "follow its end", None),
    bind(RACES, &[Char('d')], Msg::Detail, "every fact of the lanes", Some("detail")),
    bind(&[Replay], &[Char('v'), Named(KeyCode::Enter)], Msg::Verdict, "the verdict", Some("verdict")),
    bind(&[Race], &[Char('v')], Msg::Verdict, "the verdict", Some("verdict")),
    // A second Enter in the picker comes too late for it, and must not cover the race with an answer.
    bind(&[Race], &[Named(KeyCode::Enter)], Msg::VerdictOfFinished, "the verdict of a finished race", None),
    bind(&[Verdict], &[Char('v')], Msg::Verdict, "back to the lanes", Some("lanes")),
    bind(SHOWS, &[Char('r')], Msg::Again, "race again", Some("rerun")),
    bind(SHOWS, &[Char('p')], Msg::Replay { slow: false }, "replay", Some("replay")),
    bind(&[Verdict], &[Named(KeyCode::Backspace)], Msg::Replay { slow: false }, "", None),
    bind(SHOWS, &[Char('m')], Msg::Replay { slow: true }, "slow motion (×0.1)", Some("slow motion")),
    bind(ALL, &[Char('t')], Msg::Theme, "next theme", Some("theme")),
    bind(ALL, &[Char('M')], Msg::Mouse, "mouse off and on", None),
    bind(ALL, &[Char('?'), Named(KeyCode::F(1))], Msg::Help, "all keys", Some("help")),
    bind(SHOWS, &[Named(KeyCode::Esc)], Msg::Back, "back to the phases", Some("back")),
    bind(&[Picker], &[Named(KeyCode::Esc)], Msg::Back, "", None),
    bind(ALL, &[Char('q')], Msg::Quit, "end", Some("end")),
    bind(
        &[Overlay],
        &[Named(KeyCode::Esc), Named(KeyCode::Enter), Char('q'), Char('?'), Char(' ')],
        Msg::Back,
        "",
        None,
    ),
    bind(&[Picker, Filter, Prompt, Race, Replay, GoTo, Verdict, Overlay], &[Ctrl('c')], Msg::Quit, "end at once", None),
];

const fn transport(
    keys: &'static [Key],
    transport: Transport,
    help: &'static str,
    hint: Option<&'static str>,
) -> Binding {
    bind(&[Replay], keys, Msg::Transport(transport), help, hint)
}

const fn bind(
    places: &'static [Place],
    keys: &'static [Key],
    msg: Msg,
    help: &'static str,
    hint: Option<&'static str>,
) -> Binding {
    Binding { places, keys, msg, help, hint }
}

/// What `event` means at `place`.
#[must_use]
pub fn lookup(place: Place, event: &KeyEvent) -> Option<Msg> {
    bindings(place).find(|binding| binding.keys.iter().any(|key| key.is(event))).map(|binding| binding.msg.clone())
}

/// The lines of the table that hold at `place`.
pub fn bindings(place: Place) -> impl Iterator<Item = &'static Binding> {
    KEYS.iter().filter(move |binding| binding.places.contains(&place))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACES: [Place; 8] = [Picker, Filter, Prompt, Race, Replay, GoTo, Verdict, Overlay];

    #[test]
    fn no_key_means_two_things_in_one_place() {
        for place in PLACES {
            let mut seen: Vec<Key> = Vec::new();
            for key in bindings(place).flat_map(|binding| binding.keys) {
                assert!(!seen.contains(key), "{key:?} stands twice for {place:?}");
                seen.push(*key);
            }
        }
    }

    #[test]
    fn the_end_is_everywhere() {
        let ctrl_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        for place in PLACES {
            assert_eq!(lookup(place, &ctrl_c), Some(Msg::Quit), "{place:?}");
        }
        let q = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE);
        assert_eq!(lookup(Filter, &q), None, "a letter of the filter");
    }
}
