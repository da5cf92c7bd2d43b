//! The engine's own counts and times, found by the patterns of its command.
//! Only what the engine says about itself is searched, never the answer: a model could write anything there.

use regex_lite::Regex;

use speed_kings_catalog::command::CommandFigure;
use speed_kings_core::race::event::{EventKind, FailureKind, LaneFailure, ServerTiming, TokenUsage};
use speed_kings_core::time::{Rate, ReportedPeriod};

/// What has been found so far. Of two finds of the same, the later one stands.
#[derive(Debug, Default)]
pub(super) struct FoundFigures {
    patterns: Vec<Regex>,
    usage: TokenUsage,
    server: ServerTiming,
}

impl FoundFigures {
    pub(super) fn new(patterns: &[String]) -> Result<Self, LaneFailure> {
        let patterns = patterns.iter().map(|pattern| Regex::new(pattern)).collect::<Result<_, _>>();
        let wrong = |error| {
            LaneFailure::new(
                FailureKind::Process,
                format!("a pattern of its figures is not a regular expression: {error}"),
            )
        };
        Ok(Self { patterns: patterns.map_err(wrong)?, ..Self::default() })
    }

    /// Looks through one line.
    pub(super) fn read(&mut self, line: &str) {
        let Self { patterns, usage, server } = self;
        for pattern in patterns.iter() {
            let Some(found) = pattern.captures(line) else { continue };
            let groups = pattern.capture_names().flatten();
            for (name, value) in groups.filter_map(|name| Some((name, found.name(name)?.as_str()))) {
                match CommandFigure::parse(name) {
                    Some(CommandFigure::Count(count)) => note_count(usage, count, value),
                    Some(CommandFigure::Time(time, seconds)) => note_time(server, time, value, seconds),
                    Some(CommandFigure::Rate) => server.rate = number(value).map(Rate::per_second).or(server.rate),
                    None => {}
                }
            }
        }
    }

    /// What was found, as events.
    pub(super) fn tell(&mut self, out: &mut Vec<EventKind>) {
        let usage = std::mem::take(&mut self.usage);
        out.extend((usage != TokenUsage::default()).then(|| EventKind::Usage(Box::new(usage))));
        let server = std::mem::take(&mut self.server);
        out.extend((!server.is_empty()).then(|| EventKind::Server(Box::new(server))));
    }
}

fn note_count(usage: &mut TokenUsage, name: &str, value: &str) {
    let Ok(count) = value.parse::<u64>() else { return };
    match name {
        "input" => usage.input = Some(count),
        "cached" => usage.cached = Some(count),
        "output" => usage.output = Some(count),
        // Engines that read the prompt and make the first token in one go count it with the prompt.
        "output_after_first" => usage.output = Some(count.saturating_add(1)),
        _ => usage.reasoning = Some(count),
    }
}

fn note_time(server: &mut ServerTiming, name: &str, value: &str, seconds: f64) {
    let slot = match name {
        "queue" => &mut server.queue,
        "load" => &mut server.load,
        "prompt" => &mut server.prompt,
        "completion" => &mut server.completion,
        "total" => &mut server.total,
        _ => &mut server.first_token,
    };
    *slot = number(value).and_then(|value| ReportedPeriod::from_secs(value * seconds)).or(*slot);
}

/// A figure that can be true.
fn number(value: &str) -> Option<f64> {
    value.parse().ok().filter(|value: &f64| value.is_finite() && *value > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engines_own_words() {
        let patterns = [
            r"prompt eval time = *(?<prompt_ms>[\d.]+) ms / *(?<input>\d+) tokens",
            r" {3}eval time = *(?<completion_ms>[\d.]+) ms / *(?<output_after_first>\d+) runs .* (?<tok_s>[\d.]+) tokens per",
            r"^eval count: *(?<output>\d+)",
        ];
        let mut figures = FoundFigures::new(&patterns.map(str::to_owned)).unwrap();
        for line in [
            "llama_perf_context_print: prompt eval time =      88.24 ms /     9 tokens (    9.80 ms per token,   102.00 tokens per second)",
            "llama_perf_context_print:        eval time =    2226.40 ms /   127 runs   (   17.53 ms per token,    57.04 tokens per second)",
        ] {
            figures.read(line);
        }
        let mut out = Vec::new();
        figures.tell(&mut out);
        let usage = TokenUsage { input: Some(9), output: Some(128), ..TokenUsage::default() };
        let server = ServerTiming {
            prompt: ReportedPeriod::from_secs(88.24 * 1e-3),
            completion: ReportedPeriod::from_secs(2226.40 * 1e-3),
            rate: Some(Rate::per_second(57.04)),
            ..ServerTiming::default()
        };
        assert_eq!(out, [EventKind::Usage(Box::new(usage)), EventKind::Server(Box::new(server))]);
        figures.read("eval count: 99999999999999999999999 token(s)");
        figures.tell(&mut out);
        assert_eq!(out.len(), 2, "a count that can't be is none");
    }
}
