//! A lane's text as wrapped lines, laid out once: what has settled stands, and new text touches only what follows it.
//! What a frame costs depends on the rows it shows, never on how much was said.

mod block;
mod code;
mod colours;
mod markdown;
mod row;
mod skip;
mod table;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

use self::markdown::{BlockContext, SettledPlace};
use self::row::{RowForm, RowWriter};
pub use self::row::{TextLook, TextTone, WrappedLine};
use speed_kings_core::race::event::TextChannel;
use speed_kings_core::race::transcript::Transcript;

/// How a transcript is laid out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TextPage {
    /// How wide it is, in columns.
    pub width: u16,
    /// Answers are shown as the Markdown that they are, and not as they were said.
    pub rendered: bool,
    /// Nothing more comes, so that the last line is whole.
    pub ended: bool,
    /// All rows are needed, and not only those at its end.
    pub whole: bool,
}

/// The layout of one transcript on one page.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct TranscriptLayout {
    page: TextPage,
    lines: Vec<WrappedLine>,
    /// Where the layout can be taken up again: each stretch's beginning, and in Markdown the end of each block.
    places: Vec<SettledPlace>,
    /// How much of the transcript is laid out, in bytes.
    done: usize,
    /// The last rows are of a line of Markdown that is still being written.
    growing: bool,
    /// How much of its answer was laid out as reasoning that it had come as answer.
    reasoned: usize,
    /// Rows above the first one were left out.
    skipped: bool,
}

impl TranscriptLayout {
    /// Brings the layout up to date with `transcript` on `page`.
    pub fn update(&mut self, transcript: &Transcript, page: TextPage) {
        self.update_near(transcript, page, Self::near(page.width));
    }

    /// The same, where of much new text at least as many bytes are laid out as are `near` its end.
    fn update_near(&mut self, transcript: &Transcript, page: TextPage, near: usize) {
        let (reasoned, length) = (transcript.reasoned(), transcript.text().len());
        let same = (page.width, page.rendered, reasoned) == (self.page.width, self.page.rendered, self.reasoned);
        // A text that had ended was laid out as if its last line were whole.
        let goes_on = self.page.rendered && self.page.ended && (!page.ended || length != self.done);
        if !same || goes_on || (self.skipped && page.whole) {
            *self = Self { page, reasoned, ..Self::default() };
        } else if length < self.done {
            self.shrink(length);
            if self.is_short() {
                *self = Self { page, reasoned, ..Self::default() };
            }
        }
        let passed = !page.whole && self.pass_over(transcript, near);
        let ends = std::mem::replace(&mut self.page.ended, page.ended) != page.ended;
        if page.width == 0 || length == 0 || (length == self.done && !(ends && page.rendered)) {
            return;
        }
        if ends || !self.grow(transcript) {
            self.lay_out(transcript);
        }
        self.done = length;
        if passed && self.is_short() {
            // Hardly anything of that much text shows: then more of it is laid out, and in the end all of it.
            *self = Self { page, reasoned, ..Self::default() };
            self.update_near(transcript, page, Self::wider(near));
        }
    }

    /// Lays out all of `transcript` where rows were left out.
    pub fn complete(&mut self, transcript: &Transcript) {
        if self.skipped {
            self.update(transcript, TextPage { whole: true, ..self.page });
        }
    }

    /// The rows, from the first to the last.
    #[must_use]
    pub fn lines(&self) -> &[WrappedLine] {
        &self.lines
    }

    /// The state of the Markdown at its last place; nothing where no Markdown is.
    fn context(&self) -> Option<&BlockContext> {
        self.places.last()?.context.as_ref()
    }

    /// Takes away what a text of `length` bytes, the beginning of the one that is laid out, has no more. The paragraph
    /// that it now ends in goes as well: its last word may have been carried over for letters that are gone.
    fn shrink(&mut self, length: usize) {
        self.lines.truncate(self.lines.partition_point(|line| line.start < length));
        self.places.truncate(self.places.partition_point(|place| place.bytes < length));
        self.growing = false;
        if self.context().is_some() {
            let settled = self.places.last();
            self.lines.truncate(settled.map_or(0, |place| place.rows));
            self.done = settled.map_or(0, |place| place.bytes);
        } else {
            while self.lines.pop_if(|line| line.carried).is_some() {}
            self.done = self.lines.last().map_or(0, |line| line.start);
        }
    }

