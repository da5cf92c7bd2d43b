//! The table of how often offers were up, by the logs of watches.

use super::cells::{row, table};
use super::page::FindingsPage;
use crate::findings::watched::WatchedOffer;
use crate::history::UptimeSeries;
use speed_kings_core::date;
use speed_kings_core::format;
use speed_kings_core::stats::days::FEWEST_DAYS;

/// How often each offer was up; nothing where nothing was watched.
pub(super) fn availability(page: &FindingsPage<'_>) -> String {
    if page.findings.watched.is_empty() {
        return String::new();
    }
    let mut table =
        table(&["model", "provider", "probes", "days", "up", "95 % interval", "from", "to", "least often at"]);
    for offer in &page.findings.watched {
        row(&mut table, &cells(offer));
    }
    let says = format!(
        "Probes of `speed-kings watch` that brought figures, of all that were made, with the interval of Clopper and Pearson. \
         Probes of one outage are not independent: over few days the interval is narrower than what is known. An hour (UTC) is \
         named from {FEWEST_DAYS} days on."
    );
    format!("## How often each was up\n\n{says}\n\n{table}\n")
}

fn cells(offer: &WatchedOffer) -> [String; 9] {
    let UptimeSeries { simulated, span, days, .. } = &offer.uptime;
    let total = offer.uptime.total();
    let sim = if *simulated { "SIM " } else { "" };
    let (share, within) = total.share().map_or_else(Default::default, |(share, within)| {
        (format::percent(share), format!("{} to {}", format::percent(within.low), format::percent(within.high)))
    });
    let day = |at: Option<jiff::Timestamp>| at.map(date::day).unwrap_or_default();
    let worst = offer.worst_hour(FEWEST_DAYS);
    [
        offer.model.clone(),
        format!("{sim}{}", offer.provider),
        total.all.to_string(),
        days.len().to_string(),
        share,
        within,
        day(span.map(|(from, _)| from)),
        day(span.map(|(_, to)| to)),
        worst.map_or_else(String::new, |(hour, share)| format!("{hour}:00, {}", format::percent(share))),
    ]
}
