//! The staging of a verdict: which part of it is there after how long.
//! Who won and by how much comes first, then the figures one by one while the race runs by once more as bars, badges last.

use speed_kings_core::time::Period;

use crate::show::{VERDICT_STAGED, eased};

/// Shares of the whole staging at which parts begin and end.
const RATIO: (f64, f64) = (0.05, 0.40);
const CLOCK: (f64, f64) = (0.12, 0.97);
const CATEGORIES: (f64, f64) = (0.38, 0.72);
const BADGES: (f64, f64) = (0.70, 0.95);

/// How far the staging of a verdict is.
#[derive(Clone, Copy, Debug)]
pub(super) struct VerdictStage {
    share: f64,
}

impl VerdictStage {
    /// The stage so long after the verdict came; all of it without a time.
    pub(super) fn of(judged: Option<Period>) -> Self {
        Self { share: judged.map_or(1.0, |judged| judged.as_secs_f64() / VERDICT_STAGED.as_secs_f64()) }
    }

    fn part(self, (from, to): (f64, f64)) -> f64 {
        ((self.share - from) / (to - from)).clamp(0.0, 1.0)
    }

    /// A ratio on its way up from 1.
    pub(super) fn ratio(self, ratio: f64) -> f64 {
        1.0 + (ratio - 1.0) * eased(self.part(RATIO))
    }

    /// Whether the ratio has come to rest.
    pub(super) fn is_told(self) -> bool {
        self.share >= RATIO.1
    }

    /// How much of the race has run by in the charts.
    pub(super) fn clock(self) -> f64 {
        self.part(CLOCK)
    }

    /// How many of `rows` categories are there.
    pub(super) fn categories(self, rows: usize) -> usize {
        count(self.part(CATEGORIES), rows)
    }

    /// How many of `rows` badges are there.
    pub(super) fn badges(self, rows: usize) -> usize {
        count(self.part(BADGES), rows)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "bounded by the rows of a screen"
)]
fn count(share: f64, rows: usize) -> usize {
    (share * rows as f64).floor() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_comes_in_its_order_and_is_there_in_the_end() {
        let at = |ms: u64| VerdictStage::of(Some(Period::from_millis(ms)));
        let parts = |stage: VerdictStage| (stage.categories(8), stage.badges(12));
        assert_eq!(parts(at(0)), (0, 0));
        assert!((at(0).ratio(2.22) - 1.0).abs() < 1e-9 && at(0).clock().abs() < 1e-9);
        assert_eq!(parts(at(2_700)), (6, 0), "badges come last");
        for done in [VerdictStage::of(Some(VERDICT_STAGED)), VerdictStage::of(None)] {
            assert_eq!(parts(done), (8, 12));
            assert!((done.ratio(2.22) - 2.22).abs() < 1e-9 && (done.clock() - 1.0).abs() < 1e-9);
        }
    }
}