    /// Takes away what new text may change and gives where to begin anew: the last line may go on, and so may the
    /// character at its end; when the line is still empty, that character stands in the line above. All others stand.
    fn reopen(&mut self) -> (usize, bool) {
        let Some(last) = self.lines.pop() else { return (self.done, false) };
        let above = if last.text.is_empty() { self.lines.pop_if(|line| !line.rule) } else { None };
        let first = above.unwrap_or(last);
        (first.start, first.carried)
    }

    /// Adds text that only makes the last line of Markdown longer; `false` where it does more than that.
    fn grow(&mut self, transcript: &Transcript) -> bool {
        let (text, form) = (transcript.text(), self.form(TextChannel::Answer));
        let fresh = text.get(self.done..).unwrap_or_default();
        let Some(context) = self.context().cloned().filter(|_| !self.page.ended && !fresh.contains('\n')) else {
            return false;
        };
        if self.places.last().is_none_or(|place| transcript.stretch_end(place.stretch) < text.len()) {
            return false;
        }
        let (start, carried) = if self.growing { self.reopen() } else { (self.done, false) };
        let tail = text.get(start..).unwrap_or_default();
        markdown::draw_tail(&mut self.lines, &context, (tail, start, carried), form);
        self.growing = true;
        true
    }

    const fn form(&self, channel: TextChannel) -> RowForm {
        RowForm { width: self.page.width, channel }
    }

    /// Lays out everything from the last place on.
    fn lay_out(&mut self, transcript: &Transcript) {
        let text = transcript.text();
        let (mut from, mut carried) = match self.places.last().filter(|place| place.context.is_some()) {
            Some(place) => {
                self.lines.truncate(place.rows);
                (place.bytes, false)
            }
            None => self.reopen(),
        };
        self.growing = false;
        while from < text.len() {
            let (channel, end) = (transcript.channel_at(from), transcript.stretch_end(from));
            if self.places.last().is_none_or(|place| transcript.stretch_end(place.stretch) < end) {
                if self.lines.last().is_some_and(|line| !line.rule && line.channel != channel) {
                    self.lines.push(WrappedLine::rule(from, channel));
                }
                let rendered = self.page.rendered && channel == TextChannel::Answer;
                let context = rendered.then(BlockContext::default);
                self.places.push(SettledPlace { stretch: from, bytes: from, rows: self.lines.len(), context });
            }
            let (stretch, form) = (text.get(from..end).unwrap_or_default(), self.form(channel));
            if self.context().is_some() {
                let ended = self.page.ended || end < text.len();
                self.growing = markdown::draw(&mut self.lines, &mut self.places, (stretch, ended), form);
            } else {
                let mut writer = RowWriter::new(&mut self.lines, form, from).carried(carried);
                writer.push(stretch, from, TextLook::default());
                writer.finish();
            }
            (from, carried) = (end, false);
        }
    }
}

/// How far a pane is scrolled.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ScrollState {
    /// At the end, following it.
    #[default]
    Follow,
    /// With this row on top.
    Top(usize),
}

impl ScrollState {
    /// The row on top in a pane of `height` rows over `total` lines.
    #[must_use]
    pub fn top(self, total: usize, height: u16) -> usize {
        let last = total.saturating_sub(usize::from(height));
        match self {
            Self::Follow => last,
            Self::Top(row) => row.min(last),
        }
    }

    /// Scrolled by `rows`, negative for up. Reaching the end follows it again.
    #[must_use]
    pub fn by(self, rows: isize, total: usize, height: u16) -> Self {
        let top = self.top(total, height).saturating_add_signed(rows);
        if top >= total.saturating_sub(usize::from(height)) { Self::Follow } else { Self::Top(top) }
    }
}

