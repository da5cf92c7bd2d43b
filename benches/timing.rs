//! How far the client's figures are from the truth: the simulator's own log of its writes, on the same clock.
//! Races run over loopback at the pace of the fastest contestants, with a screen drawn 60 times a second and without.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a table is all it is for")]

mod common;

use std::thread::sleep;
use std::time::{Duration, Instant};

use reqwest::Url;
use speed_kings::catalog::profile::StreamProfile;
use speed_kings::config::{ResolvedRace, simulated_name};
use speed_kings::race::Race;
use speed_kings::race::lane::Lane;
use speed_kings::race::timing::LaneTiming;
use speed_kings::sim::{AnswerDelivery, Options, Simulator};
use speed_kings::source::EventSource;
use speed_kings::source::live::LiveRace;
use speed_kings::stats::quantile;

const RACES: u32 = 5;
/// Tokens in each lane of a race: 3 s at full speed.
const TOKENS: u32 = 8_000;
/// Between two looks at a race without a screen.
const STEP: Duration = Duration::from_millis(5);
/// Pace in tokens per second, and tokens to judge it by.
const PACES: [(f64, u32); 5] =
    [(50.0, 200), (750.0, 2_250), (1_800.0, 5_400), (common::TOK_S, 8_000), (3_000.0, 9_000)];

fn main() {
    println!("client against write log, {RACES} races of 2 x {TOKENS} tokens at {} tok/s", common::TOK_S);
    println!("{:<12} {:<18} {:>6} {:>9} {:>9} {:>9} {:>9}", "", "", "n", "min", "p50", "p99", "max");
    for (name, screen) in [("no screen", false), ("60 frames/s", true)] {
        let mut errors = Errors::default();
        (0..RACES).for_each(|_| errors.take(&run(common::TOK_S, TOKENS, screen)));
        print_row(name, "token stamp µs", errors.stamps);
        print_row(name, "TTFT µs", errors.ttft);
        print_row(name, "output speed %", errors.speed);
        print_row(name, "frame ms", errors.frames);
    }
    println!("\npace of the simulator, two streams at once, one race each");
    for (tok_s, tokens) in PACES {
        for delivery in run(tok_s, tokens, false).truth {
            let rate = delivery.tok_s().expect("tokens over some time");
            let (writes, off) = (delivery.writes.len(), (rate / tok_s - 1.0) * 100.0);
            println!("{tok_s:>6} tok/s: {rate:>8.2} ({off:+.3} %), {tokens} tokens in {writes} writes");
        }
    }
}

/// One race as both sides saw it.
struct Run {
    race: Race,
    green: Instant,
    frames: Vec<Duration>,
    /// What the simulator wrote, in the order of the lanes.
    truth: Vec<AnswerDelivery>,
}

fn run(tok_s: f64, tokens: u32, screen: bool) -> Run {
    let ResolvedRace { setup, mut clients, .. } = common::plan();
    let profile = StreamProfile { ttft_ms: 100.0, tok_s, tokens, ..StreamProfile::default() };
    let names: Vec<String> = (0..).zip(&setup.contestants).map(|(i, c)| simulated_name(i, &c.provider)).collect();
    let profiles = names.iter().map(|name| (name.clone(), profile.clone())).collect();
    let simulator = Simulator::start(Options { entrants: profiles, ..Options::default() }).expect("a free port");
    for (client, name) in clients.iter_mut().zip(&names) {
        *client = client.simulated(Url::parse(&simulator.base_url(name)).expect("an address"));
    }
    let folder = tempfile::tempdir().expect("a folder for the recording");
    let live = common::live(setup, clients, STEP, Some(folder.path()));
    let green = green(&live);
    let (race, frames) = if screen { common::watch(live) } else { (common::listen(live, STEP), Vec::new()) };
    let mut log = simulator.log();
    log.sort_by_key(|delivery| names.iter().position(|name| *name == delivery.entrant));
    Run { race, green, frames, truth: log }
}

/// Waits for the race clock and reads off it when the green light is.
fn green(live: &LiveRace) -> Instant {
    loop {
        let now = Instant::now();
        if let Some(at) = live.clock(now) {
            let micros = |n: i64| Duration::from_micros(n.unsigned_abs());
            return if at.as_micros() < 0 {
                now + micros(at.as_micros())
            } else {
                now.checked_sub(micros(at.as_micros())).unwrap_or(now)
            };
        }
        sleep(Duration::from_micros(100));
    }
}

/// Client minus simulator.
#[derive(Default)]
struct Errors {
    stamps: Vec<f64>,
    ttft: Vec<f64>,
    speed: Vec<f64>,
    frames: Vec<f64>,
}

impl Errors {
    fn take(&mut self, run: &Run) {
        for (lane, truth) in run.race.lanes().iter().zip(&run.truth) {
            self.stamps.extend(stamp_errors(lane, truth, run.green));
            let timing = LaneTiming::of(lane);
            let first = truth.writes.iter().find(|write| write.tokens > 0).expect("a first token");
            let ttft = timing.ttft.expect("a first token").as_secs_f64();
            self.ttft.push((ttft - first.at.duration_since(truth.request).as_secs_f64()) * 1e6);
            let speed = timing.output_speed.expect("more than one read").value();
            self.speed.push((speed / truth.tok_s().expect("more than one write") - 1.0) * 100.0);
        }
        self.frames.extend(run.frames.iter().map(|span| span.as_secs_f64() * 1e3));
    }
}

/// For each token, when the client says it came minus when its write was begun, in µs.
fn stamp_errors(lane: &Lane, truth: &AnswerDelivery, green: Instant) -> Vec<f64> {
    let zero = green.checked_sub(Duration::from_secs(1)).expect("an hour into the machine's life");
    let written = truth.writes.iter().flat_map(|write| (0..write.tokens).map(|_| write.at.duration_since(zero)));
    let mut pieces = 0;
    let read = lane.reads().iter().flat_map(|read| {
        let new = read.pieces - std::mem::replace(&mut pieces, read.pieces);
        (0..new).map(move |_| read.at.as_secs_f64() + 1.0)
    });
    assert_eq!(lane.reads().last().map(|read| read.pieces), Some(truth.tokens()), "a piece for each token");
    written.zip(read).map(|(written, read)| (read - written.as_secs_f64()) * 1e6).collect()
}

fn print_row(name: &str, what: &str, mut values: Vec<f64>) {
    values.sort_by(f64::total_cmp);
    let at = |share| quantile(&values, share).map_or_else(|| "-".into(), |value| format!("{value:.3}"));
    let [min, p50, p99, max] = [0.0, 0.5, 0.99, 1.0].map(at);
    println!("{name:<12} {what:<18} {:>6} {min:>9} {p50:>9} {p99:>9} {max:>9}", values.len());
}
