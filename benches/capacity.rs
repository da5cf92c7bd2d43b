//! How many tokens a second one process takes in, and what a token costs it, beside a bare reader in the same run.
//! The writer is a process of its own. The bare reader finds the events of a stream and parses the text out of them, and
//! nothing else: what it reaches is the limit that the program is held against.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a table is all it is for")]

mod common;
#[path = "capacity/reader.rs"]
mod reader;
#[path = "common/server.rs"]
mod server;
#[path = "capacity/writer.rs"]
mod writer;

use std::time::Duration;

use reqwest::Url;
use speed_kings::config::ResolvedRace;
use speed_kings::race::Race;
use speed_kings::race::lane::LaneState;

/// Streams at a time, and tokens in each of them.
const LOADS: [(u8, u32); 3] = [(1, 350_000), (2, 350_000), (64, 10_000)];
/// Rounds of everything, in turn.
const ROUNDS: usize = 3;
/// Between two looks at a race without a screen.
const STEP: Duration = Duration::from_millis(5);
/// Made up for this bench; no server knows it.
const KEY: &str = "csk-made-up-for-the-bench-0123456789";

fn main() {
    if let Some(tokens) = writer::asked() {
        return writer::run(tokens);
    }
    let rounds = std::env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS);
    println!(
        "{:<28} {:>7} {:>16} {:>16} {:>8} {:>8}",
        "reader", "streams", "million tok/s", "CPU s/million", "speed", "CPU"
    );
    for (streams, tokens) in LOADS {
        let mut rows = READERS.map(|_| Vec::new());
        for _ in 0..rounds {
            for (reader, row) in READERS.iter().zip(&mut rows) {
                let writer = writer::start(tokens);
                row.push((reader.read)(&writer, streams, tokens));
            }
        }
        let limit = Median::of(rows.get(1).expect("the bare reader"));
        for (reader, row) in READERS.iter().zip(&rows) {
            let own = Median::of(row);
            println!(
                "{:<28} {streams:>7} {:>16} {:>16} {:>8.2} {:>8.2}",
                reader.name,
                own.spread(ReadCost::rate),
                own.spread(ReadCost::cpu_per_million),
                own.rate / limit.rate,
                own.cpu / limit.cpu,
            );
        }
    }
}

/// One way to read the streams.
struct StreamReader {
    name: &'static str,
    read: fn(&server::WriterProcess, u8, u32) -> ReadCost,
}

const READERS: [StreamReader; 6] = [
    StreamReader { name: "nothing read, only drained", read: reader::drain },
    StreamReader { name: "bare reader", read: reader::parse },
    StreamReader { name: "race", read: |writer, streams, tokens| race(writer, streams, tokens, RaceForm::PLAIN) },
    StreamReader {
        name: "race with a key",
        read: |writer, streams, tokens| race(writer, streams, tokens, RaceForm { key: true, ..RaceForm::PLAIN }),
    },
    StreamReader {
        name: "race, key and recording",
        read: |writer, streams, tokens| {
            race(writer, streams, tokens, RaceForm { key: true, recording: true, ..RaceForm::PLAIN })
        },
    },
    StreamReader {
        name: "race on a screen",
        read: |writer, streams, tokens| race(writer, streams, tokens, RaceForm { screen: true, ..RaceForm::PLAIN }),
    },
];

/// What reading some tokens took.
struct ReadCost {
    tokens: f64,
    wall: Duration,
    cpu: Duration,
}

impl ReadCost {
    /// Of what `read` does, which takes in so many tokens and tells how long that took.
    fn of(tokens: f64, read: impl FnOnce() -> Duration) -> Self {
        let before = cpu_time();
        let wall = read();
        Self { tokens, wall, cpu: cpu_time().saturating_sub(before) }
    }

    fn rate(&self) -> f64 {
        self.tokens / self.wall.as_secs_f64() / 1e6
    }

    fn cpu_per_million(&self) -> f64 {
        self.cpu.as_secs_f64() / (self.tokens / 1e6)
    }
}

/// The middle of several rounds.
struct Median<'a> {
    costs: &'a [ReadCost],
    rate: f64,
    cpu: f64,
}

impl<'a> Median<'a> {
    fn of(costs: &'a [ReadCost]) -> Self {
        let middle = |of: fn(&ReadCost) -> f64| {
            let mut all: Vec<f64> = costs.iter().map(of).collect();
            all.sort_by(f64::total_cmp);
            all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
        };
        Self { costs, rate: middle(ReadCost::rate), cpu: middle(ReadCost::cpu_per_million) }
    }

    /// The least and the most.
    fn spread(&self, of: impl Fn(&ReadCost) -> f64) -> String {
        let all = || self.costs.iter().map(&of);
        format!("{:.2} to {:.2}", all().fold(f64::INFINITY, f64::min), all().fold(0.0, f64::max))
    }
}

/// Processor time of this process, all threads; zero where the system doesn't tell.
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or_default(), time.tv_nsec.try_into().unwrap_or_default())
}

/// How a race is run.
#[derive(Clone, Copy)]
struct RaceForm {
    key: bool,
    recording: bool,
    screen: bool,
}

impl RaceForm {
    const PLAIN: Self = Self { key: false, recording: false, screen: false };
}

/// The race with so many lanes, as the program runs it.
fn race(writer: &server::WriterProcess, streams: u8, tokens: u32, form: RaceForm) -> ReadCost {
    let ResolvedRace { mut setup, mut clients, .. } = common::plan();
    let address = Url::parse(&format!("http://{}/v1", writer.address)).expect("an address");
    let count = usize::from(streams);
    setup.contestants = setup.contestants.iter().cycle().take(count).cloned().collect();
    clients = clients.iter().cycle().take(count).map(|client| client.simulated(address.clone())).collect();
    if form.key {
        for client in &mut clients {
            if let speed_kings::provider::ContestantClient::Http(contestant) = client {
                contestant.key = speed_kings::provider::secret::Secret::new(KEY);
            }
        }
    }
    for client in &mut clients {
        client.request_mut().max_tokens = Some(tokens.saturating_mul(2));
    }
    let folder = tempfile::tempdir().expect("a folder for the recording");
    let record = form.recording.then_some(folder.path());
    ReadCost::of(f64::from(streams) * f64::from(tokens), || {
        let live = common::live(setup, clients, STEP, record);
        let race = if form.screen { common::watch(live).0 } else { common::listen(live, STEP) };
        duration(&race, tokens)
    })
}

/// From the first request to the last end. Every token must have come.
fn duration(race: &Race, tokens: u32) -> Duration {
    let (mut first, mut last) = (f64::INFINITY, 0.0_f64);
    for lane in race.lanes() {
        assert_eq!(lane.state, LaneState::Finished, "a lane is out: {:?}", lane.notices);
        assert_eq!(lane.reads().last().map(|read| read.pieces), Some(tokens), "a piece for each token");
        first = first.min(lane.marks.sent.expect("a request").as_secs_f64());
        last = last.max(lane.marks.over.expect("an end").as_secs_f64());
    }
    Duration::from_secs_f64(last - first)
}
