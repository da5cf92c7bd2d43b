//! A conversation as it is held with one contestant: turn by turn, each with all that was said before. Between two messages of
//! the user stands the answer that the file has, else the one that the contestant gave.

use crate::bench::is_ok;
use crate::bench::prompt_rows::PromptRow;
use crate::bench::saved::TurnRecord;
use crate::config::ResolvedRace;
use speed_kings_core::race::conversation::ConversationMessage;
use speed_kings_core::race::event::TextChannel;
use speed_kings_core::race::lane::Lane;
use speed_kings_core::race::setup::RaceSetup;

/// What a round asks one contestant: a conversation, or one prompt.
pub(super) struct HeldConversation<'a> {
    row: Option<&'a PromptRow>,
    history: Vec<ConversationMessage>,
    /// Turns that are over.
    over: usize,
    /// Answers in the history that the file has.
    recorded: usize,
    /// Answers in the history that the contestant gave.
    own: usize,
}

impl<'a> HeldConversation<'a> {
    /// The one that `row` has; without a row, or one of a single prompt, it is over after one request.
    pub(super) const fn of(row: Option<&'a PromptRow>) -> Self {
        Self { row, history: Vec::new(), over: 0, recorded: 0, own: 0 }
    }

    /// Which turn is next, out of how many; nothing where it is one prompt.
    pub(super) fn turn(&self) -> Option<(u32, u32)> {
        let of = u32::try_from(self.row?.requests()).ok().filter(|of| *of > 1)?;
        Some((u32::try_from(self.over).ok()? + 1, of))
    }

    /// Makes the next turn what `resolved` asks. The first is what it asks already.
    pub(super) fn lay_into(&self, resolved: &mut ResolvedRace) {
        let further = self.over.checked_sub(1).and_then(|place| self.row?.turns.get(place));
        let Some(turn) = further else { return };
        resolved.setup.prompt.text.clone_from(&turn.text);
        resolved.setup.history.clone_from(&self.history);
        for client in &mut resolved.clients {
            let request = client.request_mut();
            request.prompt.clone_from(&turn.text);
            request.history.clone_from(&self.history);
        }
    }

    /// Takes in what `lane` answered to what `asked` says. The turn as results keep it, and whether there is a next one: a turn
    /// that failed has none, and neither has one without an answer where the contestant's own would have to stand.
    pub(super) fn answered(&mut self, asked: &RaceSetup, lane: &Lane) -> (Option<TurnRecord>, bool) {
        let (turn, history) = (self.turn(), self.answers_before());
        let next = self.row.and_then(|row| row.turns.get(self.over));
        self.over += 1;
        let own = || Some(lane.transcript().of(TextChannel::Answer)).filter(|answer| !answer.trim().is_empty());
        let answer = next.filter(|_| is_ok(lane)).and_then(|next| match &next.answer {
            Some(recorded) => Some((recorded.clone(), true)),
            None => Some((own()?, false)),
        });
        let goes_on = answer.is_some();
        if let Some((answer, recorded)) = answer {
            self.recorded += usize::from(recorded);
            self.own += usize::from(!recorded);
            self.history.push(ConversationMessage::user(asked.prompt_text()));
            self.history.push(ConversationMessage::assistant(answer));
        }
        let record = turn.map(|(number, of)| TurnRecord {
            number,
            of,
            history: history.to_owned(),
            not_run: if goes_on { 0 } else { of - number },
        });
        (record, goes_on)
    }

    /// Whose answers stand ahead of the next turn.
    const fn answers_before(&self) -> &'static str {
        match (self.recorded, self.own) {
            (0, 0) => "none",
            (_, 0) => "recorded",
            (0, _) => "own",
            _ => "mixed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::only_lane;
    use crate::bench::prompt_rows::PromptTurn;
    use crate::fixture::run_of;
    use speed_kings_core::fixture::contestant;

    fn row() -> PromptRow {
        let turn = |answer: Option<&str>, text: &str| PromptTurn { answer: answer.map(Into::into), text: text.into() };
        let turns = vec![turn(Some("recorded"), "second"), turn(None, "third")];
        PromptRow { text: "first".into(), turns, ..PromptRow::default() }
    }

    fn setup() -> RaceSetup {
        let mut setup = RaceSetup { contestants: vec![contestant("A")], ..RaceSetup::default() };
        setup.prompt.text = "first".into();
        setup.settings.nonce = Some("a1b2c3".into());
        setup
    }

    #[test]
    fn the_history_grows_by_the_answers_of_the_file_or_else_by_ones_own() {
        let row = row();
        let mut resolved =
            ResolvedRace { setup: setup(), clients: vec![], engines: vec![], simulation: None, notes: vec![] };
        let mut held = HeldConversation::of(Some(&row));
        let mut told = Vec::new();
        let mut sent = Vec::new();
        loop {
            held.lay_into(&mut resolved);
            sent.push(resolved.setup.sent_text());
            let race = run_of(&resolved.setup, 0, &[5, 9]);
            let (record, goes_on) = held.answered(&resolved.setup, only_lane(&race).unwrap());
            let record = record.unwrap();
            told.push((record.number, record.of, record.history, record.not_run));
            if !goes_on {
                break;
            }
        }
        let opened = "[a1b2c3] first";
        assert_eq!(
            sent,
            [
                opened.to_owned(),
                format!("{opened}\nrecorded\nsecond"),
                format!("{opened}\nrecorded\nsecond\nwordword\nthird")
            ]
        );
        let told: Vec<_> =
            told.iter().map(|(number, of, history, not)| (*number, *of, history.as_str(), *not)).collect();
        assert_eq!(told, [(1, 3, "none", 0), (2, 3, "recorded", 0), (3, 3, "mixed", 0)]);
    }

    #[test]
    fn a_turn_that_failed_ends_it_and_says_how_many_were_not_run() {
        let row = row();
        let mut held = HeldConversation::of(Some(&row));
        let failed = run_of(&setup(), 0, &[]);
        let (record, goes_on) = held.answered(&setup(), only_lane(&failed).unwrap());
        assert_eq!((record.unwrap().not_run, goes_on), (2, false));
        let mut single = HeldConversation::of(None);
        let (record, goes_on) = single.answered(&setup(), only_lane(&run_of(&setup(), 0, &[5])).unwrap());
        assert_eq!((record, goes_on), (None, false));
    }
}
