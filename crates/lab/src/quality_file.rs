//! What quality beside speed comes to, as its file keeps it: each engine with its answers, how well it foresees a text, and
//! where its answers part from others. Pure: files are read and written, and engines run, by others.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use speed_kings_core::race::quality::MeasuredQuality;
use speed_kings_core::stats::repetition::{AnswerRepetition, distinct};
use speed_kings_core::stats::{mean, median};
use speed_kings_engine::launch::EngineIdentity;
use speed_kings_system::environment::MachineEnvironment;

use crate::divergence::FirstDivergence;
use crate::likeness::LetterLikeness;
use crate::protocol::{ProtocolAnswer, ProtocolPrompt};
use crate::quality::TextLikelihood;
use crate::sweep::{ModelSize, SweepPoint, point_label};

/// The version of the file.
pub const VERSION: u32 = 1;
/// What the file calls itself, and the folder that it is kept in.
pub const KIND: &str = "quality";
/// Settings that say where, how fast and how much is computed, and change no words: a figure that was measured under others
/// of them holds. Any other setting makes another figure.
const WORDLESS: [&str; 10] = [
    "program",
    "threads",
    "slots",
    "context",
    "batch",
    "gpu_layers",
    "cpu_moe",
    "n_cpu_moe",
    "override_tensor",
    "models",
];

/// Quality beside speed of several engines as their file keeps it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct QualityFile {
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
    /// What every engine is asked, in order, at temperature 0.
    pub prompts: Vec<ProtocolPrompt>,
    /// The seed that every engine is given.
    pub seed: u64,
    /// The hash of the text that is to be foreseen: FNV-1a, 64 bits, hexadecimal.
    pub text_fnv1a64: String,
    /// The bytes of that text.
    pub text_bytes: u64,
    /// The answers that all are held against, by prompt; nothing where it is those of the first engine.
    #[serde(default)]
    pub reference: Option<BTreeMap<String, String>>,
    /// The engines in the order in which they are started.
    pub engines: Vec<QualityEngine>,
}

/// One engine with what its words are worth.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct QualityEngine {
    /// Engine, model and settings.
    #[serde(flatten)]
    pub point: SweepPoint,
    /// What the model's file says of its size.
    pub size: ModelSize,
    /// When it was visited, UTC; nothing where it has not been yet.
    #[serde(default)]
    pub measured_at: Option<Timestamp>,
    /// Why it could not be asked.
    #[serde(default)]
    pub failure: Option<String>,
    /// How well it foresees the text.
    #[serde(default)]
    pub likelihood: Option<TextLikelihood>,
    /// Why it could not be told how well it foresees the text.
    #[serde(default)]
    pub scoring_failure: Option<String>,
    /// What it answered, prompt by prompt.
    #[serde(default)]
    pub answers: Vec<ProtocolAnswer>,
    /// Where its answers part from those that they are held against.
    #[serde(default)]
    pub divergences: Vec<PromptDivergence>,
}

/// Where the answers to one prompt part; `one` is the engine's own, `other` the one that it is held against.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct PromptDivergence {
    /// The id of the prompt.
    pub prompt: String,
    /// The place, and how both go on.
    #[serde(flatten)]
    pub place: FirstDivergence,
}

