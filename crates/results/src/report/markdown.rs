//! The verdict as Markdown: a table of the categories, one of the badges, and where the figures are from.
//! Names and details are escaped, so that a table stays a table whatever they are.

use std::io::{self, Write};

use super::{headline, named, title};
use speed_kings_core::date;
use speed_kings_core::format;
use speed_kings_core::race::Race;
use speed_kings_core::race::cold_model;
use speed_kings_core::race::served_model::{model, upstream};
use speed_kings_core::race::speed::SpeedWithheld;
use speed_kings_core::race::verdict::{BadgeState, Metric, Verdict, VerdictCategory};
use speed_kings_core::text::printable;
use speed_kings_recording::Recording;

/// Writes the verdict of `recording` to `out`.
///
/// # Errors
/// When `out` can't be written.
pub fn write(recording: &Recording, out: &mut dyn Write) -> io::Result<()> {
    let race = recording.race();
    let verdict = Verdict::of(&race);
    writeln!(out, "# {}\n\n**{}**\n", plain(&title(&race, named(recording))), plain(&headline(&race, &verdict)))?;
    for finding in &verdict.quality {
        writeln!(out, "{}.\n", plain(&format::quality(&race, finding)))?;
    }
    if race.simulated() {
        writeln!(out, "SIM: the simulator's figures, which say nothing about the providers.\n")?;
    }
    let names: Vec<String> = race.entries().map(|(_, contestant, _)| plain(&contestant.name)).collect();
    writeln!(out, "| | {} |", names.join(" | "))?;
    writeln!(out, "|---|{}", "---:|".repeat(names.len()))?;
    let models: Vec<String> = race.entries().map(|(_, contestant, lane)| plain(&model(contestant, lane))).collect();
    writeln!(out, "| Model | {} |", models.join(" | "))?;
    let tokens: Vec<String> = race.lanes().iter().map(|lane| format::tokens(lane.tokens())).collect();
    writeln!(out, "| Tokens | {} |", tokens.join(" | "))?;
    let upstreams: Vec<Option<String>> = race.lanes().iter().map(|lane| upstream(&lane.upstream)).collect();
    if upstreams.iter().any(Option::is_some) {
        let cells: Vec<String> =
            upstreams.iter().map(|told| plain(told.as_deref().unwrap_or(format::ABSENT))).collect();
        writeln!(out, "| Answered by | {} |", cells.join(" | "))?;
    }
    for category in &verdict.categories {
        writeln!(out, "| {} | {} |", category.metric.title(), cells(&race, category).join(" | "))?;
        for (label, values) in cold_model::rows(&race).iter().filter(|_| category.metric == Metric::Ttft) {
            let cells: Vec<String> = values.iter().map(|value| format::span(*value)).collect();
            writeln!(out, "| {} | {} |", label.trim(), cells.join(" | "))?;
        }
    }
    writeln!(out, "\n| Fairness | | |\n|---|---|---|")?;
    for badge in &verdict.badges {
        let sign = match badge.state {
            BadgeState::Met => "✓",
            BadgeState::Broken => "✗",
            BadgeState::Unknown => "?",
        };
        writeln!(out, "| {sign} | {} | {} |", badge.kind.title(), plain(&badge.detail))?;
    }
    for (_, contestant, lane) in race.entries() {
        for notice in &lane.notices {
            writeln!(out, "\n{}: {}.", plain(&contestant.name), plain(notice))?;
        }
    }
    let weight = if verdict.is_provisional() { "Provisional: not every badge holds. " } else { "" };
    writeln!(out, "\n{weight}One run: a result, not a claim.")?;
    if let Some(trouble) = recording.trouble(&race) {
        writeln!(out, "{}.", plain(&trouble))?;
    }
    let header = &recording.header;
    writeln!(
        out,
        "\nPrompt: {}. Recorded {} by {}.",
        plain(&race.setup.prompt.name),
        header.recorded_at.map(date::to_second).unwrap_or_default(),
        plain(&header.tool)
    )
}

fn cells(race: &Race, category: &VerdictCategory) -> Vec<String> {
    let cell = |(index, value): (usize, &Option<f64>)| {
        let lane = race.lanes().get(index).filter(|_| category.metric == Metric::OutputSpeed);
        let why = lane.and_then(SpeedWithheld::of).map(|why| format!(": {}", why.words())).unwrap_or_default();
        let figure = format!("{}{why}", format::metric(category.metric, *value));
        let best = category.best.is_some_and(|best| best.index() == index);
        match (best, category.ratio) {
            (true, Some(ratio)) => format!("**{figure}** ({})", format::ratio(ratio)),
            (true, None) => format!("**{figure}**"),
            (false, _) => figure,
        }
    };
    category.values.iter().enumerate().map(cell).collect()
}

/// `text` as Markdown that means nothing but itself.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '!' | '#' | '~' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::tests::{hostile, recording, steers};
    use super::*;

    fn markdown(recording: &Recording) -> String {
        let mut bytes = Vec::new();
        write(recording, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_verdict_is_a_table() {
        insta::assert_snapshot!(markdown(&recording()));
    }

    #[test]
    fn an_edit_names_it() {
        let mut recording = recording();
        let mut cut = recording.whole();
        cut.title = Some("The #1 | final".into());
        recording.header.cut = Some(cut);
        assert_eq!(markdown(&recording).lines().next(), Some("# SIM · The \\#1 \\| final"));
    }

    #[test]
    fn a_name_breaks_no_table() {
        let text = markdown(&hostile());
        assert!(!steers(&text) && !text.contains("<script"));
        let columns = |line: &str| line.replace("\\|", "").matches('|').count();
        let tables: Vec<usize> = text.lines().filter(|line| line.starts_with('|')).map(columns).collect();
        assert!(tables.len() > 20 && tables.iter().all(|columns| *columns == 4), "{tables:?}");
    }
}
