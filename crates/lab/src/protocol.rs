//! The test protocol: every engine is started and asked each prompt of a set once; the file keeps what it answered, what that
//! took, what was checked, and how people rated it. Pure: files are read and written, and engines run, by others.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use speed_kings_catalog::CatalogPrompt;
use speed_kings_catalog::check::AnswerCheck;
use speed_kings_core::race::Race;
use speed_kings_core::race::engine::{EngineMemory, EngineStart, PageCache};
use speed_kings_core::race::event::TextChannel;
use speed_kings_core::stats::repetition::AnswerRepetition;
use speed_kings_core::stats::text::repetition;
use speed_kings_engine::gguf::GgufHeader;
use speed_kings_system::environment::MachineEnvironment;

use crate::rating::AnswerRating;
use crate::sweep::{ModelSize, SweepPoint, point_label};
use crate::visit::SweepVisit;

/// The version of the file.
pub const VERSION: u32 = 1;
/// What the file calls itself.
pub const KIND: &str = "protocol";

/// A protocol as its file keeps it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ProtocolFile {
    /// The version of this form.
    pub version: u32,
    /// What kind of file this is.
    pub kind: String,
    /// When it began, UTC.
    pub started_at: Timestamp,
    /// What it ran on.
    pub environment: MachineEnvironment,
    /// The catalogue's id of the set of prompts.
    pub prompt_set: String,
    /// What every engine is asked, in order.
    pub prompts: Vec<ProtocolPrompt>,
    /// Seconds between two prompts.
    pub pause_s: f64,
    /// The engines that are asked, one after the other.
    pub engines: Vec<ProtocolEngine>,
    /// What was answered so far.
    pub answers: Vec<ProtocolAnswer>,
    /// What people think of the answers.
    #[serde(default)]
    pub ratings: Vec<AnswerRating>,
}

/// One prompt of a protocol as it was asked.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct ProtocolPrompt {
    /// Its id in the set.
    pub id: String,
    /// One line for tables.
    pub name: String,
    /// The text that was sent.
    pub text: String,
    /// The cap on output tokens.
    pub max_tokens: u32,
    /// The sampling temperature it is asked at.
    pub temperature: f64,
}

/// One engine of a protocol with its model and its starts.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ProtocolEngine {
    /// Engine, model and settings.
    #[serde(flatten)]
    pub point: SweepPoint,
    /// What the model's file says of its size.
    pub size: ModelSize,
    /// What it says of its build.
    #[serde(default)]
    pub architecture: ModelArchitecture,
    /// Each time that it came up, in order.
    #[serde(default)]
    pub starts: Vec<ProtocolStart>,
}

/// What a model's header says beside its size; absent is what it does not say.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelArchitecture {
    /// The family, for example `llama`.
    pub family: Option<String>,
    /// How many layers it has.
    pub layers: Option<u64>,
    /// Width of the embedding.
    pub embedding: Option<u64>,
    /// The context that it was trained for, tokens.
    pub context: Option<u64>,
}

/// How an engine came up once.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProtocolStart {
    /// From its start until it could answer, ms.
    pub ready_ms: f64,
    /// Whether the model file came from storage: `cold` or `warm`.
    pub page_cache: Option<String>,
    /// The memory that its log tells, buffer by buffer.
    pub buffers: Vec<MemoryBuffer>,
}

/// One buffer that an engine's log tells.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct MemoryBuffer {
    /// Its name, for example `CPU_Mapped` or `CUDA0`.
    pub name: String,
    /// What it holds: `model`, `kv`, `rs`, `compute` or `output`.
    pub holds: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Whether it lies on a GPU or another accelerator.
    pub accelerator: bool,
}

/// One answer, or why there is none.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProtocolAnswer {
    /// Which engine, from 0.
    pub engine: usize,
    /// The id of the prompt.
    pub prompt: String,
    /// Timings and resources; its point is the engine, its round the prompt's place from 1.
    pub figures: SweepVisit,
    /// Why the model stopped, as the server spells it.
    pub finish: Option<String>,
    /// What it answered: untrusted text.
    pub answer: String,
    /// What it thought before, where that was shown: untrusted text.
    pub reasoning: String,
    /// The automatic checks with what came of them.
    pub checks: Vec<CheckOutcome>,
    /// The share of repeated four-word sequences, 0 none to 1 all; absent under five words.
    pub repetition: Option<f64>,
    /// Whether it repeats itself so much that it is none any more; absent under twenty words.
    pub degenerate: Option<bool>,
}