/// One engine's quality in figures; what is not known is absent.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct QualitySummary {
    /// What it is called in tables.
    pub label: String,
    /// Output tokens a second; the median of its answers.
    pub output_tok_s: Option<f64>,
    /// e to the mean negative log-likelihood of a token.
    pub perplexity: Option<f64>,
    /// Bits of information for each byte of the text.
    pub bits_per_byte: Option<f64>,
    /// Tokens whose probability was not told.
    pub missed: Option<u64>,
    /// Answers that came whole.
    pub answers: usize,
    /// Automatic checks that were passed.
    pub checks_passed: usize,
    /// Automatic checks that were made.
    pub checks: usize,
    /// The mean share of four-word sequences that were there before.
    pub repeated: Option<f64>,
    /// The mean share of different two-word sequences (distinct-2).
    pub distinct_2: Option<f64>,
    /// Answers that are degenerate, of those long enough to be judged.
    pub degenerate: usize,
    /// Answers that are long enough to be judged.
    pub judged: usize,
    /// Answers that are held against others.
    pub compared: usize,
    /// Answers that are the same, letter for letter.
    pub exact: usize,
    /// The mean likeness by edits, 0 to 1.
    pub edit_likeness: Option<f64>,
    /// The mean chrF, 0 to 1.
    pub chrf: Option<f64>,
    /// Answers during which others kept the machine busy.
    pub disturbed: usize,
}

impl QualityEngine {
    /// Its whole answer to `prompt`.
    #[must_use]
    pub fn answer(&self, prompt: &str) -> Option<&ProtocolAnswer> {
        self.answers.iter().find(|answer| answer.prompt == prompt && answer.figures.failure.is_none())
    }

    /// How its whole answers repeat themselves, those that are long enough.
    pub fn repetitions(&self) -> impl Iterator<Item = (&str, AnswerRepetition)> {
        let whole = self.answers.iter().filter(|answer| answer.figures.failure.is_none());
        whole.filter_map(|answer| Some((answer.prompt.as_str(), AnswerRepetition::of(&answer.answer)?)))
    }
}

impl QualityFile {
    /// What an engine is called in tables: what tells it from the others.
    #[must_use]
    pub fn label(&self, engine: usize) -> String {
        let points: Vec<&SweepPoint> = self.engines.iter().map(|engine| &engine.point).collect();
        let names: Vec<&str> = self.engines.iter().map(|engine| engine.size.name.as_str()).collect();
        point_label(&points, &names, engine)
    }

    /// The answer that engine `engine`'s own to `prompt` is held against: the reference's, else the first engine's.
    #[must_use]
    pub fn held_against(&self, engine: usize, prompt: &str) -> Option<&str> {
        match &self.reference {
            Some(answers) => answers.get(prompt).map(String::as_str),
            None if engine == 0 => None,
            None => self.engines.first()?.answer(prompt).map(|answer| answer.answer.as_str()),
        }
    }

    /// Where engine `engine`'s answers part from those that they are held against, by their letters.
    #[must_use]
    pub fn parted(&self, engine: usize) -> Vec<PromptDivergence> {
        let Some(of) = self.engines.get(engine) else { return Vec::new() };
        let parted = |prompt: &ProtocolPrompt| {
            let place = FirstDivergence::of(&of.answer(&prompt.id)?.answer, self.held_against(engine, &prompt.id)?)?;
            Some(PromptDivergence { prompt: prompt.id.clone(), place })
        };
        self.prompts.iter().filter_map(parted).collect()
    }

    /// What engine `engine` comes to.
    #[must_use]
    pub fn summary(&self, engine: usize) -> QualitySummary {
        let Some(of) = self.engines.get(engine) else { return QualitySummary::default() };
        let whole: Vec<&ProtocolAnswer> = of.answers.iter().filter(|answer| answer.figures.failure.is_none()).collect();
        let checks = || whole.iter().flat_map(|answer| &answer.checks);
        let likeness = |answer: &&&ProtocolAnswer| {
            Some(LetterLikeness::of(&answer.answer, self.held_against(engine, &answer.prompt)?))
        };
        let alike: Vec<LetterLikeness> = whole.iter().filter_map(|answer| likeness(&answer)).collect();
        let likeness = LetterLikeness::mean(&alike);
        let repetitions: Vec<AnswerRepetition> = of.repetitions().map(|(_, repetition)| repetition).collect();
        let repeated: Vec<f64> = repetitions.iter().map(|one| one.repeated).collect();
        let different: Vec<f64> = whole.iter().filter_map(|answer| distinct(&answer.answer, 2)).collect();
        QualitySummary {
            label: self.label(engine),
            output_tok_s: median(whole.iter().filter_map(|answer| answer.figures.output_tok_s)),
            perplexity: of.likelihood.and_then(|found| found.perplexity()),
            bits_per_byte: of.likelihood.and_then(|found| found.bits_per_byte()),
            missed: of.likelihood.map(|found| found.missed),
            answers: whole.len(),
            checks_passed: checks().filter(|check| check.passed).count(),
            checks: checks().count(),
            repeated: mean(&repeated),
            distinct_2: mean(&different),
            degenerate: repetitions.iter().filter(|one| one.is_degenerate()).count(),
            judged: repetitions.len(),
            compared: alike.len(),
            exact: likeness.map_or(0, |(exact, ..)| exact),
            edit_likeness: likeness.map(|(_, edits, _)| edits),
            chrf: likeness.map(|(.., chrf)| chrf),
            disturbed: whole.iter().filter(|answer| answer.figures.disturbed).count(),
        }
    }

