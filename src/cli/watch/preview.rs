//! What a watch will do and take, said before anything is sent.

use std::time::Duration;

use crate::bench::estimate::{CostEstimate, sum_usd};
use crate::cli::args::WatchArgs;
use crate::config::ResolvedRace;
use crate::date;
use crate::format;
use crate::text::printable;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What it will do and take.
pub(super) fn preview(resolved: &ResolvedRace, args: &WatchArgs, output: u32) -> String {
    let setup = &resolved.setup;
    let every = date::span_text(args.every);
    let rounds = args.rounds.map_or_else(
        || "until it is stopped".to_owned(),
        |rounds| match rounds {
            1 => "once".to_owned(),
            rounds => format!("{rounds} times"),
        },
    );
    let costs = setup.contestants.iter().map(|contestant| {
        let cost = CostEstimate::for_contestant(&setup.prompt.text, output, 1, contestant).cost_usd;
        if contestant.simulated { Some(0.0) } else { cost }
    });
    let cost = match sum_usd(costs) {
        _ if setup.simulated() => "SIM: nothing is spent".to_owned(),
        Some(0.0) => "nothing of it costs money".to_owned(),
        Some(usd) => {
            let daily = usd * DAY.as_secs_f64() / args.every.as_secs_f64();
            let most = format::usd(Some(args.max_cost));
            let all = args.rounds.map_or((daily, "a day"), |rounds| (f64::from(rounds) * usd, "in all"));
            let (usd, (sum, span)) = (format::usd(Some(usd)), all);
            format!("about {usd} a round, {} {span}; it ends at {most}", format::usd(Some(sum)))
        }
        None => "what it costs is not known: a price is missing".to_owned(),
    };
    format!(
        "watching {} every {every}, {rounds} · prompt {} · {cost}",
        printable(&setup.title()),
        printable(&setup.prompt.name)
    )
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::catalog::Catalog;
    use crate::cli::args::{Cli, CliCommand};
    use crate::config::{self, ProcessEnv};

    fn told(flags: &str) -> String {
        let typed = ["speed-kings", "watch"].into_iter().chain(flags.split_whitespace());
        let Some(CliCommand::Watch(args)) = Cli::try_parse_from(typed).unwrap().command else { panic!("no watch") };
        let catalog = Catalog::builtin().unwrap();
        let key = |name: &str| match name {
            "GROQ_API_KEY" | "CEREBRAS_API_KEY" => Some("key0value".to_owned()),
            "CEREBRAS_BASE_URL" => Some("http://192.0.2.7:9/v1".to_owned()),
            _ => None,
        };
        preview(&config::plan(&catalog, &ProcessEnv(&key), &args.options()).unwrap(), &args, 100)
    }

    #[test]
    fn what_is_local_costs_nothing() {
        let local = told("--providers a=http://127.0.0.1:9/v1,exec:cat");
        assert!(local.contains("nothing of it costs money"), "{local}");
        let mixed = told("--providers a=http://127.0.0.1:9/v1,groq --model gpt-oss-120b");
        assert!(mixed.contains("a round") && mixed.contains("a day"), "{mixed}");
        let unknown = told("--providers cerebras,groq --model gpt-oss-120b");
        assert!(unknown.contains("a price is missing"), "{unknown}");
        assert!(told("--phase A1 --sim").contains("SIM: nothing is spent"));
    }
}