/// One automatic check of an answer.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct CheckOutcome {
    /// What is checked, for example `reaches 4 gallons`.
    pub name: String,
    /// Whether the answer passed it.
    pub passed: bool,
}

impl ProtocolPrompt {
    /// A prompt of the catalogue at its own temperature, or at another, under its own cap, or a lower one.
    #[must_use]
    pub fn of(prompt: &CatalogPrompt, temperature: Option<f64>, cap: Option<u32>) -> Self {
        Self {
            id: prompt.id.clone(),
            name: prompt.name.clone(),
            text: prompt.text.clone(),
            max_tokens: cap.map_or(prompt.max_tokens, |cap| cap.min(prompt.max_tokens)),
            temperature: temperature.or(prompt.temperature).unwrap_or(0.0),
        }
    }

    /// It as a prompt that a race can ask; what its answers are checked for stays with whoever checks them.
    #[must_use]
    pub fn as_asked(&self) -> CatalogPrompt {
        CatalogPrompt {
            id: self.id.clone(),
            name: self.name.clone(),
            text: self.text.clone(),
            max_tokens: self.max_tokens,
            expected_tokens: self.max_tokens,
            temperature: Some(self.temperature),
            checks: Vec::new(),
        }
    }
}

impl ModelArchitecture {
    /// What `header` says of it.
    #[must_use]
    pub fn of(header: &GgufHeader) -> Self {
        let GgufHeader { architecture: family, layers, embedding, context, .. } = header.clone();
        Self { family, layers, embedding, context }
    }
}

impl ProtocolStart {
    /// What is kept of an engine's start.
    #[must_use]
    pub fn of(start: &EngineStart) -> Self {
        let buffer = |memory: &EngineMemory| MemoryBuffer {
            name: memory.buffer.to_string(),
            holds: memory.kind.as_str().to_owned(),
            bytes: memory.bytes,
            accelerator: memory.on_accelerator(),
        };
        Self {
            ready_ms: start.ready.as_millis_f64(),
            page_cache: start.page_cache().map(PageCache::as_str).map(str::to_owned),
            buffers: start.memory.iter().map(buffer).collect(),
        }
    }

    /// Whether the model file came from storage.
    #[must_use]
    pub fn is_cold(&self) -> bool {
        self.page_cache.as_deref() == Some(PageCache::Cold.as_str())
    }
}

impl ProtocolAnswer {
    /// What came of asking engine `engine` prompt number `place` (from 0): the one lane of `race`, and the processors that
    /// others kept busy meanwhile.
    #[must_use]
    pub fn of(
        (engine, place): (usize, usize),
        prompt: &str,
        race: &Race,
        others_cores: Option<f64>,
        checks: &[AnswerCheck],
    ) -> Self {
        let figures = SweepVisit::of(engine, round(place), race, others_cores);
        let Some(lane) = race.lanes().first() else {
            return Self { engine, prompt: prompt.to_owned(), figures, ..Self::default() };
        };
        let [answer, reasoning] =
            [TextChannel::Answer, TextChannel::Reasoning].map(|channel| lane.transcript().of(channel));
        // What broke off is no answer: it passes and fails nothing.
        let whole = figures.failure.is_none();
        let outcome = |check: &AnswerCheck| CheckOutcome { name: check.name.clone(), passed: check.holds(&answer) };
        Self {
            engine,
            prompt: prompt.to_owned(),
            finish: lane.finish.as_ref().map(|finish| finish.as_str().to_owned()),
            checks: checks.iter().filter(|_| whole).map(outcome).collect(),
            repetition: repetition(&answer).filter(|_| whole),
            degenerate: AnswerRepetition::of(&answer).filter(|_| whole).map(|repetition| repetition.is_degenerate()),
            figures,
            answer,
            reasoning,
        }
    }

    /// An answer that did not come.
    #[must_use]
    pub fn failed((engine, place): (usize, usize), prompt: &str, why: &str) -> Self {
        let figures = SweepVisit::failed(engine, round(place), why);
        Self { engine, prompt: prompt.to_owned(), figures, ..Self::default() }
    }

