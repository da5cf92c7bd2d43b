//! Several results beside each other: a line for each contestant of each file, and who stands where over all of them.

use std::collections::BTreeMap;

use crate::benchmark_report::document::{LeadRecord, OverallRecord, PlaceRecord, StandingsRecord};
use crate::benchmark_report::{BenchmarkReport, ReportBlock, ReportTable, shown};
use crate::findings::evidence::{EvidenceFile, QuestionKey, once};
use crate::findings::matchup::{ContestantMatchup, matchups, on_days};
use crate::findings::ranking::{ModelRanking, RankedPlace, of_providers};
use speed_kings_catalog::Catalog;
use speed_kings_core::date;
use speed_kings_core::format::{self, counted};
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::stats::meta::FactorEstimate;

/// The metrics that are shown.
const SHOWN: [Metric; 4] = [Metric::Total, Metric::Ttft, Metric::OutputSpeed, Metric::Cost];

/// The medians of every contestant of every file.
#[must_use]
pub fn table(reports: &[BenchmarkReport]) -> ReportTable {
    let mut header = ["begun", "phase", "prompt", "contestant", "model", "good runs"].map(str::to_owned).to_vec();
    header.extend(SHOWN.map(|metric| metric.title().to_owned()));
    let rows = reports.iter().flat_map(|report| {
        let saved = &report.saved;
        let begun = saved.started_at.map_or_else(|| format::ABSENT.to_owned(), date::to_minute);
        let load = if saved.concurrency() > 1 { format!(" ×{}", saved.concurrency()) } else { String::new() };
        saved.lanes.iter().zip(&report.analysis.lanes).map(move |(lane, told)| {
            let sim = if lane.identity.simulated { "SIM " } else { "" };
            let mut row = vec![
                begun.clone(),
                saved.phase.clone().unwrap_or_default(),
                format!("{}{load}", saved.prompt.name),
                format!("{sim}{}", lane.identity.name),
                lane.identity.model.clone(),
                format!("{} of {}", told.good, told.good + told.failed()),
            ];
            row.extend(SHOWN.map(|metric| shown(told, metric, told.metric(metric).map(|told| told.median))));
            row
        })
    });
    ReportTable { rows: rows.collect(), header, right_from: 5, left_from: usize::MAX }
}

/// Who stands where on one model with one question, over several files.
#[derive(Clone, PartialEq, Debug)]
pub struct OverallRanking {
    /// The model, as people call it.
    pub model: String,
    /// The question that all of these comparisons asked.
    pub asked: QuestionKey,
    /// Some of it was simulated.
    pub simulated: bool,
    /// By total time; those who were never compared with each other stand apart.
    pub standings: Vec<ModelRanking>,
}

/// All models and questions that at least two of `reports` are about. Runs of one round of one file are pairs; load runs count
/// for nothing here, and a run counts once however many of them hold it.
#[must_use]
pub fn overall(catalog: &Catalog, reports: &[BenchmarkReport]) -> Vec<OverallRanking> {
    let single = reports.iter().filter(|report| report.saved.concurrency() == 1);
    let evidence = single.map(|report| EvidenceFile::of_saved(catalog, &report.title(), &report.saved)).collect();
    let mut groups: BTreeMap<QuestionKey, Vec<EvidenceFile>> = BTreeMap::new();
    for evidence in once(evidence).0 {
        groups.entry(evidence.asked.clone()).or_default().push(evidence);
    }
    let mut all = Vec::new();
    for (asked, evidence) in groups {
        let matchups = matchups(catalog, &evidence);
        let mut models: Vec<&str> = matchups.iter().map(|matchup| matchup.model.as_str()).collect();
        models.sort_unstable();
        models.dedup();
        for model in models {
            let of_model: Vec<ContestantMatchup> =
                matchups.iter().filter(|matchup| matchup.model == model).cloned().collect();
            let mut standings = of_providers(&of_model, Metric::Total);
            standings.retain(|part| part.evidence.len() > 1);
            if !standings.is_empty() {
                let name = catalog.model(model).map_or(model, |model| model.name.as_str()).to_owned();
                let simulated = evidence.iter().any(EvidenceFile::is_simulated);
                all.push(OverallRanking { model: name, asked: asked.clone(), simulated, standings });
            }
        }
    }
    all
}

