//! What has to be said beside the figures: what is uneven, what failed, what is missing for a claim, and what it ran on.
//! A reader who wants to doubt a result finds the reasons here first.

use std::collections::{BTreeMap, BTreeSet};

use crate::benchmark_report::measured::{BenchmarkReport, SHOWN, answers_at_once};
use crate::benchmark_report::{lateness, lengths, origin, turns};
use speed_kings_core::date;
use speed_kings_core::format::{self, counted};
use speed_kings_core::race::speed::SpeedWithheld;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::stats::compare::{IntervalMethod, LEVEL, MIN_PAIRS};
use speed_kings_core::stats::describe::SampleDescription;
use speed_kings_core::stats::quantile;
use speed_kings_session::bench::OrderRule;
use speed_kings_session::bench::saved::{BenchmarkFile, CountFigure, LaneResult};
use speed_kings_session::calibration::CalibratedTransport;

/// All notes on `report`.
pub(super) fn all(report: &BenchmarkReport) -> Vec<String> {
    let saved = &report.saved;
    let mut notes = Vec::new();
    if saved.simulated() {
        notes.push("SIM: simulated, the figures say nothing about any provider".to_owned());
    }
    if saved.concurrency() > 1 {
        notes.push(format!(
            "load run: {} requests of a contestant at a time, so the figures are those of a busy server; load speed is all \
             of them together, and the other figures are of single requests (of each run the median is compared)",
            saved.concurrency()
        ));
    }
    if !saved.prompt_rows.is_empty() {
        notes.push(format!(
            "{} of a file, one a round and the same for all contestants in it; medians are over all of them",
            if saved.prompt_rows.len() == 1 {
                "1 prompt".to_owned()
            } else {
                format!("{} prompts", saved.prompt_rows.len())
            }
        ));
    }
    notes.extend(turns::notes(saved));
    notes.extend(lengths::notes(saved));
    (0..saved.lanes.len()).for_each(|lane| of_lane(report, lane, &mut notes));
    more_runs(report, &mut notes);
    badges(saved, &mut notes);
    for alike in &saved.similarity {
        notes.extend(alike.median.map(|share| {
            let (a, b) = (report.name(alike.a), report.name(alike.b));
            format!(
                "answers of {a} and {b}: {} of their three-word sequences in common (median of {})",
                format::whole_percent(share),
                alike.n
            )
        }));
    }
    notes.push(method(report));
    prices(saved, &mut notes);
    notes.extend(cut_off(report));
    notes.extend(days(saved));
    let mut origin = vec![format!(
        "planned: {} warm-up and {} of each",
        saved.settings.warmup,
        counted(saved.settings.iterations, "counted run", "counted runs")
    )];
    origin.extend(saved.started_at.map(|at| format!("begun {}", date::to_milli(at))));
    origin.push(order(saved));
    origin.extend(spent(saved));
    notes.push(origin.join("; "));
    notes.extend(origin::environment(&saved.environment));
    notes.extend(origin::own_errors(saved.calibration.as_ref(), &CalibratedTransport::of_file(saved)));
    notes.extend(saved.lanes.iter().filter_map(lateness::note));
    notes
}

/// In which order the contestants ran.
fn order(saved: &BenchmarkFile) -> String {
    let seed = saved.settings.order_seed;
    match OrderRule::parse(saved.settings.order.as_deref()) {
        OrderRule::Blocks => format!("a new random order for each block of two rounds (there and back), seed {seed}"),
        OrderRule::Alternating => format!("order ABBA with a fixed period, seed {seed}"),
    }
}

/// Days of which its runs are, when it was gone on with on another.
fn days(saved: &BenchmarkFile) -> Option<String> {
    let days: BTreeSet<String> = saved.lanes.iter().flat_map(|lane| lane.days_by_round().into_values()).collect();
    (days.len() > 1).then(|| {
        let days = days.into_iter().collect::<Vec<_>>().join(", ");
        format!("its runs are of several days ({days}): only those of the same day are pairs")
    })
}

