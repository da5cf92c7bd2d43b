//! Races over several machines, with a real nats-server and the real program as runner, director and spectator.
//! A step of its own, since it needs a nats-server: `cargo test --test it fleet:: -- --ignored --test-threads 1`.

mod harness;
mod load;
mod namespaces;
mod proxy;
mod sweep;

use std::fs;
use std::time::{Duration, Instant};

use speed_kings::race::event::LaneId;
use speed_kings::race::timing::LaneTiming;
use speed_kings::race::verdict::Verdict;
use speed_kings::record::outcome::verdict_json;
use speed_kings::record::reader::read_file;
use speed_kings::sim::{CUSTOM, Options, Simulator};

use self::harness::{BusServer, FleetRunner, Overheard};
use self::namespaces::{Namespaces, SecureBus};
use self::proxy::BusProxy;
use crate::help::{CANARY, wait_until};
use crate::program::{Home, signal};

/// A server whose answers take about a second and a half.
fn simulator() -> Simulator {
    Simulator::start(Options { seed: 7, ..Options::default() }).unwrap()
}

fn slow(simulator: &Simulator, name: &str, tok_s: u32) -> String {
    let settings = format!("ttft_ms:80,tok_s:{tok_s},tokens:240,jitter:0");
    format!("{name}={}", simulator.base_url_with(CUSTOM, &settings).replace(',', "\\,"))
}

/// Holds the one recording of `home` against the tapes of its `runners`: those are kept to the last byte, each lane has the
/// figures of its tape, and the verdict that was kept is the one that follows from what was kept.
#[track_caller]
fn holds_together(home: &Home, runners: &[&FleetRunner]) {
    let recordings = home.recordings();
    let [path] = recordings.as_slice() else { panic!("{recordings:?}") };
    let recording = read_file(path).unwrap();
    assert!(recording.problems.is_empty() && recording.is_complete(), "{:?}", recording.problems);
    let race = recording.race();
    assert_eq!(recording.end.as_ref().unwrap().verdict, verdict_json(&Verdict::of(&race)));
    let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
    for (number, runner) in (0..).zip(runners) {
        let kept = path.parent().unwrap().join(format!("tapes/{stem}.{}.race", runner.name));
        let own = runner.tapes();
        assert_eq!(fs::read(&kept).unwrap(), fs::read(own.last().unwrap()).unwrap(), "{}", runner.name);
        let tape = read_file(&kept).unwrap().race();
        let timing = |race: &speed_kings::race::Race, id| LaneTiming::of(race.lane(LaneId(id)).unwrap());
        assert_eq!(timing(&race, number), timing(&tape, 0), "{}", runner.name);
    }
}

#[test]
#[ignore = "needs nats-server; a step of its own"]
fn three_runners_race_whatever_their_clocks_show() {
    let (bus, simulator) = (BusServer::start(), simulator());
    let far = BusProxy::start(bus.port(), &proxy::Faults { delay: Duration::from_millis(30), drop_every: None });
    let one = FleetRunner::start("m3", bus.port(), &[&slow(&simulator, "x", 400)], 7_000_000_000);
    let two = FleetRunner::start("rtx", bus.port(), &[&slow(&simulator, "x", 300)], -5_000_000);
    let three = FleetRunner::start("far", far.port(), &[&slow(&simulator, "x", 200)], 123);
    let home = Home::new().with("SPEED_KINGS_BUS", bus.url());
    let listed = home.run(&["fleet", "-o", "json"]);
    listed.says(0, &["\"m3\"", "\"rtx\"", "\"far\""]);
    assert!(!listed.out.contains("127.0.0.1"), "no address is told: {}", listed.out);
    let raced = home.run(&["race", "--lanes", "m3:x,rtx:x,far:x", "-s", "short", "--max-tokens", "300"]);
    // All of them are asked of one server of this machine, and the verdict says so.
    raced.says(0, &["x @ m3 won", "clocks known to", "x @ m3 and x @ rtx are both default at 127.0.0.1"]);
    holds_together(&home, &[&one, &two, &three]);
    let recording = read_file(&home.recordings()[0]).unwrap();
    let setup = &recording.header.setup;
    let runners: Vec<_> = setup.contestants.iter().map(|one| one.runner.clone().unwrap()).collect();
    assert!(runners[2].bound.as_micros() >= 29_000, "half of the round trip at least: {runners:?}");
    assert!(runners[0].bound.as_micros() < 20_000, "{runners:?}");
    assert!(runners.iter().all(|runner| runner.drift.is_some() && !runner.clock_moved()), "{runners:?}");
    // What works on any recording works on this one.
    let path = home.recordings()[0].display().to_string();
    home.run(&["inspect", &path]).says(0, &["x @ far"]);
    home.run(&["replay", &path]).says(0, &["x @ m3 won"]);
    home.run(&["export", &path, "--to", "a.svg", "a.csv"]).says(0, &[]);
    let tapes = [one.tapes()[0].display().to_string(), two.tapes()[0].display().to_string()];
    home.run(&["merge", &tapes[0], &tapes[1], "--output", "m.race"]).says(0, &[]);
}

