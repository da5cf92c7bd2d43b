//! The findings as a page of Markdown, tables and all, that reads well on a code host.
//! Files are named once, in a list with numbers; what rests on simulated ones says SIM where it stands.

mod availability;
mod cells;
mod offers;
mod page;
mod phases;
mod sources;
mod tables;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use self::cells::{cell, day, number, row, speed, table};
use self::page::FindingsPage;
use super::answer::{ExpectationTally, HypothesisResult};
use super::evidence::name_of;
use super::matchup::{ContestantMatchup, on_days};
use super::money::{MonthlyUsage, TokenMix};
use super::plan::PlanPart;
use super::price_performance::PricePerformance;
use super::recommend::{RecommendationGoal, against};
use super::{AnsweredQuestion, Findings};
use speed_kings_catalog::Catalog;
use speed_kings_core::format::{self, counted};
use speed_kings_core::stats::compare::MIN_PAIRS;
use speed_kings_core::stats::days::FEWEST_DAYS;
use speed_kings_core::text::printable;
use speed_kings_core::time::Period;

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
        availability::availability(&page),
        page.files(),
    ];
    parts.concat()
}

/// What the whole page comes to, in a sentence.
#[must_use]
pub fn summary(catalog: &Catalog, findings: &Findings) -> String {
    let mut parts = Vec::new();
    let of = |part| findings.progress(catalog, part);
    if findings.is_of_plan(catalog) {
        let (done, all) = of(PlanPart::Planned);
        parts.push(format!("{done} of {all} planned phases complete"));
    }
    let (done, all) = of(PlanPart::Own);
    if all > 0 {
        parts.push(format!("{done} of {} complete", counted(all, "phase of one's own", "phases of one's own")));
    }
    let patterns = findings.shown(catalog, &findings.patterns);
    if !patterns.is_empty() {
        let count = |holds: HypothesisResult| patterns.iter().filter(|pattern| pattern.answer.holds == holds).count();
        parts.push(format!(
            "patterns: {} supported, {} refuted, {} mixed, {} without enough evidence",
            count(HypothesisResult::Yes),
            count(HypothesisResult::No),
            count(HypothesisResult::Mixed),
            count(HypothesisResult::Open)
        ));
    }
    if parts.is_empty() {
        let compared = counted(findings.matchups.len(), "comparison", "comparisons");
        parts.push(format!("{compared} in {}", counted(findings.evidence.len(), "file", "files")));
    }
    parts.join("; ")
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

impl FindingsPage<'_> {
    fn head(&self) -> String {
        let findings = self.findings;
        let sim = if findings.is_simulated() { "SIM " } else { "" };
        let mut out =
            format!("# {sim}Findings\n\nMade {} by speed-kings {} ", day(Some(findings.options.now)), version());
        let _ = writeln!(out, "from {}.\n", counted(findings.evidence.len(), "file", "files"));
        if findings.is_simulated() {
            out.push_str(
                "> **Simulated.** Some or all of these figures are those of speed-kings' own simulator, and say nothing about any \
                 provider. What rests on them is marked SIM.\n\n",
            );
        }
        out.push_str(
            "A *phase* is one race: the same model at two contestants. Phases that ask the same thing are a *group*. A *pattern* is \
             what all groups together are expected to show. A *pair* is two runs, one of each, right after each other.\n\n",
        );
        out.push_str(&self.complete());
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
        for told in &findings.own_errors {
            let _ = writeln!(out, "The tool's own error {}.", cell(told));
        }
        if findings.own_errors.is_empty() {
            let _ = writeln!(out, "The tool's own error is not known here: `speed-kings calibrate` measures it.");
        }
        out.push('\n');
        out
    }

    fn patterns(&self) -> String {
        let shown = self.findings.shown(self.catalog, &self.findings.patterns);
        if shown.is_empty() {
            return String::new();
        }
        let one = shown.len() == 1;
        let head = if one { "## The expected pattern\n\n" } else { "## The five expected patterns\n\n" };
        let mut out = head.replace("five", &number(shown.len()));
        let (open, told) = split(shown);
        for pattern in told {
            let verdict = match pattern.answer.holds {
                HypothesisResult::Open => "not enough evidence".to_owned(),
                holds => called_with(holds, pattern.answer.tally.as_ref(), "supported", "refuted"),
            };
            out.push_str(&self.answered(pattern, &verdict));
        }
        out.push_str(&not_measured(&open));
        out.push('\n');
        out
    }

    fn questions(&self) -> String {
        let shown = self.findings.shown(self.catalog, &self.findings.questions);
        if shown.is_empty() {
            return String::new();
        }
        let mut out = "## The questions of the groups\n\n".to_owned();
        let mut group = None;
        let (open, told) = split(shown);
        for question in told {
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
        out.push_str(&not_measured(&open));
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

    fn files(&self) -> String {
        let mut table = table(&["number", "file", "measured", "phase", "prompt", "good runs", "broken badges"]);
        for (evidence, number) in self.findings.evidence.iter().zip(1..) {
            let stale = if self.findings.is_stale(evidence) { " (stale)" } else { "" };
            let runs = evidence.lanes.iter().map(|lane| {
                let good = lane.rounds.len();
                let name = name_of(self.catalog, &lane.provider, &lane.name);
                format!("{name}: {good} of {}", good + lane.failed)
            });
            row(
                &mut table,
                &[
                    format!("{}{number}", if evidence.is_simulated() { "SIM " } else { "" }),
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

/// Those of which nothing was measured yet, and the others.
fn split(all: Vec<&AnsweredQuestion>) -> (Vec<&AnsweredQuestion>, Vec<&AnsweredQuestion>) {
    all.into_iter().partition(|one| one.is_untouched())
}

/// The questions that nothing was measured on, in one line.
fn not_measured(open: &[&AnsweredQuestion]) -> String {
    if open.is_empty() {
        return String::new();
    }
    let named = |one: &&AnsweredQuestion| {
        one.group.as_ref().map_or_else(|| cell(&one.question), |group| cell(&format!("{group}: {}", one.question)))
    };
    let all: Vec<String> = open.iter().map(named).collect();
    format!("\nNot measured yet: {}\n", all.join(" · "))
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
    let simulated = findings.is_simulated();
    let sim = if simulated { "SIM " } else { "" };
    let watched = [false, simulated].iter().find_map(|simulated| findings.watched_of(&offer.id, *simulated));
    let up = watched.map(|watched| format!("; up {}", watched.words())).unwrap_or_default();
    format!(
        "{sim}{}: {} — {}, TTFT {}, {price}{}{up}; {} (n = {} runs {}; {}{weight})",
        printable(&offer.model),
        printable(&offer.provider),
        speed(offer.tok_s),
        format::span(ttft),
        monthly.unwrap_or_default(),
        printable(&next),
        offer.runs,
        on_days(offer.days.len()),
        page.named_sources(&offer.evidence.iter().copied().collect())
    )
}
