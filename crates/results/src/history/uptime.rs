//! How often a watch found a contestant up, by the hour of the day and by the day of the week, UTC.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use speed_kings_core::date;
use speed_kings_core::stats::bounds::share_bounds;
use speed_kings_core::stats::interval::ConfidenceInterval;

/// In how many of all cases each end of an interval is wrong at most: both together are the 5 % that a 95 % interval leaves.
const ERROR: f64 = 0.025;

/// How many probes there were, and how many brought figures.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct UptimeCount {
    /// Probes of it that ended well and with text.
    pub up: usize,
    /// Probes, those that failed among them.
    pub all: usize,
}

impl UptimeCount {
    /// Counts one probe, which found it up or didn't.
    fn add(&mut self, up: bool) {
        self.up += usize::from(up);
        self.all += 1;
    }

    /// The same with those of `other`.
    fn with(self, other: Self) -> Self {
        Self { up: self.up + other.up, all: self.all + other.all }
    }

    /// The share of probes that found it up, with its 95 % interval; nothing without a probe.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "nobody makes 2^52 probes")]
    pub fn share(self) -> Option<(f64, ConfidenceInterval)> {
        (self.all > 0).then(|| (self.up as f64 / self.all as f64, share_bounds(self.up, self.all, ERROR)))
    }
}

/// One contestant in logs of watches.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct UptimeSeries {
    /// What people call it.
    pub name: String,
    /// The provider's id in the catalogue.
    #[serde(default)]
    pub provider: String,
    /// Its model's id on the wire.
    pub model: String,
    /// Host and port, where it is not the provider's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Its figures say nothing about the provider.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub simulated: bool,
    /// The first probe and the last.
    pub span: Option<(Timestamp, Timestamp)>,
    /// By the hour of the day, from 0 to 23, UTC.
    pub hours: BTreeMap<i8, UptimeCount>,
    /// By the day of the week, from 1, Monday, to 7.
    pub weekdays: BTreeMap<i8, UptimeCount>,
    /// By the day, UTC.
    #[serde(default)]
    pub days: BTreeMap<String, UptimeCount>,
}

impl UptimeSeries {
    /// Its name, with SIM ahead where it was simulated.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{}{}", if self.simulated { "SIM " } else { "" }, self.name)
    }

    /// All of its probes.
    #[must_use]
    pub fn total(&self) -> UptimeCount {
        self.hours.values().fold(UptimeCount::default(), |sum, hour| sum.with(*hour))
    }

    /// Counts one probe, which found it up or didn't.
    pub(crate) fn add(&mut self, at: Timestamp, up: bool) {
        self.days.entry(date::day(at)).or_default().add(up);
        let zoned = at.to_zoned(TimeZone::UTC);
        self.hours.entry(zoned.hour()).or_default().add(up);
        self.weekdays.entry(zoned.weekday().to_monday_one_offset()).or_default().add(up);
        let (first, last) = self.span.unwrap_or((at, at));
        self.span = Some((first.min(at), last.max(at)));
    }

    /// The same with the probes of `other`, which is of the same contestant.
    fn join(&mut self, other: &Self) {
        for (own, others) in [(&mut self.hours, &other.hours), (&mut self.weekdays, &other.weekdays)] {
            for (key, count) in others {
                let sum = own.entry(*key).or_default();
                *sum = sum.with(*count);
            }
        }
        for (day, count) in &other.days {
            let sum = self.days.entry(day.clone()).or_default();
            *sum = sum.with(*count);
        }
        let spans = self.span.into_iter().chain(other.span);
        self.span = spans.reduce(|(a, b), (c, d)| (a.min(c), b.max(d)));
    }

    /// The contestants of several logs, each once, by name. Where logs tell of the same time, they may tell of the same probes:
    /// they are read again by `text` of a log's name, and a probe counts once.
    #[must_use]
    pub fn joined<'a>(logs: impl IntoIterator<Item = (&'a str, &'a Self)>, text: impl Fn(&str) -> String) -> Vec<Self> {
        let mut by_key: BTreeMap<UptimeKey<'_>, Vec<(&str, &Self)>> = BTreeMap::new();
        for (log, one) in logs {
            by_key.entry(one.key()).or_default().push((log, one));
        }
        let joined = by_key.into_iter().filter_map(|(key, mut parts)| {
            parts.sort_by_key(|(_, one)| one.span);
            if parts.windows(2).any(|pair| matches!(pair, [(_, a), (_, b)] if a.overlaps(b))) {
                let texts: Vec<String> = parts.iter().map(|(log, _)| text(log)).collect();
                return of_logs(&texts).into_iter().find(|one| one.key() == key);
            }
            let mut parts = parts.into_iter().map(|(_, one)| one.clone());
            let first = parts.next()?;
            Some(parts.fold(first, |mut sum, one| {
                sum.join(&one);
                sum
            }))
        });
        joined.collect()
    }

    /// What makes a series: the name, the provider, the model, the endpoint, and whether it was simulated.
    fn key(&self) -> UptimeKey<'_> {
        (&self.name, &self.provider, &self.model, self.endpoint.as_deref(), self.simulated)
    }

    /// Whether `later`, which begins no sooner, begins before this one is over.
    fn overlaps(&self, later: &Self) -> bool {
        self.span.zip(later.span).is_some_and(|((_, end), (begin, _))| begin <= end)
    }
}

/// By what probes of one contestant are known.
type UptimeKey<'a> = (&'a str, &'a str, &'a str, Option<&'a str>, bool);

