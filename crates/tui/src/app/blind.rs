//! Answers that are judged blind: pages of texts without names or speeds, a score for each, or one preference for a pair.
//! Whoever asked for it keeps each mark at once, and tells who was who after the last.

use crate::message::{AppEffect, BlindMark, PageMark, UiMessage};
use crate::widget::transcript::ScrollState;
use speed_kings_core::race::event::TextChannel;
use speed_kings_core::race::transcript::Transcript;

/// What is asked of whoever judges.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BlindTask {
    /// A score from 1 to 5 for each text.
    Rate,
    /// Which of two texts is better.
    Prefer,
}

/// Texts that are judged together, in the order in which they are shown.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct BlindPage {
    /// What it is about, in a few words.
    pub title: String,
    /// What was asked: untrusted text.
    pub question: String,
    /// The answers: untrusted text.
    texts: Vec<Transcript>,
}

impl BlindPage {
    /// A page of these answers.
    #[must_use]
    pub fn new(title: &str, question: &str, texts: impl IntoIterator<Item = String>) -> Self {
        let transcript = |text: String| {
            let mut transcript = Transcript::default();
            transcript.push(TextChannel::Answer, &text);
            transcript
        };
        Self {
            title: title.to_owned(),
            question: question.to_owned(),
            texts: texts.into_iter().map(transcript).collect(),
        }
    }

    /// The answers, in the order in which they are shown.
    #[must_use]
    pub fn texts(&self) -> &[Transcript] {
        &self.texts
    }
}

/// Whoever asked for a judgement.
pub trait MarkKeeper {
    /// Keeps one mark.
    ///
    /// # Errors
    /// Why it can't be kept, for the viewer.
    fn keep(&mut self, mark: PageMark) -> Result<(), String>;
    /// Who was who, line by line, now that all is judged.
    fn reveal(&self) -> Vec<String>;
}

/// A judgement on screen.
pub struct BlindView {
    /// What is asked of whoever judges.
    pub task: BlindTask,
    /// What the viewer should know about it, in one line: who judges, and what was seen before.
    pub note: String,
    pages: Vec<BlindPage>,
    marks: Vec<Vec<Option<BlindMark>>>,
    /// Where marks were put, oldest first.
    history: Vec<(usize, usize)>,
    page: usize,
    /// The text that scores and scrolling go to.
    pub focus: usize,
    /// How far each text of the page is scrolled.
    pub scroll: Vec<ScrollState>,
    /// Rows to scroll at the next frame, which alone knows how many there are.
    pub pending_scroll: isize,
    /// Who was who; nothing before the last mark.
    revealed: Option<Vec<String>>,
    /// Why the last mark could not be kept.
    pub trouble: Option<String>,
    keeper: Box<dyn MarkKeeper>,
}

impl BlindView {
    /// A judgement of `pages`, none of which is judged.
    #[must_use]
    pub fn new(task: BlindTask, pages: Vec<BlindPage>, note: &str, keeper: Box<dyn MarkKeeper>) -> Self {
        let places = |page: &BlindPage| if task == BlindTask::Rate { page.texts.len() } else { 1 };
        let mut view = Self {
            task,
            note: note.to_owned(),
            marks: pages.iter().map(|page| vec![None; places(page)]).collect(),
            pages,
            history: Vec::new(),
            page: 0,
            focus: 0,
            scroll: Vec::new(),
            pending_scroll: 0,
            revealed: None,
            trouble: None,
            keeper,
        };
        view.turn_to(0);
        view
    }

    /// The page that is judged; nothing after the last.
    #[must_use]
    pub fn page(&self) -> Option<&BlindPage> {
        self.pages.get(self.page)
    }

    /// The number of the page, from 1, and how many there are.
    #[must_use]
    pub const fn progress(&self) -> (usize, usize) {
        (self.page + 1, self.pages.len())
    }

    /// The mark of text `side` of the page, if it has one.
    #[must_use]
    pub fn mark(&self, side: usize) -> Option<BlindMark> {
        self.marks.get(self.page)?.get(side).copied().flatten()
    }

    /// Who was who; nothing before the last mark.
    #[must_use]
    pub fn revealed(&self) -> Option<&[String]> {
        self.revealed.as_deref()
    }

    /// How many marks were given that are no skips.
    #[must_use]
    pub fn given(&self) -> usize {
        self.marks.iter().flatten().flatten().filter(|mark| **mark != BlindMark::Skip).count()
    }

    pub(super) fn update(&mut self, msg: &UiMessage) -> Option<AppEffect> {
        let texts = self.page().map_or(1, |page| page.texts.len()).max(1);
        match msg {
            UiMessage::Focus => self.focus = (self.focus + 1) % texts,
            UiMessage::FocusBack => self.focus = (self.focus + texts - 1) % texts,
            UiMessage::FocusOn(side) if *side < texts => self.focus = *side,
            UiMessage::Scroll(rows) => self.pending_scroll = self.pending_scroll.saturating_add(*rows),
            UiMessage::Mark(mark) => return self.put(*mark).map(AppEffect::Keep),
            UiMessage::TakeBack => return self.take_back().map(AppEffect::Keep),
            _ => {}
        }
        None
    }