/// What ended it before all planned runs were made.
fn cut_off(report: &BenchmarkReport) -> Option<String> {
    let saved = &report.saved;
    let planned = usize::try_from(saved.settings.iterations).unwrap_or(usize::MAX);
    let rounds = |lane: &LaneResult| lane.rounds_made().min(planned);
    let (made, all) = (saved.lanes.iter().map(rounds).sum::<usize>(), planned.saturating_mul(saved.lanes.len()));
    let why = match saved.ended.as_deref() {
        Some("complete") => return None,
        None => "the file has no end: it still runs, or it was cut off",
        Some("interrupted") => "it was interrupted",
        Some("time_limit") => "--time-limit ended it",
        Some("max_cost") => "--max-cost ended it",
        Some("unsaved") => "it ended because its file could not be written",
        Some("broken") => "it ended because a run could not begin",
        Some(_) => "it ended early",
    };
    Some(format!(
        "{why} after {made} of {all} counted runs; `speed-kings benchmark --resume FILE` goes on with it (beside the same --providers where addresses were given)"
    ))
}

/// Runs in which the server had to load the model first.
fn loaded(name: &str, saved: &LaneResult) -> Option<String> {
    let mut without: Vec<f64> = saved.runs.iter().filter_map(|run| run.figures.ttft_without_load_ms).collect();
    without.sort_by(f64::total_cmp);
    let median = format::metric(Metric::Ttft, quantile(&without, 0.5));
    (!without.is_empty()).then(|| {
        let (count, all) = (without.len(), saved.runs.len());
        format!("{name}: {count} of {all} runs loaded the model inside the request; without that their median TTFT is {median}")
    })
}

/// Runs that another model than the one asked for answered.
fn other_model(name: &str, saved: &LaneResult) -> Option<String> {
    let others = saved.runs.iter().filter(|run| run.figures.served.as_asked == Some(false));
    let named: BTreeSet<&str> = others.clone().filter_map(|run| run.figures.served.model.as_deref()).collect();
    (!named.is_empty()).then(|| {
        let (count, all) = (others.count(), saved.runs.len());
        let named = named.into_iter().collect::<Vec<_>>().join(", ");
        format!("{name}: {count} of {all} runs asked for {} and were served {named}", saved.identity.model)
    })
}

/// What was told of its runs, each thing once, with the number of runs that it was told of.
fn told_of_runs(name: &str, saved: &LaneResult) -> Vec<String> {
    let mut told: Vec<(&str, usize)> = Vec::new();
    for notice in saved.runs.iter().flat_map(|run| &run.figures.notices) {
        match told.iter_mut().find(|(known, _)| known == notice) {
            Some((_, times)) => *times += 1,
            None => told.push((notice, 1)),
        }
    }
    let all = saved.runs.len();
    told.into_iter().map(|(notice, times)| format!("{name}: {notice} ({times} of {all} runs)")).collect()
}

fn spent(saved: &BenchmarkFile) -> Option<String> {
    let usd = |usd| format::usd(Some(usd));
    match (saved.spent_usd, saved.spent_at_least_usd) {
        (Some(all), _) => (all > 0.0).then(|| format!("spent {}", usd(all))),
        (None, Some(part)) if part > 0.0 => Some(format!("spent at least {}, for a price is not known", usd(part))),
        (None, Some(_)) => Some("what it cost is not known".into()),
        (None, None) => None,
    }
}

