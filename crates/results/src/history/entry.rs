//! What the index says of one file: who ran what, and the figure of each run.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::uptime::UptimeSeries;
use speed_kings_core::race::verdict::Metric;
use speed_kings_session::bench::saved::{BenchmarkFile, LaneResult};

/// One file of results, without its texts.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// Its path below the folder of results.
    pub file: String,
    /// Its size in bytes and when it was changed, in ns since 1970: while both are the same, so is what is in it.
    pub stamp: (u64, i64),
    /// When it was begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun: Option<Timestamp>,
    /// What all of them were asked.
    #[serde(default, skip_serializing_if = "HistoryWorkload::is_nothing")]
    pub workload: HistoryWorkload,
    /// Who ran; empty for a file that is no benchmark.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lanes: Vec<HistoryLane>,
    /// Who was watched, in a log of a watch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub watched: Vec<UptimeSeries>,
}

/// What was asked, and how: figures of different workloads are not of the same thing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
pub struct HistoryWorkload {
    /// The phase of the catalogue; empty without one.
    #[serde(default)]
    pub phase: String,
    /// The prompt's name in the catalogue.
    #[serde(default)]
    pub prompt: String,
    /// The prompt's length in characters: two of one name that differ are two.
    #[serde(default)]
    pub characters: usize,
    /// The output cap in tokens.
    #[serde(default)]
    pub cap: Option<u32>,
    /// Requests at a time.
    #[serde(default)]
    pub at_once: u32,
    /// Whether reasoning was switched off.
    #[serde(default)]
    pub no_reasoning: bool,
}

/// One contestant in a file.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct HistoryLane {
    /// What people call it.
    pub name: String,
    /// Its model's id on the wire.
    pub model: String,
    /// Host and port, where it is not the provider's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Its figures say nothing about the provider.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub simulated: bool,
    /// Runs that brought no figures.
    #[serde(default)]
    pub failed: usize,
    /// The figure of each round by the metric's name in files, in the metric's unit.
    pub figures: BTreeMap<String, Vec<f64>>,
}

impl HistoryWorkload {
    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// `A1 · medium · at most 500 tokens · 4 at a time`, as far as there is something to say.
    #[must_use]
    pub fn words(&self) -> String {
        let phase = Some(self.phase.clone()).filter(|phase| !phase.is_empty());
        let load = (self.at_once > 1).then(|| format!("{} at a time", self.at_once));
        let cap = self.cap.map(|cap| format!("at most {cap} tokens"));
        let reasoning = self.no_reasoning.then(|| "no reasoning".to_owned());
        let parts = [phase, Some(self.prompt.clone()), cap, load, reasoning];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }
}

impl HistoryEntry {
    /// What is in the results at `file`, which were changed at `stamp`.
    #[must_use]
    pub fn of(file: String, stamp: (u64, i64), saved: &BenchmarkFile) -> Self {
        let workload = HistoryWorkload {
            phase: saved.phase.clone().unwrap_or_default(),
            prompt: saved.prompt.name.clone(),
            characters: saved.prompt.text.chars().count(),
            cap: saved.settings.asked.max_tokens,
            at_once: saved.concurrency(),
            no_reasoning: saved.settings.asked.reasoning.is_some(),
        };
        let lanes = saved.lanes.iter().map(HistoryLane::of).collect();
        Self { file, stamp, begun: saved.started_at, workload, lanes, watched: Vec::new() }
    }
}

impl HistoryLane {
    fn of(lane: &LaneResult) -> Self {
        let figures = Metric::ALL.into_iter().filter(|metric| *metric != Metric::Stalls).filter_map(|metric| {
            let values: Vec<f64> = lane.by_round(metric).into_values().collect();
            (!values.is_empty()).then(|| (metric.as_str().to_owned(), values))
        });
        Self {
            name: lane.identity.name.clone(),
            model: lane.identity.model.clone(),
            endpoint: lane.identity.endpoint.clone(),
            simulated: lane.identity.simulated,
            failed: lane.runs.iter().filter(|run| !run.figures.ok).count(),
            figures: figures.collect(),
        }
    }
}
