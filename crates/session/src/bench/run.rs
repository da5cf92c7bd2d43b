//! The loop of the benchmark: one run after the other, in the plan's order, until all are made or something ends it.
//! Between two runs the clock is read, for the results and for the limits; within one it is the race's own.

use std::collections::HashMap;
use std::pin::Pin;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::bench::conversation::HeldConversation;
use crate::bench::prompt_rows::row_of;
use crate::bench::{BenchmarkEnd, BenchmarkObserver, BenchmarkResults, RunOutcome, ScheduledRun, SpendingBudget};
use crate::config;
use crate::lengths::LengthDraw;
use crate::source::EventSource;
use crate::source::headless::{FinishedRun, follow};
use crate::source::live::{LiveRace, RaceStart, StartError, StartTime};
use speed_kings_core::race::Race;
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::setup::RaceSetup;
use speed_kings_core::race::timing::load_speed;
use speed_kings_core::time::Rate;

/// Whoever has a contestant raced on another machine.
pub trait RemoteRacer {
    /// Begins the race of `lane` of `resolved` against nobody. Only the setup of `resolved` counts: its clients are elsewhere.
    fn begin<'a>(&'a self, resolved: &'a config::ResolvedRace, lane: LaneId) -> BegunElsewhere<'a>;
}

/// A race on another machine that is about to begin.
pub type BegunElsewhere<'a> = Pin<Box<dyn Future<Output = Result<Box<dyn EventSource>, StartError>> + 'a>>;

/// Where the runs of a benchmark are made.
#[derive(Clone, Copy)]
pub enum RunPlace<'a> {
    /// By this program itself.
    Here,
    /// On other machines, one request at a time.
    Elsewhere(&'a dyn RemoteRacer),
}

/// Makes the runs that `results` lacks at `place`, one at a time, until `stop`. Whatever feeds simulated lanes must be running.
/// Says whether it ran to its end, so that a next benchmark may follow.
pub async fn run(
    resolved: &mut config::ResolvedRace,
    place: RunPlace<'_>,
    results: &mut BenchmarkResults,
    budget: &mut SpendingBudget,
    watch: &mut dyn BenchmarkObserver,
    mut stop: Pin<&mut impl Future<Output = ()>>,
) -> bool {
    results.started_at = Some(Timestamp::now());
    let mut last: HashMap<LaneId, Instant> = HashMap::new();
    let steps: Vec<ScheduledRun> = results.plan.steps(resolved.setup.contestants.len()).collect();
    let made_before: Vec<bool> = steps.iter().map(|step| results.has(step)).collect();
    // When all counted runs are there already, nothing has to be warmed up either.
    let all_there = steps.iter().zip(&made_before).all(|(step, made)| step.warmup || *made);
    let mut ended = BenchmarkEnd::Complete;
    let usual = resolved.clone();
    for (step, _) in steps.iter().zip(made_before).filter(|(_, made)| !made && !all_there) {
        if !last.is_empty() && wait(results.plan.pause, stop.as_mut()).await {
            ended = BenchmarkEnd::Interrupted;
            break;
        }
        if let Some(over) = budget.over(Instant::now()) {
            ended = over;
            break;
        }
        let drawn = draws(results, step, usual.setup.settings.nonce.is_some());
        if let Some(row) = row_of(&results.rows, step.number) {
            *resolved = usual.asking(&row.text, row.system.as_deref(), row.max_tokens);
        } else if let Some(draw) = drawn.first() {
            *resolved = drawn_race(&usual, results, draw);
        }
        resolved.renew();
        let held = match hold((resolved, place), results, budget, (step, &drawn), &mut last, watch, stop.as_mut()).await
        {
            Ok(held) => held,
            Err(error) => {
                ended = BenchmarkEnd::Broken(error);
                break;
            }
        };
        if let (Some(made), Some(runs)) = (held.made, results.runs.get_mut(step.lane.index())) {
            runs.extend(made);
            if !watch.kept(results) {
                ended = BenchmarkEnd::Unsaved;
                break;
            }
        }
        if held.stopped {
            ended = BenchmarkEnd::Interrupted;
            break;
        }
    }
    let one_prompt = results.rows.is_empty() && results.lengths.is_none();
    results.setup = if one_prompt { resolved.setup.clone() } else { usual.setup };
    let go_on = matches!(ended, BenchmarkEnd::Complete);
    results.ended = Some(ended);
    watch.kept(results);
    go_on
}

