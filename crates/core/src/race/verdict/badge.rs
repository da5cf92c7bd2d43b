//! Fairness badges: what must be the same for the comparison to mean anything.
//! A missing fact is listed as unknown, never taken for granted.

mod finding;
mod kind;
mod prompt;
mod served;
mod tokens;

pub use kind::{Badge, BadgeKind, BadgeState};
pub use tokens::{FEWEST_TOKENS, one_model, same_token_size, sizes_differ};

use self::finding::{BadgeFinding, holds, names, unknown};
use crate::race::cold_model::load;
use crate::race::lane::{Lane, LatenessSummary};
use crate::race::machine::{host_of, is_here, is_one_server};
use crate::race::setup::{Contestant, UNCHECKED};
use crate::race::standstill;
use crate::race::timing::LaneTiming;
use crate::race::{Race, is_simulated};
use crate::text::counted;
use crate::time::Period;

/// Two outputs are of the same length when they differ by no more than this share of the longer one.
pub(super) const SAME_LENGTH_SHARE: f64 = 0.05;
/// Requests that left further apart than this did not start together.
pub(super) const START_SKEW_LIMIT: Period = Period::from_millis(1);

/// All badges of `race`, in a fixed order.
pub(super) fn all(race: &Race, timings: &[LaneTiming]) -> Vec<Badge> {
    let lanes = race.lanes();
    let delay = standstill::words(&race.standstills());
    let delay = delay.map(|told| format!("the program {told}")).or_else(|| taken_in_late(race));
    let delay = delay.map(|told| (BadgeKind::NoOwnDelay, holds(false, told)));
    let ghosts = race.setup.has_ghosts().then(|| (BadgeKind::OneRace, one_race(race)));
    let unchecked = names(race, |_, contestant, _| contestant.settings.iter().any(|setting| setting == UNCHECKED));
    let unchecked = (!unchecked.is_empty()).then(|| {
        (BadgeKind::ServersKnown, holds(false, format!("certificates not checked (--insecure): {unchecked}")))
    });
    let set = set_alike(&race.setup.contestants).map(|finding| (BadgeKind::SameSettings, finding));
    let cut = prompt::cut(race).map(|finding| (BadgeKind::WholePrompt, finding));
    [
        (BadgeKind::Real, real(race)),
        (BadgeKind::SameModel, served::same_model(race)),
        (BadgeKind::Counted, tokens::counted(race, timings)),
        (BadgeKind::SpeedSeen, tokens::speed_seen(race, timings)),
        (BadgeKind::SameLength, same_length(timings)),
        (BadgeKind::Connection, connection(race)),
        (BadgeKind::NoCache, prompt::no_cache(race)),
        (BadgeKind::SameFinish, same_finish(lanes)),
        (BadgeKind::SameReasoning, tokens::same_reasoning(race)),
        (BadgeKind::Start, start(race)),
        (BadgeKind::OwnHardware, own_hardware(&race.setup.contestants)),
        (BadgeKind::Clean, clean(lanes)),
    ]
    .into_iter()
    .chain(delay)
    .chain(tokens::same_size(race).map(|found| (BadgeKind::SameTokens, found)))
    .chain(set)
    .chain(unchecked)
    .chain(ghosts)
    .chain(cut)
    .map(|(kind, (state, detail))| Badge { kind, state, detail })
    .collect()
}

fn real(race: &Race) -> BadgeFinding {
    let simulated = names(race, |_, contestant, lane| is_simulated(contestant, lane));
    if simulated.is_empty() { holds(true, "no lane is simulated") } else { holds(false, format!("SIM: {simulated}")) }
}

fn same_length(timings: &[LaneTiming]) -> BadgeFinding {
    let counts: Option<Vec<f64>> = timings.iter().map(|timing| timing.tokens.map(|tokens| tokens.count)).collect();
    let Some(counts) = counts else { return unknown("a lane has no output") };
    let (least, most) =
        counts.iter().fold((f64::MAX, 0.0_f64), |(least, most), count| (least.min(*count), most.max(*count)));
    let detail = counts.iter().map(|count| format!("{count:.0}")).collect::<Vec<_>>().join(" / ");
    holds(most - least <= most * SAME_LENGTH_SHARE, format!("{detail} tokens"))
}

