//! Levels that are written down here: what counts, what breaks the badge, and how it is told.

use super::*;
use speed_kings_session::bench::saved::{AskedSettings, LaneIdentity, PromptRecord};
use speed_kings_session::load::{ClientShare, LevelShare, LoadRequest};

fn request(due_ms: f64, ttft_ms: f64) -> LoadRequest {
    LoadRequest {
        due_ms,
        late_ms: Some(0.4),
        steady: due_ms >= 1_000.0,
        ok: true,
        ttft_ms: Some(ttft_ms),
        total_ms: Some(ttft_ms + 500.0),
        output_tok_s: Some(100.0),
        tokens: Some(50.0),
        steady_tokens: if due_ms >= 1_000.0 { 50.0 } else { 20.0 },
        ..LoadRequest::default()
    }
}

/// A ramp of ten requests, and a steady part of ten seconds with a hundred.
fn requests() -> Vec<LoadRequest> {
    let ramp = (0..10).map(|k| request(100.0 * f64::from(k), 9_000.0));
    ramp.chain((0..100).map(|k| request(1_000.0 + 100.0 * f64::from(k), 100.0 + f64::from(k)))).collect()
}

fn figures(requests: &[LoadRequest], client: &ClientShare, slo: Option<&str>) -> LevelFigures {
    let slo: Option<ServiceLevel> = slo.map(|slo| slo.parse().unwrap());
    LevelFigures::of(requests, &[1.0, 3.0], client, 10.0, slo.as_ref())
}

#[test]
fn only_what_was_due_in_the_steady_part_counts_and_tokens_count_where_they_came() {
    let told = figures(&requests(), &ClientShare::default(), None);
    assert_eq!((told.requests, told.good, told.failed, told.rate_limited), (100, 100, 0, 0));
    assert!((told.load_tok_s - 520.0).abs() < 1e-9, "{}", told.load_tok_s);
    assert!(figures(&[], &ClientShare::default(), None).load_tok_s.is_sign_positive());
    assert!((told.requests_per_s - 10.0).abs() < 1e-9);
    assert_eq!((told.ttft_ms.n, told.ttft_ms.max), (100, Some(199.0)));
    assert!((told.ttft_ms.p50.unwrap() - 149.5).abs() < 1e-9 && told.ttft_ms.p99.is_some());
    assert_eq!((told.gaps_ms.n, told.gaps_ms.p95), (2, None));
    assert_eq!(told.client_limit, None);
}

#[test]
fn failures_are_counted_by_kind_and_never_meet_an_objective() {
    let mut requests = requests();
    for (place, error) in [(20, "rate_limited"), (21, "rate_limited"), (22, "server")] {
        requests[place] =
            LoadRequest { ok: false, error: Some(error.into()), ttft_ms: None, ..requests[place].clone() };
    }
    let told = figures(&requests, &ClientShare::default(), Some("ttft<500ms"));
    assert_eq!((told.good, told.rate_limited, told.failed), (97, 2, 1));
    let slo = told.slo.unwrap();
    assert_eq!((slo.met, slo.of, slo.unknown, slo.holds), (97, 100, 0, Some(true)));
    assert!((slo.goodput_per_s - 9.7).abs() < 1e-9);
    assert!(slo.interval[0] < 0.97 && slo.interval[1] > 0.97);
    assert_eq!(figures(&requests, &ClientShare::default(), Some("ttft<150ms")).holds(), Some(false));
}

#[test]
fn what_the_program_does_itself_breaks_the_badge() {
    let limit = |requests: &[LoadRequest], client: ClientShare| figures(requests, &client, None).client_limit;
    let busy = ClientShare { cpu: Some(0.93), ..ClientShare::default() };
    assert_eq!(limit(&requests(), busy).as_deref(), Some("its busiest network thread used 93 % of a core"));
    let blocked = ClientShare { unconnected: 6, ..ClientShare::default() };
    assert_eq!(limit(&requests(), blocked).as_deref(), Some("6 requests found no connection free"));
    assert!(
        limit(&requests(), ClientShare { standstills: 1, ..ClientShare::default() }).unwrap().contains("stood still")
    );
    let mut late = requests();
    late.iter_mut().skip(50).for_each(|request| request.late_ms = Some(60.0));
    assert_eq!(
        limit(&late, ClientShare::default()).as_deref(),
        Some("requests left up to 60.0 ms after they were due")
    );
    let mut held = requests();
    held[30].held_up = true;
    let told = figures(&held, &ClientShare::default(), None);
    assert_eq!((told.held_up, told.ttft_ms.n), (1, 99));
}

