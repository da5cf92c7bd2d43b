//! What has to be said beside the figures: what is uneven, what failed, what is missing for a claim, and what it ran on.
//! A reader who wants to doubt a result finds the reasons here first.

use crate::bench::saved::Saved;
use crate::figure;
use crate::race::verdict::Metric;
use crate::sheet::Sheet;
use crate::stats::compare::{LEVEL, Method};

/// All notes on `sheet`.
pub(super) fn all(sheet: &Sheet) -> Vec<String> {
    let saved = &sheet.saved;
    let mut notes = Vec::new();
    if saved.simulated() {
        notes.push("SIM: simulated, the figures say nothing about any provider".to_owned());
    }
    (0..saved.lanes.len()).for_each(|lane| of_lane(sheet, lane, &mut notes));
    more_runs(sheet, &mut notes);
    badges(saved, &mut notes);
    for alike in &saved.similarity {
        notes.extend(alike.median.map(|share| {
            let (a, b) = (sheet.name(alike.a), sheet.name(alike.b));
            format!(
                "answers of {a} and {b}: {:.0} % of their three-word sequences in common (median of {})",
                share * 100.0,
                alike.n
            )
        }));
    }
    notes.push(method(sheet));
    prices(saved, &mut notes);
    let mut origin = vec![format!(
        "{} warm-up and {} counted runs each as planned",
        saved.settings.warmup, saved.settings.iterations
    )];
    origin.extend(saved.started_at.iter().map(|time| format!("begun {time}")));
    origin.push(format!("order ABBA, seed {}", saved.settings.order_seed));
    origin.extend(saved.ended.iter().filter(|_| !saved.is_complete()).map(|why| format!("ended early: {why}")));
    origin.extend(saved.spent_usd.filter(|usd| *usd > 0.0).map(|usd| format!("spent {}", figure::usd(Some(usd)))));
    notes.push(origin.join("; "));
    notes.extend(environment(saved));
    notes.push(calibration(saved));
    notes
}

fn of_lane(sheet: &Sheet, lane: usize, notes: &mut Vec<String>) {
    let Some((told, saved)) = sheet.analysis.lanes.get(lane).zip(sheet.saved.lanes.get(lane)) else { return };
    let name = &saved.name;
    if told.failed() > 0 {
        let kinds: Vec<String> = told.failures.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
        notes.push(format!("{name}: {} of {} runs failed: {}", told.failed(), saved.runs.len(), kinds.join(", ")));
    }
    if told.retries > 0 {
        notes.push(format!("{name}: {} requests were sent again after a rate limit or a refusal", told.retries));
    }
    if told.cold > 0 {
        notes.push(format!("{name}: nothing warmed it up before {} of its runs (cold start)", told.cold));
    }
    if told.after_idle > 0 {
        notes.push(format!("{name}: {} runs came after a rest of over a minute", told.after_idle));
    }
    for (metric, described) in told.metrics.iter().filter(|(_, described)| described.description.is_uneven()) {
        if matches!(metric, Metric::Total | Metric::Ttft | Metric::OutputSpeed) {
            let cv = described.description.cv.unwrap_or(0.0) * 100.0;
            notes.push(format!("{name}: {} varies by {cv:.1} % from run to run (over 5 %)", metric.title()));
        }
    }
    let estimated = saved.runs.iter().filter(|run| run.tokens.counted_by.as_deref() == Some("estimate")).count();
    if estimated > 0 {
        notes.push(format!("{name}: the tokens of {estimated} runs are estimates (≈): the server did not count them"));
    }
    checks(sheet, lane, notes);
}

/// How often each check of the prompt was passed, and what the texts looked like.
fn checks(sheet: &Sheet, lane: usize, notes: &mut Vec<String>) {
    let Some(saved) = sheet.saved.lanes.get(lane) else { return };
    let texts: Vec<_> = saved.runs.iter().filter_map(|run| run.text.as_ref()).collect();
    for check in texts.first().iter().flat_map(|text| &text.checks) {
        let passed = texts.iter().flat_map(|text| &text.checks).filter(|one| one.check == check.check && one.passed);
        let passed = passed.count();
        if passed < texts.len() {
            notes.push(format!("{}: {passed} of {} answers pass \"{}\"", saved.name, texts.len(), check.check));
        }
    }
    let most = texts.iter().filter_map(|text| text.repetition).fold(0.0, f64::max);
    if most > 0.2 {
        notes.push(format!("{}: an answer repeats {:.0} % of its four-word sequences", saved.name, most * 100.0));
    }
}

