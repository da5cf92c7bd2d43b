//! A decision as people and scripts read it.

use serde_json::{Value, json};

use super::change::{DecisionChange, NextMeasurement, changes, next};
use super::claim::{self, RouterClaim};
use super::fit::{DecisionAsk, OfferDecision, OfferFit};
use crate::benchmark_report::{ReportBlock, ReportTable};
use crate::findings::matchup::on_days;
use crate::findings::watched::WatchedOffer;
use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::stats::{median, quantile};

/// What was asked, in words.
fn asked(ask: &DecisionAsk) -> String {
    let cached = (ask.cached_share > 0.0).then(|| format!(" ({} of them cached)", format::share(ask.cached_share)));
    let mut parts = vec![format!(
        "{} prompt tokens{} and {} output tokens a month",
        format::amount(ask.tokens_in),
        cached.unwrap_or_default(),
        format::amount(ask.tokens_out)
    )];
    if ask.batch_share > 0.0 {
        parts.push(format!("{} of them in batches", format::share(ask.batch_share)));
    }
    parts.extend(ask.slo.as_ref().map(|slo| format!("95 of 100 requests with {slo}")));
    parts.extend(ask.availability.map(|share| format!("{} of requests answered", format::percent(share))));
    parts.extend(ask.budget.map(|budget| format!("at most {} a month", format::usd(Some(budget)))));
    parts.join(", ")
}

/// The answer in a sentence.
#[must_use]
pub fn headline(decisions: &[OfferDecision]) -> String {
    let fits = |one: &&OfferDecision| one.fit <= OfferFit::Likely;
    match decisions.iter().find(fits) {
        None if decisions.is_empty() => "Nothing was measured that could be chosen.".into(),
        None => "Nothing that was measured fits.".into(),
        Some(first) => {
            let weight = if first.fit == OfferFit::Likely { "Provisionally: " } else { "" };
            let sim = if first.simulated { "SIM " } else { "" };
            let usd = first.usd.map_or_else(
                || "at a price that is not known".to_owned(),
                |usd| format!("{} a month", format::usd(Some(usd))),
            );
            let others: Vec<&OfferDecision> = decisions.iter().filter(fits).skip(1).collect();
            let others = also_fit(&others);
            format!("{weight}{sim}{} for {}, {usd}; {others}.", first.offer.provider, first.offer.model)
        }
    }
}

/// How many others fit, and what is known of their prices: the first costs the least of those that have one.
fn also_fit(others: &[&OfferDecision]) -> String {
    let fit = |count: usize| format!("{count} more {}", if count == 1 { "fits" } else { "fit" });
    let priced = others.iter().filter(|one| one.usd.is_some()).count();
    let cost = if priced == 1 { "costs" } else { "cost" };
    match (priced, others.len() - priced) {
        (0, 0) => "nothing else fits".to_owned(),
        (priced, 0) => format!("{} and {cost} as much or more", fit(priced)),
        (0, unpriced) => {
            let price = if unpriced == 1 { "a price that is" } else { "prices that are" };
            format!("{}, at {price} not known", fit(unpriced))
        }
        (priced, unpriced) => {
            let all = priced + unpriced;
            format!("{}: {priced} {cost} as much or more, and the price of {unpriced} is not known", fit(all))
        }
    }
}

/// The decision in pieces of a report.
#[must_use]
pub fn blocks(decisions: &[OfferDecision], ask: &DecisionAsk, claims: &[RouterClaim]) -> Vec<ReportBlock> {
    let mut blocks = vec![
        ReportBlock::Text(headline(decisions)),
        ReportBlock::Text(format!("Asked: {}.", asked(ask))),
        ReportBlock::Table(table(decisions, ask)),
    ];
    let changes: Vec<String> = changes(decisions, ask).iter().map(|change| said(change, decisions)).collect();
    if !changes.is_empty() {
        blocks.push(ReportBlock::Title("What would change the answer".into()));
        blocks.push(ReportBlock::Notes(changes));
    }
    if let Some(next) = next(decisions, ask) {
        blocks.push(ReportBlock::Title("What to measure next".into()));
        blocks.push(ReportBlock::Notes(vec![to_measure(&next, ask)]));
    }
    blocks.extend(claim::blocks(claims, decisions));
    blocks.push(ReportBlock::Title("How to read it".into()));
    blocks.push(ReportBlock::Notes(vec![
        "costs are at the newest dated price that is known, given beside them; discounts by contract are not in them".into(),
        batch_note(ask),
        "shares have their 95 % interval (Clopper and Pearson); \"likely\" is what was measured so far, \"shown\" is what its interval bears out".into(),
        "\"up\" is by the logs of watches among the results, each probe once; probes of one outage are not independent, so that over few \
         days the interval is narrower than what is known; without a log, what benchmarks were answered counts"
            .into(),
    ]));
    blocks
}