/// Two contestants at two levels each; the second's objective breaks at eight.
fn file() -> LoadFile {
    let level = |contestant: usize, askers: u32, slow: bool| {
        let mut requests = requests();
        if slow {
            for request in &mut requests {
                request.ttft_ms = Some(900.0);
            }
        }
        LoadLevel {
            contestant,
            concurrency: Some(askers),
            figures: figures(&requests, &ClientShare::default(), Some("ttft<500ms")),
            requests,
            tok_s_by_part: (0..20).map(|part| 500.0 + f64::from(part)).collect(),
            ..LoadLevel::default()
        }
    };
    let named = |name: &str| LaneIdentity { name: name.into(), model: "m".into(), ..LaneIdentity::default() };
    LoadFile {
        version: VERSION,
        kind: KIND.into(),
        started_at: "2026-05-01T10:00:00Z".parse().unwrap(),
        ended: Some("complete".into()),
        phase: None,
        prompt: PromptRecord { name: "long".into(), text: "Tell.".into() },
        settings: AskedSettings::default(),
        lengths: None,
        prompt_rows: Vec::new(),
        slo: Some("ttft<500ms".into()),
        ramp_s: 1.0,
        steady_s: 10.0,
        seed: 3,
        trace: None,
        environment: speed_kings_system::environment::MachineEnvironment::default(),
        spent_usd: Some(0.02),
        contestants: vec![named("A <b>"), named("=B")],
        levels: vec![level(0, 8, false), level(1, 8, true), level(0, 4, false), level(1, 4, false)],
    }
}

#[test]
fn one_table_has_all_contestants_and_says_what_holds() {
    use crate::benchmark_report::ReportBlock;

    let blocks = blocks(&file(), None);
    let ReportBlock::Text(a) = &blocks[1] else { panic!("no text") };
    assert_eq!(a, "A <b> holds ttft<500ms at every level, up to 8 at a time");
    let ReportBlock::Text(b) = &blocks[2] else { panic!("no text") };
    assert_eq!(b, "=B holds ttft<500ms up to 4 at a time, with 100 of 100 requests, and no longer at 8 at a time");
    let ReportBlock::Table(table) = &blocks[3] else { panic!("no table") };
    assert!(table.rows.iter().all(|row| row.len() == table.header.len()));
    let loads: Vec<(&str, &str)> = table.rows.iter().map(|row| (row[0].as_str(), row[1].as_str())).collect();
    assert_eq!(
        loads,
        [("A <b>", "4 at a time"), ("A <b>", "8 at a time"), ("=B", "4 at a time"), ("=B", "8 at a time")]
    );
    assert_eq!(table.rows[3][7..10], ["900.0 ms", "900.0 ms", "900.0 ms"]);
    assert_eq!(table.rows[3][13..], ["broken 0.0 %", "0.0", "in time"]);
}

#[test]
fn failures_have_their_reasons_and_a_load_that_holds_above_a_broken_one_is_told() {
    use crate::benchmark_report::ReportBlock;

    let mut file = file();
    let level = file.levels.iter_mut().find(|level| level.contestant == 1 && level.concurrency == Some(4)).unwrap();
    for (place, error) in [(20, "truncated"), (21, "server"), (22, "server"), (3, "tls")] {
        let failed = &mut level.requests[place];
        (failed.ok, failed.error) = (false, Some(error.to_owned()));
    }
    let told = |file: &LoadFile| {
        let blocks = blocks(file, None);
        let notes =
            blocks.iter().find_map(|block| if let ReportBlock::Notes(notes) = block { Some(notes) } else { None });
        let ReportBlock::Text(b) = &blocks[2] else { panic!("no text") };
        (b.clone(), notes.unwrap().join("\n"))
    };
    let (_, notes) = told(&file);
    assert!(notes.contains("=B at 4 at a time: 3 requests failed: 2 server error, 1 stream cut short"), "{notes}");
    assert!(!notes.contains("network thread"), "older files don't know: {notes}");
    file.levels[2].client = ClientShare { cpu: Some(0.41), threads: vec![0.09, 0.41], ..ClientShare::default() };
    file.levels[3].client = ClientShare { cpu: Some(0.2), threads: vec![0.2, 0.2], ..ClientShare::default() };
    let (_, notes) = told(&file);
    let busy = "this program's network threads used 9 %, 41 % of a core, A <b> at 4 at a time, where one was busiest";
    assert!(notes.contains(busy), "{notes}");
    // The least load broke it, and a larger one didn't.
    let [four, eight] = [4, 8].map(|askers| {
        file.levels.iter().position(|level| level.contestant == 1 && level.concurrency == Some(askers)).unwrap()
    });
    let (held, broken) = (file.levels[four].figures.clone(), file.levels[eight].figures.clone());
    (file.levels[four].figures, file.levels[eight].figures) = (broken.clone(), held);
    let (headline, _) = told(&file);
    assert_eq!(
        headline,
        "=B does not hold ttft<500ms at 4 at a time; it holds at 8 at a time again, so that where it ends is not settled"
    );
    file.levels[eight].figures = broken;
    assert_eq!(told(&file).0, "=B holds ttft<500ms at no level, from 4 at a time on");
}