fn more_runs(sheet: &Sheet, notes: &mut Vec<String>) {
    for pair in sheet.analysis.pairs.iter().filter(|pair| pair.metric == Metric::Total && pair.winner().is_none()) {
        let (a, b) = (sheet.name(pair.a), sheet.name(pair.b));
        notes.push(match pair.comparison.more_runs {
            Some(more) => format!(
                "{a} and {b}: about {more} more runs of each would tell them apart 4 times in 5, if the observed difference \
                 and spread are the true ones"
            ),
            None if pair.comparison.pairs < 2 => {
                format!("{a} and {b}: one run of each shows no spread; at least five of each tell how real it is")
            }
            None => format!("{a} and {b}: no number of runs worth making would tell them apart at the observed difference"),
        });
    }
}

fn badges(saved: &Saved, notes: &mut Vec<String>) {
    let badges = saved.verdict.iter().flat_map(|verdict| &verdict.badges);
    for badge in badges.filter(|badge| badge.holds != Some(true)) {
        let standing = if badge.holds.is_none() { "not known" } else { "broken, so the result is provisional" };
        notes.push(format!("fairness, {}: {standing}: {}", badge.badge.replace('_', " "), badge.detail));
    }
}

fn method(sheet: &Sheet) -> String {
    let pair = sheet.analysis.pairs.iter().find(|pair| pair.metric == Metric::Total);
    let name = match pair.map(|pair| pair.comparison.method) {
        Some(Method::T) => "geometric mean of paired ratios, Student's interval",
        Some(Method::SignedRank) => "Hodges–Lehmann estimate of paired log-ratios, signed-rank interval",
        None => return "method: docs/statistics.md".into(),
    };
    format!("intervals: {:.0} %, {name}; see docs/statistics.md", LEVEL * 100.0)
}

fn prices(saved: &Saved, notes: &mut Vec<String>) {
    for lane in &saved.lanes {
        if let Some(price) = &lane.price {
            notes.push(format!(
                "{}: ${} in, ${} out per million tokens, {} ({})",
                lane.name, price.input, price.output, price.as_of, price.source
            ));
        }
    }
}

/// What it ran on, as far as is known.
fn environment(saved: &Saved) -> Option<String> {
    let here = &saved.environment;
    let memory = here.memory_bytes.map(figure::bytes);
    let cores = here.cores.map(|cores| format!("{cores} cores"));
    let tool = (!here.tool.is_empty()).then(|| match &here.commit {
        Some(commit) => format!("{} ({commit})", here.tool),
        None => here.tool.clone(),
    });
    let facts = [tool, here.os.clone(), here.kernel.clone(), here.cpu.clone(), cores, memory];
    let mut facts: Vec<String> = facts.into_iter().flatten().collect();
    facts.extend(here.gpus.iter().cloned());
    facts.extend(here.local_time.iter().map(|time| {
        here.time_zone.as_ref().map_or_else(|| format!("local time {time}"), |zone| format!("local time {time} {zone}"))
    }));
    (!facts.is_empty()).then(|| format!("measured with {}", facts.join(", ")))
}

/// The tool's own error.
fn calibration(saved: &Saved) -> String {
    let text = saved.calibration.as_ref().and_then(|told| told.get("summary")?.as_str());
    text.map_or_else(
        || "the tool's own error here is not known: `speed-kings calibrate` measures it".into(),
        |text| format!("the tool's own error: {text}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::sheet;

    #[test]
    fn what_weakens_a_result_is_said() {
        let notes = all(&sheet()).join("\n");
        for said in
            ["B: 1 of 6 runs failed: server 1", "A: nothing warmed it up before 1", "$1 in, $2 out", "calibrate"]
        {
            assert!(notes.contains(said), "{said}: {notes}");
        }
        assert!(!notes.contains("SIM"));
    }
}
