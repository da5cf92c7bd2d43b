//! The tables of the offers: what speed costs, and what was claimed.

use super::cells::{row, speed, table};
use super::page::FindingsPage;
use crate::findings::matchup::on_days;
use crate::findings::money::TokenMix;
use crate::findings::price_performance::{PricePerformance, share};
use speed_kings_catalog::Price;
use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;

/// Speed beside cost, as a table with a row for each offer.
pub(super) fn market(page: &FindingsPage<'_>) -> String {
    let offers = &page.findings.offers;
    let header = [
        "model",
        "provider",
        "prompt",
        "good runs",
        "output speed",
        "TTFT",
        "USD per million tokens",
        "token mix",
        "price",
        "choice",
    ];
    let mut table = table(&header);
    for offer in offers {
        row(&mut table, &market_row(page, offer));
    }
    let says = "A choice is an offer that nobody with the same model is shown to beat in speed at no higher cost. \
            The tokens are those of prompt and answer as they were used, priced anew at the newest dated price that is known.";
    format!("## Speed beside cost\n\n{says}\n\n{table}\n")
}

/// Claims beside what was measured.
pub(super) fn claims(page: &FindingsPage<'_>) -> String {
    let mut table = table(&["model", "provider", "published", "by", "measured", "good runs", "measured ÷ published"]);
    for offer in &page.findings.offers {
        for claim in &offer.claims {
            let share = share(offer, claim.tok_s);
            let share = share
                .map(|(ratio, interval)| format!("{} {}", format::factor(ratio, interval), on_days(offer.days.len())));
            row(
                &mut table,
                &[
                    offer.model.clone(),
                    offer.provider.clone(),
                    speed(Some(claim.tok_s)),
                    format!("{}, {}", claim.source, claim.as_of),
                    speed(offer.tok_s),
                    runs(page, offer),
                    share.unwrap_or_else(|| format::ABSENT.into()),
                ],
            );
        }
    }
    format!("## Claimed and measured\n\n{table}\n")
}

/// `$0.59 in, $0.79 out, price of 2026-07-24`.
pub(super) fn price(price: &Price) -> String {
    let cached = price.cached.map(|usd| format!(", {} cached", format::price(usd))).unwrap_or_default();
    let (input, output) = (format::price(price.input), format::price(price.output));
    format!("{input} in{cached}, {output} out, price of {}", price.as_of)
}

fn market_row(page: &FindingsPage<'_>, offer: &PricePerformance) -> [String; 10] {
    [
        offer.model.clone(),
        offer.provider.clone(),
        offer.asked.name.clone(),
        runs(page, offer),
        speed(offer.tok_s),
        format::metric(Metric::Ttft, offer.ttft_ms),
        format::usd(offer.usd_per_million),
        offer.mix.map_or_else(|| format::ABSENT.into(), TokenMix::words),
        offer.price.as_ref().map_or_else(|| format::ABSENT.into(), price),
        match offer.undominated {
            Some(true) => "yes".into(),
            Some(false) => String::new(),
            None if offer.not_alike.is_some() => "tokens not counted alike".into(),
            None if offer.usd_per_million.is_none() => "no price".into(),
            None if offer.speeds.is_empty() => "no output speed".into(),
            None => "too few runs".into(),
        },
    ]
}

/// How many good runs, and whether some of them are old.
fn runs(page: &FindingsPage<'_>, offer: &PricePerformance) -> String {
    let mut files = offer.evidence.iter().filter_map(|number| page.findings.evidence.get(*number));
    let stale = if files.any(|file| page.findings.is_stale(file)) { " (stale)" } else { "" };
    let unfair = page.unfair(offer.evidence.iter().copied());
    let provisional = if unfair.is_empty() { "" } else { " (provisional)" };
    format!("{}{stale}{provisional}", offer.runs)
}
