//! The verdict as JSON: in the end record of a recording and in everything that is exported.
//! Lanes are named by their number in the setup; an absent figure is null.

use serde_json::{Value, json};

use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::mark::{MarkKind, RaceMark};
use speed_kings_core::race::verdict::{Badge, BadgeState, NotComparable, RaceOutcome, Verdict, VerdictCategory};

/// The verdict as JSON.
#[must_use]
pub fn verdict_json(verdict: &Verdict) -> Value {
    json!({
        "outcome": outcome(&verdict.outcome),
        "provisional": verdict.is_provisional(),
        "categories": verdict.categories.iter().map(category).collect::<Vec<_>>(),
        "badges": verdict.badges.iter().map(badge).collect::<Vec<_>>(),
    })
}

/// Whether a verdict as it was written, perhaps by an older version, says what `verdict` says: whatever it told is the same
/// today. Badges that it didn't know yet are passed over.
#[must_use]
pub fn agrees(written: &Value, verdict: &Verdict) -> bool {
    let today = verdict_json(verdict);
    let list = |of: &Value, name: &str| of.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let same = |name: &str| {
        let today = list(&today, name);
        list(written, name).iter().all(|one| today.contains(one))
    };
    written.get("outcome") == today.get("outcome") && same("categories") && same("badges")
}

/// A mark as JSON: its lane is null when it is everybody's.
#[must_use]
pub fn mark_json(mark: &RaceMark) -> Value {
    let lane = mark.lane.map(|LaneId(lane)| lane);
    let mut json = json!({"at_us": mark.at.as_micros(), "mark": mark.kind.as_str(), "lane": lane});
    if let (MarkKind::Stall { lasted }, Some(fields)) = (mark.kind, json.as_object_mut()) {
        fields.insert("lasted_us".into(), json!(lasted.as_micros()));
    }
    json
}

/// A fairness badge as JSON: whether it holds is null where nobody can tell.
#[must_use]
pub fn badge(badge: &Badge) -> Value {
    let holds = match badge.state {
        BadgeState::Met => Some(true),
        BadgeState::Broken => Some(false),
        BadgeState::Unknown => None,
    };
    json!({"badge": badge.kind.as_str(), "holds": holds, "detail": badge.detail})
}

/// Who won, as JSON.
#[must_use]
pub fn outcome(outcome: &RaceOutcome) -> Value {
    match outcome {
        RaceOutcome::Won { winner, second, ratio, by } => json!({
            "kind": "won", "winner": winner.0, "second": second.0, "ratio": ratio, "by_us": by.as_micros(),
        }),
        RaceOutcome::DeadHeat { by } => json!({"kind": "dead_heat", "by_us": by.as_micros()}),
        RaceOutcome::None { missing } => json!({
            "kind": "none",
            "missing": missing.iter().map(|(lane, why)| json!({"lane": lane.0, "why": why_missing(*why)})).collect::<Vec<_>>(),
        }),
    }
}

fn why_missing(why: NotComparable) -> &'static str {
    match why {
        NotComparable::Failed => "failed",
        NotComparable::Unfinished => "unfinished",
        NotComparable::Silent => "no text",
    }
}

/// One category as JSON.
#[must_use]
pub fn category(category: &VerdictCategory) -> Value {
    json!({
        "metric": category.metric.as_str(),
        "values": category.values,
        "best": category.best.map(|LaneId(lane)| lane),
        "ratio": category.ratio,
    })
}