#[test]
#[ignore = "needs nats-server; a step of its own"]
fn two_other_machines_race_over_a_bus_with_tls() {
    let Some(machines) = Namespaces::new(2) else {
        eprintln!("NOT RUN: this system lets nobody make network namespaces");
        return;
    };
    let bus = SecureBus::start();
    let director = Home::new();
    let key = director.run(&["fleet", "--key"]).out.trim().to_owned();
    let certificate = bus.certificate().display().to_string();
    let mut runners = Vec::new();
    for (number, name, contestant) in [(0, "m3", "cerebras"), (1, "rtx", "groq")] {
        let url = format!("nats://10.77.{}.1:{}", number + 1, bus.port);
        let args = ["runner", "--bus", &url, "--bus-ca", &certificate, "--name", name, "--sim", "--director", &key];
        let more = ["--providers", contestant];
        runners.push(machines.start(number, bus.dir(), &[&args[..], &more[..]].concat()));
        machines.registered(number, bus.dir());
    }
    let url = format!("nats://10.77.1.1:{}", bus.port);
    director.run(&["fleet", "--bus", &url]).says(1, &["is not trusted", "--bus-ca"]);
    let race = ["race", "--bus", &url, "--bus-ca", &certificate, "--lanes", "m3:cerebras,rtx:groq", "-s", "short"];
    director.run(&race).says(0, &["Groq @ rtx", "clocks known to", "lanes share no machine"]);
    for mut runner in runners {
        runner.kill().unwrap();
        runner.wait().unwrap();
    }
}

#[test]
#[ignore = "needs nats-server; a step of its own"]
fn what_the_bus_loses_is_fetched_to_the_last_byte() {
    let (bus, simulator) = (BusServer::start(), simulator());
    let lossy = BusProxy::start(bus.port(), &proxy::Faults { delay: Duration::ZERO, drop_every: Some(3) });
    let one = FleetRunner::start("m3", lossy.port(), &[&slow(&simulator, "x", 300)], 0);
    let two = FleetRunner::start("rtx", bus.port(), &[&slow(&simulator, "x", 200)], 0);
    let home = Home::new().with("SPEED_KINGS_BUS", bus.url());
    let raced = home.run(&["race", "--lanes", "m3:x,rtx:x", "-s", "short", "--max-tokens", "300"]);
    raced.says(0, &["x @ m3 won", "of the tape of m3 did not come by themselves and were fetched"]);
    assert!(lossy.dropped() > 3, "{}", lossy.dropped());
    holds_together(&home, &[&one, &two]);
}