fn connection(race: &Race) -> BadgeFinding {
    let loaded: Vec<String> = race
        .entries()
        .filter_map(|(_, contestant, lane)| Some(format!("{} loaded its model for {}", contestant.name, load(lane)?)))
        .collect();
    if !loaded.is_empty() {
        return holds(false, format!("{} inside the request: race it again while it is loaded", loaded.join(", ")));
    }
    let warm = race.lanes().iter().filter(|lane| lane.warm).count();
    match warm {
        0 => holds(true, "all cold"),
        n if n == race.lanes().len() => holds(true, "all warm"),
        _ => holds(false, format!("cold: {}", names(race, |_, _, lane| !lane.warm))),
    }
}

fn same_finish(lanes: &[Lane]) -> BadgeFinding {
    let reasons: Option<Vec<_>> = lanes.iter().map(|lane| lane.finish.as_ref()).collect();
    let Some(reasons) = reasons else { return unknown("a lane gave no finish reason") };
    let detail = reasons.iter().map(|reason| crate::text::printable(reason.as_str())).collect::<Vec<_>>().join(" / ");
    holds(reasons.windows(2).all(|pair| matches!(pair, [a, b] if a.same_as(b))), detail)
}

fn start(race: &Race) -> BadgeFinding {
    let ghosts = names(race, |_, contestant, _| contestant.ghost.is_some());
    if !ghosts.is_empty() {
        return unknown(format!("not together: ghost {ghosts}"));
    }
    match race.start_skew() {
        Some(skew) => {
            let moved = names(race, |_, contestant, _| contestant.runner.as_ref().is_some_and(|on| on.clock_moved()));
            let bound = race.setup.start_bound();
            let clocks = if bound > Period::ZERO { format!(", clocks known to {bound}") } else { String::new() };
            let moved_on =
                if moved.is_empty() { String::new() } else { format!("; clock moved during the race: {moved}") };
            holds(skew < START_SKEW_LIMIT && moved.is_empty(), format!("{skew} apart{clocks}{moved_on}"))
        }
        None => unknown("a request never left"),
    }
}

fn own_hardware(contestants: &[Contestant]) -> BadgeFinding {
    let local: Vec<&Contestant> = contestants.iter().filter(|c| c.local && !c.simulated).collect();
    let shared = local.iter().enumerate().any(|(i, a)| local.iter().skip(i + 1).any(|b| machine(a) == machine(b)));
    match one_server(contestants) {
        Some(detail) => holds(false, detail),
        None => holds(!shared, if shared { "lanes share one machine" } else { "lanes share no machine" }),
    }
}

/// Two contestants that are one and the same model of one server, in words: whatever differs between them is chance.
#[must_use]
pub fn one_server(contestants: &[Contestant]) -> Option<String> {
    let one = |a: &Contestant, b: &Contestant| {
        let places = a.site().zip(b.site());
        let same = places.is_some_and(|((a, a_here), (b, b_here))| is_one_server((&a, a_here), (&b, b_here)));
        same && a.model == b.model && a.local && !a.simulated && !b.simulated
    };
    let (a, b) = contestants
        .iter()
        .enumerate()
        .find_map(|(place, a)| Some((a, contestants.iter().skip(place + 1).find(|b| one(a, b))?)))?;
    let endpoint = a.endpoint.as_deref().unwrap_or_default();
    Some(format!("{} and {} are both {} at {endpoint}", a.name, b.name, a.model))
}

