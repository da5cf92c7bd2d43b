//! Gates on results that are written down here: what fails, what passes, what can't be told, and how often that is wrong.

use serde_json::{Value, json};

use super::*;
use crate::benchmark_report::BenchmarkReport;
use speed_kings_session::bench::BenchmarkFile;

/// One contestant's runs with these total times in ms; each TTFT is a tenth, each speed 100,000 ÷ ms. Nothing for a failed one.
fn lane(name: &str, totals: &[Option<f64>]) -> Value {
    let run = |(round, total): (u32, &Option<f64>)| match total {
        Some(ms) => json!({
            "ok": true, "round": round, "total_ms": ms, "ttft_ms": ms / 10.0, "output_tok_s": 1e5 / ms,
            "speed_withheld": null, "cost_usd": 0.002,
        }),
        None => json!({"ok": false, "round": round, "error": {"kind": "server"}}),
    };
    let runs: Vec<Value> = (1..).zip(totals).map(run).collect();
    json!({"name": name, "provider": name.to_lowercase(), "model": "m-1", "runs": runs})
}

fn report(lanes: &[Value]) -> BenchmarkReport {
    BenchmarkReport::new(BenchmarkFile::of(&json!({"version": 1, "ended": "complete", "lanes": lanes})).unwrap())
}

/// Runs evenly around `ms`, a percent apart.
fn around(ms: f64, runs: u32) -> Vec<Option<f64>> {
    (0..runs).map(|run| Some(ms * (1.0 + 0.01 * (f64::from(run) - f64::from(runs) / 2.0) / f64::from(runs)))).collect()
}

fn no_baseline(_: &BenchmarkReport) -> BaselineRun {
    BaselineRun::Missing("there is none".into())
}

fn found(conditions: &[&str], reports: &[BenchmarkReport]) -> Vec<GateFinding> {
    let conditions: Vec<GateCondition> = conditions.iter().map(|text| text.parse().unwrap()).collect();
    judge(&conditions, reports, &no_baseline).checks.into_iter().map(|check| check.finding).collect()
}

fn only(condition: &str, totals: &[Option<f64>]) -> GateFinding {
    let mut found = found(&[condition], &[report(&[lane("Groq", totals)])]);
    assert_eq!(found.len(), 1);
    found.remove(0)
}

#[test]
fn a_limit_fails_or_passes_only_where_that_is_shown() {
    use GateCall::{Failed, Passed, Undecided};
    // Around 500 tok/s: the bounds of the median of five runs are the least and the largest.
    let five = around(200.0, 5);
    for (condition, call) in [
        ("output_tok_s<510", Failed),
        ("output_tok_s<490", Passed),
        ("output_tok_s<500", Undecided),
        ("output_tok_s>510", Passed),
        ("output_tok_s>490", Failed),
        ("ttft_ms>19", Failed),
        ("ttft_ms>0.0201s", Passed),
        ("total<=198", Passed),
        ("cost_usd>0.001", Failed),
        ("cost_usd>0.002", Passed),
        ("cost_usd>=0.002", Failed),
        ("cost_usd<$0.002", Passed),
        ("groq.ttft_ms>19", Failed),
    ] {
        assert_eq!(only(condition, &five).call, call, "{condition}: {}", only(condition, &five).said);
    }
    let failed = only("output_tok_s<510", &five);
    assert_eq!(failed.said, "median of Output speed 501 tok/s, between 499 tok/s and 503 tok/s (5 runs)");
    let open = only("output_tok_s<500", &five);
    assert!(open.said.starts_with("too few runs to tell: median of Output speed 501 tok/s, between "), "{}", open.said);
}

#[test]
fn too_few_runs_decide_nothing_and_say_how_many_would() {
    let four = only("output_tok_s<5000", &around(200.0, 4));
    assert_eq!((four.call, four.needed), (GateCall::Undecided, Some(5)));
    assert_eq!(four.said, "too few runs to tell: 5 runs are needed at least, and 4 have the figure (median 501 tok/s)");
    let p95 = |runs| only("ttft_ms.p95>400", &around(200.0, runs));
    assert_eq!((p95(19).call, p95(19).needed), (GateCall::Undecided, Some(20)), "no p95 of fewer than 20");
    assert_eq!((p95(58).call, p95(58).needed), (GateCall::Undecided, None));
    assert!(p95(58).said.starts_with("too few runs to tell: p95 of TTFT 20.1 ms, at least "), "{}", p95(58).said);
    assert_eq!(p95(59).call, GateCall::Passed);
    // Five of twenty over the limit are more than a p95 under it allows.
    let mut slow = around(200.0, 20);
    slow.iter_mut().take(5).for_each(|run| *run = Some(9_000.0));
    assert_eq!(only("ttft_ms.p95>400", &slow).call, GateCall::Failed);
    assert_eq!(only("ttft_ms.p99>400", &slow).needed, Some(100));
}

