//! What is in a recording, as one document for scripts: who raced, on what terms, and what each lane came to.
//! A lane's run has the keys of a run in the results of a benchmark; absent figures are null.

use serde::Serialize;

use speed_kings_core::date;
use speed_kings_core::race::Race;
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::lane::Lane;
use speed_kings_core::race::mark::RaceMark;
use speed_kings_core::race::setup::Contestant;
use speed_kings_core::race::timing::LaneTiming;
use speed_kings_core::race::verdict::Verdict;
use speed_kings_core::stats::histogram::{EDGES, histogram};
use speed_kings_core::time::{Offset, Period};
use speed_kings_recording::Recording;
use speed_kings_recording::format::CutFields;
use speed_kings_recording::outcome::{MarkRecord, RaceVerdict, agrees};
use speed_kings_session::bench::document::lane_figures;
use speed_kings_session::bench::saved::{AskedSettings, LaneIdentity, RunFigures};
use speed_kings_system::environment::MachineEnvironment;

/// The version of the document's form. Version 1 had `inspect_version`, times in µs, and names of its own for figures.
pub const VERSION: u64 = 2;

/// What `inspect --json` says of a recording.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(title = "What speed-kings inspect --json says of a recording, version 2")
)]
pub struct InspectedRecording {
    /// The version of the form.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = [VERSION])))]
    pub version: u64,
    /// Path of the recording, as it was given.
    pub file: String,
    /// Its size on disk in bytes, packed if it is.
    pub bytes: u64,
    /// Name and version of the program that recorded it.
    pub tool: String,
    /// When it was recorded, UTC; null where the recording doesn't say.
    pub recorded_at: Option<String>,
    /// Whether it reaches the end of its race.
    pub complete: bool,
    /// Whether any lane was simulated.
    pub simulated: bool,
    /// Whether any lane ran in another race.
    pub ghost: bool,
    /// What isn't the same in the races of a ghost race, in words.
    pub mismatches: Vec<String>,
    /// The phase of the catalogue, when it was one.
    pub phase: Option<String>,
    /// The prompt that all contestants were asked.
    pub prompt: InspectedPrompt,
    /// What every request asked for.
    pub settings: AskedSettings,
    /// The machine that it was recorded on; null where the recording doesn't say.
    pub environment: Option<MachineEnvironment>,
    /// How many events it has.
    pub events: usize,
    /// The first event, µs from the green light.
    pub from_us: Option<i64>,
    /// The last event, µs from the green light.
    pub to_us: Option<i64>,
    /// The contestants with what each came to, in the order of their numbers.
    pub lanes: Vec<InspectedLane>,
    /// The moments that a viewer may want to see, in order.
    pub marks: Vec<MarkRecord>,
    /// What is to be shown of it and how, as in the recording; null when nobody has edited it.
    pub cut: Option<CutFields>,
    /// Who won which figure, by today's rules.
    pub verdict: RaceVerdict,
    /// Whether that is what was recorded; null where no verdict was.
    pub verdict_as_recorded: Option<bool>,
    /// What is missing or damaged, in words.
    pub wrong: Vec<String>,
}

/// The prompt of a recording, without its text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InspectedPrompt {
    /// Its name in the catalogue, that of the file that held it, or `custom`.
    pub name: String,
    /// Its size in bytes, without the nonce.
    pub bytes: usize,
}

/// One lane of a recording with what it came to.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InspectedLane {
    /// Its number, from 0.
    pub number: u8,
    /// Who it was, and on what.
    #[serde(flatten)]
    pub lane: LaneIdentity,
    /// When it ran, if that was in another race.
    pub ghost: Option<String>,
    /// Its figures, by the keys of a run of a benchmark.
    pub run: RunFigures,
    /// Time for each token after the first, ms.
    pub token_latency_ms: Option<f64>,
    /// Its stream in detail.
    pub stream: StreamMoments,
    /// The gaps between its reads by their length.
    pub gaps: Vec<GapBin>,
}