/// How long each request of a step is to be; none where no lengths are given. All contestants of a round draw the same.
fn draws(results: &BenchmarkResults, step: &ScheduledRun, nonce: bool) -> Vec<LengthDraw> {
    let Some(lengths) = &results.lengths else { return Vec::new() };
    let first = u64::from(step.warmup) << 63 | u64::from(step.number) << 32;
    let requests = 0..u64::from(results.plan.concurrency);
    requests.map(|request| lengths.draw(results.plan.order_seed, first | request, nonce)).collect()
}

/// `usual`, asked what `draw` says.
fn drawn_race(usual: &config::ResolvedRace, results: &BenchmarkResults, draw: &LengthDraw) -> config::ResolvedRace {
    let prefix = results.lengths.as_ref().and_then(|lengths| lengths.prefix(results.plan.order_seed));
    let text = draw.text.as_deref().unwrap_or(&usual.setup.prompt.text);
    usual.asking(text, prefix.as_deref(), draw.planned.output_tokens)
}

/// Each request of `start` asks what its own draw says. The race as a whole takes the largest of their caps for what was asked.
fn ask_each(start: &mut RaceStart<'static>, drawn: &[LengthDraw]) {
    for (client, draw) in start.clients.iter_mut().zip(drawn).skip(1) {
        let nonce = client.request().prompt.split_once("] ").filter(|(nonce, _)| nonce.starts_with('['));
        let nonce = nonce.map(|(nonce, _)| format!("{nonce}] ")).filter(|_| start.setup.settings.nonce.is_some());
        let request = client.request_mut();
        if let Some(text) = &draw.text {
            request.prompt = nonce.unwrap_or_default() + text;
        }
        request.max_tokens = draw.planned.output_tokens.or(request.max_tokens);
    }
    let most = drawn.iter().filter_map(|draw| draw.planned.output_tokens).max();
    start.setup.settings.max_tokens = start.setup.settings.max_tokens.max(most);
}

/// What a step came to.
struct HeldStep {
    /// Its requests; nothing of a warm-up, and of one that was cut off.
    made: Option<Vec<RunOutcome>>,
    /// Somebody ended it all.
    stopped: bool,
}

/// Makes the requests of one step: one, several at once, or one for each turn of a conversation. A warm-up asks the first turn alone.
async fn hold(
    (resolved, place): (&mut config::ResolvedRace, RunPlace<'_>),
    results: &mut BenchmarkResults,
    budget: &mut SpendingBudget,
    (scheduled, drawn): (&ScheduledRun, &[LengthDraw]),
    last: &mut HashMap<LaneId, Instant>,
    watch: &mut dyn BenchmarkObserver,
    mut stop: Pin<&mut impl Future<Output = ()>>,
) -> Result<HeldStep, StartError> {
    let row = row_of(&results.rows, scheduled.number).cloned();
    let mut conversation = HeldConversation::of(row.as_ref());
    let mut made = Vec::new();
    loop {
        conversation.lay_into(resolved);
        let asked = ScheduledRun { turn: conversation.turn(), ..*scheduled };
        watch.begun(&asked);
        let idle = last.get(&scheduled.lane).map(Instant::elapsed);
        let started_at = Timestamp::now();
        let mut source = match place {
            RunPlace::Elsewhere(racer) => racer.begin(resolved, scheduled.lane).await?,
            RunPlace::Here => {
                let Some(mut start) = together(resolved, scheduled.lane, results.plan.concurrency) else { break };
                ask_each(&mut start, drawn);
                Box::new(LiveRace::start(start)?)
            }
        };
        let FinishedRun { race, stopped } = follow(source.as_mut(), stop.as_mut()).await;
        last.insert(scheduled.lane, Instant::now());
        spend(budget, results, &race);
        if race.stopped {
            return Ok(HeldStep { made: None, stopped });
        }
        watch.ended(&asked, &race);
        let answered = race.lanes().first().map(|lane| conversation.answered(&race.setup, lane));
        let (turn, goes_on) = answered.unwrap_or_default();
        let requests = apart(race, scheduled.number, started_at, idle).into_iter().enumerate();
        made.extend(
            requests.map(|(place, request)| as_drawn(RunOutcome { turn: turn.clone(), ..request }, drawn.get(place))),
        );
        if stopped && goes_on {
            return Ok(HeldStep { made: None, stopped });
        }
        if stopped || scheduled.warmup || !goes_on {
            return Ok(HeldStep { made: (!scheduled.warmup).then_some(made), stopped });
        }
    }
    Ok(HeldStep { made: None, stopped: false })
}

/// Waits for `pause`; says whether `stop` came first.
async fn wait(pause: Duration, stop: Pin<&mut impl Future<Output = ()>>) -> bool {
    if pause.is_zero() {
        return false;
    }
    tokio::select! {
        biased;
        () = stop => true,
        () = tokio::time::sleep(pause) => false,
    }
}

fn spend(budget: &mut SpendingBudget, results: &mut BenchmarkResults, race: &Race) {
    for (_, contestant, lane) in race.entries() {
        match budget.spend(lane, contestant, &race.setup.sent_text()) {
            Some(usd) => results.spent_usd += usd,
            None => results.spent_unknown = true,
        }
    }
}

/// The race of one contestant against nobody.
#[must_use]
pub fn alone(resolved: &config::ResolvedRace, id: LaneId) -> Option<RaceStart<'static>> {
    together(resolved, id, 1)
}