/// The rows of a layout that are in sight.
pub struct VisibleRows<'a> {
    /// The layout whose rows are drawn.
    pub layout: &'a TranscriptLayout,
    /// How far it is scrolled.
    pub scroll: ScrollState,
    /// The style of a part of each channel's text.
    pub style: &'a dyn Fn(TextChannel, TextLook) -> Style,
    /// The style of the rules between channels.
    pub rule: Style,
}

impl Widget for VisibleRows<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let lines = self.layout.lines();
        let top = self.scroll.top(lines.len(), area.height);
        for (row, line) in (area.top()..area.bottom()).zip(lines.iter().skip(top)) {
            let mut x = area.left();
            for (text, look) in line.parts() {
                let style = if line.rule { self.rule } else { (self.style)(line.channel, look) };
                let room = area.right().saturating_sub(x);
                (x, _) = buf.set_stringn(x, row, text, usize::from(room), style);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthStr;

    use super::*;

    fn raw(width: u16) -> TextPage {
        TextPage { width, rendered: false, ended: false, whole: true }
    }

    fn wrap(pieces: &[(TextChannel, &str)], width: u16) -> Vec<String> {
        let (mut transcript, mut layout) = (Transcript::default(), TranscriptLayout::default());
        for (channel, piece) in pieces {
            transcript.push(*channel, piece);
            layout.update(&transcript, raw(width));
        }
        layout.lines().iter().map(|line| line.text.clone()).collect()
    }

    fn answer(text: &str, width: u16) -> Vec<String> {
        wrap(&[(TextChannel::Answer, text)], width)
    }

    #[test]
    fn words_wrap_and_long_ones_are_cut() {
        assert_eq!(answer("one two three", 8), ["one two", "three"]);
        assert_eq!(answer("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(answer("ab cdefghij", 4), ["ab", "cdef", "ghij"]);
        assert_eq!(answer("a\n\nb\r\nc", 4), ["a", "", "b", "c"]);
    }

    #[test]
    fn wide_characters_never_straddle_the_edge() {
        assert_eq!(answer("日本語", 5), ["日本", "語"]);
        assert_eq!(answer("a🏁b", 2), ["a", "🏁", "b"]);
    }

    #[test]
    fn channels_are_told_apart_by_a_rule() {
        let pieces = [
            (TextChannel::Reasoning, "hmm"),
            (TextChannel::Answer, "\n"),
            (TextChannel::Answer, "yes"),
            (TextChannel::Tool, "{}"),
        ];
        assert_eq!(wrap(&pieces, 20), ["hmm", "┄┄ answer ┄┄", "", "yes", "┄┄ tool call ┄┄", "{}"]);
    }

    #[test]
    fn escapes_are_inert() {
        assert_eq!(answer("\x1b[2Jx\ty", 20), ["␛[2Jx    y"]);
    }

    #[test]
    fn scrolling_stays_in_bounds_and_follows_at_the_end() {
        assert_eq!(ScrollState::Follow.top(100, 10), 90);
        assert_eq!(ScrollState::Follow.by(-3, 100, 10), ScrollState::Top(87));
        assert_eq!(ScrollState::Top(87).by(3, 100, 10), ScrollState::Follow);
        assert_eq!(ScrollState::Top(1).by(-9, 100, 10), ScrollState::Top(0));
        assert_eq!(ScrollState::Top(5).top(3, 10), 0);
    }

    /// A text that has ended, as Markdown.
    fn markdown(text: &str, width: u16) -> TranscriptLayout {
        let (mut transcript, mut layout) = (Transcript::default(), TranscriptLayout::default());
        transcript.push(TextChannel::Answer, text);
        layout.update(&transcript, TextPage { width, rendered: true, ended: true, whole: true });
        layout
    }

    fn rendered(text: &str, width: u16) -> Vec<String> {
        markdown(text, width).lines().iter().map(|line| line.text.clone()).collect()
    }

    /// How the part looks that says `part`.
    fn look(text: &str, part: &str) -> TextLook {
        let layout = markdown(text, 60);
        let found = layout.lines().iter().flat_map(WrappedLine::parts).find(|(text, _)| *text == part);
        found.unwrap_or_else(|| panic!("no part says {part:?}: {:?}", layout.lines())).1
    }

    #[test]
    fn markdown_is_set() {
        let plain = TextLook::default();
        assert_eq!(
            rendered("# Big\n**bold** and *slanted* `code` ~~gone~~", 40),
            ["Big", "bold and slanted code gone"]
        );
        assert_eq!(look("# Big", "Big"), TextLook { strong: true, ..TextLook::of(TextTone::Heading) });
        assert_eq!(look("a **b** c", "b"), TextLook { strong: true, ..plain });
        assert_eq!(look("a ***b*** c", "b"), TextLook { strong: true, emphasis: true, ..plain });
        assert_eq!(look("a ~~b~~ c", "b"), TextLook { struck: true, ..plain });
        assert_eq!(look("a `b` c", "b"), TextLook::of(TextTone::Code));
        assert_eq!(rendered("> said\n> twice\n\nend", 40), ["▎ said", "▎ twice", "", "end"]);
        assert_eq!(rendered("see [docs](http://x.y) or <http://z.w>", 60), ["see docs (http://x.y) or http://z.w"]);
        assert_eq!(rendered("one\ntwo\n\n\n\n---\n", 5), ["one", "two", "", "─────"]);
    }

    #[test]
    fn lists_hang_and_nest() {
        let list = "1. one two three\n2. two\n   - inner\n\n   more\n\n3. last\n- [x] done\n-\n";
        let rows = ["1. one two", "   three", "2. two", "   • inner", "", "   more", "", "3. last", "• [x] done", "• "];
        assert_eq!(rendered(list, 12), rows);
    }

    #[test]
    fn tables_fit_the_pane() {
        let table = "| a | bbbb bbbb |\n|:--|----:|\n| long one | 1 |\n| x | 22 |\n";
        let wide = ["a        │ bbbb bbbb", "─────────┼──────────", "long one │         1", "x        │        22"];
        assert_eq!(rendered(table, 40), wide);
        let narrow = rendered(table, 12);
        assert_eq!(
            narrow,
            ["a    │ bbbb", "     │ bbbb", "─────┼─────", "long │    1", "one  │", "x    │   22"]
                .map(|row| format!("{row:<11}"))
        );
    }

    #[test]
    fn code_keeps_its_lines_and_what_stands_beside_it() {
        let text = "so:\n```python\ndef f(x):\n    return \"a\"  # why\n```\ndone";
        assert_eq!(rendered(text, 40), ["so:", "┌ python", "│ def f(x):", "│     return \"a\"  # why", "done"]);
        assert_eq!(rendered("- a\n  ```\n  x\n   y\n  ```\n- b", 20), ["• a", "  ┌ code", "  │ x", "  │  y", "• b"]);
        assert_eq!(rendered("```\na\n~~~\n", 20), ["┌ code", "│ a", "│ ~~~"], "not closed by another fence");
    }

    #[cfg(feature = "code-colours")]
    #[test]
    fn code_has_colours() {
        let text = |language: &str, code: &str| format!("```{language}\n{code}\n```\n");
        let python = text("python", "def f(x: int): return \"a\", 1  # why");
        assert_eq!(look(&python, "def").tone, TextTone::Keyword);
        assert_eq!(look(&python, "\"a\"").tone, TextTone::StringLiteral);
        assert_eq!(look(&python, "# why").tone, TextTone::Comment);
        assert_eq!(look(&python, "1").tone, TextTone::Constant);
        for (language, code, part, tone) in [
            ("rust", "fn f(x: u8) {}", "u8", TextTone::TypeName),
            ("js", "const a = 1;", "const", TextTone::Keyword),
            ("ts", "let a = 'x';", "'x'", TextTone::StringLiteral),
            ("json", "{\"a\": 1.5}", "1.5", TextTone::Constant),
            ("bash", "if true; then exit; fi", "fi", TextTone::Keyword),
            ("c", "int main(void) { return 0; }", "int", TextTone::TypeName),
            ("go", "func main() { return }", "func", TextTone::Keyword),
            ("java", "class A { }", "class", TextTone::Keyword),
        ] {
            assert_eq!(look(&text(language, code), part).tone, tone, "{language}");
        }
        assert_eq!(look("```klingon\nif\n```", "if").tone, TextTone::Code);
    }

    #[test]
    fn markdown_drives_no_terminal_and_loses_nothing() {
        assert_eq!(rendered("&#27;[2J &#10; \x1b]8;;x\x07", 40), ["␛[2J ", " ␛]8;;x␇"]);
        assert_eq!(rendered("[id]: http://x.y \"t\"\n<b>html</b>\n", 40), ["[id]: http://x.y \"t\"", "<b>html</b>"]);
        assert_eq!(rendered("![](http://x.y)", 40), ["http://x.y"]);
        assert_eq!(rendered("```a\x1b[2Jb\nx\n```", 40), ["┌ a␛[2Jb", "│ x"]);
    }

    #[test]
    fn a_line_is_set_when_it_has_ended() {
        let (mut transcript, mut layout) = (Transcript::default(), TranscriptLayout::default());
        let page = |ended| TextPage { width: 20, rendered: true, ended, whole: true };
        let texts = |layout: &TranscriptLayout| layout.lines().iter().map(|line| line.text.clone()).collect::<Vec<_>>();
        transcript.push(TextChannel::Answer, "**a**");
        layout.update(&transcript, page(false));
        assert_eq!(texts(&layout), ["**a**"]);
        transcript.push(TextChannel::Answer, "\n**b**");
        layout.update(&transcript, page(false));
        assert_eq!(texts(&layout), ["a", "**b**"]);
        layout.update(&transcript, page(true));
        assert_eq!(texts(&layout), ["a", "b"]);
        transcript.push(TextChannel::Reasoning, "**c**");
        layout.update(&transcript, page(false));
        assert_eq!(texts(&layout), ["a", "b", "┄┄ thinking ┄┄", "**c**"], "only answers are Markdown");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// After far jumps, on and back, the end looks as if everything had been laid out.
        #[test]
        fn what_is_passed_over_changes_nothing_that_shows(
            blocks in proptest::collection::vec(prop_oneof![
                Just("\n"), Just("\n\n"), Just("```\n"), Just("```py\nx = 1\n"), Just("- one\n"), Just("  - two\n\n"),
                Just("1. a b c\n"), Just("# Big\n"), Just("> said\n"), Just("**bold** and `code`\n\n"), Just("long words to wrap "),
                Just("|a|b|\n|-|-|\n|1|2|\n\n"),
            ], 1..30),
            (rendered, thinks, blank) in any::<(bool, bool, bool)>(), width in 20u16..120,
            jumps in proptest::collection::vec(1usize..100, 1..6),
        ) {
            let block = blocks.concat();
            let mut text = block.repeat(90_000 / block.len());
            // Rows that fold into one, where the end is looked for.
            text.push_str(&"\n".repeat(if blank { 30_000 } else { 1 }));
            text.push_str("the end");
            let (first, second) = text.split_at(if thinks { text.find('\n').unwrap() } else { 0 });
            let mut layout = TranscriptLayout::default();
            for (share, whole) in jumps.iter().map(|share| (share, false)).chain([(&100, false), (&100, true)]) {
                let mut transcript = Transcript::default();
                transcript.push(TextChannel::Reasoning, first);
                transcript.push(TextChannel::Answer, &second[..second.len() * share / 100]);
                let page = TextPage { width, rendered, ended: false, whole };
                layout.update(&transcript, page);
                let mut all = TranscriptLayout::default();
                all.update(&transcript, TextPage { whole: true, ..page });
                let last = |layout: &TranscriptLayout| layout.lines.iter().rev().take(skip::ROWS).cloned().collect::<Vec<_>>();
                prop_assert!(last(&layout) == last(&all), "{} of 100 by {:?}", share, block);
                prop_assert!(layout.lines.len() == all.lines.len() || (layout.skipped && !whole));
            }
        }
    }

    proptest! {
        /// Laid out piece by piece, forwards and back, Markdown looks as if it had come at once.
        #[test]
        fn growth_changes_no_markdown(
            pieces in proptest::collection::vec(
                (any::<bool>(), prop_oneof![
                    Just("\n".to_owned()), Just("\n\n".to_owned()), Just("```".to_owned()), Just("```py\n".to_owned()),
                    Just("- ".to_owned()), Just("  ".to_owned()), Just("1. ".to_owned()), Just("# ".to_owned()),
                    Just("> ".to_owned()), Just("|".to_owned()), Just("|-|-|\n".to_owned()), Just("**".to_owned()),
                    Just("[a]: ".to_owned()), Just("---\n".to_owned()), Just("===\n".to_owned()), Just("<div>".to_owned()),
                    "[a-z 日é\n\r👩\u{200d}`*_~|:]{1,6}",
                ]), 0..40),
            width in 1u16..30, back in 0usize..40, ended in any::<bool>(),
        ) {
            let page = TextPage { width, rendered: true, ended, whole: true };
            let channel = |thinks: bool| if thinks { TextChannel::Reasoning } else { TextChannel::Answer };
            let (mut transcript, mut grown) = (Transcript::default(), TranscriptLayout::default());
            for (index, (thinks, piece)) in pieces.iter().enumerate() {
                transcript.push(channel(*thinks && index % 7 == 0), piece);
                grown.update(&transcript, TextPage { ended: false, ..page });
            }
            grown.update(&transcript, page);
            let mut whole = TranscriptLayout::default();
            whole.update(&transcript, page);
            prop_assert_eq!(&grown.lines, &whole.lines);
            let mut shorter = Transcript::default();
            for (index, (thinks, piece)) in pieces.iter().take(back).enumerate() {
                shorter.push(channel(*thinks && index % 7 == 0), piece);
            }
            let (mut shrunk, mut fresh) = (grown.clone(), TranscriptLayout::default());
            shrunk.update(&shorter, TextPage { ended: false, ..page });
            fresh.update(&shorter, TextPage { ended: false, ..page });
            prop_assert_eq!(&shrunk.lines, &fresh.lines);
            shrunk.update(&transcript, page);
            prop_assert_eq!(&shrunk.lines, &whole.lines);
            prop_assert!(grown.lines().iter().filter(|line| !line.rule).all(|line| line.text.width() <= usize::from(width.max(2))));
            prop_assert!(!grown.lines().iter().any(|line| line.text.chars().any(char::is_control)));
        }

        /// Laid out piece by piece, a text looks as if it had come at once.
        #[test]
        fn growth_changes_nothing(
            pieces in proptest::collection::vec((any::<bool>(), "[a-z 日é\n\r👩\u{200d}]{1,6}"), 0..30),
            width in 1u16..20, back in 0usize..30,
        ) {
            let channel = |thinks: bool| if thinks { TextChannel::Reasoning } else { TextChannel::Answer };
            let (mut transcript, mut grown) = (Transcript::default(), TranscriptLayout::default());
            for (thinks, piece) in &pieces {
                transcript.push(channel(*thinks), piece);
                grown.update(&transcript, raw(width));
            }
            let mut whole = TranscriptLayout::default();
            whole.update(&transcript, raw(width));
            prop_assert_eq!(&grown.lines, &whole.lines);
            // Going back is as good as never having been further.
            let mut shorter = Transcript::default();
            let back = back.min(pieces.len());
            pieces[..back].iter().for_each(|(thinks, piece)| shorter.push(channel(*thinks), piece));
            let (mut shrunk, mut fresh) = (grown.clone(), TranscriptLayout::default());
            shrunk.update(&shorter, raw(width));
            fresh.update(&shorter, raw(width));
            prop_assert_eq!(&shrunk.lines, &fresh.lines);
            shrunk.update(&transcript, raw(width));
            prop_assert_eq!(&shrunk.lines, &whole.lines);
            // Only a single character that is wider than the pane may stick out of it.
            let texts = || grown.lines().iter().filter(|line| !line.rule);
            prop_assert!(texts().all(|line| line.text.width() <= usize::from(width.max(2))));
        }
    }
}