/// What is read of a line of a log.
#[derive(Clone, PartialEq, Debug, Deserialize)]
pub(crate) struct LoggedProbe {
    /// Lines without a version call it so.
    #[serde(alias = "at")]
    pub(crate) started_at: Timestamp,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) provider: String,
    #[serde(default)]
    pub(crate) model: String,
    #[serde(default)]
    pub(crate) same_as: Option<String>,
    #[serde(default)]
    pub(crate) endpoint: Option<String>,
    #[serde(default)]
    pub(crate) simulated: bool,
    pub(crate) ok: bool,
    /// Every line of a watch has it, and no other one does.
    #[serde(rename = "probes")]
    _probes: u64,
}

impl LoggedProbe {
    /// A contestant without a probe yet.
    pub(crate) fn series(&self) -> UptimeSeries {
        UptimeSeries {
            name: self.name.clone(),
            provider: self.provider.clone(),
            model: self.model.clone(),
            endpoint: self.endpoint.clone(),
            simulated: self.simulated,
            ..UptimeSeries::default()
        }
    }
}

/// The probes in a log of a watch; lines that are none of it are passed over.
pub(crate) fn probes(text: &str) -> impl Iterator<Item = LoggedProbe> {
    text.lines().filter_map(|line| serde_json::from_str(line).ok())
}

/// Whether a text is a log of a watch, be its lines whole or not.
pub(super) fn is_log(text: &str) -> bool {
    text.lines().any(|line| line.starts_with('{') && line.contains("\"probes\":"))
}

/// The contestants in logs of watches. A probe counts once, however often they have it.
pub(super) fn of_logs(texts: &[impl AsRef<str>]) -> Vec<UptimeSeries> {
    let mut all: Vec<UptimeSeries> = Vec::new();
    let mut seen: BTreeSet<(usize, Timestamp)> = BTreeSet::new();
    for probe in texts.iter().flat_map(|text| probes(text.as_ref())) {
        let new = probe.series();
        let place = all.iter().position(|one| one.key() == new.key()).unwrap_or_else(|| {
            all.push(new);
            all.len() - 1
        });
        if let Some(one) = all.get_mut(place).filter(|_| seen.insert((place, probe.started_at))) {
            one.add(probe.started_at, probe.ok);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(at: &str, ok: bool) -> String {
        format!(r#"{{"version":1,"started_at":"{at}","name":"Groq","model":"m","ok":{ok},"probes":1,"tomorrow":[]}}"#)
    }

    #[test]
    fn probes_are_counted_by_hour_and_weekday() {
        // 2026-11-30 is a Monday.
        let log = [
            line("2026-11-30T06:10:00Z", true),
            line("2026-11-30T06:50:00Z", false),
            "{\"half a li".to_owned(),
            line("2026-12-06T23:00:00Z", true),
        ];
        let all = of_logs(&[log.join("\n")]);
        let [one] = all.as_slice() else { panic!("{all:?}") };
        assert_eq!(one.hours, [(6, UptimeCount { up: 1, all: 2 }), (23, UptimeCount { up: 1, all: 1 })].into());
        assert_eq!(one.weekdays, [(1, UptimeCount { up: 1, all: 2 }), (7, UptimeCount { up: 1, all: 1 })].into());
        assert_eq!(one.total(), UptimeCount { up: 2, all: 3 });
        let days = [("2026-11-30", 1, 2), ("2026-12-06", 1, 1)];
        assert_eq!(one.days, days.map(|(day, up, all)| (day.to_owned(), UptimeCount { up, all })).into());
        let unread = |_: &str| panic!("logs of different times are not read again");
        let later = of_logs(&[line("2026-12-07T06:00:00Z", true), line("2026-12-07T06:00:00Z", true)]);
        assert_eq!(later[0].total().all, 1, "a log that is in a log twice");
        let both = UptimeSeries::joined([("b", &later[0]), ("a", one)], unread);
        assert_eq!((both.len(), both[0].total()), (1, UptimeCount { up: 3, all: 4 }));
        assert_eq!((both[0].days.len(), both[0].weekdays[&1].all), (3, 3));
        assert_eq!(both[0].span, one.span.zip(later[0].span).map(|((from, _), (_, to))| (from, to)));
        // One name at two places is two.
        let mut elsewhere = one.clone();
        elsewhere.endpoint = Some("10.0.0.5:80".into());
        assert_eq!(UptimeSeries::joined([("a", one), ("b", &elsewhere)], unread).len(), 2);
    }

    #[test]
    fn probes_that_several_logs_have_count_once() {
        let lines: Vec<String> = (0..6).map(|hour| line(&format!("2026-11-30T0{hour}:00:00Z"), hour != 2)).collect();
        let texts = [lines.join("\n"), lines[..4].join("\n"), lines[4..].join("\n")];
        let logs: Vec<UptimeSeries> = texts.iter().map(|text| of_logs(&[text]).remove(0)).collect();
        let text = |log: &str| texts[log.parse::<usize>().unwrap()].clone();
        for chosen in [&["0"][..], &["0", "0"], &["1", "2"], &["2", "0"], &["0", "1", "2"]] {
            let parts = chosen.iter().map(|log| (*log, &logs[log.parse::<usize>().unwrap()]));
            assert_eq!(UptimeSeries::joined(parts, text), [logs[0].clone()], "{chosen:?}");
        }
    }

    #[test]
    fn a_share_has_its_interval() {
        let (share, within) = UptimeCount { up: 99, all: 100 }.share().unwrap();
        assert!((share - 0.99).abs() < 1e-9 && within.low > 0.94 && within.low < 0.95 && within.high > 0.999);
        assert_eq!(UptimeCount::default().share(), None);
        assert!((UptimeCount { up: 5, all: 5 }.share().unwrap().1.high - 1.0).abs() < 1e-12);
    }
}
