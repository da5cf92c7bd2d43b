//! One run as the results file has it: the figures of its lane, and when, how and with what text it was made.

use super::{served, tokens};
use crate::bench::saved::{
    AnswerFindings, CheckResult, CountFigure, EngineRecord, GapFigures, ProcessUse, ResourceFigures, RunFailure,
    RunFigures, RunResult, ServerTimes, SpeedNote, StandstillTimes, TransportTimes,
};
use crate::bench::{RunOutcome, is_ok, only_lane};
use speed_kings_catalog::AnswerCheck;
use speed_kings_core::race::cold_model::ttft_without_load;
use speed_kings_core::race::event::{FinishMeaning, FinishReason, ProcessFacts, ServerTiming, TextChannel};
use speed_kings_core::race::lane::{Lane, LaneState};
use speed_kings_core::race::setup::{Contestant, RaceSetup};
use speed_kings_core::race::speed::SpeedWithheld;
use speed_kings_core::race::standstill::RaceStandstill;
use speed_kings_core::race::timing::{LaneTiming, cost_usd};
use speed_kings_core::stats::text::repetition;
use speed_kings_core::stats::timing::TextGaps;
use speed_kings_core::time::{Offset, Period, Rate, ReportedPeriod};

/// A run with its circumstances; nothing when its race has no lane.
pub(super) fn counted(made: &RunOutcome, contestant: &Contestant, checks: &[AnswerCheck]) -> Option<RunResult> {
    let lane = only_lane(&made.race)?;
    let flags = [("cold_start", made.is_cold()), ("after_idle", made.is_after_idle())];
    let mut measured = lane_result(lane, contestant, &made.race.setup);
    // Energy is the whole machine's: it is told of runs that nothing ran beside.
    let alone = made.load_tok_s.is_none();
    measured.figures.resources =
        measured.figures.resources.map(|used| if alone { used.alone(lane, &made.race.machine) } else { used });
    Some(RunResult {
        round: Some(made.round),
        started_at: Some(made.started_at),
        flags: flags.into_iter().filter(|(_, set)| *set).map(|(flag, _)| flag.to_owned()).collect(),
        retries: lane.retries,
        load_tok_s: made.load_tok_s,
        turn: made.turn.clone(),
        planned: made.planned,
        read_characters: Some(read_characters(lane)),
        text: findings(lane, checks),
        ..measured
    })
}

/// Characters of text that each read brought; empty where they are not in the order in which the texts stand in a file.
fn read_characters(lane: &Lane) -> Vec<u32> {
    let transcript = lane.transcript();
    let mut answered = false;
    for (channel, _, text) in transcript.stretches().filter(|(.., text)| !text.is_empty()) {
        let in_order = match channel {
            TextChannel::Answer => true,
            TextChannel::Reasoning => !answered,
            _ => false,
        };
        if !in_order {
            return Vec::new();
        }
        answered |= channel == TextChannel::Answer && !text.is_empty();
    }
    let mut before = 0;
    let sizes = lane.reads().iter().map(|read| {
        let text = transcript.text().get(before..read.bytes).unwrap_or_default();
        before = read.bytes;
        u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
    });
    sizes.collect()
}

/// What the answer was found to be; nothing where there is none.
fn findings(lane: &Lane, checks: &[AnswerCheck]) -> Option<AnswerFindings> {
    let answer = lane.transcript().of(TextChannel::Answer);
    if answer.is_empty() {
        return None;
    }
    let completion = match (&lane.state, lane.finish.as_ref().map(FinishReason::meaning)) {
        (LaneState::Finished, Some(FinishMeaning::Length)) => "cut_off",
        (LaneState::Finished, _) => "complete",
        _ => "failed",
    };
    let checked = |check: &AnswerCheck| CheckResult { check: check.name.clone(), passed: check.holds(&answer) };
    Some(AnswerFindings {
        repetition: repetition(&answer),
        completion: completion.to_owned(),
        checks: checks.iter().map(checked).collect(),
    })
}

/// One lane with its text, whatever ran beside it.
#[must_use]
pub fn lane_result(lane: &Lane, contestant: &Contestant, setup: &RaceSetup) -> RunResult {
    // A stream that came and said nothing is an empty text; one that never came is none.
    let came = lane.marks.first_byte.or(lane.marks.first_text).is_some();
    let said = |channel| came.then(|| lane.transcript().of(channel).clone());
    RunResult {
        answer: said(TextChannel::Answer),
        reasoning: said(TextChannel::Reasoning),
        offsets_ms: lane.reads().iter().filter_map(|read| ms(since_asked(lane, Some(read.at)))).collect(),
        figures: lane_figures(lane, contestant, setup),
        ..RunResult::default()
    }
}