    /// Puts a mark where the focus is, and goes on to the next text without one.
    fn put(&mut self, mark: BlindMark) -> Option<PageMark> {
        let side = if self.task == BlindTask::Rate { self.focus } else { 0 };
        let (page, marks) = (self.page, self.marks.get_mut(self.page)?);
        *marks.get_mut(side)? = Some(mark);
        self.history.push((page, side));
        // From here to the right, then from the left.
        let open = |side: &usize| marks.get(*side).is_some_and(Option::is_none);
        match (side..marks.len()).chain(0..side).find(open) {
            Some(next) => self.focus = next,
            None => self.turn_to(page + 1),
        }
        Some(PageMark { page, side, mark: Some(mark) })
    }

    /// Takes the last mark back and goes to where it was.
    fn take_back(&mut self) -> Option<PageMark> {
        let (page, side) = self.history.pop()?;
        *self.marks.get_mut(page)?.get_mut(side)? = None;
        self.revealed = None;
        self.turn_to(page);
        self.focus = side;
        Some(PageMark { page, side, mark: None })
    }

    fn turn_to(&mut self, page: usize) {
        (self.page, self.focus, self.pending_scroll) = (page, 0, 0);
        self.scroll =
            self.page().map_or_else(|| vec![ScrollState::Top(0)], |page| vec![ScrollState::Top(0); page.texts.len()]);
    }

    /// Has `mark` kept, and asks who was who after the last. A mark that can't be kept is told and stays on screen.
    pub fn keep(&mut self, mark: PageMark) {
        self.trouble = self.keeper.keep(mark).err();
        if self.page >= self.pages.len() && self.revealed.is_none() {
            self.revealed = Some(self.keeper.reveal());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;

    /// Keeps marks in a list that the test holds as well.
    struct ListKeeper(Rc<RefCell<Vec<PageMark>>>);

    impl MarkKeeper for ListKeeper {
        fn keep(&mut self, mark: PageMark) -> Result<(), String> {
            self.0.borrow_mut().push(mark);
            if mark.page == 9 { Err("disk full".into()) } else { Ok(()) }
        }

        fn reveal(&self) -> Vec<String> {
            vec!["A was Groq".into()]
        }
    }

    fn view(task: BlindTask, pages: usize) -> (BlindView, Rc<RefCell<Vec<PageMark>>>) {
        let kept = Rc::new(RefCell::new(Vec::new()));
        let page = || BlindPage::new("jugs", "How?", ["one", "two"].map(String::from));
        let pages = (0..pages).map(|_| page()).collect();
        (BlindView::new(task, pages, "ann", Box::new(ListKeeper(Rc::clone(&kept)))), kept)
    }

    fn press(view: &mut BlindView, messages: &[UiMessage]) {
        for message in messages {
            if let Some(AppEffect::Keep(mark)) = view.update(message) {
                view.keep(mark);
            }
        }
    }

    fn score(score: u8) -> UiMessage {
        UiMessage::Mark(BlindMark::Score(score))
    }

    #[test]
    fn scores_go_from_text_to_text_and_page_to_page() {
        let (mut view, kept) = view(BlindTask::Rate, 2);
        press(&mut view, &[UiMessage::Focus, score(4)]);
        assert_eq!((view.progress(), view.focus, view.mark(1)), ((1, 2), 0, Some(BlindMark::Score(4))));
        press(&mut view, &[score(2)]);
        assert_eq!((view.progress(), view.focus, view.revealed()), ((2, 2), 0, None));
        press(&mut view, &[UiMessage::Mark(BlindMark::Skip), score(5)]);
        assert_eq!(view.revealed(), Some(&["A was Groq".to_owned()][..]), "only after the last");
        assert_eq!((view.page().is_none(), view.given()), (true, 3));
        let marks: Vec<(usize, usize)> = kept.borrow().iter().map(|mark| (mark.page, mark.side)).collect();
        assert_eq!(marks, [(0, 1), (0, 0), (1, 0), (1, 1)], "each is kept when it is given");
    }

    #[test]
    fn a_mark_is_taken_back_where_it_was_given() {
        let (mut view, kept) = view(BlindTask::Rate, 1);
        press(&mut view, &[score(1), score(2), UiMessage::TakeBack]);
        assert_eq!((view.revealed(), view.focus, view.mark(0)), (None, 1, Some(BlindMark::Score(1))));
        assert_eq!(kept.borrow().last(), Some(&PageMark { page: 0, side: 1, mark: None }));
        press(&mut view, &[UiMessage::TakeBack, UiMessage::TakeBack]);
        assert_eq!((view.mark(0), kept.borrow().len()), (None, 4), "there is nothing before the first");
    }

    #[test]
    fn a_preference_is_one_mark_for_a_page() {
        let (mut view, kept) = view(BlindTask::Prefer, 2);
        press(&mut view, &[UiMessage::Focus, UiMessage::Mark(BlindMark::Prefer(0)), UiMessage::Mark(BlindMark::Tie)]);
        assert!(view.revealed().is_some());
        let marks: Vec<Option<BlindMark>> = kept.borrow().iter().map(|mark| mark.mark).collect();
        assert_eq!(marks, [Some(BlindMark::Prefer(0)), Some(BlindMark::Tie)]);
        press(&mut view, &[UiMessage::Mark(BlindMark::Tie)]);
        assert_eq!(kept.borrow().len(), 2, "nothing is judged after the last");
    }

    #[test]
    fn a_mark_that_is_not_kept_is_told() {
        let (mut view, _) = view(BlindTask::Rate, 1);
        view.keep(PageMark { page: 9, side: 0, mark: None });
        assert_eq!(view.trouble.as_deref(), Some("disk full"));
    }
}