#[test]
#[ignore = "needs nats-server; a step of its own"]
fn the_bus_may_die_at_any_moment() {
    let simulator = simulator();
    let mut bus = BusServer::start();
    let one = FleetRunner::start("m3", bus.port(), &[&slow(&simulator, "x", 300)], 0);
    let two = FleetRunner::start("rtx", bus.port(), &[&slow(&simulator, "x", 200)], 0);
    // From the green light, which is a second after the plan, to after the end.
    for ms in [1_050, 1_190, 1_330, 1_480, 1_600, 1_730, 1_870, 1_990, 2_110, 2_260] {
        let home = Home::new().with("SPEED_KINGS_BUS", bus.url());
        let before = one.tapes().len();
        let child = home.start(&["race", "--lanes", "m3:x,rtx:x", "-s", "short", "--max-tokens", "300"]);
        wait_until("the plan", || one.tapes().len() > before);
        std::thread::sleep(Duration::from_millis(ms));
        bus.kill();
        std::thread::sleep(Duration::from_millis(400));
        bus.revive();
        home.end(child).says(0, &["x @ m3 won"]);
        holds_together(&home, &[&one, &two]);
    }
}

#[test]
#[ignore = "needs nats-server; a step of its own"]
fn a_runner_may_die_at_any_moment() {
    let (bus, simulator) = (BusServer::start(), simulator());
    let two = FleetRunner::start("rtx", bus.port(), &[&slow(&simulator, "x", 200)], 0);
    let mut one = FleetRunner::start("m3", bus.port(), &[&slow(&simulator, "x", 250)], 0);
    for ms in [1_060, 1_150, 1_240, 1_330, 1_420, 1_510, 1_600, 1_690, 1_780, 1_870] {
        let home = Home::new().with("SPEED_KINGS_BUS", bus.url());
        let before = two.tapes().len();
        let child = home.start(&["race", "--lanes", "m3:x,rtx:x", "-s", "short", "--max-tokens", "300"]);
        wait_until("the plan", || two.tapes().len() > before && one.tapes().len() > before);
        std::thread::sleep(Duration::from_millis(ms));
        one.kill();
        one.revive();
        let ended = home.end(child);
        ended.says(3, &["lost its runner: runner m3 ended in the middle of the race"]);
        holds_together(&home, &[&one, &two]);
    }
}

#[test]
#[ignore = "needs nats-server; a step of its own"]
fn a_runner_that_never_comes_back_is_said_to_have_the_rest() {
    let (bus, simulator) = (BusServer::start(), simulator());
    let mut one = FleetRunner::start("m3", bus.port(), &[&slow(&simulator, "x", 200)], 0);
    let two = FleetRunner::start("rtx", bus.port(), &[&slow(&simulator, "x", 300)], 0);
    let home = Home::new().with("SPEED_KINGS_BUS", bus.url());
    let child = home.start(&["race", "--lanes", "m3:x,rtx:x", "-s", "short", "--max-tokens", "300"]);
    wait_until("the plan", || one.tapes().len() + two.tapes().len() == 2);
    std::thread::sleep(Duration::from_millis(1_500));
    one.kill();
    let begun = Instant::now();
    home.end(child)
        .says(3, &["lost its runner: unknown here: its runner has not answered for 10 s", "lies with runner m3"]);
    assert!(begun.elapsed() < Duration::from_secs(30));
    // What it recorded is still there when it comes back.
    one.revive();
    let race = one.tapes()[0].parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
    home.run(&["fleet", "--fetch", &race]).says(0, &["tapes"]);
    let fetched = home.path().join(format!("recordings/tapes/{race}.m3.race"));
    assert_eq!(fs::read(fetched).unwrap(), fs::read(&one.tapes()[0]).unwrap());
}

