//! Two contestants on one model, with all runs that they made side by side, from whichever files.
//! Only runs that stand beside each other in one file are pairs: what the network did that day is in both. Another day and
//! another question are another comparison.

use super::evidence::{EvidenceFile, LaneEvidence, QuestionKey, RoundFigures, is_at_one_server, name_of};
use speed_kings_catalog::{Catalog, Hardware, Phase};
use speed_kings_core::race::setup::ANY_MODEL;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::stats::compare::{COMPUTED_LEVEL, Comparison, MIN_PAIRS};
use speed_kings_core::stats::days::{self, DayFactors, over_days, together_over_days};
use speed_kings_core::stats::meta::FactorEstimate;

/// Two contestants on one model.
#[derive(Clone, PartialEq, Debug)]
pub struct ContestantMatchup {
    /// The first one's provider id.
    pub first: String,
    /// The second one's provider id.
    pub second: String,
    /// What people call the two.
    pub names: [String; 2],
    /// The model of both, by the catalogue's id where it knows it.
    pub model: String,
    /// Parameters of the model in billions.
    pub billions: Option<f64>,
    /// What both run on, where the catalogue knows it.
    pub hardware: Option<(Hardware, Hardware)>,
    /// The rounds in which both brought figures, by what was asked and when.
    pub sessions: Vec<MatchupSession>,
    /// Runs of either that brought none.
    pub failed: usize,
    /// The evidence that it comes from, by number.
    pub evidence: Vec<usize>,
}

/// Runs of both that were asked the same on the same day: only they are of one kind.
#[derive(Clone, PartialEq, Debug)]
pub struct MatchupSession {
    /// The question that both were asked.
    pub asked: QuestionKey,
    /// The UTC day; nothing where no file says it.
    pub day: Option<String>,
    /// The rounds in which both brought figures.
    pub pairs: Vec<(RoundFigures, RoundFigures)>,
}

impl MatchupSession {
    fn lead(&self, metric: Metric) -> Option<Comparison> {
        let both = |(a, b): &(RoundFigures, RoundFigures)| a.figure(metric).zip(b.figure(metric));
        let pairs: Vec<(f64, f64)> = self.pairs.iter().filter_map(both).collect();
        let comparison = Comparison::judge(&pairs)?;
        Some(if metric.more_is_better() { comparison } else { comparison.turned() })
    }
}

impl ContestantMatchup {
    /// Whether it is the one that `phase` plans.
    #[must_use]
    pub fn is_phase(&self, phase: &Phase) -> bool {
        let two = phase.contestants.len() == 2 && phase.has(&self.first) && phase.has(&self.second);
        two && self.first != self.second && phase.model.eq_ignore_ascii_case(&self.model)
    }

    /// Whether a phase of this group plans it.
    #[must_use]
    pub fn is_of(&self, catalog: &Catalog, group: &str) -> bool {
        catalog.phases.iter().any(|phase| phase.group == group && self.is_phase(phase))
    }

    /// Rounds in which both brought figures.
    #[must_use]
    pub fn pairs(&self) -> usize {
        self.sessions.iter().map(|session| session.pairs.len()).sum()
    }

    /// By what factor the first is ahead in `metric`: faster, sooner, cheaper. Each day and each question is compared by
    /// itself, and what differs between them widens the interval. Nothing without a pair that has the figure.
    #[must_use]
    pub fn lead(&self, metric: Metric) -> Option<Comparison> {
        self.lead_by_days(metric).map(|lead| lead.comparison)
    }

    /// The same with the days that it was measured on.
    #[must_use]
    pub fn lead_by_days(&self, metric: Metric) -> Option<MeasuredLead> {
        let mut asked: Vec<&QuestionKey> = self.sessions.iter().map(|session| &session.asked).collect();
        asked.sort_unstable();
        asked.dedup();
        let leads: Vec<MeasuredLead> = asked.into_iter().filter_map(|asked| self.asked_lead(asked, metric)).collect();
        let (judged, few): (Vec<MeasuredLead>, Vec<MeasuredLead>) =
            leads.into_iter().partition(|lead| lead.comparison.interval.is_some());
        if judged.len() < 2 {
            return judged.into_iter().next().or_else(|| few.into_iter().max_by_key(|lead| lead.comparison.pairs));
        }
        let pairs = judged.iter().map(|lead| lead.comparison.pairs).sum();
        let comparison = together(&judged.iter().collect::<Vec<_>>())?;
        Some(MeasuredLead {
            comparison: Comparison::pooled(pairs, comparison.ratio, comparison.interval),
            series: judged.into_iter().flat_map(|lead| lead.series).collect(),
        })
    }