#[test]
fn it_is_drawn_and_written_down_for_others() {
    let drawn = svg(&file());
    assert_eq!(drawn, svg(&file()), "the same bytes each time");
    assert!(drawn.contains("A &lt;b&gt;") && !drawn.contains("<b>") && drawn.contains("interactivity"), "{drawn}");
    roxmltree::Document::parse(&drawn).unwrap();
    let rows = csv(&file()).unwrap();
    assert_eq!(rows.lines().count(), 1 + 4 * 110);
    assert!(rows.contains("\n'=B,m,4,,0,0.4,false,true,,"), "{}", &rows[..400]);
}

#[test]
fn a_level_without_all_of_its_shares_is_told_and_nothing_follows_from_it() {
    use crate::benchmark_report::ReportBlock;
    use crate::gate::GateCall::Undecided;

    let mut file = named();
    let share = |runner: &str, bound: f64, lost: Option<&str>| LevelShare {
        runner: runner.into(),
        start_bound_ms: bound,
        lost: lost.map(str::to_owned),
        ..LevelShare::default()
    };
    let whole = svg(&file);
    file.levels[0].shares = vec![share("m3", 0.5, None), share("rtx", 2.0, None), share("far", 1.0, None)];
    assert_eq!((svg(&file), file.levels[0].incomplete()), (whole.clone(), None));
    file.levels[0].shares[1].lost = Some("runner rtx ended in the middle of it".into());
    assert_ne!(svg(&file), whole, "it is no point of a line");
    let done = file.levels[0].done();
    assert_eq!((done.load_tok_s, done.holds), (None, None));
    let search = LevelSearch { listed: vec![done.load], until_plateau: true, for_objective: false };
    let before = DoneLevel { load: OfferedLoad::Concurrency(1), load_tok_s: Some(1e6), holds: None };
    assert!(search.next(&[before, done]).is_some(), "less than before because a part is missing is no plateau");
    assert_eq!(search.next(&[before, DoneLevel { load_tok_s: Some(1e6), ..done }]), None);
    for gate in ["quick.ttft_ms@8>1", "quick.load_tok_s@8<900", "quick.max_load<8"] {
        let finding = gates(&file, &[gate]).remove(0).finding;
        assert_eq!(finding.call, Undecided, "{gate}: {}", finding.said);
    }
    assert!(gates(&file, &["quick.ttft_ms@8>1"])[0].finding.said.contains("incomplete: runner rtx ended"));
    let blocks = blocks(&file, None);
    let ReportBlock::Text(quick) = &blocks[1] else { panic!("no text") };
    assert_eq!(quick, "quick holds ttft<500ms at every level, up to 4 at a time");
    let table = blocks.iter().find_map(|block| if let ReportBlock::Table(table) = block { Some(table) } else { None });
    assert_eq!(table.unwrap().rows[1][13..], ["100.0 %", "10.0", "incomplete"]);
    let notes = blocks.iter().find_map(|block| if let ReportBlock::Notes(notes) = block { Some(notes) } else { None });
    let notes = notes.unwrap().join("\n");
    assert!(notes.contains("quick at 8 at a time is too low and says nothing: runner rtx ended"), "{notes}");
    assert!(notes.contains("begins within 3.00 ms of the others'"), "the two least known clocks: {notes}");
}

#[test]
fn what_is_written_is_read_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("load.json");
    let written = serde_json::to_string(&file()).unwrap();
    std::fs::write(&path, &written).unwrap();
    assert_eq!(LoadFile::read(&path).unwrap(), file());
    for (text, said) in [
        (written.replace("\"kind\":\"load\"", "\"kind\":\"sweep\""), "it says that it is sweep, version 1"),
        (written.replacen("\"version\":1", "\"version\":7", 1), "it says that it is load, version 7"),
        ("{}".to_owned(), "missing field"),
    ] {
        std::fs::write(&path, text).unwrap();
        assert!(LoadFile::read(&path).unwrap_err().to_string().contains(said), "{said}");
    }
}