#[test]
#[ignore = "needs nats-server; a step of its own"]
fn a_runner_that_stands_still_at_the_green_light_starts_late_and_says_so() {
    let (bus, simulator) = (BusServer::start(), simulator());
    let one = FleetRunner::start("m3", bus.port(), &[&slow(&simulator, "x", 300)], 0);
    let two = FleetRunner::start("rtx", bus.port(), &[&slow(&simulator, "x", 200)], 0);
    let home = Home::new().with("SPEED_KINGS_BUS", bus.url());
    let child = home.start(&["race", "--lanes", "m3:x,rtx:x", "-s", "short", "--max-tokens", "300"]);
    wait_until("the plan", || !one.tapes().is_empty() && !two.tapes().is_empty());
    std::thread::sleep(Duration::from_millis(700));
    one.signal("-STOP");
    std::thread::sleep(Duration::from_millis(1_300));
    one.signal("-CONT");
    home.end(child).says(0, &["BROKEN  started together"]);
    holds_together(&home, &[&one, &two]);
    let setup = read_file(&home.recordings()[0]).unwrap().header.setup;
    let skew = |lane: usize| setup.contestants[lane].runner.as_ref().unwrap().skew.unwrap().as_millis_f64();
    assert!(skew(0) > 200.0 && skew(1) < 100.0, "{} {}", skew(0), skew(1));
}

#[test]
#[ignore = "needs nats-server; a step of its own"]
fn a_runner_of_a_newer_protocol_is_listed_and_left_alone() {
    let bus = BusServer::start();
    let newer = Overheard::answering(bus.port(), "$SRV.INFO.sk-runner", |_| {
        r#"{"name":"sk-runner","id":"x","version":"9.4.0","metadata":{"runner":"tomorrow","protocol":"2","region":""},"endpoints":[]}"#.into()
    });
    let home = Home::new().with("SPEED_KINGS_BUS", bus.url());
    home.run(&["fleet"]).says(0, &["tomorrow", "needs speed-kings 9.4.0 or newer here"]);
    home.run(&["fleet", "-o", "json"]).says(0, &["\"usable\":false"]);
    newer.end();
}