/// Whether what shapes the answer was set for all contestants alike; nothing where none of it was set for any.
fn set_alike(contestants: &[Contestant]) -> Option<BadgeFinding> {
    let shapes = |setting: &&String| setting.starts_with("body.") || setting.starts_with("dialect=");
    let of = |contestant: &Contestant| {
        let mut set: Vec<&str> = contestant.settings.iter().filter(shapes).map(String::as_str).collect();
        set.sort_unstable();
        set.join(", ")
    };
    let sets: Vec<String> = contestants.iter().map(of).collect();
    let any = sets.iter().find(|set| !set.is_empty())?;
    if sets.iter().all(|set| set == any) {
        return Some(holds(true, format!("all with {any}")));
    }
    let told = contestants
        .iter()
        .zip(&sets)
        .map(|(contestant, set)| format!("{}: {}", contestant.name, if set.is_empty() { "nothing set" } else { set }));
    Some(holds(false, crate::text::printable(&told.collect::<Vec<_>>().join("; "))))
}

/// The host of a contestant's endpoint; nothing for this machine, under whatever name, which a command runs on too.
fn machine(contestant: &Contestant) -> Option<String> {
    let Some((endpoint, here)) = contestant.site() else {
        return contestant.runner.as_ref().map(|runner| runner.site());
    };
    let host = host_of(&endpoint);
    (!here && !is_here(host)).then(|| host.to_owned())
}

fn one_race(race: &Race) -> BadgeFinding {
    let ghosts = names(race, |_, contestant, _| contestant.ghost.is_some());
    match race.setup.mismatches.as_slice() {
        [] => holds(true, format!("ghost: {ghosts}; same prompt, model, cap and settings")),
        mismatches => holds(false, format!("ghost: {ghosts}; {}", mismatches.join("; "))),
    }
}

/// Which lanes' reads the program took in too late, with how late; nothing where none were.
fn taken_in_late(race: &Race) -> Option<String> {
    let late = |lane: &Lane| lane.lateness().summary().filter(LatenessSummary::is_too_late);
    let lanes: Vec<String> = race
        .entries()
        .filter_map(|(_, contestant, lane)| Some(format!("{} {}", contestant.name, late(lane)?.p50)))
        .collect();
    (!lanes.is_empty()).then(|| format!("the program took reads in late, half of them by over: {}", lanes.join(", ")))
}

