//! Which offer to use for so many tokens a month, under an objective and a budget: what fits, what doesn't and why, what would change
//! the answer, and what to measure next. It decides among what was measured and nothing else.

mod block;
mod change;
mod claim;
mod command;
mod fit;
#[cfg(test)]
mod tests;

pub use self::block::{blocks, headline, record};
pub use self::change::{DecisionChange, NextMeasurement, changes, next};
pub use self::claim::RouterClaim;
pub use self::command::MeasureCommand;
pub use self::fit::{DecisionAsk, OfferDecision, OfferFit, decide};