#[test]
fn more_checks_need_more_runs_and_each_is_as_sure_as_all() {
    let report = report(&[lane("A", &around(200.0, 5)), lane("B", &around(200.0, 5))]);
    let told = found(&["tok_s<5000"], std::slice::from_ref(&report));
    assert!(told.iter().all(|one| (one.call, one.needed) == (GateCall::Undecided, Some(6))), "{told:?}");
    let conditions: Vec<GateCondition> = ["tok_s<5000", "a.ttft>1"].map(|text| text.parse().unwrap()).into();
    let judged = judge(&conditions, &[report], &no_baseline);
    assert_eq!(judged.checks.len(), 3);
    assert!((judged.error - 0.05 / 3.0).abs() < 1e-12);
    assert_eq!(judged.checks[2].contestant, "A");
}

#[test]
fn failed_runs_have_a_rate_of_their_own_and_no_figures() {
    let mut runs = around(200.0, 16);
    runs.extend([None; 4]);
    let rate = only("error_rate>5%", &runs);
    assert_eq!(rate.call, GateCall::Failed, "{}", rate.said);
    assert!(rate.said.starts_with("4 of 20 runs failed: 20.0 %, between 7.14 % and 40.1 %"), "{}", rate.said);
    assert_eq!(only("error_rate>10%", &runs).call, GateCall::Undecided);
    assert_eq!(only("error_rate>50%", &runs).call, GateCall::Passed);
    let speed = only("tok_s<400", &runs);
    assert!(speed.said.ends_with("; 4 of 20 requests failed and are not in it"), "{}", speed.said);
    assert_eq!(only("tok_s<400", &[None; 9]).said, "no figure: all 9 runs failed");
}

#[test]
fn what_was_not_seen_is_undecided_and_says_why() {
    let mut lane = lane("Groq", &around(200.0, 6));
    for run in lane["runs"].as_array_mut().unwrap() {
        run["output_tok_s"] = Value::Null;
        run["speed_withheld"] = json!("one_read");
        run["cost_usd"] = Value::Null;
    }
    let report = report(&[lane]);
    let told = |condition: &str| found(&[condition], std::slice::from_ref(&report)).remove(0);
    let speed = told("tok_s<400");
    assert_eq!((speed.call, speed.figure), (GateCall::Undecided, None));
    assert_eq!(speed.said, "no figure: the output speed was not seen: arrived in 1 read in 6 runs");
    assert_eq!(told("cost>1").said, "no figure: no price is known");
    assert_eq!(told("gaps_p95_ms>1").said, "no figure: no run has enough gaps for a p95 of them");
    assert!(told("load_tok_s<1").said.contains("one at a time"));
    assert_eq!(told("slower than baseline").said, "no figure: there is none");
}

#[test]
fn in_a_load_run_each_round_is_one_value() {
    let mut file =
        BenchmarkFile::of(&json!({"version": 1, "settings": {"concurrency": 20}, "lanes": [lane("Groq", &[])]}))
            .unwrap();
    let run =
        |round: u32, ms: f64| json!({"ok": true, "round": round, "ttft_ms": ms, "load_tok_s": 900.0, "total_ms": ms});
    let runs: Vec<Value> =
        (1..=5).flat_map(|round| (0..20).map(move |at| run(round, 100.0 + 10.0 * f64::from(at)))).collect();
    file.lanes = BenchmarkFile::of(&json!({"version": 1, "lanes": [{"name": "Groq", "runs": runs}]})).unwrap().lanes;
    let report = BenchmarkReport::new(file);
    let told = |condition: &str| found(&[condition], std::slice::from_ref(&report)).remove(0);
    assert_eq!((told("ttft>190").call, told("ttft>190").runs), (GateCall::Failed, 5));
    // The p95 of each round is 280.5 ms.
    assert_eq!((told("ttft.p95>280").call, told("ttft.p95>281").call), (GateCall::Failed, GateCall::Passed));
    assert!(told("ttft.p99>1").said.contains("a p99 takes 100"), "{}", told("ttft.p99>1").said);
    assert_eq!(told("load_tok_s<1000").call, GateCall::Failed);
    assert_eq!((told("error_rate>1%").call, told("error_rate>1%").runs), (GateCall::Passed, 5));
}

/// What `condition` comes to for `now` against `then`.
fn against(condition: &str, now: &BenchmarkReport, then: &BenchmarkReport) -> GateFinding {
    let baseline = |_: &BenchmarkReport| BaselineRun::Found(Box::new(then.saved.clone()));
    judge(&[condition.parse().unwrap()], std::slice::from_ref(now), &baseline).checks.remove(0).finding
}