/// The same with names that can be typed.
fn named() -> LoadFile {
    let mut file = file();
    for (one, name) in file.contestants.iter_mut().zip(["quick", "slow"]) {
        name.clone_into(&mut one.name);
    }
    file
}

fn gates(file: &LoadFile, conditions: &[&str]) -> Vec<crate::gate::GateCheck> {
    let conditions: Vec<_> = conditions.iter().map(|text| text.parse().unwrap()).collect();
    judge_levels(&conditions, file).checks
}

#[test]
fn a_gate_on_a_level_fails_or_passes_only_where_its_parts_show_it() {
    use crate::gate::GateCall::{Failed, Passed, Undecided};
    let file = named();
    let only = |condition: &str| {
        let checks = gates(&file, &[condition]);
        assert_eq!(checks.len(), 1, "{condition}");
        checks.into_iter().next().unwrap()
    };
    // Five parts of 2 s, for a request takes 650 ms: their medians are 109.5, 129.5 and so on up to 189.5.
    for (condition, call) in [
        ("quick.ttft_ms@4>100", Failed),
        ("quick.ttft_ms@4>200", Passed),
        ("quick.ttft_ms@4>150", Undecided),
        ("quick.ttft_ms.p95@4>110", Failed),
        ("quick.output_tok_s@8<101", Failed),
        ("quick.load_tok_s@4<600", Failed),
        ("quick.load_tok_s@4<400", Passed),
        ("quick.goodput@4<12", Failed),
        ("quick.goodput@4<9", Passed),
        ("quick.error_rate@4>5%", Passed),
        ("quick.objective@4<95%", Passed),
        ("slow.objective@8<95%", Failed),
        ("slow.max_load<8", Failed),
        ("slow.max_load<4", Passed),
        ("quick.max_load<8", Passed),
        ("quick.max_load<16", Undecided),
    ] {
        let check = only(condition);
        assert_eq!(check.finding.call, call, "{condition}: {}", check.finding.said);
    }
    assert!(only("quick.ttft_ms@4>100").finding.said.ends_with("(median of 5 parts of 2.000 s)"));
    assert!(only("quick.max_load<16").finding.said.starts_with("no figure: no level of 16 or more was run"));
    assert_eq!(gates(&file, &["ttft_ms>1"]).len(), 4, "every level of every contestant");
    assert_eq!(only("slow.ttft_ms@8>1").level.as_deref(), Some("8 at a time"));
}

#[test]
fn a_gate_says_what_it_would_take_and_blames_no_server_for_this_program() {
    use crate::gate::GateCall::Undecided;
    let mut file = named();
    let said = |file: &LoadFile, condition: &str| {
        let finding = gates(file, &[condition]).remove(0).finding;
        assert_eq!(finding.call, Undecided, "{condition}: {}", finding.said);
        finding.said
    };
    let told = said(&file, "quick.ttft_ms.p99@4>1");
    assert!(
        told.contains("100 requests in 10 s don't make 5 parts with 100 requests each")
            && told.contains("--steady 50s"),
        "{told}"
    );
    // Eight checks need eight parts, and there are five.
    let all: Vec<String> = (0..4).map(|limit| format!("ttft_ms@4>{limit}")).collect();
    let checks = gates(&file, &all.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(
        checks[0].finding.said.starts_with("too few parts to tell: 8 parts of 2.000 s are needed"),
        "{}",
        checks[0].finding.said
    );
    file.levels[0].figures.client_limit = Some("its busiest network thread used 95 % of a core".into());
    assert!(said(&file, "quick.ttft_ms@8>1").contains("this program was the limit there"));
    file.levels.clear();
    assert!(said(&file, "quick.ttft_ms@4>1").contains("that level was not run"));
}

#[test]
fn what_is_no_gate_on_levels_is_said() {
    let check = |condition: &str, objective| check_level_gate(&condition.parse().unwrap(), &[2.0, 8.0], objective);
    for (condition, objective, said) in [
        ("slower than baseline", true, "loads by levels are not compared with earlier ones"),
        ("stalls>0", true, "Stalls is not kept of the requests of a load"),
        ("goodput@2<5", false, "needs an objective: add --slo"),
        ("max_load@2<5", true, "the highest load is of all levels, so it has no @2"),
        ("ttft@4>5", true, "there is no level 4; there are 2, 8"),
    ] {
        let told = check(condition, objective).unwrap_err().to_string();
        assert!(told.contains(said), "{condition}: {told}");
    }
    assert_eq!(check("ttft_ms.p95@8>400", false), Ok(()));
    assert_eq!(check("max_load<8", true), Ok(()));
}
