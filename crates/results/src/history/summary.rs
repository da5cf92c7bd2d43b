//! The first thing to know of a history, in a sentence: what changed, or who was up least.

use jiff::Timestamp;

use super::series::HistorySeries;
use super::told::{changed, changed_on, day, named};
use super::uptime::UptimeSeries;
use speed_kings_core::date;
use speed_kings_core::format::{self, counted};
use speed_kings_core::race::verdict::Metric;

/// Changes that are told one by one.
const TOLD: usize = 3;

/// What is shown to have changed in `series`; where there are none, which of those `watched` was up least.
pub(super) fn summary(series: &[HistorySeries], watched: &[UptimeSeries], metric: Metric) -> Option<String> {
    if series.is_empty() { least_up(watched) } else { Some(changes(series, metric)) }
}

fn changes(series: &[HistorySeries], metric: Metric) -> String {
    let when = span(series.iter().flat_map(|one| &one.points).filter_map(|point| point.begun));
    let lines = counted(series.len(), "line", "lines");
    if series.iter().all(|one| one.points.len() < 2) {
        return format!("{when}{lines} of one file each: a second one shows whether anything changes.");
    }
    let told: Vec<String> = series.iter().filter_map(|one| change(one, metric)).collect();
    if told.is_empty() {
        return format!("{when}no change is shown in {lines}.");
    }
    let (count, rest) = (told.len(), told.len().saturating_sub(TOLD));
    let first: Vec<String> = told.into_iter().take(TOLD).collect();
    let more = if rest > 0 { format!("; and {rest} more") } else { String::new() };
    format!("{when}{count} of {lines} changed: {}{more}.", first.join("; "))
}

/// What changed last in one line; nothing where nothing is shown.
fn change(one: &HistorySeries, metric: Metric) -> Option<String> {
    let lasting = one.last_lasting().map(|(point, change)| changed_on(metric, point, change));
    let step =
        || one.last_step().map(|(point, step)| format!("changed on {} by {}", day(point), changed(metric, step)));
    Some(format!("{} {}", named(one), lasting.or_else(step)?))
}

fn least_up(watched: &[UptimeSeries]) -> Option<String> {
    let when = span(watched.iter().filter_map(|one| one.span).flat_map(|(from, to)| [from, to]));
    let shares = watched.iter().filter_map(|one| Some((one, one.total().share()?)));
    let (one, (share, within)) = shares.min_by(|(_, (a, _)), (_, (b, _))| a.total_cmp(b))?;
    let (low, high) = (format::percent(within.low), format::percent(within.high));
    let who = if watched.len() == 1 { "" } else { "least up was " };
    Some(format!("{when}{who}{}, up {} ({low} to {high}).", one.label(), format::percent(share)))
}

/// `2026-11-03 to 2026-11-30: ` or the only day of them; empty where nothing says when.
fn span(moments: impl Iterator<Item = Timestamp>) -> String {
    let (mut first, mut last) = (None, None);
    for at in moments {
        first = Some(first.map_or(at, |first: Timestamp| first.min(at)));
        last = Some(last.map_or(at, |last: Timestamp| last.max(at)));
    }
    match (first.map(date::day), last.map(date::day)) {
        (Some(first), Some(last)) if first == last => format!("{first}: "),
        (Some(first), Some(last)) => format!("{first} to {last}: "),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::changes::LastingChange;
    use super::super::entry::HistoryWorkload;
    use super::super::point::{HistoryPoint, HistoryShift};
    use super::*;

    fn series(name: &str, files: i64) -> HistorySeries {
        let point = |day: i64| HistoryPoint {
            begun: Timestamp::from_second(1_790_000_000 + day * 86_400).ok(),
            file: format!("{day}.json"),
            figures: vec![100.0],
            failed: 0,
            change: None,
        };
        HistorySeries {
            name: name.into(),
            model: "m".into(),
            endpoint: None,
            simulated: false,
            workload: HistoryWorkload { prompt: "short".into(), ..HistoryWorkload::default() },
            points: (0..files).map(point).collect(),
            lasting: Vec::new(),
        }
    }

    #[test]
    fn a_sentence_says_what_changed_and_of_whom() {
        let told = |series: &[HistorySeries]| summary(series, &[], Metric::Ttft).unwrap();
        assert_eq!(
            told(&[series("A", 1)]),
            "2026-09-21: 1 line of one file each: a second one shows whether anything changes."
        );
        let (still, mut step, mut lasting) = (series("A", 3), series("B", 3), series("C", 3));
        assert_eq!(told(std::slice::from_ref(&still)), "2026-09-21 to 2026-09-23: no change is shown in 1 line.");
        step.points[1].change = Some(HistoryShift { ratio: 1.5, p_value: 0.01 });
        lasting.lasting =
            vec![LastingChange { point: 2, medians: (100.0, 130.0), samples: (2, 1), p_value: 0.02, by_day: true }];
        let said = told(&[still, step.clone(), lasting]);
        assert!(
            said.starts_with("2026-09-21 to 2026-09-23: 2 of 3 lines changed: B (m) · short changed on 2026-09-22 by "),
            "{said}"
        );
        assert!(
            said.contains("; C (m) · short changed on 2026-09-23 from 100.0 ms to 130.0 ms, worse (p 0.0200)."),
            "{said}"
        );
        assert!(told(&vec![step; 5]).ends_with("; and 2 more."));
        assert_eq!(summary(&[], &[], Metric::Ttft), None);
    }
}