/// How batches were counted.
fn batch_note(ask: &DecisionAsk) -> String {
    if ask.batch_share > 0.0 {
        "what is taken off for batches is the catalogue's, with its date and source; where none is known the price is the usual one; \
         tokens out of a cache keep the lower of both prices unless a source says that the discounts add up"
            .into()
    } else {
        "discounts for batches are not in them; --batch-share counts those that the catalogue knows".into()
    }
}

fn to_measure(next: &NextMeasurement, ask: &DecisionAsk) -> String {
    let (name, requests) = (&next.name, next.requests);
    let usd = next.usd.map_or_else(String::new, |usd| format!(", for about {}", format::usd(Some(usd))));
    let guess = if next.is_guessed { " (results keep no path: /v1 is taken to be where its API begins)" } else { "" };
    let how =
        |again: &str| next.command.as_ref().map_or_else(|| again.to_owned(), |command| format!("{command}{guess}"));
    match ask.availability.filter(|_| next.watch) {
        Some(share) => format!(
            "{name}: {requests} probes show whether {} of requests are answered: {}",
            format::percent(share),
            how("watch it as it was measured")
        ),
        None => format!(
            "{name}: {requests} requests{usd} show whether 95 of 100 keep to the objective: {}",
            how("ask it what it was asked, as it was asked")
        ),
    }
}

const fn word(fit: OfferFit, objective: bool) -> &'static str {
    match fit {
        OfferFit::Shown if !objective => "fits",
        OfferFit::Shown => "fits, shown",
        OfferFit::Likely => "fits, likely",
        OfferFit::Unknown => "not known",
        OfferFit::TooDear => "over the budget",
        OfferFit::Misses => "misses what is asked",
    }
}

fn table(decisions: &[OfferDecision], ask: &DecisionAsk) -> ReportTable {
    let mut header = vec!["fit", "provider", "model", "a month", "price"];
    if ask.batch_share > 0.0 {
        header.push("batches");
    }
    if ask.slo.is_some() {
        header.push("keeps to it");
    }
    header.extend(["output speed", "TTFT median", "p95", "answered", "measured", "up, by watches"]);
    let row = |one: &OfferDecision| {
        let sim = if one.simulated { "SIM " } else { "" };
        let price = one.offer.price.as_ref().map_or_else(
            || if one.usd == Some(0.0) { "runs at home".to_owned() } else { format::ABSENT.to_owned() },
            |price| format!("{} in, {} out, {}", format::price(price.input), format::price(price.output), price.as_of),
        );
        let share = |some: usize, all: usize, low: f64, high: f64| {
            if all == 0 {
                return format::ABSENT.to_owned();
            }
            #[expect(clippy::cast_precision_loss, reason = "nobody makes 2^52 requests")]
            let share = some as f64 / all as f64;
            format!("{} ({} to {}) of {all}", format::percent(share), format::percent(low), format::percent(high))
        };
        let mut row = vec![
            word(one.fit, ask.slo.is_some() || ask.availability.is_some()).to_owned(),
            format!("{sim}{}", one.offer.provider),
            one.offer.model.clone(),
            format::usd(one.usd),
            price,
        ];
        if ask.batch_share > 0.0 {
            row.push(one.offer.batch.as_ref().map_or_else(
                || format::ABSENT.to_owned(),
                |batch| format!("−{}, {}, {}", format::percent(batch.off), batch.source, batch.as_of),
            ));
        }
        if ask.slo.is_some() {
            let within = one.met_within();
            row.push(share(one.met.0, one.met.1, within.low, within.high));
        }
        let answered = one.answered_within();
        row.extend([
            format::metric(Metric::OutputSpeed, one.offer.tok_s),
            format::metric(Metric::Ttft, median(one.ttfts.iter().copied())),
            format::metric(Metric::Ttft, quantile(&one.ttfts, 0.95).filter(|_| one.ttfts.len() >= 20)),
            share(one.requests.0 - one.requests.1, one.requests.0, answered.low, answered.high),
            on_days(one.offer.days.len()),
            one.watched.as_ref().map_or_else(|| format::ABSENT.to_owned(), WatchedOffer::words),
        ]);
        row
    };
    let rows = decisions.iter().map(row).collect();
    ReportTable { header: header.into_iter().map(str::to_owned).collect(), rows, right_from: 3, left_from: 4 }
}