#[test]
fn worse_than_before_is_a_factor_beyond_its_margin() {
    use GateCall::{Failed, Passed, Undecided};
    let of = |ms: f64, runs: u32| report(&[lane("Groq", &around(ms, runs))]);
    let then = of(200.0, 8);
    for (now, condition, call) in [
        (230.0, "slower than baseline by 10%", Failed),
        (210.0, "slower than baseline by 10%", Passed),
        (220.0, "slower than baseline by 10%", Undecided),
        (210.0, "slower than baseline", Failed),
        (190.0, "slower than baseline", Passed),
        (230.0, "tok_s worse than baseline by 10%", Failed),
        (210.0, "tok_s worse than baseline by 10%", Passed),
        (150.0, "tok_s worse than baseline by 10%", Passed),
        (230.0, "groq.ttft_ms worse than baseline by 10%", Failed),
    ] {
        let told = against(condition, &of(now, 8), &then);
        assert_eq!(told.call, call, "{now} {condition}: {}", told.said);
    }
    let few = against("slower than baseline", &of(400.0, 2), &of(200.0, 2));
    assert_eq!((few.call, few.needed), (Undecided, Some(3)));
    let told = against("slower than baseline by 10%", &of(230.0, 8), &then).said;
    assert!(told.starts_with("Total time is 1.15× (1.1"), "{told}");
    assert!(told.ends_with("that of the baseline (8 runs against 8)"), "{told}");
    let other = report(&[lane("Cerebras", &around(200.0, 8))]);
    let told = against("slower than baseline", &other, &then);
    assert_eq!(told.said, "no figure: the baseline is of something else: Cerebras is not among the older ones");
}

#[test]
fn differences_within_noise_hardly_ever_fail() {
    let mut rng = fastrand::Rng::with_seed(21);
    let mut draw = || -> Vec<Option<f64>> { (0..10).map(|_| Some(200.0 * (1.0 + rng.f64()))).collect() };
    let wrong = (0..400)
        .filter(|_| {
            let (now, then) = (report(&[lane("Groq", &draw())]), report(&[lane("Groq", &draw())]));
            against("slower than baseline", &now, &then).call == GateCall::Failed
        })
        .count();
    // 5 % of 400, and three standard errors.
    assert!(wrong <= 33, "{wrong} of 400 failed though nothing differs");
}

#[test]
fn the_newest_results_of_the_same_are_the_baseline() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("A1");
    std::fs::create_dir(&folder).unwrap();
    let file = |begun: &str, prompt: &str, ended: &str| {
        let file = json!({
            "version": 1, "started_at": begun, "prompt": {"name": "p", "text": prompt}, "ended": ended,
            "lanes": [lane("Groq", &around(200.0, 5))],
        });
        let path = folder.join(format!("{}.json", begun.replace(':', "-")));
        std::fs::write(&path, file.to_string()).unwrap();
        (path, BenchmarkFile::of(&file).unwrap())
    };
    let (_, new) = file("2026-05-04T00:00:00Z", "x", "complete");
    assert_eq!(newest_before(dir.path(), &new), None, "it is no baseline of itself");
    let (path, old) = file("2026-05-01T00:00:00Z", "x", "complete");
    file("2026-05-02T00:00:00Z", "another", "complete");
    file("2026-05-03T00:00:00Z", "x", "interrupted");
    file("2026-05-05T00:00:00Z", "x", "complete");
    std::fs::write(folder.join("2026-05-03T01-00-00Z.json"), "{").unwrap();
    assert_eq!(newest_before(dir.path(), &new), Some((path, old)));
}

