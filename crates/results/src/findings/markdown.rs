//! The findings as a page of Markdown, tables and all, that reads well on a code host.
//! Where anything was simulated, every line says SIM.

mod cells;
mod offers;
mod page;
mod tables;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use self::cells::{called, cell, counted, day, number, row, speed, table};
use self::page::FindingsPage;
use super::answer::{ExpectationTally, HypothesisResult};
use super::evidence::name_of;
use super::matchup::{ContestantMatchup, on_days};
use super::money::{MonthlyUsage, TokenMix};
use super::price_performance::PricePerformance;
use super::recommend::{RecommendationGoal, against};
use super::{AnsweredQuestion, Findings};
use speed_kings_catalog::{Catalog, Phase};
use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::stats::compare::MIN_PAIRS;
use speed_kings_core::stats::days::FEWEST_DAYS;
use speed_kings_core::text::printable;
use speed_kings_core::time::Period;

/// Files that are named one by one behind an answer; beyond them only their number is told.
const NAMED: usize = 4;

/// The whole page in Markdown.
#[must_use]
pub fn page(catalog: &Catalog, findings: &Findings) -> String {
    let page = FindingsPage { catalog, findings };
    let parts = [
        page.head(),
        page.patterns(),
        page.questions(),
        page.phases(),
        page.scale(),
        page.scaling(),
        page.standings("Providers", &findings.providers),
        page.standings("Kinds of hardware", &findings.hardware),
        offers::market(&page),
        offers::claims(&page),
        page.files(),
    ];
    let text = parts.concat();
    if findings.is_simulated() { text.lines().map(stamped).collect() } else { text }
}

/// The verdict in words, with its exceptions in the same breath.
fn called_with(holds: HypothesisResult, tally: Option<&ExpectationTally>, yes: &str, no: &str) -> String {
    let all = match holds {
        HypothesisResult::Yes => yes,
        HypothesisResult::No => no,
        HypothesisResult::Mixed | HypothesisResult::Open => "mixed",
    };
    match tally {
        None => all.to_owned(),
        Some(tally) if tally.most == holds || holds == HypothesisResult::Mixed => tally.words(yes, no),
        Some(tally) => format!("{all}; {}", tally.words(yes, no)),
    }
}

/// A line that says that it was simulated.
fn stamped(line: &str) -> String {
    let marks = line.len() - line.trim_start_matches(['#', '-', '|', ' ']).len();
    let (mark, rest) = line.split_at(marks);
    if rest.is_empty() { format!("{line}\n") } else { format!("{mark}SIM {rest}\n") }
}

