//! The tables of places and of sizes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::cells::{called, cell, row, table};
use super::page::FindingsPage;
use crate::findings::matchup::{ContestantMatchup, on_days};
use crate::findings::ranking::ModelRanking;
use speed_kings_core::format::{self, counted};
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::stats::days::FEWEST_DAYS;
use speed_kings_core::time::Rate;

impl FindingsPage<'_> {
    /// Who stands where, as a section with a table for each group that can be compared.
    pub(super) fn standings(&self, title: &str, standings: &[ModelRanking]) -> String {
        let mut out = format!("## {title} by output speed\n\n");
        if standings.is_empty() {
            out.push_str("No comparison with enough pairs yet.\n");
        }
        for (index, part) in standings.iter().enumerate() {
            if index > 0 {
                out.push_str("\nNever compared with those above:\n\n");
            }
            let mut table = table(&["place", "who", "behind the first"]);
            for of in &part.places {
                row(&mut table, &[of.place(), of.name.clone(), of.is_behind()]);
            }
            let from = counted(part.comparisons, "comparison", "comparisons");
            let unfair = self.unfair(part.evidence.iter().copied());
            let weight = if unfair.is_empty() {
                String::new()
            } else {
                format!(" Provisional; broken badges: {}.", unfair.join(", "))
            };
            let _ = write!(
                out,
                "{table}\nFrom {from}, direct and roundabout, {} (n = {} pairs; {}). Whoever can't be told from those before \
                 shares their place.{}{weight}\n",
                on_days(part.days),
                part.pairs,
                self.sources(&part.evidence),
                cell(&part.in_circles()),
            );
        }
        out.push('\n');
        out
    }

    /// The leads of those who met on models of several sizes, size by size.
    pub(super) fn scale(&self) -> String {
        let mut blocks: BTreeMap<[&str; 2], Vec<&ContestantMatchup>> = BTreeMap::new();
        for matchup in self.findings.matchups.iter().filter(|matchup| matchup.billions.is_some()) {
            let mut ids = [matchup.first.as_str(), matchup.second.as_str()];
            ids.sort_unstable();
            blocks.entry(ids).or_default().push(matchup);
        }
        let mut rows = table(&["contestants", "model", "parameters", "pairs", "output speed", "TTFT"]);
        let mut any = false;
        for mut of in blocks.into_values().filter(|of| of.len() > 1) {
            of.sort_by(|a, b| a.billions.partial_cmp(&b.billions).unwrap_or(std::cmp::Ordering::Equal));
            let Some(first) = of.first().map(|matchup| matchup.first.clone()) else { continue };
            for matchup in of {
                any = true;
                let turned = matchup.first != first;
                let [a, b] = if turned {
                    [&matchup.names[1], &matchup.names[0]]
                } else {
                    [&matchup.names[0], &matchup.names[1]]
                };
                let lead = |metric: Metric| {
                    let lead = matchup.lead_by_days(metric).map(|lead| if turned { lead.turned() } else { lead });
                    lead.map_or_else(|| format::ABSENT.to_owned(), |lead| called(&lead))
                };
                let model =
                    self.catalog.model(&matchup.model).map_or(matchup.model.clone(), |model| model.name.clone());
                let size = matchup.billions.map_or_else(String::new, |billions| format!("{billions} B"));
                let cells = [format!("{a} vs {b}"), model, size, matchup.pairs().to_string()];
                row(&mut rows, &[cells.as_slice(), &[lead(Metric::OutputSpeed), lead(Metric::Ttft)]].concat());
            }
        }
        let told = if any { rows } else { "Nobody has met on models of two sizes yet.\n".to_owned() };
        format!("## Scale effects\n\nThe lead of the first contestant, size by size.\n\n{told}\n")
    }

    /// How each provider's speed goes with the size of its models.
    pub(super) fn scaling(&self) -> String {
        let mut out = "## Speed by model size\n\n".to_owned();
        if self.findings.scaling.is_empty() {
            return out + "Nobody was measured on models of two sizes on one day yet.\n\n";
        }
        let mut rows = table(&["provider", "prompt", "models, tok/s", "exponent", "95 % interval", "measured"]);
        for one in &self.findings.scaling {
            let models = one.models.iter().map(|(name, billions, tok_s)| {
                format!("{name} ({billions} B) {}", format::rate(Some(Rate::per_second(*tok_s))))
            });
            let interval = one.interval.map_or_else(
                || format::ABSENT.to_owned(),
                |interval| format!("{:.2} to {:.2}", interval.low, interval.high),
            );
            let days =
                if one.is_over_days() { on_days(one.days) } else { format!("{}, provisional", on_days(one.days)) };
            let cells = [
                one.name.clone(),
                one.prompt.clone(),
                models.collect::<Vec<_>>().join(", "),
                format!("{:.2}", one.exponent),
                interval,
                days,
            ];
            row(&mut rows, &cells);
        }
        out.push_str(&rows);
        let _ = write!(
            out,
            "\nOutput speed goes with the parameters of the model to the power of the exponent: -1 is half the speed at twice the \
             size. From {FEWEST_DAYS} days on the interval is Student's t over days; before that it is that of the sizes, if there \
             are three, and speaks for those days alone. Of mixtures of experts all parameters count.\n\n"
        );
        out
    }
}
