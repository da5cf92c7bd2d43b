//! What a bus between machines costs: a lane's figures with it and without it in turn, how late an event is elsewhere, how soon
//! somebody who comes late is there, and how the cost grows with the runners. Needs a nats-server. All of it is on one machine.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a table is all it is for")]

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use speed_kings::catalog::Catalog;
use speed_kings::config::{self, ProcessEnv, RaceOptions};
use speed_kings::fleet::bus::{Bus, BusPlace, piece_of};
use speed_kings::fleet::director::{RemoteLane, RemoteOrder, start};
use speed_kings::fleet::identity::DirectorKey;
use speed_kings::fleet::spectator::spectate;
use speed_kings::race::Race;
use speed_kings::race::event::LaneId;
use speed_kings::race::timing::LaneTiming;
use speed_kings::sim::{CUSTOM, Options, Simulator};
use speed_kings::source::headless::follow;
use speed_kings::source::live::{LiveRace, RaceStart, StartTime};
use speed_kings::source::{EventSource, SourceFlow};

/// Pairs of races, one with a bus and one without.
const PAIRS: usize = 20;
/// Output tokens of the race that somebody joins late.
const LONG: u32 = 20_000;
/// Runners of one race.
const FLEETS: [usize; 6] = [1, 2, 4, 8, 16, 32];

/// A program that ends with the bench.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn main() {
    let dir = tempfile::tempdir().expect("a folder");
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
    let server = Command::new("nats-server")
        .args(["-a", "127.0.0.1", "-p", &port.to_string(), "-js", "-sd"])
        .arg(dir.path().join("js"))
        .stderr(Stdio::null())
        .spawn();
    let server = Running(server.expect("this bench needs nats-server"));
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let bench =
        FleetBench { port, dir: dir.path(), simulator: Simulator::start(Options::default()).expect("a simulator") };
    bench.accuracy();
    bench.delay();
    bench.late();
    bench.growth();
    println!("nats-server: {} MB at the most", peak_mb(server.0.id()));
}

struct FleetBench<'a> {
    port: u16,
    dir: &'a Path,
    simulator: Simulator,
}

