//! How often offers were up, by the logs of watches among the results. A probe counts once, however many logs hold it.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;

use super::evidence::{collect, name_of, who};
use super::model::LaneModel;
use crate::history::{UptimeSeries, probes};
use speed_kings_catalog::Catalog;
use speed_kings_core::format;
use speed_kings_system::input;

/// One offer in the logs of watches.
#[derive(Clone, PartialEq, Debug)]
pub struct WatchedOffer {
    /// The provider's id and the model, as the offers have them.
    pub id: (String, String),
    /// What people call the provider.
    pub provider: String,
    /// The model, as people call it where the catalogue knows it.
    pub model: String,
    /// All probes of it in the logs.
    pub uptime: UptimeSeries,
}

impl WatchedOffer {
    /// `99.2 % (97.9 % to 99.8 %) of 500 probes on 3 days`.
    #[must_use]
    pub fn words(&self) -> String {
        let total = self.uptime.total();
        let Some((share, within)) = total.share() else { return format::ABSENT.to_owned() };
        let days = self.uptime.days.len();
        let (days, probes) = (format::counted(days, "day", "days"), format::counted(total.all, "probe", "probes"));
        let (low, high) = (format::percent(within.low), format::percent(within.high));
        format!("{} ({low} to {high}) of {probes} on {days}", format::percent(share))
    }

    /// The hour of the day (UTC) in which it was up least often, once it was looked at on so many days.
    #[must_use]
    pub fn worst_hour(&self, fewest_days: usize) -> Option<(i8, f64)> {
        let hours = self.uptime.hours.iter().filter_map(|(hour, count)| Some((*hour, count.share()?.0)));
        let worst = hours.min_by(|(_, a), (_, b)| a.total_cmp(b))?;
        (self.uptime.days.len() >= fewest_days && worst.1 < 1.0).then_some(worst)
    }
}

/// All offers in logs of watches under `dir`, those of simulations as well where `simulated`.
#[must_use]
pub fn read(catalog: &Catalog, dir: &Path, simulated: bool) -> Vec<WatchedOffer> {
    let mut paths = Vec::new();
    collect(dir, &|path| path.extension().is_some_and(|ending| ending == "jsonl"), &mut paths);
    paths.sort();
    let texts = paths.iter().filter_map(|path| input::read_text(path, input::LARGEST_RESULT).ok());
    of_logs(catalog, texts, simulated)
}

/// All offers in these logs.
fn of_logs(catalog: &Catalog, logs: impl Iterator<Item = String>, simulated: bool) -> Vec<WatchedOffer> {
    let mut all: Vec<WatchedOffer> = Vec::new();
    let mut seen: BTreeSet<(usize, Timestamp)> = BTreeSet::new();
    for text in logs {
        for probe in probes(&text).filter(|probe| simulated || !probe.simulated) {
            let asked = LaneModel {
                phase: None,
                provider: &probe.provider,
                name: &probe.name,
                model: &probe.model,
                same_as: probe.same_as.as_deref(),
            };
            let provider = who(catalog, &probe.provider, &probe.name, probe.endpoint.as_deref());
            let id = (provider, asked.verified(catalog, &[]).model);
            let place = all.iter().position(|offer| offer.id == id && offer.uptime.simulated == probe.simulated);
            let place = place.unwrap_or_else(|| {
                let model = catalog.model(&id.1).map_or_else(|_| id.1.clone(), |model| model.name.clone());
                let provider = name_of(catalog, &id.0, &probe.name);
                all.push(WatchedOffer { id: id.clone(), provider, model, uptime: probe.series() });
                all.len() - 1
            });
            if let Some(offer) = all.get_mut(place).filter(|_| seen.insert((place, probe.started_at))) {
                offer.uptime.add(probe.started_at, probe.ok);
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A probe of Groq on its usual model on a day of December, at this hour.
    fn line(day: u8, hour: u8, ok: bool, more: &str) -> String {
        format!(
            r#"{{"version":1,"started_at":"2026-12-{day:02}T{hour:02}:00:00Z","name":"Groq","provider":"groq","model":"llama-3.1-8b-instant","ok":{ok},"probes":1{more}}}"#
        )
    }

    fn read(logs: &[&[String]], simulated: bool) -> Vec<WatchedOffer> {
        of_logs(&Catalog::builtin().unwrap(), logs.iter().map(|lines| lines.join("\n")), simulated)
    }

    #[test]
    fn a_probe_counts_once_and_for_whom_it_was() {
        let lines = [line(1, 6, true, ""), line(1, 7, false, ""), line(2, 6, true, ""), "{\"half".to_owned()];
        let elsewhere = [line(1, 6, false, r#","endpoint":"10.0.0.5:8000""#), line(1, 6, true, r#","simulated":true"#)];
        let all = read(&[&lines, &elsewhere, &lines[..2]], false);
        let told: Vec<(&str, String)> = all.iter().map(|one| (one.id.0.as_str(), one.words())).collect();
        assert_eq!(
            told,
            [
                ("groq", "66.7 % (9.43 % to 99.2 %) of 3 probes on 2 days".to_owned()),
                ("Groq @ 10.0.0.5:8000", "0.00 % (0.00 % to 97.5 %) of 1 probe on 1 day".to_owned()),
            ]
        );
        assert_eq!((all[0].id.1.as_str(), all[0].provider.as_str()), ("llama-3.1-8b", "Groq"));
        assert_eq!(read(&[&elsewhere], true).len(), 2);
    }

    #[test]
    fn an_hour_is_named_only_after_enough_days() {
        let days = |days: std::ops::RangeInclusive<u8>| {
            let lines: Vec<String> =
                days.flat_map(|day| [line(day, 6, true, ""), line(day, 14, day != 2, "")]).collect();
            read(&[&lines], false).remove(0)
        };
        assert_eq!(days(1..=2).worst_hour(3), None);
        assert_eq!(days(1..=4).worst_hour(3), Some((14, 0.75)));
        assert_eq!(days(3..=6).worst_hour(3), None, "always up");
    }
}