#[test]
fn a_reader_of_xml_reads_what_was_found() {
    let hostile = report(&[lane("A & \"B\" <i>]]>\u{1b}[31m", &around(200.0, 5)), lane("Groq", &around(900.0, 4))]);
    let conditions: Vec<GateCondition> = ["groq.tok_s<500", "ttft<1"].map(|text| text.parse().unwrap()).into();
    let judged = judge(&conditions, &[hostile, report(&[lane("C", &around(200.0, 40))])], &no_baseline);
    for strict in [false, true] {
        let text = junit(&judged, strict);
        let document = roxmltree::Document::parse(&text).unwrap();
        let root = document.root_element();
        let count = |name: &str| root.attribute(name).unwrap().parse::<usize>().unwrap();
        assert_eq!((root.tag_name().name(), root.attribute("name")), ("testsuites", Some("speed-kings")));
        let cases = document.descendants().filter(|node| node.has_tag_name("testcase"));
        assert_eq!((cases.clone().count(), count("tests")), (4, 4));
        let with = |tag: &str| document.descendants().filter(|node| node.has_tag_name(tag)).count();
        let undecided = judged.count(GateCall::Undecided);
        assert_eq!((with("failure"), count("failures")), (0, 0));
        assert_eq!((with("skipped"), with("error")), if strict { (0, undecided) } else { (undecided, 0) });
        assert_eq!((count("skipped"), count("errors")), (with("skipped"), with("error")));
        assert_eq!(document.descendants().filter(|node| node.has_tag_name("testsuite")).count(), 2);
        let first = cases.clone().nth(1).unwrap();
        assert_eq!(first.attribute("name"), Some("ttft<1"));
        assert_eq!(first.attribute("classname"), Some("A & \"B\" <i>]]>␛[31m (m-1)"));
    }
    let failing = judge(&["ttft>1".parse().unwrap()], &[report(&[lane("C", &around(200.0, 9))])], &no_baseline);
    let text = junit(&failing, false);
    let document = roxmltree::Document::parse(&text).unwrap();
    let failure = document.descendants().find(|node| node.has_tag_name("failure")).unwrap();
    assert_eq!(failure.text(), failure.attribute("message"));
    assert!(failure.text().unwrap().starts_with("median of TTFT 2"), "{text}");
}

#[test]
fn a_log_and_a_script_get_the_same() {
    let judged = judge(
        &["ttft>1".parse().unwrap(), "ttft.p95<1".parse().unwrap()],
        &[report(&[lane("C", &around(200.0, 9))])],
        &no_baseline,
    );
    let told = lines(&judged);
    assert!(told[0].starts_with("gate failed: ttft>1 · C (m-1): median of TTFT "), "{told:?}");
    assert!(told[1].starts_with("gate undecided: ttft.p95<1 · C (m-1): too few runs to tell"), "{told:?}");
    assert!(told[2].starts_with("gates: 1 failed, 0 passed, 1 undecided. "), "{told:?}");
    let told = record(&judged);
    assert_eq!((told.failed, told.passed, told.undecided), (1, 0, 1));
    assert_eq!((told.checks[0].call.as_str(), told.checks[0].runs), ("failed", 9));
    assert!(told.checks[0].low.unwrap() > 19.0 && told.checks[1].low.is_none());
}

/// What an alert on `condition` says at each of these looks: `+` it fires, `-` it is over.
fn alerts(condition: &str, looks: &[Vec<Option<f64>>]) -> String {
    let conditions: Vec<GateCondition> = vec![condition.parse().unwrap()];
    let mut states = AlertStates::new(conditions.clone());
    let mut said = String::new();
    for totals in looks {
        let changes = states.look(&judge(&conditions, &[report(&[lane("Groq", totals)])], &no_baseline));
        assert!(changes.len() <= 1);
        said.push(changes.first().map_or('.', |change| if change.fires { '+' } else { '-' }));
        assert_eq!(states.fires(condition, 0), !states.firing().is_empty());
    }
    said
}

#[test]
fn an_alert_fires_once_and_is_over_once() {
    let of = |failed: usize, good: usize| [vec![None; failed], vec![Some(200.0); good]].concat();
    // Of 20 probes one failure doesn't show that under 99 % are answered, and two do; one that is left keeps it up.
    let looks = [of(0, 20), of(1, 19), of(2, 18), of(5, 15), of(1, 19), of(0, 20), of(0, 20), of(2, 18)];
    assert_eq!(alerts("availability<99%", &looks), "..+..-.+");
    // An outage shows with the first probe, and no figure at all is no recovery of a figure.
    assert_eq!(alerts("availability<99%", &[of(1, 0), of(2, 0)]), "+.");
    assert_eq!(alerts("ttft_ms>25", &[around(300.0, 5), of(20, 0), around(240.0, 5)]), "+.-");
    // Between shown and kept an alert stays what it was.
    let near = around(251.0, 5);
    assert_eq!(alerts("ttft_ms>25", &[near.clone(), around(300.0, 5), near, around(249.0, 5)]), ".+.-");
}

#[test]
fn availability_is_what_the_error_rate_leaves() {
    let totals = [vec![None; 2], vec![Some(200.0); 18]].concat();
    let found = only("availability<99%", &totals);
    assert_eq!((found.call, found.figure), (GateCall::Failed, Some(0.9)));
    assert!(found.said.starts_with("2 of 20 runs failed: availability 90.0 %, between "), "{}", found.said);
    let rate = only("error_rate>1%", &totals);
    let (low, high) = (found.bounds.unwrap().low, rate.bounds.unwrap().high);
    assert!((low - (1.0 - high)).abs() < 1e-9, "{low} and {high}");
    assert_eq!(runs_needed(&["availability<99%".parse().unwrap()], &[("Groq", "groq")], false)[0].1, 1);
}