impl FindingsPage<'_> {
    fn head(&self) -> String {
        let findings = self.findings;
        let (done, all) = findings.progress(self.catalog, true);
        let (more, beyond) = findings.progress(self.catalog, false);
        let mut out = format!("# Findings\n\nMade {} by speed-kings {} ", day(Some(findings.options.now)), version());
        let _ = write!(out, "from {}. ", counted(findings.evidence.len(), "file", "files"));
        let _ = writeln!(out, "Phases complete: **{done} of {all}** planned, {more} of {beyond} beyond the plan.\n");
        out.push_str(
            "A factor says how many times faster, sooner or cheaper, with its 95 % interval, from paired runs. ",
        );
        let _ = writeln!(out, "Nothing is claimed from under {MIN_PAIRS} pairs, or when the interval spans the line.");
        let _ = writeln!(
            out,
            "A day is one sample, however many runs it holds: a figure of one day says so, with the interval for that day, \
             and no pattern is supported or refuted before {FEWEST_DAYS} days."
        );
        if findings.left_out > 0 {
            let left_out = counted(findings.left_out, "simulated file", "simulated files");
            let _ = writeln!(out, "{left_out} left out: what a simulator does says nothing about a provider.");
        }
        let _ = match &findings.own_error {
            Some(told) => writeln!(out, "The tool's own error: {}.", cell(told)),
            None => writeln!(out, "The tool's own error is not known here: `speed-kings calibrate` measures it."),
        };
        out.push('\n');
        out
    }

    fn patterns(&self) -> String {
        let mut out = "## The five expected patterns\n\n".replace("five", &number(self.findings.patterns.len()));
        for pattern in &self.findings.patterns {
            let verdict = match pattern.answer.holds {
                HypothesisResult::Open => "not enough evidence".to_owned(),
                holds => called_with(holds, pattern.answer.tally.as_ref(), "supported", "refuted"),
            };
            out.push_str(&self.answered(pattern, &verdict));
        }
        out.push('\n');
        out
    }

    fn questions(&self) -> String {
        let mut out = "## The questions of the groups\n\n".to_owned();
        let mut group = None;
        for question in &self.findings.questions {
            if group != question.group.as_ref() {
                let space = if group.is_some() { "\n" } else { "" };
                group = question.group.as_ref();
                let _ = writeln!(out, "{space}### {}\n", cell(group.map_or("", String::as_str)));
            }
            let tally = question.answer.tally.as_ref();
            let verdict = match question.answer.holds {
                HypothesisResult::Open => "open".to_owned(),
                HypothesisResult::Yes | HypothesisResult::No | HypothesisResult::Mixed if !question.asks_whether => {
                    tally.map_or_else(
                        || "answered".into(),
                        |tally| format!("answered; {}", tally.words("ahead", "behind")),
                    )
                }
                holds => called_with(holds, tally, "yes", "no"),
            };
            out.push_str(&self.answered(question, &verdict));
        }
        out.push('\n');
        out
    }

    fn answered(&self, answered: &AnsweredQuestion, verdict: &str) -> String {
        let answer = &answered.answer;
        let matchups = answer.matchups.iter().filter_map(|number| self.findings.matchups.get(*number));
        let matchups = matchups.collect::<Vec<_>>();
        let rests = self.rests_on(&matchups);
        let unfair = self.unfair(matchups.iter().flat_map(|matchup| matchup.evidence.iter().copied()));
        let (weight, why) = match unfair.as_slice() {
            [] => ("", String::new()),
            broken if answer.holds == HypothesisResult::Open => ("", format!("; broken badges: {}", broken.join(", "))),
            broken => (", provisional", format!("; broken badges: {}", broken.join(", "))),
        };
        format!("- {} **{verdict}{weight}**: {}{}{rests}\n", cell(&answered.question), cell(&answer.words), cell(&why))
    }

    /// How many pairs from when and which files.
    fn rests_on(&self, matchups: &[&ContestantMatchup]) -> String {
        if matchups.is_empty() {
            return String::new();
        }
        let pairs: usize = matchups.iter().map(|matchup| matchup.pairs()).sum();
        let numbers: BTreeSet<usize> = matchups.iter().flat_map(|matchup| matchup.evidence.iter().copied()).collect();
        format!(" (n = {pairs} pairs; {})", self.sources(&numbers))
    }

    fn sources(&self, numbers: &BTreeSet<usize>) -> String {
        let files: Vec<_> = numbers.iter().filter_map(|number| self.findings.evidence.get(*number)).collect();
        let dates: BTreeSet<String> = files.iter().map(|file| day(file.at)).collect();
        let dates = match (dates.first(), dates.last()) {
            (Some(first), Some(last)) if first != last => format!("{first} to {last}"),
            (Some(only), _) => only.clone(),
            _ => format::ABSENT.to_owned(),
        };
        let names: Vec<String> = files.iter().take(NAMED).map(|file| format!("`{}`", cell(&file.file))).collect();
        let more = files.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let stale = if files.iter().any(|file| self.findings.is_stale(file)) { ", **stale**" } else { "" };
        format!("{dates}{stale}; {}{more}", names.join(", "))
    }

    fn phases(&self) -> String {
        let header = ["phase", "contestants", "model", "pairs", "failed", "output speed", "TTFT", "total time", "from"];
        let mut table = table(&header);
        for phase in &self.catalog.phases {
            let matchup = self.findings.matchups.iter().find(|matchup| matchup.is_phase(phase));
            row(&mut table, &self.phase(phase, matchup));
        }
        format!("## Phase by phase\n\nA factor over 1 is in favour of the first contestant.\n\n{table}\n")
    }

    fn phase(&self, phase: &Phase, matchup: Option<&ContestantMatchup>) -> Vec<String> {
        let model = self.catalog.model(&phase.model).map_or(phase.model.clone(), |model| model.name.clone());
        let mut cells = vec![phase.id.clone(), phase.title(self.catalog), model];
        let Some(matchup) = matchup else {
            cells.extend(["0", "0", "", "", "", ""].map(str::to_owned));
            return cells;
        };
        cells.extend([matchup.pairs().to_string(), matchup.failed.to_string()]);
        // The file may have the contestants the other way round.
        let turned = phase.contestants.first() != Some(&matchup.first);
        cells.extend([Metric::OutputSpeed, Metric::Ttft, Metric::Total].map(|metric| {
            let lead = matchup.lead_by_days(metric).map(|lead| if turned { lead.turned() } else { lead });
            lead.map_or_else(|| format::ABSENT.to_owned(), |lead| called(&lead))
        }));
        let unfair = self.unfair(matchup.evidence.iter().copied());
        let weight = if unfair.is_empty() { String::new() } else { format!("; provisional: {}", unfair.join(", ")) };
        cells.push(self.sources(&matchup.evidence.iter().copied().collect()) + &weight);
        cells
    }

    fn files(&self) -> String {
        let mut table = table(&["file", "measured", "phase", "prompt", "good runs", "broken badges"]);
        for evidence in &self.findings.evidence {
            let stale = if self.findings.is_stale(evidence) { " (stale)" } else { "" };
            let runs = evidence.lanes.iter().map(|lane| {
                let good = lane.rounds.len();
                let name = name_of(self.catalog, &lane.provider, &lane.name);
                format!("{name}: {good} of {}", good + lane.failed)
            });
            row(
                &mut table,
                &[
                    format!("`{}`", evidence.file),
                    format!("{}{stale}", day(evidence.at)),
                    evidence.phase.clone().unwrap_or_default(),
                    evidence.asked.name.clone(),
                    runs.collect::<Vec<_>>().join(", "),
                    evidence.unfair.join(", "),
                ],
            );
        }
        format!("## Files\n\n{table}")
    }
}

fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// What a cost rests on: the mix of tokens, and the price with its day.
fn basis(offer: &PricePerformance, usage: MonthlyUsage) -> String {
    let measured = if usage.mix().is_some() { "as asked" } else { "as measured" };
    let mix = offer.mix.map(|mix: TokenMix| format!("{} {measured}", mix.words()));
    let price = offer.price.as_ref().map(|price| printable(&offers::price(price)).into_owned());
    let parts: Vec<String> = [mix, price].into_iter().flatten().collect();
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join("; ")) }
}

/// What using an offer costs and does, in a sentence.
#[must_use]
pub fn recommended(
    offer: &PricePerformance,
    findings: &Findings,
    want: RecommendationGoal,
    usage: MonthlyUsage,
) -> String {
    let page = FindingsPage { catalog: &Catalog::default(), findings };
    let ttft = offer.ttft_ms.map(|ms| Period::from_secs_f64(ms / 1e3));
    let price = match offer.usd_per_million {
        Some(usd) => format!("{} per million tokens{}", format::usd(Some(usd)), basis(offer, usage)),
        None => "at a price that is not known".to_owned(),
    };
    let monthly = usage.tokens().zip(offer.usd_per_million).map(|(tokens, usd)| {
        format!("; {} tokens a month cost {}", format::amount(tokens), format::usd(Some(usd * tokens / 1e6)))
    });
    let next = against(&findings.offers, &findings.matchups, offer, want);
    let unfair = page.unfair(offer.evidence.iter().copied());
    let weight = if unfair.is_empty() { String::new() } else { format!("; provisional: {}", unfair.join(", ")) };
    let sim = if findings.is_simulated() { "SIM " } else { "" };
    format!(
        "{sim}{}: {} — {}, TTFT {}, {price}{}; {} (n = {} runs {}; {}{weight})",
        printable(&offer.model),
        printable(&offer.provider),
        speed(offer.tok_s),
        format::span(ttft),
        monthly.unwrap_or_default(),
        printable(&next),
        offer.runs,
        on_days(offer.days.len()),
        page.sources(&offer.evidence.iter().copied().collect())
    )
}
