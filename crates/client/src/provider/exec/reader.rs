//! What a command writes, made into race events: its standard output is the answer, its trailer and standard error tell
//! figures. Bytes in, event kinds out, with no process and no clock.

use serde_json::Value;

use super::argv::TemplateValues;
use super::figures::FoundFigures;
use super::output_cutter::OutputCutter;
use super::utf8::Utf8Decoder;
use crate::ndjson::{NdjsonDecoder, NdjsonFrame};
use crate::provider::excerpt::excerpt;
use crate::provider::stream::ReplyStream;
use crate::provider::timing::timing;
use crate::provider::usage::usage;
use crate::provider::{delta, error, escape_halves};
use speed_kings_catalog::command::{CommandOutput, CommandSpec};
use speed_kings_core::race::event::{EventKind, FailureKind, LaneFailure, TextChannel};

/// Characters shown of an error that the engine reports.
const SHOWN: usize = 300;

type Out = Vec<EventKind>;

/// Reads one run of a command.
#[derive(Debug)]
pub(super) struct CommandReader {
    form: OutputForm,
    stream: ReplyStream,
    figures: FoundFigures,
    skip: Option<String>,
}

#[derive(Debug)]
enum OutputForm {
    Text(Box<(Utf8Decoder, OutputCutter)>),
    Jsonl(NdjsonDecoder),
}

impl CommandReader {
    pub(super) fn new(
        command: &CommandSpec,
        filling: &TemplateValues<'_>,
        think_tags: bool,
    ) -> Result<Self, LaneFailure> {
        let mark = |mark: &Option<String>| mark.as_deref().and_then(|mark| filling.text(mark)).unwrap_or_default();
        let form = match command.output {
            CommandOutput::Text => OutputForm::Text(Box::new((
                Utf8Decoder::default(),
                OutputCutter::new(mark(&command.skip), mark(&command.until)),
            ))),
            CommandOutput::Jsonl => OutputForm::Jsonl(NdjsonDecoder::default()),
        };
        let figures = FoundFigures::new(&command.figures)?;
        Ok(Self { form, stream: ReplyStream::new(think_tags), figures, skip: command.skip.clone() })
    }

    /// Takes the next bytes of its standard output.
    pub(super) fn feed(&mut self, bytes: &[u8], out: &mut Out) {
        let stream = &mut self.stream;
        match &mut self.form {
            OutputForm::Text(form) => {
                let (utf8, cut) = &mut **form;
                stream.event();
                stream.content(&cut.feed(&utf8.feed(bytes)), out);
            }
            OutputForm::Jsonl(decoder) => decoder.feed(bytes, &mut |frame| line(stream, frame, out)),
        }
    }

    /// Takes a line of its standard error.
    pub(super) fn aside(&mut self, line: &str) {
        self.figures.read(line);
    }

    /// It ended well: says whether its answer is complete.
    pub(super) fn finish(mut self, out: &mut Out) {
        let silence = self.drain(out);
        if matches!(self.form, OutputForm::Text(_)) {
            // Its exit code is all the end that text has.
            self.stream.settle();
        }
        match silence {
            Some(failure) => self.stream.abort(failure, out),
            None => self.stream.end(out),
        }
    }

    /// It ended badly. An error that it reported itself stands over `failure`, because it is the cause.
    pub(super) fn abort(mut self, failure: LaneFailure, out: &mut Out) {
        self.drain(out);
        self.stream.abort(failure, out);
    }

    /// What was held back, and the figures. Gives what to say when it said nothing.
    fn drain(&mut self, out: &mut Out) -> Option<LaneFailure> {
        let stream = &mut self.stream;
        let mut in_banner = false;
        match &mut self.form {
            OutputForm::Text(form) => {
                let (utf8, cut) = &mut **form;
                let last = cut.feed(utf8.finish());
                stream.content(&last, out);
                stream.content(&cut.finish(), out);
                cut.trailer().lines().for_each(|line| self.figures.read(line));
                in_banner = cut.in_banner();
            }
            OutputForm::Jsonl(decoder) => {
                decoder.finish(&mut |frame| line(stream, frame, out));
            }
        }
        self.figures.tell(out);
        if stream.has_substance() {
            return None;
        }
        let failure = LaneFailure::new(FailureKind::Process, "it ended without any text on its standard output");
        let skip = self.skip.as_ref().filter(|_| in_banner);
        Some(match skip {
            Some(skip) => failure.with_hint(format!("'{skip}' never came, the end of its banner: correct its `skip`")),
            None => failure,
        })
    }
}

