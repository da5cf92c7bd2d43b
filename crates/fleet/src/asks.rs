//! What the requests of a load ask, and when: the prompts of a file, given lengths, arrivals out of a file. A runner gets what is its
//! share of that with its plan; what isn't given is the plan's own prompt, at moments that the runner draws.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use speed_kings_core::race::lane::BYTES_PER_TOKEN;
use speed_kings_session::bench::prompt_rows::PromptRow;
use speed_kings_session::lengths::GivenLengths;
use speed_kings_session::load::LevelPlan;

/// What a share of a load asks, and when.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PlannedAsks {
    /// The prompts that it asks in turn.
    pub prompts: Vec<PromptRow>,
    /// The lengths that its prompts and answers are to have.
    pub lengths: Option<GivenLengths>,
    /// When its requests are due: from the level's beginning to the first, and from each to the next, µs.
    pub gaps_us: Vec<u64>,
}

impl PlannedAsks {
    /// What part number `part` of so many parts of `level` asks; nothing where no arrival falls to it. All parts ask all prompts, each
    /// from another one on; arrivals are dealt out in turn.
    pub(crate) fn of_part(level: &LevelPlan, part: usize, parts: usize) -> Option<Self> {
        let mut prompts = level.rows.to_vec();
        let first = part * prompts.len() / parts.max(1);
        prompts.rotate_left(first);
        let mut gaps_us = Vec::new();
        if let Some(trace) = &level.trace {
            let mut last = 0;
            for due in trace.iter().skip(part).step_by(parts.max(1)) {
                let due = u64::try_from(due.as_micros()).unwrap_or(u64::MAX);
                gaps_us.push(due - last);
                last = due;
            }
            if gaps_us.is_empty() {
                return None;
            }
        }
        Some(Self { prompts, lengths: level.lengths.clone(), gaps_us })
    }

    /// Whether it is no more than what a plan says anyway.
    pub(crate) fn is_usual(&self) -> bool {
        *self == Self::default()
    }

    /// When its requests are due, from the level's beginning on, where that is given.
    pub(crate) fn arrivals(&self) -> Option<Arc<[Duration]>> {
        let mut due = Duration::ZERO;
        let arrivals = self.gaps_us.iter().map(|gap| {
            due = due.saturating_add(Duration::from_micros(*gap));
            due
        });
        (!self.gaps_us.is_empty()).then(|| arrivals.collect())
    }

    /// How long a prompt of it is on average, in bytes, and what caps its answer, in tokens, where it is `usual` and `cap` otherwise.
    pub(crate) fn mean(&self, usual: usize, cap: u32) -> (usize, u32) {
        let given = self.lengths.as_ref().and_then(|lengths| lengths.input.as_ref());
        if let Some(input) = given {
            return (bytes(input.mean()), cap);
        }
        let Some(count) = u64::try_from(self.prompts.len()).ok().filter(|count| *count > 0) else {
            return (usual, cap);
        };
        let long = |row: &PromptRow| row.text.len() + row.system.as_ref().map_or(0, String::len);
        let text = self.prompts.iter().map(long).sum::<usize>().div_ceil(self.prompts.len());
        let caps = self.prompts.iter().map(|row| u64::from(row.max_tokens.unwrap_or(cap))).sum::<u64>();
        (text, u32::try_from(caps.div_ceil(count)).unwrap_or(u32::MAX))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a million tokens at the most, and not negative"
)]
fn bytes(tokens: u32) -> usize {
    (f64::from(tokens) * BYTES_PER_TOKEN).ceil() as usize
}

#[cfg(test)]
mod tests {
    use speed_kings_session::load::OfferedLoad;

    use super::*;

    fn level(rows: &[&str], arrivals_ms: &[u64]) -> LevelPlan {
        let row = |text: &&str| PromptRow { text: (*text).into(), ..PromptRow::default() };
        let trace: Arc<[Duration]> = arrivals_ms.iter().map(|at| Duration::from_millis(*at)).collect();
        LevelPlan {
            load: OfferedLoad::Rate(1.0),
            ramp: Duration::ZERO,
            steady: Duration::from_secs(9),
            seed: 1,
            trace: (!trace.is_empty()).then_some(trace),
            lengths: None,
            rows: rows.iter().map(row).collect(),
        }
    }

    #[test]
    fn all_parts_together_ask_what_one_machine_would_have_asked() {
        let level = level(&["a", "b", "c", "d"], &[0, 5, 5, 700, 8_000]);
        let parts: Vec<PlannedAsks> = (0..2).map(|part| PlannedAsks::of_part(&level, part, 2).unwrap()).collect();
        let texts = |asks: &PlannedAsks| asks.prompts.iter().map(|row| row.text.clone()).collect::<String>();
        assert_eq!((texts(&parts[0]), texts(&parts[1])), ("abcd".into(), "cdab".into()));
        assert_eq!(parts[0].gaps_us, [0, 5_000, 7_995_000]);
        let mut all: Vec<Duration> = parts.iter().flat_map(|asks| asks.arrivals().unwrap().to_vec()).collect();
        all.sort();
        assert_eq!(all, level.trace.clone().unwrap().to_vec());
        assert_eq!(PlannedAsks::of_part(&level, 5, 6), None, "no arrival falls to it");
        let drawn = PlannedAsks::of_part(&LevelPlan { trace: None, rows: Arc::default(), ..level }, 1, 2).unwrap();
        assert!(drawn.is_usual() && drawn.arrivals().is_none());
    }
}