fn clean(lanes: &[Lane]) -> BadgeFinding {
    let damaged: u32 = lanes.iter().map(|lane| lane.malformed).sum();
    let held = lanes.iter().map(|lane| lane.tainted).max().unwrap_or_default();
    match (damaged, held) {
        (0, Period::ZERO) => holds(true, "nothing damaged or late"),
        (0, held) => holds(false, format!("stamps up to {held} late")),
        (damaged, _) => holds(false, format!("{} passed over", counted(damaged, "damaged event", "damaged events"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::race;
    use crate::race::event::{
        Event, EventKind, FinishReason, LaneId, ResponseHead, ServerTiming, Standstill, TextChannel, TokenUsage,
    };
    use crate::race::setup::ANY_MODEL;
    use crate::race::setup::LaneRunner;
    use crate::race::verdict::Verdict;
    use crate::time::{Offset, ReportedPeriod};

    fn state(race: &Race, kind: BadgeKind) -> BadgeState {
        Verdict::of(race).badges.into_iter().find(|badge| badge.kind == kind).unwrap().state
    }

    /// A fair race in which lane 1 has additionally seen `kind` before its end; a usage in place of its own.
    pub(super) fn with(kind: EventKind) -> Race {
        let fair = race([&[100, 200], &[150, 500]]);
        let mut race = Race::new(fair.setup.clone());
        let put = |race: &mut Race, ms: i64, lane, kind| {
            race.apply(&Event { at: Offset::from_micros(ms * 1_000), lane: Some(LaneId(lane)), kind });
        };
        for lane in [0, 1] {
            put(&mut race, 1, lane, EventKind::Sent);
            for ms in 1..12 {
                put(&mut race, ms * 10, lane, EventKind::Text { channel: TextChannel::Answer, text: "word ".into() });
            }
            put(&mut race, 110, lane, EventKind::Finish(FinishReason::Stop));
            if lane == 0 || !matches!(kind, EventKind::Usage(_)) {
                let usage = TokenUsage { output: Some(10), cached: Some(0), ..TokenUsage::default() };
                put(&mut race, 110, lane, EventKind::Usage(Box::new(usage)));
            }
        }
        put(&mut race, 110, 1, kind);
        race
    }

    fn loaded(secs: f64) -> ServerTiming {
        ServerTiming { load: ReportedPeriod::from_secs(secs), ..ServerTiming::default() }
    }

    #[test]
    fn what_shapes_an_answer_is_set_for_all_or_told() {
        let told = |of: [&[&str]; 2]| {
            let mut race = race([&[100, 200], &[150, 500]]);
            for (contestant, settings) in race.setup.contestants.iter_mut().zip(of) {
                contestant.settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
            }
            let badges = Verdict::of(&race).badges;
            badges
                .into_iter()
                .find(|badge| badge.kind == BadgeKind::SameSettings)
                .map(|badge| (badge.state, badge.detail))
        };
        assert_eq!(told([&[], &[]]), None);
        assert_eq!(told([&["header.x-title", "query.a=1"], &[]]), None, "neither shapes an answer");
        let (low, other) = ("body.reasoning_effort=low", "body.min_tokens=9");
        assert_eq!(
            told([&[low, other], &[other, "header.x-title", low]]),
            Some((BadgeState::Met, "all with body.min_tokens=9, body.reasoning_effort=low".into()))
        );
        let broken = "A: body.reasoning_effort=low; B: nothing set";
        assert_eq!(told([&[low], &[]]), Some((BadgeState::Broken, broken.into())));
        let mut open = race([&[100, 200], &[150, 500]]);
        open.setup.contestants[1].settings = vec![UNCHECKED.into()];
        assert_eq!(state(&open, BadgeKind::ServersKnown), BadgeState::Broken);
        assert_eq!(told([&["dialect=completions"], &[]]).map(|(state, _)| state), Some(BadgeState::Broken));
    }

    #[test]
    fn a_model_that_was_ready_was_warm() {
        assert_eq!(state(&with(EventKind::Server(Box::new(loaded(0.25)))), BadgeKind::Connection), BadgeState::Met);
        let cold = Verdict::of(&with(EventKind::Server(Box::new(loaded(2.0))))).badges;
        let detail = cold.iter().find(|badge| badge.kind == BadgeKind::Connection).map(|badge| badge.detail.as_str());
        assert_eq!(detail, Some("B loaded its model for 2.000 s inside the request: race it again while it is loaded"));
    }

    #[test]
    fn every_badge_is_explained_to_readers() {
        let page = include_str!("../../../../../docs/measuring.md");
        for kind in BadgeKind::ALL {
            let row = format!("| {} | `{}` | ", kind.title(), kind.as_str());
            assert_eq!(page.matches(&row).count(), 1, "docs/measuring.md has no row that begins {row}");
        }
    }

    #[test]
    fn each_badge_can_break() {
        let cases = [
            (
                BadgeKind::Real,
                EventKind::Headers(Box::new(ResponseHead { simulated: true, ..ResponseHead::default() })),
            ),
            (BadgeKind::SameFinish, EventKind::Finish(FinishReason::Length)),
            (
                BadgeKind::SameLength,
                EventKind::Usage(Box::new(TokenUsage { output: Some(11), ..TokenUsage::default() })),
            ),
            (BadgeKind::NoCache, EventKind::Usage(Box::new(TokenUsage { cached: Some(8), ..TokenUsage::default() }))),
            (BadgeKind::Counted, EventKind::Usage(Box::default())),
            (BadgeKind::Connection, EventKind::Server(Box::new(loaded(0.251)))),
            (BadgeKind::Counted, EventKind::Usage(Box::new(TokenUsage { output: Some(3), ..TokenUsage::default() }))),
            (
                BadgeKind::SpeedSeen,
                EventKind::Usage(Box::new(TokenUsage { output: Some(90), ..TokenUsage::default() })),
            ),
            (
                BadgeKind::SameTokens,
                EventKind::Usage(Box::new(TokenUsage { output: Some(13), ..TokenUsage::default() })),
            ),
            (BadgeKind::SameReasoning, EventKind::Text { channel: TextChannel::Reasoning, text: "hm".into() }),
            (BadgeKind::Clean, EventKind::Malformed("{".into())),
            (BadgeKind::Clean, EventKind::Tainted(Period::from_millis(3))),
        ];
        for (kind, event) in cases {
            assert_eq!(state(&with(EventKind::KeepAlive), kind), BadgeState::Met, "{kind:?} at first");
            assert_eq!(state(&with(event), kind), BadgeState::Broken, "{kind:?}");
        }
    }

    #[test]
    fn a_standstill_of_the_program_breaks_the_badge_that_is_only_there_then() {
        let fair = race([&[100, 200], &[150, 500]]);
        let badge =
            |race: &Race| Verdict::of(race).badges.into_iter().find(|badge| badge.kind == BadgeKind::NoOwnDelay);
        assert_eq!(badge(&fair), None);
        let mut held = fair;
        let standstill = Standstill { length: Period::from_millis(60), suspended: None };
        let at = Offset::from_micros(190_000);
        held.apply(&Event { at, lane: None, kind: EventKind::Standstill(standstill) });
        let badge = badge(&held).unwrap();
        assert_eq!(badge.state, BadgeState::Broken);
        assert_eq!(badge.detail, "the program stood still for 60.0 ms at T+0.130 s");
        assert!(Verdict::of(&held).is_provisional());
    }

    #[test]
    fn reads_that_were_taken_in_late_break_the_badge() {
        let late = |millis: u64, reads: usize| {
            let race = with(EventKind::Lateness(vec![Period::from_millis(millis); reads].into()));
            Verdict::of(&race).badges.into_iter().find(|badge| badge.kind == BadgeKind::NoOwnDelay)
        };
        assert_eq!(late(4, 100), None);
        assert_eq!(late(6, 3), None, "too few to say");
        let badge = late(6, 100).unwrap();
        assert_eq!(badge.state, BadgeState::Broken);
        assert!(badge.detail.contains("6.00 ms"), "{}", badge.detail);
    }

    #[test]
    fn missing_facts_are_unknown() {
        let silent = with(EventKind::Usage(Box::new(TokenUsage { output: Some(10), ..TokenUsage::default() })));
        assert_eq!(state(&silent, BadgeKind::NoCache), BadgeState::Unknown);
        let other = {
            let mut race = with(EventKind::KeepAlive);
            race.setup.contestants[0].same_as = None;
            race.setup.contestants[0].model = "mystery".into();
            race
        };
        assert_eq!(state(&other, BadgeKind::SameModel), BadgeState::Unknown);
    }

    #[test]
    fn a_ghost_did_not_start_together_with_anybody() {
        let mut race = with(EventKind::KeepAlive);
        assert_eq!(state(&race, BadgeKind::Start), BadgeState::Met);
        race.setup.contestants[1].ghost = Some("2025-12-31T00:00:00Z".into());
        let badges = Verdict::of(&race).badges;
        let start = badges.iter().find(|badge| badge.kind == BadgeKind::Start).unwrap();
        assert_eq!((start.state, start.detail.as_str()), (BadgeState::Unknown, "not together: ghost B"));
    }

    #[test]
    fn a_model_that_nobody_names_may_be_any() {
        let mut race = with(EventKind::KeepAlive);
        for contestant in &mut race.setup.contestants {
            contestant.same_as = None;
            contestant.model = ANY_MODEL.into();
        }
        assert_eq!(state(&race, BadgeKind::SameModel), BadgeState::Unknown);
    }

    #[test]
    fn what_two_runners_call_their_own_is_not_shared_and_their_clocks_are_told() {
        let mut race = with(EventKind::KeepAlive);
        let on = |name: &str, drift| {
            let bound = Period::from_micros(200);
            Some(Box::new(LaneRunner { name: name.into(), bound, drift, ..LaneRunner::default() }))
        };
        for (contestant, name) in race.setup.contestants.iter_mut().zip(["m3", "rtx"]) {
            (contestant.local, contestant.here, contestant.model) = (true, true, "same".into());
            (contestant.endpoint, contestant.runner) = (Some("127.0.0.1:8080".into()), on(name, Some(100)));
        }
        assert_eq!(state(&race, BadgeKind::OwnHardware), BadgeState::Met);
        let start = |race: &Race| {
            let all = all(race, &race.lanes().iter().map(LaneTiming::of).collect::<Vec<_>>());
            all.into_iter().find(|badge| badge.kind == BadgeKind::Start).unwrap()
        };
        assert!(start(&race).detail.contains("clocks known to 0.40 ms"), "{:?}", start(&race));
        race.setup.contestants[1].runner = on("rtx", Some(-401));
        assert_eq!(start(&race).state, BadgeState::Broken, "{:?}", start(&race));
        for contestant in &mut race.setup.contestants {
            contestant.runner = on("m3", Some(0));
        }
        assert_eq!(state(&race, BadgeKind::OwnHardware), BadgeState::Broken, "one server of one runner");
        assert_eq!(race.setup.start_bound(), Period::ZERO, "lanes of one runner share its clock");
        for (contestant, (name, port)) in race.setup.contestants.iter_mut().zip([("a", 8_080), ("b", 8_081)]) {
            contestant.runner = on(name, Some(0));
            contestant.endpoint = Some(format!("127.0.0.1:{port}"));
        }
        assert_eq!(state(&race, BadgeKind::OwnHardware), BadgeState::Met);
        for contestant in &mut race.setup.contestants {
            contestant.runner.as_mut().unwrap().machine = Some("0f".into());
        }
        assert_eq!(state(&race, BadgeKind::OwnHardware), BadgeState::Broken, "two runners of one machine");
        race.setup.contestants[1].endpoint = None;
        assert_eq!(state(&race, BadgeKind::OwnHardware), BadgeState::Broken, "a command runs there, too");
    }

    #[test]
    fn two_local_lanes_on_one_machine_share_it() {
        let mut race = with(EventKind::KeepAlive);
        for (contestant, port) in race.setup.contestants.iter_mut().zip([1, 2]) {
            contestant.local = true;
            contestant.endpoint = Some(format!("127.0.0.1:{port}"));
        }
        assert_eq!(state(&race, BadgeKind::OwnHardware), BadgeState::Broken);
        for here in
            [Some("localhost:9"), Some("[::1]:9"), Some("[::1]"), Some("0.0.0.0:9"), Some("x.localhost:9"), None]
        {
            race.setup.contestants[1].endpoint = here.map(Into::into);
            assert_eq!(state(&race, BadgeKind::OwnHardware), BadgeState::Broken, "{here:?}");
        }
        assert_eq!(one_server(&race.setup.contestants), None);
        race.setup.contestants[1].endpoint = race.setup.contestants[0].endpoint.clone();
        assert_eq!(one_server(&race.setup.contestants).unwrap(), "A and B are both llama-test at 127.0.0.1:1");
        race.setup.contestants[1].endpoint = Some("0.0.0.0:1".into());
        assert_eq!(one_server(&race.setup.contestants).unwrap(), "A and B are both llama-test at 127.0.0.1:1");
        race.setup.contestants[1].endpoint = Some("192.0.2.7:11434".into());
        assert_eq!(state(&race, BadgeKind::OwnHardware), BadgeState::Met);
        race.setup.contestants[1].here = true;
        assert_eq!(state(&race, BadgeKind::OwnHardware), BadgeState::Broken, "it is this machine's own address");
    }
}
