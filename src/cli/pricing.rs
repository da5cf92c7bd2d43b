//! The dated prices with their sources, and what a run of each phase costs at each prompt size.
//! Costs are estimates from the tokens that an answer usually takes.

use serde_json::{Map, Value, json};

use crate::bench::estimate::{CostEstimate, sum_usd};
use crate::catalog::{Catalog, ModelOffer, Phase, Price, Provider};
use crate::cli::args::{ListForm, PricingArgs};
use crate::cli::context::CommandContext;
use crate::cli::error::CliError;
use crate::cli::exit::ExitStatus;
use crate::cli::table::TextTable;
use crate::format;

/// Prints prices and costs.
///
/// # Errors
/// When the phase is not known, or stdout can't be written.
pub(super) fn run(context: &CommandContext<'_>, args: &PricingArgs) -> Result<ExitStatus, CliError> {
    let catalog = context.catalog()?;
    let phases: Vec<&Phase> = match &args.phase {
        Some(id) => vec![catalog.phase(id)?],
        None => catalog.phases.iter().collect(),
    };
    let offers = match phases.as_slice() {
        [only] if args.phase.is_some() => contestants(catalog, only),
        _ => catalog.providers.iter().flat_map(|one| one.offers.iter().map(move |offer| (one, offer))).collect(),
    };
    context.out.print(&match args.list.output {
        ListForm::Table => table(catalog, &offers, &phases, context.out.columns()),
        ListForm::Json => format!("{}\n", document(catalog, &offers, &phases)),
    })?;
    Ok(ExitStatus::Done)
}

type PricedOffers<'a> = Vec<(&'a Provider, &'a ModelOffer)>;

fn contestants<'a>(catalog: &'a Catalog, phase: &Phase) -> PricedOffers<'a> {
    let providers = phase.contestants.iter().filter_map(|id| catalog.provider(id).ok());
    providers.filter_map(|provider| Some((provider, provider.offer(&phase.model)?))).collect()
}

/// What one run of every contestant costs, by prompt size; nothing where a price is not known.
fn costs<'a>(catalog: &'a Catalog, phase: &Phase) -> Vec<(&'a str, Option<f64>)> {
    let contestants = contestants(catalog, phase);
    let all_there = contestants.len() == phase.contestants.len();
    let cost = |prompt| {
        let each = contestants.iter().map(|(_, offer)| CostEstimate::once(prompt, offer.price.as_ref()).cost_usd);
        sum_usd(each).filter(|_| all_there)
    };
    catalog.prompts.iter().map(|prompt| (prompt.id.as_str(), cost(prompt))).collect()
}

fn table(catalog: &Catalog, offers: &PricedOffers<'_>, phases: &[&Phase], columns: Option<usize>) -> String {
    let mut prices =
        TextTable::new(&["provider", "model", "input", "output", "cached", "as of", "source", "batches"]).right(2..=4);
    for (provider, offer) in offers {
        let usd = |of: fn(&Price) -> Option<f64>| {
            let price = offer.price.as_ref().and_then(of);
            price.map_or_else(|| format::ABSENT.into(), format::price)
        };
        let text = |of: fn(&Price) -> &str| offer.price.as_ref().map(of).unwrap_or_default().to_owned();
        let model = offer.id.clone();
        let model = if offer.retired.is_some() { format!("{model} (retired)") } else { model };
        prices.row([
            provider.id.clone(),
            model,
            usd(|price| Some(price.input)),
            usd(|price| Some(price.output)),
            usd(|price| price.cached),
            text(|price| &price.as_of),
            text(|price| &price.source),
            batch(provider, offer),
        ]);
    }
    let sizes = catalog.prompts.iter().map(|prompt| prompt.id.as_str());
    let header: Vec<&str> = ["phase", "contestants", "model"].into_iter().chain(sizes).collect();
    let mut runs = TextTable::new(&header).right(3..header.len());
    for phase in phases {
        let named = [phase.id.clone(), phase.title(catalog), phase.model.clone()];
        runs.row(named.into_iter().chain(costs(catalog, phase).into_iter().map(|(_, usd)| format::usd(usd))));
    }
    format!(
        "USD per million tokens\n{}\nEstimated cost of one run of each contestant, by prompt size\n{}",
        prices.fitted(columns),
        runs.fitted(columns)
    )
}

/// What is taken off for batches: `−50 %, 2026-05-08, groq.com/pricing`.
fn batch(provider: &Provider, offer: &ModelOffer) -> String {
    let batch = provider.batch_for(&offer.model);
    batch.map_or_else(String::new, |batch| {
        format!("−{}, {}, {}", format::whole_percent(batch.off), batch.as_of, batch.source)
    })
}

fn document(catalog: &Catalog, offers: &PricedOffers<'_>, phases: &[&Phase]) -> Value {
    let prices = offers.iter().map(|(provider, offer)| {
        let price = offer.price.as_ref();
        json!({
            "provider": provider.id,
            "model": offer.model,
            "id": offer.id,
            "input_usd_per_million": price.map(|price| price.input),
            "output_usd_per_million": price.map(|price| price.output),
            "cached_usd_per_million": price.and_then(|price| price.cached),
            "as_of": price.map(|price| &price.as_of),
            "source": price.map(|price| &price.source),
            "batch": provider.batch_for(&offer.model).map(|batch| json!({
                "off": batch.off,
                "cached": batch.cached,
                "as_of": batch.as_of,
                "source": batch.source,
            })),
            "retired": offer.retired,
        })
    });
    let phases = phases.iter().map(|phase| {
        let run: Map<String, Value> =
            costs(catalog, phase).into_iter().map(|(size, usd)| (size.to_owned(), json!(usd))).collect();
        json!({
            "phase": phase.id,
            "contestants": phase.contestants,
            "model": phase.model,
            "run_usd": run,
            "planned_usd": phase.cost_usd,
        })
    });
    json!({ "prices": prices.collect::<Value>(), "phases": phases.collect::<Value>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phase_costs_what_both_contestants_do() {
        let catalog = Catalog::builtin().unwrap();
        let a1 = catalog.phase("A1").unwrap();
        let offers = contestants(&catalog, a1);
        assert_eq!(offers.iter().map(|(provider, _)| provider.id.as_str()).collect::<Vec<_>>(), ["cerebras", "groq"]);
        let short = catalog.prompt("short").unwrap();
        let each = offers.iter().map(|(_, offer)| CostEstimate::once(short, offer.price.as_ref()).cost_usd.unwrap());
        let costs = costs(&catalog, a1);
        let (size, both) = costs[0];
        assert_eq!(size, "short");
        assert!((both.unwrap() - each.sum::<f64>()).abs() < 1e-15);
        assert!(costs[2].1 > costs[1].1 && costs[1].1 > costs[0].1, "{costs:?}");
    }

    #[test]
    fn an_unknown_price_is_not_free() {
        let mut catalog = Catalog::builtin().unwrap();
        let groq = catalog.providers.iter_mut().find(|provider| provider.id == "groq").unwrap();
        groq.offers.iter_mut().for_each(|offer| offer.price = None);
        let a1 = catalog.phase("A1").unwrap();
        assert!(costs(&catalog, a1).iter().all(|(_, usd)| usd.is_none()));
        let document = document(&catalog, &contestants(&catalog, a1), &[a1]);
        assert!(document["prices"][1]["input_usd_per_million"].is_null());
        assert!(document["phases"][0]["run_usd"]["short"].is_null());
    }
}
