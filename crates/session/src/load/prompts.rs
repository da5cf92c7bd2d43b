//! What each request of a level asks: a fresh nonce, a text of a given length, or the next prompt of a set.

use super::plan::LevelPlan;
use crate::bench::prompt_rows::PromptRow;
use crate::config::ResolvedRace;
use crate::lengths::PlannedLengths;
use speed_kings_core::race::event::LaneId;

/// What gives each request a prompt of its own: by a nonce, and by a text where lengths or several prompts are given.
pub(super) struct PromptGiver {
    race: ResolvedRace,
    /// The prompts that are asked in turn.
    rows: Vec<RowAsked>,
    /// Requests that have one already.
    given: u64,
}

/// A prompt of a set, as the contestant is asked it.
struct RowAsked {
    text: String,
    system: Option<String>,
    max_tokens: Option<u32>,
}

/// What one request asks.
pub(super) struct GivenPrompt {
    pub(super) text: String,
    /// How long it and its answer are to be.
    pub(super) planned: Option<PlannedLengths>,
    /// Its place among the prompts that are asked in turn.
    pub(super) row: Option<usize>,
}

impl PromptGiver {
    /// Gives prompts to the contestant `id` of `race`, in turn those of `rows` where there are any.
    pub(super) fn new(race: ResolvedRace, id: LaneId, rows: &[PromptRow]) -> Self {
        let asked = |row: &PromptRow| {
            let race = race.asking(&row.text, row.system.as_deref(), row.max_tokens);
            let request = race.clients.get(id.index())?.request();
            Some(RowAsked { text: row.text.clone(), system: request.system.clone(), max_tokens: request.max_tokens })
        };
        let rows = rows.iter().filter_map(asked).collect();
        Self { race, rows, given: 0 }
    }

    /// What the next request asks.
    pub(super) fn next(&mut self, plan: &LevelPlan) -> GivenPrompt {
        let nonce = self.race.setup.settings.nonce.is_some();
        let draw = plan.lengths.as_ref().map(|lengths| lengths.draw(plan.seed, self.given, nonce));
        let row = usize::try_from(self.given).ok().and_then(|given| given.checked_rem(self.rows.len()));
        self.given += 1;
        let planned = draw.as_ref().map(|draw| draw.planned);
        let text = row.and_then(|row| self.rows.get(row)).map(|row| row.text.clone());
        if let Some(text) = draw.and_then(|draw| draw.text).or(text) {
            self.race.setup.prompt.text = text;
        }
        self.race.renew();
        GivenPrompt { text: self.race.setup.prompt_text(), planned, row }
    }

    /// How the prompt at `row` is asked: its cap and its system message.
    pub(super) fn settled(&self, row: usize) -> Option<(Option<u32>, Option<String>)> {
        self.rows.get(row).map(|row| (row.max_tokens, row.system.clone()))
    }
}
