//! What blind votes come to, as tables: each pair with its preference and its speeds, and one strength for each contestant.

use std::path::Path;

use serde_json::{Value, json};

use crate::cli::args::{ListForm, VotesArgs};
use crate::cli::context::CommandContext;
use crate::cli::error::CliError;
use crate::cli::exit::ExitStatus;
use crate::cli::table::{TextTable, flowing};
use crate::format::{self, ABSENT};
use crate::input;
use crate::lab::preference::{ContestantStrength, FEWEST, PreferenceCall, PreferenceShare, ranking};
use crate::lab::vote::{VERSION, VoteList, VotedContestant, VotedPair};
use crate::text::inert;

/// The largest file of votes that is read, bytes.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Prints what the votes of all files come to.
///
/// # Errors
/// When a file can't be read, no vote is there, or stdout can't be written.
pub(super) fn run(context: &CommandContext<'_>, args: &VotesArgs) -> Result<ExitStatus, CliError> {
    let mut text = String::new();
    for path in &args.files {
        text += &read(path)?;
        text.push('\n');
    }
    let mut list = VoteList::read(&text);
    if args.blind_only {
        list = list.unseen();
    }
    if list.unread > 0 {
        context.err.status(&format!("{} lines are left out: no votes, or of a newer version", list.unread));
    }
    if list.votes.is_empty() {
        return Err(CliError::failed(
            "there are no votes: give some with V on a verdict, or with `speed-kings lab vote RECORDING`",
        ));
    }
    let contestants = list.contestants();
    let ranked = ranking(contestants.len(), &list.pair_votes());
    context.out.print(&match args.list.output {
        ListForm::Json => format!("{}\n", inert(&document(&list, &ranked).to_string())),
        ListForm::Table => tables(&list, &contestants, &ranked, context.out.columns()),
    })?;
    Ok(ExitStatus::Done)
}

fn read(path: &Path) -> Result<String, CliError> {
    input::read_text(path, LARGEST).map_err(|error| CliError::failed(format!("{}: {error}", path.display())))
}

/// The votes of the file at `path`; none where there is no file yet.
///
/// # Errors
/// When it is there and can't be read.
pub(super) fn read_if_there(path: &Path) -> Result<VoteList, CliError> {
    if path.exists() { read(path).map(|text| VoteList::read(&text)) } else { Ok(VoteList::default()) }
}

fn label(contestant: Option<&&VotedContestant>) -> String {
    contestant.map_or_else(String::new, |contestant| {
        let sim = if contestant.simulated { " SIM" } else { "" };
        format!("{}{sim} ({})", contestant.name, contestant.model)
    })
}

/// What a pair's votes say, in words.
const fn words(call: PreferenceCall) -> &'static str {
    match call {
        PreferenceCall::TooFew => "too few to tell",
        PreferenceCall::TooClose => "too close to call",
        PreferenceCall::One => "A is preferred",
        PreferenceCall::Other => "B is preferred",
    }
}

fn tables(
    list: &VoteList,
    contestants: &[&VotedContestant],
    ranked: &[Vec<ContestantStrength>],
    columns: Option<usize>,
) -> String {
    let mut pairs =
        TextTable::new(&["A", "B", "votes", "ties", "seen", "for A", "95 %", "A's speed", "says"]).right(2..8);
    for pair in list.pairs() {
        let Some(share) = PreferenceShare::of(&pair.preferences) else { continue };
        pairs.row([
            label(contestants.get(pair.pair.0)),
            label(contestants.get(pair.pair.1)),
            share.votes.to_string(),
            share.ties.to_string(),
            pair.seen.to_string(),
            format::whole_percent(share.share),
            format!("{} to {}", format::whole_percent(share.interval.low), format::whole_percent(share.interval.high)),
            pair.speed().map_or_else(|| ABSENT.into(), format::ratio),
            words(share.call()).to_owned(),
        ]);
    }
    let mut parts = vec![pairs.fitted(columns)];
    for group in ranked {
        let mut table = TextTable::new(&["contestant", "votes", "strength", "95 %", "says"]).right(1..4);
        for one in group {
            table.row([
                label(contestants.get(one.contestant)),
                one.votes.to_string(),
                format!("{:.2}", one.strength),
                format!("{:.2} to {:.2}", one.interval.low, one.interval.high),
                said(one).to_owned(),
            ]);
        }
        parts.push(table.fitted(columns));
    }
    parts.push(notes(list, columns));
    parts.join("\n")
}

/// What a strength says against the average, which is 1.
fn said(one: &ContestantStrength) -> &'static str {
    match one {
        _ if one.votes < FEWEST => "too few to tell",
        _ if one.interval.holds(1.0) => "too close to call",
        _ if one.strength > 1.0 => "above the average",
        _ => "below the average",
    }
}

fn notes(list: &VoteList, columns: Option<usize>) -> String {
    let mut raters: Vec<&str> = list.votes.iter().map(|vote| vote.rater.as_str()).collect();
    raters.sort_unstable();
    raters.dedup();
    let count = |number: usize, one: &str, many: &str| format!("{number} {}", if number == 1 { one } else { many });
    let people = count(raters.len(), "person", "people");
    let told = format!(
        "{} of {people}; ties count half. Seen: given after the race was watched. A's speed is its output speed over B's, \
         the geometric mean of the races voted on. For A: Wilson's interval.\n\
         Strengths by Bradley and Terry: one is preferred to another with probability own ÷ (own + other). Their geometric mean \
         is 1, and everybody begins with one tie. Fewer than {FEWEST} votes are too few to tell.",
        count(list.votes.len(), "vote", "votes"),
    );
    flowing(&told, columns, "") + "\n"
}

fn document(list: &VoteList, ranked: &[Vec<ContestantStrength>]) -> Value {
    let contestants = list.contestants();
    let named = |place: usize| {
        contestants.get(place).map(
            |contestant| json!({"name": contestant.name, "model": contestant.model, "simulated": contestant.simulated}),
        )
    };
    let pair = |pair: &VotedPair| {
        let share = PreferenceShare::of(&pair.preferences)?;
        Some(json!({
            "contestants": [named(pair.pair.0), named(pair.pair.1)],
            "votes": share.votes,
            "ties": share.ties,
            "seen": pair.seen,
            "share": share.share,
            "low": share.interval.low,
            "high": share.interval.high,
            "speed_ratio": pair.speed(),
            "call": words(share.call()),
        }))
    };
    let strength = |one: &ContestantStrength| {
        json!({
            "contestant": named(one.contestant),
            "votes": one.votes,
            "strength": one.strength,
            "low": one.interval.low,
            "high": one.interval.high,
            "call": said(one),
        })
    };
    json!({
        "version": VERSION,
        "votes": list.votes.len(),
        "unread": list.unread,
        "pairs": list.pairs().iter().filter_map(pair).collect::<Value>(),
        "groups": ranked.iter().map(|group| group.iter().map(strength).collect::<Value>()).collect::<Value>(),
    })
}
