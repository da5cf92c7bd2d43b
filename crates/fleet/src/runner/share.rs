//! A runner's share of a level of load: held against its limits, offered by the same code as any load, on its own clock, and kept row by
//! row before anybody hears of it. Nothing of it is published: its director fetches it.

use std::io;
use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use speed_kings_core::format;
use speed_kings_core::race::Race;
use speed_kings_core::race::event::LaneId;
use speed_kings_session::bench::SpendingBudget;
use speed_kings_session::config::ResolvedRace;
use speed_kings_session::lengths::LengthRule;
use speed_kings_session::load::{LevelPlan, OfferedLoad, RequestRow, run_level};
use speed_kings_session::simulation;
use speed_kings_session::source::live::ScheduledStart;

use super::worker::{HostedWorker, WorkEnd};
use crate::asks::PlannedAsks;
use crate::load_tape::{LoadTapeWriter, ShareEnd};
use crate::offer::RunnerOffer;
use crate::wire::{PlannedShare, Refusal, RefusalKind, RunnerLimits};

/// The most askers of a share.
const MOST_ASKERS: u32 = 128;
/// The most requests a second.
const MOST_PER_S: f64 = 1_000.0;
/// The most requests that a share may be expected to have: their rows have to fit on a tape.
const MOST_REQUESTS: f64 = 100_000.0;

/// A share that is within the limits of its runner.
#[derive(Debug)]
pub(super) struct AllowedShare {
    race: ResolvedRace,
    planned: PlannedShare,
    plan: LevelPlan,
    most_usd: f64,
}

impl AllowedShare {
    /// `planned` of `race`, whose requests ask what `asks` says, where `limits` allow it.
    pub(super) fn of(
        offer: &RunnerOffer,
        race: ResolvedRace,
        (planned, asks): (PlannedShare, PlannedAsks),
        limits: &RunnerLimits,
    ) -> Result<Self, Refusal> {
        let load = match (planned.concurrency, planned.rate_per_s) {
            (Some(askers @ 1..=MOST_ASKERS), None) => OfferedLoad::Concurrency(askers),
            (None, Some(per_s)) if per_s > 0.0 && per_s <= MOST_PER_S => OfferedLoad::Rate(per_s),
            _ => {
                return Err(RefusalKind::Unknown.because(format!(
                    "a share of a load is of 1 to {MOST_ASKERS} askers, or of up to {MOST_PER_S} requests a second"
                )));
            }
        };
        if race.setup.contestants.len() != 1 {
            return Err(RefusalKind::Unknown.because("a share of a load is of one contestant"));
        }
        if race.engines.iter().any(Option::is_some) {
            return Err(RefusalKind::Unknown.because(
                "an engine that is started for a race is not loaded: start it there, and have the runner offer its address",
            ));
        }
        let (ramp, steady) = (Duration::from_millis(planned.ramp_ms), Duration::from_millis(planned.steady_ms));
        let longest = Duration::from_secs(limits.seconds);
        let span = ramp.checked_add(steady).filter(|span| *span <= longest && !steady.is_zero());
        let span = span.ok_or_else(|| {
            RefusalKind::Limit.because(format!(
                "a level of {} ms and {} ms is over this runner's limit of {} s",
                planned.ramp_ms, planned.steady_ms, limits.seconds
            ))
        })?;
        can_be_asked(&asks, load.is_open(), span, limits)?;
        let trace = asks.arrivals();
        // Of a closed loop nobody can know how often it asks; once is the least, and what is spent is looked at as it goes.
        let requests = match load {
            OfferedLoad::Concurrency(askers) => f64::from(askers),
            OfferedLoad::Rate(_) if trace.is_some() => u32::try_from(asks.gaps_us.len()).map_or(f64::MAX, f64::from),
            OfferedLoad::Rate(per_s) => (per_s * span.as_secs_f64()).ceil(),
        };
        if requests > MOST_REQUESTS {
            return Err(RefusalKind::Limit.because(format!(
                "a share of {requests} requests is over the {MOST_REQUESTS} that a tape has room for"
            )));
        }
        let longest = asks.lengths.as_ref().and_then(|lengths| lengths.output.as_ref());
        let race = match longest {
            Some(output) => race.to_the_cap(output.most()),
            None => race,
        };
        offer.within_cost(&race, &asks, whole(requests), limits)?;
        let (lengths, rows) = (asks.lengths, asks.prompts.into());
        let plan = LevelPlan { load, ramp, steady, seed: planned.seed, trace, lengths, rows };
        Ok(Self { race, planned, plan, most_usd: limits.cost_usd })
    }