    /// Whether there is a whole answer that a person can rate.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.figures.failure.is_none() && !self.answer.trim().is_empty()
    }
}

fn round(place: usize) -> u32 {
    u32::try_from(place + 1).unwrap_or(u32::MAX)
}

impl ProtocolFile {
    /// The places of the prompts that engine `engine` is still to be asked, in order.
    #[must_use]
    pub fn left(&self, engine: usize) -> Vec<usize> {
        let asked: BTreeSet<&str> = self.answers_of(engine).map(|answer| answer.prompt.as_str()).collect();
        (0..self.prompts.len())
            .filter(|place| self.prompts.get(*place).is_some_and(|prompt| !asked.contains(prompt.id.as_str())))
            .collect()
    }

    /// What engine `engine` answered, in the order in which it was asked.
    pub fn answers_of(&self, engine: usize) -> impl Iterator<Item = &ProtocolAnswer> {
        self.answers.iter().filter(move |answer| answer.engine == engine)
    }

    /// What an engine is called in tables: what tells it from the others.
    #[must_use]
    pub fn label(&self, engine: usize) -> String {
        let points: Vec<&SweepPoint> = self.engines.iter().map(|engine| &engine.point).collect();
        let names: Vec<&str> = self.engines.iter().map(|engine| engine.size.name.as_str()).collect();
        point_label(&points, &names, engine)
    }