/// When what of a stream came, ms from the request, and what was odd about it.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StreamMoments {
    /// When the request left, µs from the green light.
    pub sent_us: Option<i64>,
    /// When the connection had taken the whole request.
    pub written_ms: Option<f64>,
    /// When the last text came.
    pub last_text_ms: Option<f64>,
    /// When the reason came why the model stopped.
    pub finish_ms: Option<f64>,
    /// When the token counts came.
    pub usage_ms: Option<f64>,
    /// When the stream's end marker came.
    pub done_ms: Option<f64>,
    /// When the lane was over.
    pub over_ms: Option<f64>,
    /// The HTTP status of the response.
    pub status: Option<u16>,
    /// Reads that carried text.
    pub reads: usize,
    /// Requests after the first one.
    pub retries: u32,
    /// Signs of life without text.
    pub keep_alives: u64,
    /// Damaged pieces that were passed over.
    pub malformed: u64,
    /// How late its times may be, because our own queue was full.
    pub late_ms: f64,
}

/// How many gaps are up to a length, and over that of the bin before.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GapBin {
    /// The longest gap of the bin; null for the last one, which holds all that are longer.
    pub up_to_ms: Option<f64>,
    /// Gaps that fall into it.
    pub count: usize,
}

impl InspectedRecording {
    /// What is in `recording` of `race`, which `file` holds in so many bytes; `wrong` is what a person was told of it.
    #[must_use]
    pub fn of(
        file: String,
        bytes: u64,
        recording: &Recording,
        race: &Race,
        marks: &[RaceMark],
        wrong: &[String],
    ) -> Self {
        let header = &recording.header;
        let setup = &header.setup;
        let verdict = Verdict::of(race);
        let ends = recording.events.first().zip(recording.events.last());
        Self {
            version: VERSION,
            file,
            bytes,
            tool: header.tool.clone(),
            recorded_at: header.recorded_at.map(date::to_second),
            complete: recording.is_complete(),
            simulated: race.simulated(),
            ghost: setup.has_ghosts(),
            mismatches: setup.mismatches.clone(),
            phase: setup.phase.as_ref().map(|phase| phase.id.clone()),
            prompt: InspectedPrompt { name: setup.prompt.name.clone(), bytes: setup.prompt.text.len() },
            settings: AskedSettings::from(&setup.settings),
            environment: header.environment.clone(),
            events: recording.events.len(),
            from_us: ends.map(|(first, _)| first.at.as_micros()),
            to_us: ends.map(|(_, last)| last.at.as_micros()),
            lanes: race.entries().map(|(id, contestant, lane)| inspected(id, contestant, lane, race)).collect(),
            marks: marks.iter().map(MarkRecord::from).collect(),
            cut: header.cut.as_ref().map(CutFields::from),
            verdict_as_recorded: recording.end.as_ref().map(|end| agrees(&end.verdict, &verdict)),
            verdict: RaceVerdict::from(&verdict),
            wrong: wrong.to_vec(),
        }
    }
}

fn inspected(LaneId(number): LaneId, contestant: &Contestant, lane: &Lane, race: &Race) -> InspectedLane {
    InspectedLane {
        number,
        lane: LaneIdentity::from(contestant),
        ghost: contestant.ghost.clone(),
        run: lane_figures(lane, contestant, &race.setup),
        token_latency_ms: ms(LaneTiming::of(lane).token_latency),
        stream: stream(lane),
        gaps: gaps(lane),
    }
}

fn ms(period: Option<Period>) -> Option<f64> {
    period.map(Period::as_millis_f64)
}

fn stream(lane: &Lane) -> StreamMoments {
    let since = |at: Option<Offset>| ms(at.zip(lane.asked()).map(|(at, sent)| at.since(sent)));
    StreamMoments {
        sent_us: lane.marks.sent.map(Offset::as_micros),
        written_ms: ms(lane.written_after()),
        last_text_ms: since(lane.marks.last_text),
        finish_ms: since(lane.marks.finish),
        usage_ms: since(lane.marks.usage),
        done_ms: since(lane.marks.done),
        over_ms: since(lane.marks.over),
        status: lane.head.as_ref().map(|head| head.status),
        reads: lane.reads().len(),
        retries: lane.retries,
        keep_alives: lane.keep_alives.into(),
        malformed: lane.malformed.into(),
        late_ms: lane.tainted.as_millis_f64(),
    }
}

/// The gaps between the reads of `lane` that carried text, by their length.
fn gaps(lane: &Lane) -> Vec<GapBin> {
    let counts = histogram(lane.reads().gaps());
    let ends = EDGES.iter().map(|edge| Some(edge.as_millis_f64())).chain([None]);
    ends.zip(counts).map(|(up_to_ms, count)| GapBin { up_to_ms, count }).collect()
}