    /// What it is, for the runner's owner.
    pub(super) fn told(&self) -> String {
        let amount = format::amount(self.plan.load.amount());
        let unit = if self.plan.load.is_open() { "a second" } else { "at a time" };
        format!("a load of {amount} {unit} on {}", self.race.setup.title())
    }
}

/// Whether a load, by a clock or not, of so long a `span` can ask that, within `limits`.
fn can_be_asked(asks: &PlannedAsks, is_open: bool, span: Duration, limits: &RunnerLimits) -> Result<(), Refusal> {
    if asks.prompts.iter().any(|row| row.requests() > 1) {
        return Err(RefusalKind::Unknown.because("a request of a load is one prompt, and no conversation"));
    }
    let caps = asks.prompts.iter().filter_map(|row| row.max_tokens);
    let longest = asks.lengths.iter().filter_map(|lengths| lengths.output.as_ref()).map(LengthRule::most);
    limits.take_tokens(caps.chain(longest).max().unwrap_or(0))?;
    let arrivals = asks.arrivals();
    if arrivals.is_some_and(|due| !is_open || due.last().is_some_and(|last| *last > span)) {
        return Err(RefusalKind::Unknown.because("arrivals are those of a rate, within the time of their level"));
    }
    Ok(())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at most a hundred thousand, and not negative"
)]
fn whole(requests: f64) -> u32 {
    requests as u32
}

/// Makes `share` ready, and begins its tape in `folder`. The first line of that comes with it.
pub(super) fn begin(
    mut share: AllowedShare,
    folder: &Path,
    start: ScheduledStart,
) -> Result<(HostedWorker, String), Refusal> {
    let simulator = simulation::start(&mut share.race).map_err(|error| Refusal::failed(&error))?;
    let begun = LoadTapeWriter::begin(folder, &share.race.setup, share.planned);
    let (tape, header) = begun.map_err(|error| Refusal::failed(&format!("cannot record: {error}")))?;
    let worker = HostedWorker::begin("share", |end| async move {
        let kept = offer(share, tape, start, &end).await;
        drop(simulator);
        kept
    })?;
    Ok((worker, header))
}

/// Offers `share` and keeps its rows on `tape`.
async fn offer(share: AllowedShare, mut tape: LoadTapeWriter, start: ScheduledStart, end: &WorkEnd) -> io::Result<()> {
    let mut budget = SpendingBudget { max_usd: Some(share.most_usd), ..SpendingBudget::default() };
    let mut kept = Ok(());
    let mut keep = |_: &Race, row: &RequestRow| {
        if kept.is_ok() {
            kept = tape.request(row);
        }
        if kept.is_err() {
            end.come("it can not be recorded any more");
        }
    };
    let plan = (share.plan, Some(start));
    let run = run_level(&share.race, LaneId(0), plan, &mut budget, &mut keep, pin!(end.stop.notified())).await;
    let run = run.map_err(io::Error::other)?;
    kept?;
    let spent = || format!("its runner's limit of {} is spent", format::usd(Some(share.most_usd)));
    let early = run.cut_off.then(|| end.why.get().cloned().unwrap_or_else(spent));
    tape.end(ShareEnd { early, client: run.client, standstills_ms: run.standstills_ms })
}

#[cfg(test)]
mod tests {
    use speed_kings_catalog::Catalog;
    use speed_kings_session::bench::prompt_rows::{PromptRow, PromptTurn};
    use speed_kings_session::config::{self, ProcessEnv, RaceOptions};
    use speed_kings_session::lengths::GivenLengths;

    use super::*;