fn said(change: &DecisionChange, decisions: &[OfferDecision]) -> String {
    let first = decisions.first().map_or("", |one| one.offer.provider.as_str());
    match change {
        DecisionChange::Growth(factor) => {
            format!("from {} these tokens on, {first} costs more than the budget", format::ratio(*factor))
        }
        DecisionChange::Price { next, factor } => {
            format!(
                "{next} is next: it is the cheaper one once {first} costs {} what it does now",
                format::ratio(*factor)
            )
        }
        DecisionChange::Mix { next, output_share, more } => {
            let side = if *more { "more" } else { "less" };
            format!("{next} is the cheaper one with {side} than {} of output tokens", format::share(*output_share))
        }
        DecisionChange::Objective { name, ttft_ms } => {
            let ms = format::metric(Metric::Ttft, Some(*ttft_ms));
            format!("{name} costs less, and 95 of 100 of its requests had their first text within {ms}")
        }
    }
}

/// How often watches found an offer up, for scripts.
fn watched(watched: &WatchedOffer) -> Value {
    let total = watched.uptime.total();
    let within = total.share().map(|(_, within)| [within.low, within.high]);
    json!({"up": total.up, "of": total.all, "interval": within, "days": watched.uptime.days.len()})
}

/// The decision as one document.
#[must_use]
pub fn record(decisions: &[OfferDecision], ask: &DecisionAsk, claims: &[RouterClaim]) -> Value {
    let one = |one: &OfferDecision| {
        let (met, answered) = (one.met_within(), one.answered_within());
        json!({
            "fit": match one.fit {
                OfferFit::Shown => "shown",
                OfferFit::Likely => "likely",
                OfferFit::Unknown => "unknown",
                OfferFit::TooDear => "over_budget",
                OfferFit::Misses => "misses",
            },
            "provider": one.offer.id.0,
            "name": one.offer.provider,
            "model": one.offer.id.1,
            "simulated": one.simulated,
            "usd_month": one.usd,
            "price": one.offer.price.as_ref().map(|price| json!({
                "input": price.input, "output": price.output, "cached": price.cached, "as_of": price.as_of, "source": price.source,
            })),
            "slo": ask.slo.as_ref().map(|_| json!({"met": one.met.0, "of": one.met.1, "interval": [met.low, met.high]})),
            "output_tok_s": one.offer.tok_s,
            "ttft_ms": median(one.ttfts.iter().copied()),
            "batch": one.offer.batch.as_ref().filter(|_| ask.batch_share > 0.0).map(|batch| json!({
                "off": batch.off, "cached": batch.cached, "as_of": batch.as_of, "source": batch.source,
            })),
            "watched": one.watched.as_ref().map(watched),
            "answered": json!({"of": one.requests.0, "failed": one.requests.1, "interval": [answered.low, answered.high]}),
            "days": one.offer.days.len(),
        })
    };
    json!({
        "version": 1,
        "asked": {
            "tokens_in": ask.tokens_in,
            "tokens_out": ask.tokens_out,
            "cached_share": ask.cached_share,
            "batch_share": ask.batch_share,
            "availability": ask.availability,
            "slo": ask.slo.as_ref().map(ToString::to_string),
            "budget_usd": ask.budget,
        },
        "answer": headline(decisions),
        "offers": decisions.iter().map(one).collect::<Vec<Value>>(),
        "claims": claim::record(claims),
        "would_change": changes(decisions, ask).iter().map(|change| said(change, decisions)).collect::<Vec<String>>(),
        "next": next(decisions, ask).map(|next| json!({
            "provider": next.provider, "command": next.command, "watch": next.watch, "requests": next.requests, "usd": next.usd,
        })),
    })
}