impl FleetBench<'_> {
    fn place(&self) -> BusPlace {
        format!("nats://127.0.0.1:{}", self.port).parse().expect("an address")
    }

    fn contestant(&self, tok_s: u32, tokens: u32) -> String {
        let settings = format!("ttft_ms:100,tok_s:{tok_s},tokens:{tokens},jitter:0");
        format!("x={}", self.simulator.base_url_with(CUSTOM, &settings).replace(',', "\\,"))
    }

    fn runner(&self, name: &str, contestant: &str) -> Running {
        let home = self.dir.join(name);
        std::fs::create_dir_all(&home).expect("a home");
        let said = std::fs::File::create(home.join("said")).expect("a log");
        let bus = format!("nats://127.0.0.1:{}", self.port);
        let child = Command::new(env!("CARGO_BIN_EXE_speed-kings"))
            .args(["runner", "--bus", &bus, "--name", name, "--providers", contestant, "--most-tokens", "40000"])
            .env("XDG_CONFIG_HOME", &home)
            .current_dir(&home)
            .stdout(Stdio::null())
            .stderr(said)
            .spawn()
            .expect("a runner");
        let running = Running(child);
        while !std::fs::read_to_string(home.join("said")).is_ok_and(|said| said.contains("registered")) {
            std::thread::sleep(Duration::from_millis(20));
        }
        running
    }

    fn order(&self, runners: &[&str], max_tokens: u32) -> RemoteOrder {
        let catalog = Catalog::builtin().expect("the catalogue");
        let options =
            RaceOptions { size: Some("short".into()), max_tokens: Some(max_tokens), ..RaceOptions::default() };
        RemoteOrder {
            place: self.place(),
            key: Arc::new(DirectorKey::fresh().expect("a key")),
            lanes: runners.iter().map(|name| format!("{name}:x").parse::<RemoteLane>().expect("a lane")).collect(),
            terms: config::terms(&catalog, &options).expect("terms"),
            timeouts: options.timeouts,
            no_retry: true,
            record: None,
            countdown: Duration::ZERO,
        }
    }

    /// TTFT and output speed of the same contestant by a runner on a bus, with a spectator, and by a race without one.
    fn accuracy(&self) {
        let contestant = self.contestant(2_650, 600);
        let _runner = self.runner("a", &contestant);
        let (mut with, mut without) = (Vec::new(), Vec::new());
        for _ in 0..PAIRS {
            without.push(first_lane(&self.alone(&contestant)));
            let remote = start(self.order(&["a"], 1_000)).expect("a race");
            let watched = spectate(self.place(), Some(remote.race().clone())).expect("a spectator");
            let race = over(Box::new(remote));
            over(Box::new(watched));
            with.push(first_lane(&race));
        }
        let ttft = |all: &[LaneTiming]| all.iter().filter_map(|one| Some(one.ttft?.as_millis_f64())).collect();
        let speed = |all: &[LaneTiming]| all.iter().filter_map(|one| Some(one.output_speed?.value())).collect();
        println!(
            "TTFT of 100 ms, {PAIRS} races each       without a bus {}   with {}",
            spread(ttft(&without)),
            spread(ttft(&with))
        );
        println!(
            "output speed of 2,650 tok/s         without a bus {}   with {}",
            spread(speed(&without)),
            spread(speed(&with))
        );
    }

    fn alone(&self, contestant: &str) -> Race {
        let catalog = Catalog::builtin().expect("the catalogue");
        let options = RaceOptions {
            providers: vec![contestant.to_owned()],
            size: Some("short".into()),
            max_tokens: Some(1_000),
            alone: true,
            ..RaceOptions::default()
        };
        let plan = config::plan(&catalog, &ProcessEnv(&|_| None), &options).expect("a plan");
        let start = StartTime::Countdown(Duration::from_secs(1));
        let (setup, clients, engines) = (plan.setup, plan.clients, plan.engines);
        let record = self.dir.join("alone");
        let record = Some(record.as_path());
        let live =
            LiveRace::start(RaceStart { setup, clients, engines, start, record, simulator: None, watched: None });
        over(Box::new(live.expect("a race")))
    }

    /// From the moment that an event is stamped with to the moment that it is somewhere else.
    fn delay(&self) {
        let _runner = self.runner("b", &self.contestant(2_650, 4_000));
        let (told, heard) = sync_channel(100_000);
        let place = self.place();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move {
                let bus = Bus::connect(&place, "bench").await.expect("a bus");
                let mut pieces = bus.subscribe("sk1.race.*.tape.b".into()).await.expect("a subscription");
                bus.flush().await;
                while let Some(message) = pieces.next().await {
                    let at = Instant::now();
                    if told.send((at, message)).is_err() {
                        return;
                    }
                }
            });
        });
        std::thread::sleep(Duration::from_millis(300));
        over(Box::new(start(self.order(&["b"], 5_000)).expect("a race")));
        let pieces: Vec<_> = heard.try_iter().collect();
        let clocked = pieces.iter().filter_map(|(at, message)| {
            let clock = piece_of(message)?.0.clock.filter(|clock| *clock >= 0)?;
            at.checked_sub(Duration::from_micros(clock.unsigned_abs()))
        });
        // The runner's green light by its quickest message: early by what that one took.
        let green = clocked.min().expect("a clock");
        let mut delays = Vec::new();
        for (at, message) in &pieces {
            for line in message.payload.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"[")) {
                let Ok(serde_json::Value::Array(event)) = serde_json::from_slice(line) else { continue };
                if let Some(us) = event.first().and_then(serde_json::Value::as_u64) {
                    delays.push((at.saturating_duration_since(green)).as_secs_f64() * 1e3 - micros(us) / 1e3);
                }
            }
        }
        delays.sort_by(f64::total_cmp);
        let part = |share: f64| delays.get(share_of(delays.len(), share)).copied().unwrap_or_default();
        println!(
            "an event elsewhere, of {}: p50 {:.1} ms, p99 {:.1} ms after its stamp",
            delays.len(),
            part(0.5),
            part(0.99)
        );
    }

    /// How soon somebody is there who comes after {LONG} tokens.
    fn late(&self) {
        let runner = self.runner("c", &self.contestant(20_000, LONG));
        let remote = start(self.order(&["c"], 30_000)).expect("a race");
        let race = remote.race().clone();
        let first = over(Box::new(remote));
        let begun = Instant::now();
        let watched = spectate(self.place(), Some(race)).expect("a spectator");
        let seen = over(Box::new(watched));
        let took = begun.elapsed();
        assert_eq!(first_lane(&first).ttft, first_lane(&seen).ttft, "another race was seen");
        println!(
            "a race of {LONG} tokens, joined at its end: there after {:.0} ms; the runner took {} MB at the most",
            took.as_secs_f64() * 1e3,
            peak_mb(runner.0.id())
        );
    }

    /// What a race costs its director, by the number of runners.
    fn growth(&self) {
        for count in FLEETS {
            let names: Vec<String> = (0..count).map(|number| format!("f{count}-{number}")).collect();
            let contestant = self.contestant(200, 200);
            let runners: Vec<Running> = names.iter().map(|name| self.runner(name, &contestant)).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let (cpu, begun) = (own_cpu(), Instant::now());
            let race = over(Box::new(start(self.order(&names, 500)).expect("a race")));
            let took = begun.elapsed();
            let ttfts = race.lanes().iter().filter_map(|lane| Some(LaneTiming::of(lane).ttft?.as_millis_f64()));
            println!(
                "{count:>2} runners: {:.2} s for a race of 1.1 s, {:.2} CPU s of the director; TTFT {}",
                took.as_secs_f64(),
                own_cpu() - cpu,
                spread(ttfts.collect()),
            );
            drop(runners);
        }
    }
}

/// The race of `source`, when it is over.
fn over(mut source: Box<dyn EventSource>) -> Race {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut forever = std::pin::pin!(std::future::pending::<()>());
        let race = follow(source.as_mut(), forever.as_mut()).await.race;
        assert_eq!(source.poll(Instant::now(), &mut Vec::new()), SourceFlow::Over, "it ended");
        race
    })
}

fn first_lane(race: &Race) -> LaneTiming {
    LaneTiming::of(race.lane(LaneId(0)).expect("a lane"))
}

/// Least, median and most.
fn spread(mut figures: Vec<f64>) -> String {
    figures.sort_by(f64::total_cmp);
    let part = |share: f64| figures.get(share_of(figures.len(), share)).copied().unwrap_or_default();
    format!("{:.2} ({:.2} to {:.2})", part(0.5), part(0.0), part(1.0))
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place in a list"
)]
fn share_of(length: usize, share: f64) -> usize {
    (length.saturating_sub(1) as f64 * share) as usize
}

#[expect(clippy::cast_precision_loss, reason = "a race of hours")]
fn micros(us: u64) -> f64 {
    us as f64
}

/// The most memory that a process took, in MB; 0 where nobody tells.
fn peak_mb(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) / 1_000
}

/// Processor time of this process so far, seconds.
fn own_cpu() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    #[expect(clippy::cast_precision_loss, reason = "a bench of minutes")]
    let seconds = time.tv_sec as f64 + time.tv_nsec as f64 / 1e9;
    seconds
}