/// Reads one line of JSON into the stream.
fn line(stream: &mut ReplyStream, frame: NdjsonFrame<'_>, out: &mut Out) {
    let text = match frame {
        NdjsonFrame::TooLong => return stream.malformed("a line longer than any engine should write", out),
        NdjsonFrame::Line(text) => text,
    };
    let read = |json: &str| serde_json::from_str::<Value>(json).ok();
    // Half a character is no JSON, but no damage either.
    let (line, repaired) = match read(text) {
        Some(line) => (Some(line), false),
        None => (escape_halves::mend(text).as_deref().and_then(read), true),
    };
    let Some(Value::Object(line)) = line else { return stream.malformed(text, out) };
    let text = |name: &str| line.get(name).and_then(Value::as_str).unwrap_or_default();
    stream.event();
    if repaired {
        stream.repaired();
    }
    stream.model(text("model"), out);
    for thought in delta::thoughts(&line) {
        stream.text(TextChannel::Reasoning, thought, out);
    }
    stream.content(text("text"), out);
    if !text("finish").is_empty() {
        stream.finish(text("finish"), out);
    }
    stream.usage(line.get("usage").and_then(usage), out);
    ReplyStream::server(line.get("timings").map(timing).unwrap_or_default(), out);
    if !text("error").is_empty() {
        stream.fail(LaneFailure::new(FailureKind::StreamError, excerpt(text("error"), SHOWN)));
    } else if line.get("error").is_some_and(error::is_error) {
        stream.fail(error::in_stream(&Value::Object(line.clone())));
    }
    if line.get("done").and_then(Value::as_bool) == Some(true) {
        stream.done(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::CompletionRequest;
    use speed_kings_core::race::event::TokenUsage;

    fn read(command: &CommandSpec, output: &str, size: usize) -> Vec<EventKind> {
        let request = CompletionRequest { prompt: "why?".into(), ..CompletionRequest::default() };
        let filling = TemplateValues { request: &request, prompt_file: None };
        let mut reader = CommandReader::new(command, &filling, true).unwrap();
        let mut out = Vec::new();
        output.as_bytes().chunks(size).for_each(|piece| reader.feed(piece, &mut out));
        reader.finish(&mut out);
        out
    }

    fn answer(events: &[EventKind]) -> String {
        let text = |event: &EventKind| match event {
            EventKind::Text { channel: TextChannel::Answer, text } => Some(text.to_string()),
            _ => None,
        };
        events.iter().filter_map(text).collect()
    }

    #[test]
    fn text_between_banner_and_trailer() {
        let command = CommandSpec {
            skip: Some("{prompt}\n".into()),
            until: Some("\n[".into()),
            figures: vec![r"(?<output>\d+) tokens".into()],
            ..CommandSpec::default()
        };
        let output = "loaded 3 tokens\nwhy?\n<think>hm</think>Because ä\n5 tokens of rain.\n\n[ 12 tokens ]\n";
        for size in [output.len(), 1, 7] {
            let events = read(&command, output, size);
            assert_eq!(answer(&events), "Because ä\n5 tokens of rain.", "by {size}");
            let usage = TokenUsage { output: Some(12), ..TokenUsage::default() };
            assert_eq!(events[events.len() - 2..], [EventKind::Usage(Box::new(usage)), EventKind::Closed], "by {size}");
        }
    }

    #[test]
    fn lines_of_json() {
        let command = CommandSpec { output: CommandOutput::Jsonl, ..CommandSpec::default() };
        let output = "{\"t\": 0.1, \"text\": \"Hel\"}\nnoise\n{\"text\": \"lo\\n\"}\n{\"done\": true, \"finish\": \"length\", \
                      \"usage\": {\"prompt_tokens\": 3, \"completion_tokens\": 2}, \"timings\": {\"predicted_ms\": 5.0}}\n";
        for size in [output.len(), 1, 7] {
            let events = read(&command, output, size);
            assert_eq!(answer(&events), "Hello\n");
            let kinds: Vec<_> = events.iter().map(|event| format!("{event:?}")).collect();
            let names: Vec<_> = kinds.iter().map(|kind| kind.split(['(', ' ']).next().unwrap()).collect();
            assert_eq!(
                names,
                ["Text", "Malformed", "Text", "Finish", "Usage", "Server", "Done", "Closed"],
                "by {size}"
            );
        }
    }

    #[test]
    fn reasoning_and_half_characters_in_lines() {
        let command = CommandSpec { output: CommandOutput::Jsonl, ..CommandSpec::default() };
        let output = "{\"thinking\": \"hm\", \"reasoning\": \"hm\", \"finish_reason\": \"x\"}\n\
                      {\"text\": \"a\\ud83c\"}\n{\"text\": \"\\udfc1b\"}\n{\"done\": true}\n";
        let events = read(&command, output, 7);
        assert_eq!(answer(&events), "a\u{1f3c1}b");
        assert_eq!(events[0], EventKind::Text { channel: TextChannel::Reasoning, text: "hm".into() });
        assert!(!events.iter().any(|event| matches!(event, EventKind::Malformed(_))), "{events:?}");
    }

    #[test]
    fn what_is_missing_at_the_end_is_told() {
        let jsonl = CommandSpec { output: CommandOutput::Jsonl, ..CommandSpec::default() };
        let banner = CommandSpec { skip: Some("go> ".into()), ..CommandSpec::default() };
        for (command, output, words) in [
            (&CommandSpec::default(), "\n", "without any text"),
            (&banner, "ready> hello", "without any text"),
            (&jsonl, "{\"text\": \"a\"}\n", "stopped without a finish reason"),
            (&jsonl, "{\"text\": \"a\"}\n{\"error\": \"out of memory\"}\n", "out of memory"),
            (&jsonl, "{\"text\": \"a\"}\n{\"error\": {\"message\": \"no slot\"}}\n", "no slot"),
            (&jsonl, "", "without any text"),
        ] {
            let Some(EventKind::Failed(failure)) = read(command, output, 5).pop() else { panic!("{output}") };
            assert!(failure.message.contains(words), "{output}: {}", failure.message);
        }
    }
}