impl OverallRanking {
    /// As sentences and tables.
    #[must_use]
    pub fn blocks(&self) -> Vec<ReportBlock> {
        let sim = if self.simulated { "SIM " } else { "" };
        let part = |part: &ModelRanking| {
            let from = counted(part.comparisons, "comparison", "comparisons");
            let said = format!(
                "{sim}{}, prompt {}, by total time from {from} ({} in {}, {}); who can't be told apart shares a \
                 place.{}",
                self.model,
                self.asked.name,
                counted(part.pairs, "pair", "pairs"),
                counted(part.evidence.len(), "file", "files"),
                on_days(part.days),
                part.in_circles(),
            );
            [ReportBlock::Text(said), ReportBlock::Table(places(part))]
        };
        self.standings.iter().flat_map(part).collect()
    }

    /// The ranking for scripts.
    #[must_use]
    pub fn record(&self) -> OverallRecord {
        let lead =
            |lead: &FactorEstimate| LeadRecord { ratio: lead.ratio, interval: [lead.interval.low, lead.interval.high] };
        let place = |of: &RankedPlace| PlaceRecord {
            rank: of.rank,
            name: of.name.clone(),
            behind: of.behind.as_ref().map(lead),
        };
        let part = |part: &ModelRanking| StandingsRecord {
            comparisons: part.comparisons,
            pairs: part.pairs,
            files: part.evidence.len(),
            days: part.days,
            circles: part.circles.clone(),
            places: part.places.iter().map(place).collect(),
        };
        OverallRecord {
            model: self.model.clone(),
            prompt: self.asked.name.clone(),
            max_tokens: self.asked.max_tokens,
            metric: Metric::Total.as_str().to_owned(),
            simulated: self.simulated,
            parts: self.standings.iter().map(part).collect(),
        }
    }
}

/// Places with how far each is behind the first.
fn places(standings: &ModelRanking) -> ReportTable {
    let rows = standings.places.iter().map(|of| vec![of.place(), of.name.clone(), of.is_behind()]);
    let header = ["place", "who", "behind the first"].map(str::to_owned).to_vec();
    ReportTable { header, rows: rows.collect(), right_from: usize::MAX, left_from: usize::MAX }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchmark_report::tests::report;

    #[test]
    fn every_contestant_of_every_file_has_a_line() {
        let report_table = table(&[report(), report()]);
        assert_eq!(report_table.rows.len(), 4);
        assert_eq!(report_table.rows[1][3..7], ["B", "llama-test", "5 of 6", "201.0 ms"]);
        assert!(report_table.rows.iter().all(|row| row.len() == report_table.header.len()));
    }

    #[test]
    fn files_are_ranked_together_question_by_question() {
        let catalog = Catalog::builtin().unwrap();
        let (mut a, mut b, mut c) = (report(), report(), report());
        for report in [&mut a, &mut b, &mut c] {
            report.saved.lanes[1].runs = report.saved.lanes[1].runs[..5].to_vec();
            // The fixture's runs all begin at one moment, as no real ones do.
            report.saved.lanes.iter_mut().flat_map(|lane| &mut lane.runs).for_each(|run| run.started_at = None);
        }
        b.saved.started_at = date::moment("2026-03-01T00:00:00Z");
        c.saved.prompt.text = "another".into();
        assert_eq!(overall(&catalog, &[a.clone(), a.clone()]), [], "the same twice is no more than once");
        assert_eq!(overall(&catalog, &[a.clone(), c.clone()]), [], "two questions are two things");
        let found = overall(&catalog, &[a, b, c]);
        assert_eq!((found.len(), found[0].standings.len()), (1, 1));
        let part = &found[0].record().parts[0];
        assert_eq!((part.pairs, part.places[0].name.as_str()), (10, "A"));
        assert!(part.places[1].behind.as_ref().unwrap().ratio > 1.9);
        let ReportBlock::Text(said) = &found[0].blocks()[0] else { panic!("no text") };
        assert!(said.contains("10 pairs in 2 files"), "{said}");
    }
}