    /// The lead in one question: of a single day with the interval of that day, else with that of the days.
    fn asked_lead(&self, asked: &QuestionKey, metric: Metric) -> Option<MeasuredLead> {
        let of = || self.sessions.iter().filter(|session| session.asked == *asked);
        // Runs without a date may be of any day, and of one that is known.
        let dated = of().any(|session| session.day.is_some());
        let sessions: Vec<&MatchupSession> = of().filter(|session| session.day.is_some() == dated).collect();
        let day = |session: &MatchupSession| {
            Some((session.day.clone().unwrap_or_default(), session.lead(metric)?.ratio.ln()))
        };
        let days: DayFactors = sessions.iter().filter_map(|session| day(session)).collect();
        let all = MatchupSession {
            asked: asked.clone(),
            day: None,
            pairs: sessions.iter().flat_map(|session| session.pairs.iter().cloned()).collect(),
        };
        let alone = all.lead(metric)?;
        let over = over_days(&[(&days, 1.0)], COMPUTED_LEVEL).filter(|_| alone.pairs >= MIN_PAIRS);
        let comparison = over.map_or(alone, |over| Comparison::pooled(alone.pairs, over.ratio, over.interval));
        Some(MeasuredLead { comparison, series: vec![days] })
    }

    /// The same as seen by whichever side has its hardware in `of`, against the other with its in `over`.
    #[must_use]
    pub fn lead_of(&self, of: &[Hardware], over: &[Hardware], metric: Metric) -> Option<MeasuredLead> {
        let (first, second) = self.hardware?;
        if of.contains(&first) && over.contains(&second) {
            self.lead_by_days(metric)
        } else if of.contains(&second) && over.contains(&first) {
            self.lead_by_days(metric).map(MeasuredLead::turned)
        } else {
            None
        }
    }
}

/// By what factor one is ahead of another, and on which days that was measured.
#[derive(Clone, PartialEq, Debug)]
pub struct MeasuredLead {
    /// The factor, with the spread between the days in its interval; of one day the interval for that day.
    pub comparison: Comparison,
    /// What each day came to, question by question.
    pub series: Vec<DayFactors>,
}

impl MeasuredLead {
    /// The same seen from the second one's side.
    #[must_use]
    pub fn turned(self) -> Self {
        let turn = |days: DayFactors| days.into_iter().map(|(day, log)| (day, -log)).collect();
        Self { comparison: self.comparison.turned(), series: self.series.into_iter().map(turn).collect() }
    }

    /// On how many days it was measured; runs without a date are of one.
    #[must_use]
    pub fn days(&self) -> usize {
        days::count(&self.series)
    }
}

/// What `leads` say together, each of them once and each of their days once. Nothing on none with an interval.
#[must_use]
pub fn together(leads: &[&MeasuredLead]) -> Option<FactorEstimate> {
    let judged: Vec<&MeasuredLead> = leads.iter().copied().filter(|lead| lead.comparison.interval.is_some()).collect();
    let comparisons: Vec<Comparison> = judged.iter().map(|lead| lead.comparison).collect();
    together_over_days(&comparisons, &weighted(&judged))
}

/// The series of `leads`: each lead weighs the same, and so do its questions.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of comparisons are small")]
pub fn weighted<'a>(leads: &[&'a MeasuredLead]) -> Vec<(&'a DayFactors, f64)> {
    let series = |lead: &&'a MeasuredLead| {
        let weight = 1.0 / (leads.len() * lead.series.len()) as f64;
        lead.series.iter().map(move |days| (days, weight)).collect::<Vec<_>>()
    };
    leads.iter().flat_map(series).collect()
}

/// On how many days something was measured, in words.
#[must_use]
pub fn on_days(days: usize) -> String {
    match days {
        0 | 1 => "on one day".to_owned(),
        2 => "on two days".to_owned(),
        days => format!("on {days} days"),
    }
}

/// Everybody who ran beside somebody else on the same model, in the order of the evidence.
#[must_use]
pub fn matchups(catalog: &Catalog, evidence: &[EvidenceFile]) -> Vec<ContestantMatchup> {
    let mut matchups: Vec<ContestantMatchup> = Vec::new();
    for (number, file) in evidence.iter().enumerate() {
        for (index, a) in file.lanes.iter().enumerate() {
            for b in file.lanes.iter().skip(index + 1).filter(|b| are_two(a, b)) {
                let known = matchups.iter().position(|matchup| matchup.is_between(a, b));
                let place = known.unwrap_or_else(|| {
                    matchups.push(ContestantMatchup::new(catalog, a, b));
                    matchups.len() - 1
                });
                if let Some(matchup) = matchups.get_mut(place) {
                    matchup.take(number, file, a, b);
                }
            }
        }
    }
    matchups
}