/// The figures of one lane, whatever ran beside it.
#[must_use]
pub fn lane_figures(lane: &Lane, contestant: &Contestant, setup: &RaceSetup) -> RunFigures {
    let timing = LaneTiming::of(lane);
    let withheld = timing.speed_withheld.map(SpeedWithheld::as_str);
    RunFigures {
        ok: is_ok(lane),
        error: failure(lane),
        finish_reason: lane.finish.as_ref().map(|finish| finish.as_str().to_owned()),
        served: served::served(lane, contestant),
        prompt_sent: Some(served::sent(setup)),
        tokens: tokens::tokens(lane),
        ttft_without_load_ms: ms(ttft_without_load(lane)),
        ttft_ms: ms(timing.ttft),
        ttfa_ms: ms(timing.ttfa),
        output_tok_s: timing.output_speed.map(Rate::value),
        speed_withheld: withheld.map_or(SpeedNote::Seen, |code| SpeedNote::Withheld(code.to_owned())),
        end_to_end_tok_s: timing.end_to_end.map(Rate::value),
        total_ms: ms(timing.total),
        gaps_ms: gaps(timing.gaps),
        stalls: timing.gaps.map(|gaps| CountFigure::from(gaps.stalls.count)),
        standstills: lane.standstills().map(|still| standstill(lane, still)).collect(),
        notices: lane.notices.iter().map(ToString::to_string).collect(),
        server: (!lane.server.is_empty()).then(|| server(&lane.server)),
        transport: transport(lane),
        process: lane.process.map(process),
        engine: lane.engine.as_deref().map(EngineRecord::from),
        resources: ResourceFigures::of(lane),
        cost_usd: cost_usd(lane, contestant),
        cost_by: tokens::cost_by(lane, contestant).map(str::to_owned),
        lateness_ms: lane.lateness().summary().map(Into::into),
        largest_read_share: tokens::largest_read_share(lane),
    }
}

/// When the program itself stood still, counted from the request, and how long; of that, how long the machine was
/// suspended, which the race clock doesn't count.
fn standstill(lane: &Lane, still: RaceStandstill) -> StandstillTimes {
    let sent = lane.marks.sent.unwrap_or_default().as_micros();
    #[expect(clippy::cast_precision_loss, reason = "µs fit f64 exactly for 285 years")]
    let at_ms = still.from.as_micros().saturating_sub(sent) as f64 / 1e3;
    StandstillTimes { at_ms, length_ms: ms(Some(still.length())), suspended_ms: ms(still.suspended) }
}

fn process(facts: ProcessFacts) -> ProcessUse {
    ProcessUse { exit_code: facts.exit_code, peak_rss_bytes: facts.peak_rss_bytes, cpu_ms: ms(facts.cpu) }
}

fn ms(period: Option<Period>) -> Option<f64> {
    period.map(Period::as_millis_f64)
}

fn since_asked(lane: &Lane, mark: Option<Offset>) -> Option<Period> {
    Some(mark?.since(lane.asked()?))
}

/// Why a run brought no figures; nothing when it did.
fn failure(lane: &Lane) -> Option<RunFailure> {
    if is_ok(lane) {
        return None;
    }
    let plain = |kind: &str, message: &str| RunFailure {
        kind: kind.to_owned(),
        message: message.to_owned(),
        ..RunFailure::default()
    };
    Some(match &lane.state {
        LaneState::Failed(failure) => RunFailure {
            kind: failure.kind.as_str().to_owned(),
            status: failure.status,
            message: failure.message.to_string(),
            retry_after_s: failure.retry_after.map(Period::as_secs_f64),
        },
        LaneState::Finished => plain("no_text", "it ended well but without any text"),
        _ => plain("unfinished", "it was not over"),
    })
}

fn gaps(gaps: Option<TextGaps>) -> GapFigures {
    GapFigures {
        p50: ms(gaps.map(|gaps| gaps.p50)),
        p95: ms(gaps.and_then(|gaps| gaps.p95)),
        p99: ms(gaps.and_then(|gaps| gaps.p99)),
        max: ms(gaps.map(|gaps| gaps.max)),
        jitter: ms(gaps.and_then(|gaps| gaps.jitter)),
    }
}

fn server(timing: &ServerTiming) -> ServerTimes {
    let ms = |reported: Option<ReportedPeriod>| reported.map(ReportedPeriod::as_millis);
    ServerTimes {
        queue_ms: ms(timing.queue),
        load_ms: ms(timing.load),
        prompt_ms: ms(timing.prompt),
        completion_ms: ms(timing.completion),
        total_ms: ms(timing.total),
        first_token_ms: ms(timing.first_token),
        tok_s: timing.rate.map(Rate::value),
    }
}

fn transport(lane: &Lane) -> TransportTimes {
    let made = lane.transport.clone().unwrap_or_default();
    let head = lane.head.as_ref();
    TransportTimes {
        dns_ms: ms(made.dns),
        tcp_ms: ms(made.tcp),
        tls_ms: ms(made.tls),
        total_ms: ms(made.total),
        headers_ms: ms(since_asked(lane, lane.marks.headers)),
        first_byte_ms: ms(since_asked(lane, lane.marks.first_byte)),
        http_version: head.map(|head| head.version.to_string()),
        reused: head.map(|_| lane.warm),
        region: head.and_then(|head| head.region.as_deref().map(str::to_owned)),
    }
}
