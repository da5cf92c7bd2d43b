//! One file of results with what it comes to, and the metrics that are shown of it.

use speed_kings_core::race::verdict::Metric;
use speed_kings_session::bench::analysis::{LaneStatistics, ResultsAnalysis};
use speed_kings_session::bench::saved::BenchmarkFile;

/// The metrics that are compared, in the order of the tables.
pub(super) const SHOWN: [Metric; 7] =
    [Metric::Total, Metric::Ttft, Metric::Ttfa, Metric::OutputSpeed, Metric::EndToEnd, Metric::GapsP95, Metric::Cost];

/// One file's results with what they come to.
#[derive(Clone, PartialEq, Debug)]
pub struct BenchmarkReport {
    /// The results as the file has them.
    pub saved: BenchmarkFile,
    /// What they come to.
    pub analysis: ResultsAnalysis,
}

impl BenchmarkReport {
    /// Analyses `saved`, resampled intervals included.
    #[must_use]
    pub fn new(saved: BenchmarkFile) -> Self {
        let analysis = ResultsAnalysis::of(&saved, true);
        Self { saved, analysis }
    }

    /// Analyses `saved` without the intervals that take resampling: for whoever looks often and has no use for them.
    #[must_use]
    pub fn without_resampling(saved: BenchmarkFile) -> Self {
        let analysis = ResultsAnalysis::of(&saved, false);
        Self { saved, analysis }
    }

    /// `SIM · A1 · Cerebras vs Groq · prompt long · 4 at a time`.
    #[must_use]
    pub fn title(&self) -> String {
        let saved = &self.saved;
        let sim = saved.simulated().then(|| "SIM".to_owned());
        let prompt = format!("prompt {}", saved.prompt.name);
        let load = (saved.concurrency() > 1).then(|| format!("load run, {} at a time", saved.concurrency()));
        let title = [sim, saved.phase.clone(), Some(saved.title()), Some(prompt), load];
        title.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    /// The name of contestant `lane`, or nothing where there is none.
    pub(super) fn name(&self, lane: usize) -> &str {
        self.saved.lanes.get(lane).map_or("", |lane| lane.identity.name.as_str())
    }
}

/// Whether its first token was always part of the answer, so that TTFA says nothing that TTFT doesn't.
pub(super) fn answers_at_once(told: &LaneStatistics) -> bool {
    told.metric(Metric::Ttfa) == told.metric(Metric::Ttft)
}