/// The race of one contestant against itself, `times` at once. Each request has a prompt of its own, if there is a
/// nonce.
#[must_use]
pub fn together(resolved: &config::ResolvedRace, id: LaneId, times: u32) -> Option<RaceStart<'static>> {
    let contestant = resolved.setup.contestants.get(id.index())?;
    let client = resolved.clients.get(id.index())?;
    let times = usize::try_from(times).ok()?;
    let setup = RaceSetup { contestants: vec![contestant.clone(); times], ..resolved.setup.clone() };
    let mut own = resolved.clone();
    let clients = (0..times).map(|request| {
        let mut client = client.clone();
        if request > 0 {
            own.renew();
            client.ask(own.setup.prompt_text());
        }
        client
    });
    let clients = clients.collect();
    let engines = vec![resolved.engines.get(id.index()).cloned().flatten(); times];
    Some(RaceStart {
        setup,
        clients,
        engines,
        start: StartTime::Countdown(Duration::ZERO),
        record: None,
        simulator: None,
        watched: None,
    })
}

/// `request` as one that asked what `draw` says.
fn as_drawn(mut request: RunOutcome, draw: Option<&LengthDraw>) -> RunOutcome {
    let Some(draw) = draw else { return request };
    let setup = &mut request.race.setup;
    if let Some(text) = &draw.text {
        setup.prompt.text.clone_from(text);
    }
    setup.settings.max_tokens = draw.planned.output_tokens.or(setup.settings.max_tokens);
    RunOutcome { planned: Some(draw.planned), ..request }
}

/// The requests of one run, each as a race of its own.
fn apart(race: Race, round: u32, started_at: Timestamp, idle: Option<Duration>) -> Vec<RunOutcome> {
    let lanes = race.lanes().len();
    let made =
        |race: Race, load_tok_s| RunOutcome { race, round, started_at, idle, load_tok_s, turn: None, planned: None };
    if lanes <= 1 {
        return vec![made(race, None)];
    }
    let load = load_speed(race.lanes()).map(Rate::value);
    let singles = race.entries().map(|(_, contestant, lane)| {
        let setup = RaceSetup { contestants: vec![contestant.clone()], ..race.setup.clone() };
        made(Race::side_by_side(setup, vec![lane.clone()]), load)
    });
    singles.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::run_of;
    use speed_kings_core::fixture::contestant;

    #[test]
    fn requests_of_a_load_run_are_told_apart_and_summed() {
        let setup = RaceSetup { contestants: vec![contestant("A")], ..RaceSetup::default() };
        let lane = |texts: &[i64]| run_of(&setup, 0, texts).lanes()[0].clone();
        let both = RaceSetup { contestants: vec![contestant("A"); 2], ..setup.clone() };
        let race = Race::side_by_side(both, vec![lane(&[10, 100]), lane(&[10, 200])]);
        let made = apart(race, 3, Timestamp::UNIX_EPOCH, None);
        assert_eq!(made.iter().map(|made| (made.round, made.race.lanes().len())).collect::<Vec<_>>(), [(3, 1), (3, 1)]);
        assert_eq!(made[1].load_tok_s, Some(100.0), "20 tokens in 200 ms");
        assert_eq!(apart(run_of(&setup, 0, &[5, 9]), 1, Timestamp::UNIX_EPOCH, None)[0].load_tok_s, None);
    }
}
