//! Phase by phase: how many are complete, what each came to, and which have no results yet.

use std::fmt::Write as _;

use super::cells::{called, cell, row, table};
use super::page::FindingsPage;
use crate::findings::matchup::ContestantMatchup;
use crate::findings::plan::PlanPart;
use speed_kings_catalog::Phase;
use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;

impl FindingsPage<'_> {
    /// How many phases are complete: of the plan where that is what was run, and of a catalogue of one's own.
    pub(super) fn complete(&self) -> String {
        let of = |part| self.findings.progress(self.catalog, part);
        let (done, all) = of(PlanPart::Own);
        let own = (all > 0).then(|| format!("{done} of {all} of a catalogue of one's own"));
        let planned = self.findings.is_of_plan(self.catalog).then(|| {
            let ((done, all), (more, beyond)) = (of(PlanPart::Planned), of(PlanPart::Beyond));
            format!("**{done} of {all}** planned, {more} of {beyond} beyond the plan")
        });
        let parts: Vec<String> = [planned, own].into_iter().flatten().collect();
        if parts.is_empty() { String::new() } else { format!("Phases complete: {}.\n\n", parts.join(", ")) }
    }

    pub(super) fn phases(&self) -> String {
        let header = ["phase", "contestants", "model", "pairs", "failed", "output speed", "TTFT", "total time", "from"];
        let mut table = table(&header);
        let (mut any, mut without) = (false, Vec::new());
        for phase in &self.catalog.phases {
            match self.findings.matchups.iter().find(|matchup| matchup.is_phase(phase)) {
                Some(matchup) => {
                    any = true;
                    row(&mut table, &self.phase(phase, matchup));
                }
                None if self.findings.is_expected(self.catalog, phase) => without.push(phase.id.as_str()),
                None => {}
            }
        }
        let mut out = "## Phase by phase\n\n".to_owned();
        if any {
            let _ = writeln!(out, "A factor over 1 is in favour of the first contestant.\n\n{table}");
        }
        if !without.is_empty() {
            let _ = writeln!(out, "No results yet: {}.\n", cell(&without.join(", ")));
        } else if !any {
            out.push_str("None of the results is of a phase.\n\n");
        }
        out
    }

    fn phase(&self, phase: &Phase, matchup: &ContestantMatchup) -> Vec<String> {
        let model = self.catalog.model(&phase.model).map_or(phase.model.clone(), |model| model.name.clone());
        let mut cells = vec![phase.id.clone(), phase.title(self.catalog), model];
        cells.extend([matchup.pairs().to_string(), matchup.failed.to_string()]);
        // The file may have the contestants the other way round.
        let turned = !phase.contestants.first().is_some_and(|first| first.eq_ignore_ascii_case(&matchup.first));
        cells.extend([Metric::OutputSpeed, Metric::Ttft, Metric::Total].map(|metric| {
            let lead = matchup.lead_by_days(metric).map(|lead| if turned { lead.turned() } else { lead });
            lead.map_or_else(|| format::ABSENT.to_owned(), |lead| called(&lead))
        }));
        let unfair = self.unfair(matchup.evidence.iter().copied());
        let weight = if unfair.is_empty() { String::new() } else { format!("; provisional: {}", unfair.join(", ")) };
        cells.push(self.sources(&matchup.evidence.iter().copied().collect()) + &weight);
        cells
    }
}