#[test]
#[ignore = "needs nats-server; a step of its own"]
fn the_examples_of_the_help_do_what_they_say() {
    let bus = BusServer::start();
    let home = Home::new();
    let words = |command: &str| {
        let help = home.run(&[command, "--help"]).out;
        let lines = help.lines().filter_map(|line| line.trim().strip_prefix("speed-kings ")).map(str::to_owned);
        let with_port = lines.map(|line| line.replace(":4222", &format!(":{}", bus.port())));
        with_port.map(|line| line.split(' ').map(str::to_owned).collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    let mut runners = Vec::new();
    for example in words("runner") {
        let home = Home::new();
        let mut child = home.start(&example.iter().map(String::as_str).collect::<Vec<_>>());
        let said = home.path().join("stderr");
        wait_until("a runner", || fs::read_to_string(&said).is_ok_and(|said| said.contains("registered")));
        if example.contains(&"--sim".to_owned()) {
            runners.push((home, child));
        } else {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
    assert_eq!(runners.len(), 1);
    home.run(&["race", "--bus", &bus.url(), "--lanes", "m3:groq,m3:together", "-s", "short"]).says(0, &["Groq @ m3"]);
    for example in ["fleet", "spectate"].into_iter().flat_map(words) {
        let ended = home.run(&example.iter().map(String::as_str).collect::<Vec<_>>());
        ended.says(0, &[]);
        assert!(!ended.out.is_empty(), "{example:?}");
    }
    for (_, mut child) in runners {
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

#[test]
#[ignore = "needs nats-server; a step of its own"]
fn a_benchmark_is_made_by_runners_one_at_a_time() {
    let (bus, simulator) = (BusServer::start(), simulator());
    let proxy = BusProxy::start(bus.port(), &proxy::Faults { delay: Duration::from_millis(30), drop_every: None });
    let one = FleetRunner::start("m3", bus.port(), &[&slow(&simulator, "x", 900)], 99);
    let two = FleetRunner::start("rtx", bus.port(), &[&slow(&simulator, "x", 300)], -5_000_000);
    let far = FleetRunner::start("far", proxy.port(), &[&slow(&simulator, "x", 500)], 7_000_000_000);
    let home = Home::new().with("SPEED_KINGS_BUS", bus.url());
    let asked = ["benchmark", "--lanes", "m3:x,rtx:x,far:x", "-s", "short", "--max-tokens", "300", "-i", "2", "-y"];
    let measured = home.run(&[&asked[..], &["--out", "r", "-o", "json"]].concat());
    measured.says(0, &["run 2/2", "saved"]);
    let document: serde_json::Value = serde_json::from_str(&measured.out).unwrap();
    for (lane, runner, tok_s) in [(0, "m3", 900.0), (1, "rtx", 300.0), (2, "far", 500.0)] {
        let lane = &document["lanes"][lane];
        assert_eq!(lane["runner"], runner);
        let runs = lane["runs"].as_array().unwrap();
        assert_eq!(runs.len(), 2);
        for run in runs {
            let speed = run["output_tok_s"].as_f64().unwrap();
            assert!((speed / tok_s - 1.0).abs() < 0.1, "{speed} of {tok_s}");
        }
    }
    // Each run is a tape of its runner: the survey, the warm-up, and two that count.
    assert_eq!([&one, &two, &far].map(|runner| runner.tapes().len()), [4, 4, 4]);
    let several = [&asked[..], &["--concurrency", "2"]].concat();
    home.run(&several).says(2, &["one request at a time"]);
}

#[test]
#[ignore = "needs nats-server; a step of its own"]
fn watches_of_regions_meet_and_an_outage_leaves_no_gap() {
    let (mut bus, simulator) = (BusServer::start(), simulator());
    let contestant = slow(&simulator, "x", 3_000);
    let watch = |home: &Home, name: &str, rounds: &str| {
        home.start(&[
            "watch",
            "--providers",
            &contestant,
            "--every",
            "1s",
            "--rounds",
            rounds,
            "-y",
            "--max-tokens",
            "200",
            "--log",
            "w.jsonl",
            "--publish-as",
            name,
            "--region",
            &format!("{name}-1"),
        ])
    };
    let far = BusProxy::start(bus.port(), &proxy::Faults { delay: Duration::from_millis(30), drop_every: None });
    let urls = [bus.url(), bus.url(), bus.url(), format!("nats://127.0.0.1:{}", far.port())];
    let homes = urls.map(|url| Home::new().with("SPEED_KINGS_BUS", url));
    let eu = watch(&homes[0], "eu", "6");
    let us = watch(&homes[1], "us", "6");
    let ap = watch(&homes[3], "ap", "6");
    let log = |home: &Home| fs::read_to_string(home.path().join("w.jsonl")).unwrap_or_default();
    wait_until("two probes", || [0, 1, 3].iter().all(|home| log(&homes[*home]).lines().count() >= 2));
    bus.kill();
    std::thread::sleep(Duration::from_millis(2_200));
    bus.revive();
    let ended = homes[0].end(eu);
    ended.says(0, &["x @ eu: 6 of 6 probes"]);
    assert!(!ended.out.is_empty());
    homes[1].end(us).says(0, &["x @ us: 6 of 6 probes"]);
    homes[3].end(ap).says(0, &["x @ ap: 6 of 6 probes"]);
    // Whoever comes afterwards sees all of it.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let metrics = format!("127.0.0.1:{port}");
    let regions = homes[2].start(&["watch", "--regions", "--log", "w.jsonl", "--metrics", &metrics]);
    wait_until("all probes", || log(&homes[2]).lines().count() == 18);
    let told = served(&metrics);
    assert!(told.contains("runner=\"eu\",region=\"eu-1\"") && told.contains("runner=\"us\",region=\"us-1\""), "{told}");
    let speeds = told.lines().filter(|line| line.starts_with("speed_kings_output") && line.contains("runner=")).count();
    assert_eq!(speeds, 3, "{told}");
    signal("-INT", regions.id());
    homes[2].end(regions).says(130, &[]);
    let line =
        |text: &str, name: &str| text.lines().filter(|line| line.contains(name)).map(str::to_owned).collect::<Vec<_>>();
    let collected = log(&homes[2]);
    for (home, name) in [(&homes[0], "x @ eu"), (&homes[1], "x @ us"), (&homes[3], "x @ ap")] {
        let own: Vec<serde_json::Value> = log(home).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let theirs: Vec<serde_json::Value> =
            line(&collected, name).iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(own, theirs, "every probe, in order, once");
    }
    fs::create_dir(homes[2].path().join("results")).unwrap();
    fs::copy(homes[2].path().join("w.jsonl"), homes[2].path().join("results/w.jsonl")).unwrap();
    homes[2].run(&["history", "--include-simulated"]).says(0, &["x @ eu", "x @ us"]);
    homes[2]
        .run(&["watch", "--publish-as", "eu", "--providers", &contestant, "--bus", "nats://127.0.0.1:1", "-y"])
        .says(1, &["cannot reach"]);
}

/// What is served at `addr`.
fn served(addr: &str) -> String {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(addr).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
#[ignore = "needs nats-server; a step of its own"]
fn spectators_see_all_of_it_whenever_they_come() {
    let (bus, simulator) = (BusServer::start(), simulator());
    let one = FleetRunner::start("m3", bus.port(), &[&slow(&simulator, "x", 300)], 0);
    let two = FleetRunner::start("rtx", bus.port(), &[&slow(&simulator, "x", 200)], 0);
    let home = Home::new().with("SPEED_KINGS_BUS", bus.url());
    let child = home.start(&["race", "--lanes", "m3:x,rtx:x", "-s", "short", "--max-tokens", "300"]);
    wait_until("the plan", || one.tapes().len() + two.tapes().len() == 2);
    let homes: Vec<Home> = (0..3).map(|_| Home::new().with("SPEED_KINGS_BUS", bus.url())).collect();
    std::thread::sleep(Duration::from_millis(200));
    let early = homes[0].start(&["spectate"]);
    std::thread::sleep(Duration::from_millis(1_500));
    let middle = homes[1].start(&["spectate"]);
    let raced = home.end(child);
    raced.says(0, &["x @ m3 won"]);
    let late = homes[2].start(&["spectate"]);
    for (home, child) in homes.iter().zip([early, middle, late]) {
        let seen = home.end(child);
        seen.says(0, &["x @ m3 won"]);
        // How well the clocks are known after the race is the director's alone.
        let figures =
            |text: &str| text.lines().filter(|line| !line.contains("apart")).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(figures(&seen.out), figures(&raced.out));
    }
    Home::new()
        .with("SPEED_KINGS_BUS", bus.url())
        .run(&["spectate", "nosuchrace"])
        .says(1, &["there is no race nosuchrace"]);
}

#[test]
#[ignore = "needs nats-server; a step of its own"]
fn no_message_holds_a_key_an_address_or_a_path() {
    let (bus, simulator) = (BusServer::start(), simulator());
    let heard = Overheard::begin(bus.port());
    let url = simulator.base_url_with(CUSTOM, "ttft_ms:20,tok_s:900,tokens:100");
    let env = [("GROQ_API_KEY", CANARY), ("GROQ_BASE_URL", url.as_str()), ("SPEED_KINGS_BUS_TOKEN", CANARY)];
    let one =
        FleetRunner::with_env("m3", bus.port(), &["groq", "tool=exec:sh -c 'echo hello from /opt/secret-place'"], &env);
    let home = Home::new().with("SPEED_KINGS_BUS", bus.url()).with("GROQ_API_KEY", CANARY);
    home.run(&["fleet", "-o", "json"]).says(0, &["\"groq\"", "\"tool\""]);
    let raced = home.run(&["race", "--lanes", "m3:groq,m3:tool", "-s", "short", "--max-tokens", "120"]);
    raced.says(0, &["Groq @ m3"]);
    holds_lanes_of_one(&home, &one);
    let heard = heard.end();
    let text = String::from_utf8_lossy(&heard);
    assert!(
        text.contains("sk1.cmd.m3.plan") && text.contains("sk1.race.") && text.contains("hello from"),
        "it was heard"
    );
    for secret in [CANARY, "/custom/", "exec:", "sh -c"] {
        assert!(!text.contains(secret), "{secret} went over the bus");
    }
}

/// Both lanes are on one tape.
#[track_caller]
fn holds_lanes_of_one(home: &Home, runner: &FleetRunner) {
    let recording = read_file(&home.recordings()[0]).unwrap();
    let tape = read_file(&runner.tapes()[0]).unwrap();
    for id in [LaneId(0), LaneId(1)] {
        let timing = |race: &speed_kings::race::Race| LaneTiming::of(race.lane(id).unwrap());
        assert_eq!(timing(&recording.race()), timing(&tape.race()));
    }
}

#[test]
#[ignore = "needs nats-server; a step of its own"]
fn a_runner_obeys_its_directors_within_its_limits() {
    let (bus, simulator) = (BusServer::start(), simulator());
    let home = Home::new().with("SPEED_KINGS_BUS", bus.url());
    let mine = home.run(&["fleet", "--key"]).out.trim().to_owned();
    let contestant = slow(&simulator, "x", 200);
    let one = FleetRunner::start_with("m3", bus.port(), &[&contestant], &["--director", &mine, "--most-tokens", "300"]);
    let two = FleetRunner::start("rtx", bus.port(), &[&contestant], 0);
    let race = ["race", "--lanes", "m3:x,rtx:x", "-s", "short", "--max-tokens"];
    let stranger = Home::new().with("SPEED_KINGS_BUS", bus.url());
    stranger.run(&[&race[..], &["300"]].concat()).says(1, &["runner m3 refuses: ", "does not obey the director"]);
    home.run(&[&race[..], &["301"]].concat()).says(1, &["301 output tokens are over this runner's limit of 300"]);
    let lanes = |lanes: &str| home.run(&["race", "--lanes", lanes, "-s", "short", "--max-tokens", "300"]);
    lanes("m3:y,rtx:x").says(1, &["no contestant 'y' here", "offers x"]);
    lanes("m3:exec:id,rtx:x").says(1, &["no contestant 'exec:id' here"]);
    lanes("nobody:x,rtx:x").says(1, &["runner nobody does not answer"]);
    home.run(&["race", "--lanes", "x"]).says(2, &["RUNNER:CONTESTANT"]);
    assert!(home.recordings().is_empty(), "what was refused leaves nothing");
    // Two directors: the second is told who is first, and the first is not disturbed.
    let planned = two.tapes().len();
    let first = home.start(&[&race[..], &["300"]].concat());
    wait_until("the plan", || !one.tapes().is_empty() && two.tapes().len() > planned);
    let second = Home::new().with("SPEED_KINGS_BUS", bus.url());
    second.run(&["race", "--lanes", "rtx:x,rtx:x", "-s", "short"]).says(1, &["runner rtx refuses: ", "busy with race"]);
    home.end(first).says(0, &["started together"]);
    // A name is one runner's.
    let namesake = Home::new();
    namesake.run(&["runner", "--bus", &bus.url(), "--name", "m3", "--sim"]).says(1, &["called m3 on this bus already"]);
    namesake.run(&["runner", "--bus", "nats://10.255.255.1:4222", "--sim"]).says(2, &["needs a director to obey"]);
    namesake.run(&["runner", "--bus", &bus.url(), "--providers", "t=exec:cat"]).says(2, &["--allow-remote t"]);
    namesake.run(&["runner", "--bus", "nats://127.0.0.1:1", "--sim"]).says(1, &["cannot reach the bus at 127.0.0.1:1"]);
    namesake.run(&["runner", "--bus", &bus.url(), "--sim", "--no-record"]).says(2, &["leave --no-record out"]);
    namesake.run(&["fleet"]).says(2, &["no bus", "--bus"]);
}

#[test]
#[ignore = "needs nats-server; a step of its own"]
fn rights_on_the_bus_are_as_the_shipped_configuration_gives_them() {
    let bus = BusServer::with_rights();
    let simulator = simulator();
    let contestant = slow(&simulator, "x", 250);
    let one = FleetRunner::as_user("m3", &bus.url_of("m3"), &[&contestant]);
    let two = FleetRunner::as_user("rtx", &bus.url_of("rtx"), &[&contestant]);
    let director = Home::new().with("SPEED_KINGS_BUS", bus.url_of("director"));
    let race = ["race", "--lanes", "m3:x,rtx:x", "-s", "short", "--max-tokens", "300"];
    director.run(&["fleet"]).says(0, &["m3", "rtx"]);
    let raced = director.run(&race);
    raced.says(0, &["started together"]);
    holds_together(&director, &[&one, &two]);
    // Whoever only watches sees it, and commands nobody.
    let viewer = Home::new().with("SPEED_KINGS_BUS", bus.url_of("viewer"));
    viewer.run(&["spectate"]).says(0, &["started together"]);
    viewer.run(&race).says(1, &["runner m3 does not answer", "the bus does not allow it", "Permissions Violation"]);
    assert_eq!(one.tapes().len(), 1, "nothing was planned");
    // A load needs no other rights than a race.
    let load = ["benchmark", "--lanes", "m3:x,rtx:x", "--prompt", "go", "--max-tokens", "300", "--rate", "4", "-y"];
    let times = ["--ramp", "100ms", "--steady", "900ms", "--no-save", "-o", "markdown"];
    director.run(&[&load[..], &times].concat()).says(0, &["| SIM x @ m3+rtx | 4 a second |", "in time"]);
    // Nobody comes in without a password, and none is repeated.
    let nobody = Home::new().with("SPEED_KINGS_BUS", bus.url_with("m3", "wrong-password"));
    let refused = nobody.run(&["fleet"]);
    refused.says(1, &["refused us"]);
    assert!(!format!("{refused:?}").contains("wrong-password"));
    // A runner can't speak for another.
    let liar = ["runner", "--bus", &bus.url_of("m3"), "--name", "liar", "--providers", &contestant];
    nobody.run(&liar).says(1, &["does not let commands through to a runner called liar"]);
}

#[test]
#[ignore = "needs nats-server; a step of its own"]
fn a_race_that_is_ended_early_ends_at_its_runners() {
    let (bus, simulator) = (BusServer::start(), simulator());
    let one = FleetRunner::start("m3", bus.port(), &[&slow(&simulator, "x", 20)], 0);
    let two = FleetRunner::start("rtx", bus.port(), &[&slow(&simulator, "x", 10)], 0);
    let home = Home::new().with("SPEED_KINGS_BUS", bus.url());
    let child = home.start(&["race", "--lanes", "m3:x,rtx:x", "-s", "short", "--max-tokens", "300"]);
    let words = |runner: &FleetRunner| {
        runner.tapes().first().map_or(0, |path| fs::read_to_string(path).unwrap().matches("\"t\"").count())
    };
    wait_until("text", || words(&one) > 3 && words(&two) > 3);
    signal("-INT", child.id());
    home.end(child).says(130, &["x @ m3"]);
    holds_together(&home, &[&one, &two]);
    wait_until("both to be ready again", || {
        let listed = Home::new().with("SPEED_KINGS_BUS", bus.url()).run(&["fleet"]);
        listed.out.matches("ready").count() == 2
    });
}