    #[test]
    fn a_share_is_held_against_the_limits() {
        let env = |name: &str| (name == "GROQ_API_KEY").then(|| "gsk-key".to_owned());
        let (catalog, env) = (Catalog::builtin().unwrap(), ProcessEnv(&env));
        let named = ["groq".to_owned()];
        let offer = RunnerOffer::of(&catalog, &env, &named, &[], false).unwrap();
        let asked = || {
            let options = RaceOptions {
                providers: named.to_vec(),
                prompt: Some("go".into()),
                max_tokens: Some(100),
                alone: true,
                ..RaceOptions::default()
            };
            config::plan(&catalog, &env, &options).unwrap()
        };
        let limits = RunnerLimits { seconds: 10, cost_usd: 0.01, ..RunnerLimits::default() };
        let rate = |rate_per_s: f64, steady_ms: u64| PlannedShare {
            concurrency: None,
            rate_per_s: Some(rate_per_s),
            seed: 1,
            ramp_ms: 1_000,
            steady_ms,
        };
        let kind = |share: PlannedShare, limits: &RunnerLimits| {
            AllowedShare::of(&offer, asked(), (share, PlannedAsks::default()), limits)
                .map(|_| ())
                .map_err(|refusal| refusal.kind)
        };
        assert_eq!(kind(rate(2.0, 9_000), &limits), Ok(()));
        assert_eq!(kind(rate(2.0, 9_001), &limits), Err(RefusalKind::Limit), "longer than a race may be");
        assert_eq!(kind(rate(2.0, u64::MAX), &limits), Err(RefusalKind::Limit));
        assert_eq!(kind(rate(900.0, 9_000), &limits), Err(RefusalKind::Limit), "dearer than a race may be");
        for broken in [0.0, -1.0, 1_001.0, f64::NAN, f64::INFINITY] {
            assert_eq!(kind(rate(broken, 9_000), &limits), Err(RefusalKind::Unknown), "{broken}");
        }
        let askers = |askers| PlannedShare { concurrency: Some(askers), rate_per_s: None, ..rate(1.0, 5_000) };
        assert_eq!(
            [0, 1, 128, 129].map(|n| kind(askers(n), &RunnerLimits::default()).is_ok()),
            [false, true, true, false]
        );
        let options = RaceOptions {
            providers: vec!["groq".into(), "groq".into()],
            prompt: Some("go".into()),
            max_tokens: Some(100),
            ..RaceOptions::default()
        };
        let two = config::plan(&catalog, &env, &options).unwrap();
        let refused = AllowedShare::of(&offer, two, (askers(1), PlannedAsks::default()), &limits).unwrap_err();
        assert!(refused.why.contains("one contestant"), "{}", refused.why);
        let both = PlannedShare { rate_per_s: Some(1.0), ..askers(1) };
        assert_eq!(kind(both, &limits), Err(RefusalKind::Unknown));
        let long = RunnerLimits { seconds: 1_000, cost_usd: 1e9, ..limits };
        assert_eq!(kind(rate(900.0, 900_000), &long), Err(RefusalKind::Limit), "longer than a tape");
    }

    #[test]
    fn what_is_asked_is_held_against_the_limits() {
        let limits = RunnerLimits { tokens: 100, ..RunnerLimits::default() };
        let check = |asks: &PlannedAsks, is_open| {
            can_be_asked(asks, is_open, Duration::from_secs(9), &limits).map_err(|refusal| refusal.kind)
        };
        let timed = |gaps_us: &[u64]| PlannedAsks { gaps_us: gaps_us.to_vec(), ..PlannedAsks::default() };
        assert_eq!(check(&timed(&[0, 9_000_000]), true), Ok(()));
        assert_eq!(check(&timed(&[0, 9_000_000]), false), Err(RefusalKind::Unknown), "a closed loop has no arrivals");
        assert_eq!(check(&timed(&[1, 9_000_000]), true), Err(RefusalKind::Unknown), "after its end");
        assert_eq!(check(&timed(&[u64::MAX, u64::MAX]), true), Err(RefusalKind::Unknown));
        let prompt = |row: PromptRow| PlannedAsks { prompts: vec![row], ..PlannedAsks::default() };
        let capped = |cap| prompt(PromptRow { max_tokens: Some(cap), ..PromptRow::default() });
        assert_eq!([100, 101].map(|cap| check(&capped(cap), true)), [Ok(()), Err(RefusalKind::Limit)]);
        let output = Some("50..101".parse().unwrap());
        let long = GivenLengths { output, ..GivenLengths::default() };
        let long = PlannedAsks { lengths: Some(long), ..PlannedAsks::default() };
        assert_eq!(check(&long, false), Err(RefusalKind::Limit));
        let talk = prompt(PromptRow { turns: vec![PromptTurn::default()], ..PromptRow::default() });
        assert_eq!(check(&talk, true), Err(RefusalKind::Unknown));
    }
}