    /// The figures of the engine `wanted` in this file, each with its moment.
    fn figures<'a>(&'a self, wanted: &'a EngineIdentity) -> impl Iterator<Item = (Timestamp, MeasuredQuality)> + 'a {
        let same = move |engine: &&QualityEngine| {
            engine.point.engine == wanted.engine
                && engine.size.name == wanted.model
                && engine.size.file_bytes == wanted.model_bytes
                && words_of(&engine.point.settings) == words_of(&wanted.settings)
        };
        self.engines.iter().filter(same).filter_map(|engine| {
            let at = engine.measured_at?;
            Some((at, engine.likelihood?.measured(&self.text_fnv1a64, at)?))
        })
    }
}

/// The settings that may change what is said.
fn words_of(settings: &BTreeMap<String, String>) -> BTreeSet<(&String, &String)> {
    settings.iter().filter(|(name, _)| !WORDLESS.contains(&name.as_str())).collect()
}

/// The newest figure of the engine `wanted` in all `files`.
#[must_use]
pub fn newest<'a>(
    files: impl IntoIterator<Item = &'a QualityFile>,
    wanted: &'a EngineIdentity,
) -> Option<MeasuredQuality> {
    let figures = files.into_iter().flat_map(|file| file.figures(wanted));
    figures.max_by_key(|(at, _)| *at).map(|(_, quality)| quality)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::protocol::CheckOutcome;

    pub(crate) fn answer(prompt: &str, text: &str, tok_s: f64) -> ProtocolAnswer {
        let mut answer = ProtocolAnswer::failed((0, 0), prompt, "");
        answer.figures.failure = None;
        answer.figures.output_tok_s = Some(tok_s);
        answer.checks = vec![CheckOutcome { name: "is long".into(), passed: text.len() > 40 }];
        ProtocolAnswer { answer: text.into(), ..answer }
    }

    /// Engines on the models of these names, each with its bits per byte, its speed and its answers.
    pub(crate) fn file(engines: &[(&str, f64, f64, &[&str])]) -> QualityFile {
        let prompts = ["greeting", "jugs", "story", "sorting", "energy", "chat"];
        let engine = |(model, bits, speed, texts): &(&str, f64, f64, &[&str])| QualityEngine {
            point: SweepPoint {
                engine: "e".into(),
                model: format!("/m/{model}.gguf"),
                settings: [].into(),
                concurrency: 1,
                runner: None,
            },
            size: ModelSize { name: (*model).into(), file_bytes: Some(7), ..ModelSize::default() },
            measured_at: Some("2026-11-29T12:00:00Z".parse().unwrap()),
            failure: None,
            likelihood: Some(TextLikelihood {
                nll: bits * 1_000.0 * std::f64::consts::LN_2,
                tokens: 300,
                missed: 0,
                bytes: 1_000,
            }),
            scoring_failure: None,
            answers: prompts.iter().zip(*texts).map(|(prompt, text)| answer(prompt, text, *speed)).collect(),
            divergences: Vec::new(),
        };
        QualityFile {
            version: VERSION,
            kind: KIND.into(),
            started_at: Timestamp::UNIX_EPOCH,
            environment: MachineEnvironment::default(),
            prompt_set: "streaming".into(),
            prompts: prompts
                .iter()
                .map(|id| ProtocolPrompt { id: (*id).into(), ..ProtocolPrompt::default() })
                .collect(),
            seed: 0,
            text_fnv1a64: "e3".into(),
            text_bytes: 1_000,
            reference: None,
            engines: engines.iter().map(engine).collect(),
        }
    }

    pub(crate) const PLAIN: &str = "The sky looks blue because air scatters short waves of light far more than the long \
         ones do, and so it goes.";

    #[test]
    fn an_engine_is_summed_up_against_the_first() {
        let junk = "and on ".repeat(30);
        let file = file(&[("a", 1.0, 40.0, &[PLAIN, "Hi"]), ("b", 1.2, 90.0, &[PLAIN, &junk])]);
        let (one, two) = (file.summary(0), file.summary(1));
        assert_eq!((one.compared, one.edit_likeness, one.checks_passed, one.checks), (0, None, 1, 2));
        assert_eq!((two.compared, two.exact, two.degenerate, two.judged), (2, 1, 1, 2));
        assert!(two.repeated > Some(0.4) && two.distinct_2 < Some(0.6) && two.chrf >= Some(0.5), "{two:?}");
        assert_eq!((two.output_tok_s, two.missed), (Some(90.0), Some(0)));
        assert!((two.bits_per_byte.unwrap() - 1.2).abs() < 1e-9);
        let parted = file.parted(1);
        assert_eq!((parted.len(), parted[0].prompt.as_str(), parted[0].place.other.as_str()), (1, "jugs", "Hi"));
        assert_eq!(file.parted(0), []);
    }

    #[test]
    fn reference_answers_are_for_all() {
        let mut file = file(&[("a", 1.0, 40.0, &[PLAIN, "Hi"])]);
        file.reference = Some([("jugs".to_owned(), "Hi".to_owned())].into());
        let one = file.summary(0);
        assert_eq!((one.compared, one.exact), (1, 1));
        let text = serde_json::to_string(&file).unwrap();
        assert_eq!(serde_json::from_str::<QualityFile>(&text).unwrap(), file);
    }

    #[test]
    fn the_newest_figure_of_an_engine_is_found_by_its_file() {
        let old = file(&[("a", 1.0, 40.0, &[]), ("b", 1.2, 90.0, &[])]);
        let mut new = file(&[("a", 1.1, 40.0, &[])]);
        new.engines[0].measured_at = Some("2026-11-30T12:00:00Z".parse().unwrap());
        new.engines[0].point.settings = [("threads".to_owned(), "2".to_owned())].into();
        let wanted = EngineIdentity {
            engine: "e".into(),
            model: "a".into(),
            model_bytes: Some(7),
            settings: [("threads".to_owned(), "4".to_owned())].into(),
        };
        let files = [new.clone(), old];
        let found = newest(&files, &wanted).unwrap();
        assert_eq!((&*found.day, &*found.text_hash), ("2026-11-30", "e3"));
        assert!((found.bits_per_byte - 1.1).abs() < 1e-9);
        for other in [
            EngineIdentity { engine: "f".into(), ..wanted.clone() },
            EngineIdentity { model: "c".into(), ..wanted.clone() },
            EngineIdentity { model_bytes: Some(8), ..wanted.clone() },
            EngineIdentity { settings: [("cache_type".to_owned(), "q4_0".to_owned())].into(), ..wanted.clone() },
        ] {
            assert_eq!(newest(&files, &other), None, "{other:?}");
        }
        new.engines[0].likelihood = None;
        assert_eq!(newest(&[new], &wanted), None);
    }
}
