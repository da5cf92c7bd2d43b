//! The tables of the offers: what speed costs, and what was claimed.

use super::{row, speed, table};
use crate::figure;
use crate::findings::market::Offer;
use crate::race::verdict::Metric;

/// Speed beside cost.
pub(super) fn market(offers: &[Offer]) -> String {
    let header = ["model", "provider", "good runs", "output speed", "TTFT", "USD per million tokens", "choice"];
    let mut table = table(&header);
    for offer in offers {
        row(&mut table, &market_row(offer));
    }
    let says = "A choice is an offer that nobody with the same model is shown to beat in speed at no higher cost. \
            The tokens are those of prompt and answer as they were used.";
    format!("## Speed beside cost\n\n{says}\n\n{table}\n")
}

/// Claims beside what was measured.
pub(super) fn claims(offers: &[Offer]) -> String {
    let mut table = table(&["model", "provider", "claimed", "by", "measured", "measured ÷ claimed"]);
    for offer in offers {
        for claim in &offer.claims {
            let share = offer.tok_s.map(|tok_s| format!("{:.2}", tok_s / claim.tok_s));
            row(
                &mut table,
                &[
                    offer.model.clone(),
                    offer.provider.clone(),
                    speed(Some(claim.tok_s)),
                    format!("{}, {}", claim.source, claim.as_of),
                    speed(offer.tok_s),
                    share.unwrap_or_else(|| figure::ABSENT.into()),
                ],
            );
        }
    }
    format!("## Claimed and measured\n\n{table}\n")
}

fn market_row(offer: &Offer) -> [String; 7] {
    [
        offer.model.clone(),
        offer.provider.clone(),
        offer.runs.to_string(),
        speed(offer.tok_s),
        figure::metric(Metric::Ttft, offer.ttft_ms),
        figure::usd(offer.usd_per_million),
        match offer.undominated {
            Some(true) => "yes".into(),
            Some(false) => String::new(),
            None if offer.usd_per_million.is_none() => "no price".into(),
            None => "too few runs".into(),
        },
    ]
}