fn of_lane(report: &BenchmarkReport, lane: usize, notes: &mut Vec<String>) {
    let Some((told, saved)) = report.analysis.lanes.get(lane).zip(report.saved.lanes.get(lane)) else { return };
    let name = &saved.identity.name;
    if told.failed() > 0 {
        let kinds: Vec<String> = told.failures.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
        notes.push(format!("{name}: {} of {} runs failed: {}", told.failed(), saved.runs.len(), kinds.join(", ")));
    }
    if told.retries > 0 {
        let retries = counted(told.retries, "request was", "requests were");
        notes.push(format!("{name}: {retries} sent again after a rate limit or a refusal"));
    }
    if told.cold > 0 {
        notes.push(format!("{name}: nothing warmed it up before {} of its runs (cold start)", told.cold));
    }
    if told.after_idle > 0 {
        let runs = counted(told.after_idle, "run", "runs");
        notes.push(format!("{name}: {runs} came after a rest of over a minute"));
    }
    notes.extend(loaded(name, saved));
    notes.extend(other_model(name, saved));
    notes.extend(told_of_runs(name, saved));
    let mut uneven = Vec::new();
    for (metric, described) in told.metrics.iter().filter(|(_, described)| described.description.is_uneven()) {
        // What the tables leave out needs no note; a cost follows the tokens, which a prompt's answer may have few of.
        if SHOWN.contains(metric) && !(*metric == Metric::Ttfa && answers_at_once(told)) {
            uneven.push(format!("{} by {}", metric.title(), format::percent(described.description.cv.unwrap_or(0.0))));
        }
    }
    if !uneven.is_empty() {
        notes.push(format!("{name}: varies from run to run (CV over 5 %): {}", uneven.join(", ")));
    }
    let estimated =
        saved.runs.iter().filter(|run| run.figures.tokens.counted_by.as_deref() == Some("estimate")).count();
    if estimated > 0 {
        let runs = counted(estimated, "run", "runs");
        notes.push(format!("{name}: the tokens of {runs} are estimates (≈): the server did not count them"));
    }
    let refused =
        saved.runs.iter().filter(|run| run.figures.tokens.refused.and_then(CountFigure::value).is_some()).count();
    if refused > 0 {
        notes.push(format!(
            "{name}: in {refused} of them the server's count can't be true for its text and was refused"
        ));
    }
    for (code, runs) in &told.withheld {
        let why = SpeedWithheld::words_of(code);
        notes.push(format!("{name}: no output speed in {runs} of {} runs: {why}", told.good));
    }
    checks(report, lane, notes);
}

/// How often each check of the prompt was passed, and what the texts looked like.
fn checks(report: &BenchmarkReport, lane: usize, notes: &mut Vec<String>) {
    let Some(saved) = report.saved.lanes.get(lane) else { return };
    let texts: Vec<_> = saved.runs.iter().filter_map(|run| run.text.as_ref()).collect();
    let mut told: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for check in texts.iter().flat_map(|text| &text.checks) {
        let (passed, of) = told.entry(check.check.as_str()).or_default();
        (*passed, *of) = (*passed + usize::from(check.passed), *of + 1);
    }
    for (check, (passed, of)) in told.into_iter().filter(|(_, (passed, of))| passed < of) {
        notes.push(format!("{}: {passed} of {of} answers pass \"{check}\"", saved.identity.name));
    }
    let most = texts.iter().filter_map(|text| text.repetition).fold(0.0, f64::max);
    if most > 0.2 {
        let share = format::whole_percent(most);
        notes.push(format!("{}: an answer repeats {share} of its four-word sequences", saved.identity.name));
    }
}

fn more_runs(report: &BenchmarkReport, notes: &mut Vec<String>) {
    for pair in report.analysis.pairs.iter().filter(|pair| pair.metric == Metric::Total && pair.winner().is_none()) {
        let (a, b) = (report.name(pair.a), report.name(pair.b));
        notes.push(match pair.comparison.more_runs {
            _ if pair.comparison.pairs < 2 => {
                format!(
                    "{a} and {b}: one run of each shows no spread; at least {MIN_PAIRS} of each tell how real it is"
                )
            }
            Some(more) => format!(
                "{a} and {b}: about {} of each would tell them apart 4 times in 5, if the observed difference \
                 and spread are the true ones",
                counted(more, "more run", "more runs")
            ),
            None => {
                format!("{a} and {b}: no number of runs worth making would tell them apart at the observed difference")
            }
        });
    }
}