/// Whether they can be held against each other: the same model of two providers, and not of one server. A model that
/// nobody named may be any.
fn are_two(a: &LaneEvidence, b: &LaneEvidence) -> bool {
    let one_server = a.endpoint.is_some() && is_at_one_server(a, b);
    a.model == b.model && a.model != ANY_MODEL && a.provider != b.provider && !one_server
}

impl ContestantMatchup {
    fn new(catalog: &Catalog, a: &LaneEvidence, b: &LaneEvidence) -> Self {
        let hardware = |id: &str| catalog.provider(id).map(|provider| provider.hardware).ok();
        Self {
            first: a.provider.clone(),
            second: b.provider.clone(),
            names: [a, b].map(|lane| name_of(catalog, &lane.provider, &lane.name)),
            model: a.model.clone(),
            billions: catalog.model(&a.model).ok().and_then(|model| model.billions),
            hardware: hardware(&a.provider).zip(hardware(&b.provider)),
            sessions: Vec::new(),
            failed: 0,
            evidence: Vec::new(),
        }
    }

    fn is_between(&self, a: &LaneEvidence, b: &LaneEvidence) -> bool {
        let names = [self.first.as_str(), self.second.as_str()];
        self.model == a.model && (names == [&a.provider, &b.provider] || names == [&b.provider, &a.provider])
    }

    fn take(&mut self, number: usize, file: &EvidenceFile, a: &LaneEvidence, b: &LaneEvidence) {
        let (a, b) = if a.provider == self.first { (a, b) } else { (b, a) };
        self.evidence.push(number);
        self.failed += a.failed + b.failed;
        // A file that was gone on with on another day is two comparisons, and a pair across the days is none.
        let beside =
            |of_a: &RoundFigures| b.rounds.iter().find(|of_b| of_b.number == of_a.number && of_b.day == of_a.day);
        for of_a in &a.rounds {
            let Some(of_b) = beside(of_a) else { continue };
            let day = of_a.day.clone().or_else(|| file.day());
            let pair = (of_a.clone(), of_b.clone());
            match self.sessions.iter_mut().find(|session| session.asked == file.asked && session.day == day) {
                Some(session) => session.pairs.push(pair),
                None => self.sessions.push(MatchupSession { asked: file.asked.clone(), day, pairs: vec![pair] }),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(text: &str, day: &str, ratio: f64, pairs: u32) -> MatchupSession {
        let round = |number: u32, tok_s: f64| RoundFigures {
            number,
            figures: vec![(Metric::OutputSpeed, tok_s)],
            ..RoundFigures::default()
        };
        let noise = |number: u32| 1.0 + f64::from(number * 7 % 5) / 500.0;
        MatchupSession {
            asked: QuestionKey { text: text.into(), ..QuestionKey::default() },
            day: Some(day.into()),
            pairs: (0..pairs).map(|n| (round(n, 100.0 * ratio * noise(n)), round(n, 100.0 * noise(n + 2)))).collect(),
        }
    }

    fn matchup(sessions: Vec<MatchupSession>) -> ContestantMatchup {
        let name = |name: &str| name.to_owned();
        ContestantMatchup {
            first: name("a"),
            second: name("b"),
            names: [name("A"), name("B")],
            model: name("m"),
            billions: None,
            hardware: None,
            sessions,
            failed: 0,
            evidence: Vec::new(),
        }
    }

    #[test]
    fn days_and_questions_that_contradict_each_other_claim_nothing() {
        let lead = |sessions| matchup(sessions).lead(Metric::OutputSpeed).unwrap();
        assert!(lead(vec![session("x", "1", 1.2, 20)]).is_claim());
        let days = lead(vec![session("x", "1", 1.2, 20), session("x", "2", 0.9, 6)]);
        assert!(!days.is_claim() && days.pairs == 26, "twenty pairs of one day don't outvote another day: {days:?}");
        assert!(!lead(vec![session("x", "1", 0.8, 9), session("y", "1", 1.3, 9)]).is_claim());
        let agreeing = (1..=4).map(|day| session("x", &day.to_string(), 1.2 + f64::from(day) / 500.0, 8)).collect();
        assert!(lead(agreeing).is_claim());
    }

    #[test]
    fn single_races_of_many_days_are_a_sample_together() {
        let days = |count: u32| {
            (0..count).map(|day| session("x", &day.to_string(), 1.2 + f64::from(day) / 100.0, 1)).collect()
        };
        assert_eq!(matchup(days(4)).lead(Metric::OutputSpeed).unwrap().interval, None);
        assert!(matchup(days(6)).lead(Metric::OutputSpeed).unwrap().is_claim());
    }
}
