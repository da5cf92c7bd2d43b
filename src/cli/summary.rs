//! A race's result as plain text: what is printed where there is no screen.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use crate::format;
use crate::race::Race;
use crate::race::cold_model;
use crate::race::served_model::{model, upstream};
use crate::race::speed::SpeedWithheld;
use crate::race::timing::cached_in_full;
use crate::race::verdict::{BadgeState, Metric, Verdict, VerdictCategory};
use crate::record::unfinished;
use crate::report::headline;
use crate::text::printable;

/// The result of `race`; `complete` is whether nothing is missing at its end.
#[must_use]
pub(super) fn text(race: &Race, complete: bool) -> String {
    let verdict = Verdict::of(race);
    let mut out = String::new();
    let setup = &race.setup;
    let phase = setup.phase.as_ref().map(|phase| format!("{} · ", phase.id)).unwrap_or_default();
    let sim = if race.simulated() { "SIM · " } else { "" };
    let ghost = if setup.has_ghosts() { "GHOST · " } else { "" };
    let _ =
        writeln!(out, "{sim}{ghost}{phase}{} · prompt {}", printable(&setup.title()), printable(&setup.prompt.name));
    let _ = writeln!(out, "{}", headline(race, &verdict));
    for finding in &verdict.quality {
        let _ = writeln!(out, "{}", format::quality(race, finding));
    }
    let _ = writeln!(out);
    let names: Vec<String> =
        race.entries().map(|(_, contestant, _)| printable(&contestant.name).into_owned()).collect();
    let width = names.iter().map(|name| name.width() + 2).max().unwrap_or(0).max(CELL);
    let row = |cells: Vec<String>| cells.iter().map(|cell| padded(cell, width)).collect::<String>();
    let _ = writeln!(out, "{:<14}{}", "", row(names).trim_end());
    for category in &verdict.categories {
        let _ = writeln!(out, "{:<14}{}", category.metric.title(), row(cells(category)).trim_end());
        for (label, values) in cold_model::rows(race).iter().filter(|_| category.metric == Metric::Ttft) {
            let cells = row(values.iter().map(|value| format::span(*value)).collect());
            let _ = writeln!(out, "{label:<14}{}", cells.trim_end());
        }
    }
    for (_, contestant, lane) in race.entries() {
        let tokens = format::tokens(lane.tokens());
        let _ = writeln!(out, "\n{} ({}): {tokens} tokens", printable(&contestant.name), model(contestant, lane));
        if let Some(upstream) = upstream(&lane.upstream) {
            let _ = writeln!(out, "  answered by {upstream}");
        }
        if let Some(why) = SpeedWithheld::of(lane) {
            let _ = writeln!(out, "  no output speed: {}", why.words());
        }
        if cached_in_full(lane, contestant) {
            let _ = writeln!(out, "  cost{}", format::CACHED_IN_FULL);
        }
        if let Some(start) = &lane.engine {
            let _ = writeln!(out, "  {}", printable(&format::engine(start).join(", ")));
        }
        let used = format::resources(&lane.resources, lane.tokens().map(|tokens| tokens.count));
        if !used.is_empty() {
            let _ = writeln!(out, "  {}", used.join(", "));
        }
        if let Some(facts) = lane.process.map(format::process).filter(|facts| !facts.is_empty()) {
            let _ = writeln!(out, "  {}", facts.join(", "));
        }
        if let Some(late) = format::lateness(lane) {
            let _ = writeln!(out, "  {late}");
        }
        for notice in &lane.notices {
            let _ = writeln!(out, "  {}", printable(notice));
        }
        if let Some(failure) = lane.state.failure() {
            let _ = writeln!(out, "  {}: {}", failure.kind.title(), printable(&failure.message));
            if let Some(hint) = &failure.hint {
                let _ = writeln!(out, "  {}", printable(hint));
            }
        }
    }
    let machine = format::machine(&race.machine);
    if !machine.is_empty() {
        let _ = writeln!(out, "\nthe whole machine: {}", machine.join(", "));
    }
    let _ = writeln!(out);
    for badge in &verdict.badges {
        let sign = match badge.state {
            BadgeState::Met => "ok",
            BadgeState::Broken => "BROKEN",
            BadgeState::Unknown => "unknown",
        };
        let _ = writeln!(out, "{sign:<8}{:<22}{}", badge.kind.title(), printable(&badge.detail));
    }
    let weight = if verdict.is_provisional() { "provisional; " } else { "" };
    let _ = writeln!(out, "\n{weight}one run: a result, not a claim");
    if !complete {
        let _ = writeln!(out, "{}", unfinished(race));
    }
    out
}

/// Columns of a contestant's figures, unless a name needs more.
const CELL: usize = 22;

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

fn cells(category: &VerdictCategory) -> Vec<String> {
    let mut out = Vec::new();
    for (index, value) in category.values.iter().enumerate() {
        let best = category.best.is_some_and(|best| best.index() == index);
        let ratio =
            category.ratio.filter(|_| best).map(|ratio| format!(" ({})", format::ratio(ratio))).unwrap_or_default();
        out.push(format!("{}{ratio}", format::metric(category.metric, *value)));
    }
    out
}