fn badges(saved: &BenchmarkFile, notes: &mut Vec<String>) {
    let badges = saved.verdict.iter().flat_map(|verdict| &verdict.badges);
    for badge in badges.filter(|badge| badge.holds != Some(true)) {
        let state = if badge.holds.is_none() { "not known" } else { "broken, so the result is provisional" };
        notes.push(format!("fairness, {}: {state}: {}", badge.badge.replace('_', " "), badge.detail));
    }
}

fn method(report: &BenchmarkReport) -> String {
    let pair = report.analysis.pairs.iter().find(|pair| pair.metric == Metric::Total);
    let judged = pair.filter(|pair| pair.comparison.interval.is_some());
    let name = match judged.map(|pair| pair.comparison.method) {
        Some(IntervalMethod::T) => "geometric mean of paired ratios, Student's interval and p",
        Some(IntervalMethod::SignedRank | IntervalMethod::Pooled) => {
            "Hodges–Lehmann estimate of paired log-ratios, interval and p of the signed ranks"
        }
        None => return "method: docs/statistics.md".into(),
    };
    format!(
        "intervals: {}, {name}; bootstrap and permutation stand beside in the JSON; see docs/statistics.md",
        format::whole_percent(LEVEL)
    )
}

fn prices(saved: &BenchmarkFile, notes: &mut Vec<String>) {
    for lane in &saved.lanes {
        if let Some(price) = &lane.price {
            let (input, output) = (format::price(price.input), format::price(price.output));
            notes.push(format!(
                "{}: {input} in, {output} out per million tokens, price of {} ({}){}",
                lane.identity.name,
                price.as_of,
                price.source,
                mix(lane)
            ));
            let cached = lane
                .runs
                .iter()
                .filter_map(|run| run.figures.tokens.cached?.value())
                .filter(|cached| *cached > 0.0)
                .count();
            if price.cached.is_none() && cached > 0 {
                notes.push(format!(
                    "{}: cached tokens of {} are billed in full, for no cached price is known",
                    lane.identity.name,
                    counted(cached, "run", "runs")
                ));
            }
        }
    }
}

/// The tokens that a cost is of: the medians of the runs.
fn mix(lane: &LaneResult) -> String {
    let tokens: Vec<[f64; 3]> = lane.tokens_by_round().into_values().collect();
    let middle = |of: fn(&[f64; 3]) -> f64| SampleDescription::of(&tokens.iter().map(of).collect::<Vec<_>>());
    let parts = middle(|[input, ..]| *input).zip(middle(|[.., output]| *output));
    parts.map_or_else(String::new, |(input, output)| {
        format!("; a run's cost is of {:.0} prompt and {:.0} output tokens (medians)", input.median, output.median)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchmark_report::tests::report;
    use speed_kings_session::bench::saved::ServedRecord;

    #[test]
    fn what_weakens_a_result_is_said() {
        let notes = all(&report()).join("\n");
        for said in
            ["B: 1 of 6 runs failed: server 1", "A: nothing warmed it up before 1", "$1.00 in, $2.00 out", "calibrate"]
        {
            assert!(notes.contains(said), "{said}: {notes}");
        }
        assert!(!notes.contains("SIM"));
    }

    #[test]
    fn runs_of_another_model_and_of_a_cold_one_are_counted() {
        let mut report = report();
        let lane = &mut report.saved.lanes[0];
        let (all, asked) = (lane.runs.len(), lane.identity.model.clone());
        lane.runs[0].figures.served =
            ServedRecord { model: Some("tiny-1b".into()), as_asked: Some(false), ..ServedRecord::default() };
        lane.runs[1].figures.ttft_without_load_ms = Some(53.0);
        let notes = super::all(&report).join("\n");
        assert!(notes.contains(&format!("A: 1 of {all} runs asked for {asked} and were served tiny-1b")), "{notes}");
        assert!(notes.contains(&format!("A: 1 of {all} runs loaded the model inside the request")), "{notes}");
        assert!(notes.contains("median TTFT is 53"), "{notes}");
    }
}