    /// What does not fit together in a file that was read, if anything.
    #[must_use]
    pub fn damage(&self) -> Option<&'static str> {
        let prompts: BTreeSet<&str> = self.prompts.iter().map(|prompt| prompt.id.as_str()).collect();
        let known = |engine: usize, prompt: &str| engine < self.engines.len() && prompts.contains(prompt);
        let answers = self.answers.iter().all(|answer| known(answer.engine, &answer.prompt));
        let ratings = self.ratings.iter().all(|rating| known(rating.engine, &rating.prompt));
        match (answers, ratings) {
            (true, true) => None,
            (false, _) => Some("its engines, prompts and answers do not fit together"),
            (_, false) => Some("its engines, prompts and ratings do not fit together"),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use speed_kings_catalog::check::CheckRule;
    use speed_kings_core::race::engine::MemoryKind;
    use speed_kings_core::race::event::{Event, EventKind, FinishReason, LaneId};
    use speed_kings_core::race::setup::RaceSetup;
    use speed_kings_core::time::{Offset, Period};

    pub(crate) fn file(engines: &[&str]) -> ProtocolFile {
        let engine = |model: &&str| ProtocolEngine {
            point: SweepPoint {
                engine: "e".into(),
                model: (*model).into(),
                settings: [].into(),
                concurrency: 1,
                runner: None,
            },
            size: ModelSize { name: (*model).into(), ..ModelSize::default() },
            architecture: ModelArchitecture::default(),
            starts: Vec::new(),
        };
        let prompt = |id: &str| ProtocolPrompt { id: id.into(), name: id.into(), ..ProtocolPrompt::default() };
        ProtocolFile {
            version: VERSION,
            kind: KIND.into(),
            started_at: Timestamp::UNIX_EPOCH,
            environment: MachineEnvironment::default(),
            prompt_set: "streaming".into(),
            prompts: ["greeting", "jugs"].map(prompt).into(),
            pause_s: 5.0,
            engines: engines.iter().map(engine).collect(),
            answers: Vec::new(),
            ratings: Vec::new(),
        }
    }

    fn race(last: EventKind) -> Race {
        let contestant = speed_kings_core::fixture::contestant("A");
        let mut race = Race::new(RaceSetup { contestants: vec![contestant], ..RaceSetup::default() });
        let text = |channel, text: &str| EventKind::Text { channel, text: text.into() };
        let events = [
            EventKind::Sent,
            text(TextChannel::Reasoning, "let me see"),
            text(TextChannel::Answer, "Hello, I am "),
            text(TextChannel::Answer, "a model, I am a model, I am a model"),
            EventKind::Finish(FinishReason::Stop),
            last,
        ];
        for (at, kind) in (0..).zip(events) {
            race.apply(&Event { at: Offset::from_micros(at * 1000), lane: Some(LaneId(0)), kind });
        }
        race
    }

    fn greets() -> [AnswerCheck; 2] {
        let check =
            |name: &str, rule| AnswerCheck { name: name.into(), rule: CheckRule::Patterns(vec![String::from(rule)]) };
        [check("greets", "hello"), check("leaves", "goodbye")]
    }

    #[test]
    fn an_answer_is_kept_with_its_checks() {
        let answer = ProtocolAnswer::of((1, 0), "greeting", &race(EventKind::Closed), Some(0.5), &greets());
        assert_eq!(answer.answer, "Hello, I am a model, I am a model, I am a model");
        assert_eq!((answer.reasoning.as_str(), answer.finish.as_deref()), ("let me see", Some("stop")));
        assert_eq!((answer.figures.point, answer.figures.round, answer.figures.disturbed), (1, 1, true));
        assert_eq!(answer.checks.iter().map(|check| check.passed).collect::<Vec<_>>(), [true, false]);
        assert!(answer.is_whole() && answer.repetition > Some(0.3), "{answer:?}");
        assert_eq!(answer.degenerate, None, "too short to tell");
        let text = serde_json::to_string(&answer).unwrap();
        assert_eq!(serde_json::from_str::<ProtocolAnswer>(&text).unwrap(), answer);
    }

    #[test]
    fn what_broke_off_passes_and_fails_nothing() {
        let answer = ProtocolAnswer::of((0, 0), "greeting", &race(EventKind::Stopped), None, &greets());
        assert_eq!(
            (answer.figures.failure.as_deref(), answer.checks.len(), answer.repetition),
            (Some("stopped"), 0, None)
        );
        assert!(!answer.is_whole() && !answer.answer.is_empty(), "its words are kept");
    }

    #[test]
    fn a_file_knows_what_is_left_and_reads_back() {
        let mut file = file(&["a", "b"]);
        file.answers.push(ProtocolAnswer::failed((1, 0), "greeting", "no memory"));
        assert_eq!((file.left(0), file.left(1)), (vec![0, 1], vec![1]));
        assert_eq!((file.label(1).as_str(), file.damage()), ("b", None));
        let text = serde_json::to_string(&file).unwrap();
        assert_eq!(serde_json::from_str::<ProtocolFile>(&text).unwrap(), file);
        file.answers.push(ProtocolAnswer::failed((2, 0), "greeting", "nobody"));
        assert!(file.damage().unwrap().contains("answers"));
        file.answers.pop();
        file.answers.push(ProtocolAnswer::failed((0, 0), "unasked", "nobody"));
        assert!(file.damage().is_some());
    }

    #[test]
    fn a_prompt_has_its_own_temperature_and_a_cap_can_only_be_lowered() {
        let prompt =
            CatalogPrompt { id: "p".into(), max_tokens: 50, temperature: Some(0.3), ..CatalogPrompt::default() };
        let of = |temperature, cap| {
            let of = ProtocolPrompt::of(&prompt, temperature, cap);
            (of.temperature.to_string(), of.max_tokens)
        };
        assert_eq!(of(None, None), ("0.3".into(), 50));
        assert_eq!(of(Some(0.0), Some(20)), ("0".into(), 20));
        assert_eq!(of(None, Some(900)), ("0.3".into(), 50));
    }

    #[test]
    fn a_start_keeps_what_the_log_tells_of_memory() {
        let memory = |buffer: &str, kind, bytes| EngineMemory { buffer: buffer.into(), kind, bytes };
        let start = EngineStart {
            ready: Period::from_millis(900),
            storage_bytes: Some(90),
            model_bytes: Some(100),
            memory: [memory("CPU_Mapped", MemoryKind::Model, 5), memory("CUDA0", MemoryKind::KeyValue, 7)].into(),
            ..EngineStart::default()
        };
        let kept = ProtocolStart::of(&start);
        assert!(kept.is_cold() && (kept.ready_ms - 900.0).abs() < 1e-9);
        let told: Vec<(&str, u64, bool)> =
            kept.buffers.iter().map(|buffer| (buffer.holds.as_str(), buffer.bytes, buffer.accelerator)).collect();
        assert_eq!(told, [("model", 5, false), ("kv", 7, true)]);
    }
}
