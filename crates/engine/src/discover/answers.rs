//! What was asked of one place, what it answered, and what follows: the next question, or who it is.
//! Pure: the questions are put elsewhere, so recorded answers of engines that can't run here are tested the same way.

use std::collections::BTreeMap;

use serde_json::Value;

use speed_kings_client::provider::http::local::{LocalAnswer, model_names};
use speed_kings_core::text::printable;

use super::kind::EngineKind;

/// The first question: every server of this API lists its models.
const MODELS: &str = "/v1/models";
/// The second: Ollama says here what it is.
const ROOT: &str = "/";
/// The most models that are listed.
const MAX_MODELS: usize = 200;
/// The longest name that is shown, in characters.
const MAX_NAME: usize = 120;

/// What an engine said of itself. Absent means that it does not say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EngineFacts {
    /// Which engine it is.
    pub kind: EngineKind,
    /// Its version or build, in its own words.
    pub version: Option<String>,
    /// The models that it serves, printable.
    pub models: Vec<String>,
    /// Tokens of context of one request.
    pub context: Option<u64>,
    /// Requests that it answers at the same time.
    pub slots: Option<u64>,
}

/// A sign by which one engine is told, out of the answer to one question.
struct EngineSign {
    kind: EngineKind,
    path: &'static str,
    holds: fn(&LocalAnswer) -> bool,
}

/// The signs, in the order in which they are asked for. Two that share a path are asked for once.
const SIGNS: [EngineSign; 19] = [
    sign(EngineKind::Llamafile, MODELS, |answer| served_by(answer, "llamafile")),
    sign(EngineKind::LlamaServer, MODELS, |answer| served_by(answer, "llama.cpp") || owner_is(answer, "llamacpp")),
    sign(EngineKind::Shimmy, MODELS, |answer| owner_is(answer, "shimmy")),
    sign(EngineKind::KoboldCpp, MODELS, |answer| owner_is(answer, "koboldcpp")),
    sign(EngineKind::SmallMind, MODELS, |answer| owner_is(answer, "smallmind")),
    sign(EngineKind::Vllm, MODELS, |answer| owner_is(answer, "vllm")),
    sign(EngineKind::Sglang, MODELS, |answer| owner_is(answer, "sglang")),
    sign(EngineKind::OnnxruntimeGenai, MODELS, |answer| served_by(answer, "onnxruntime-genai")),
    sign(EngineKind::Transformers, MODELS, |answer| served_by(answer, "transformers")),
    sign(EngineKind::MistralRs, MODELS, |answer| served_by(answer, "mistral.rs") || owner_is(answer, "mistral.rs")),
    sign(EngineKind::Simulator, MODELS, |answer| served_by(answer, "speed-kings")),
    sign(EngineKind::LlamaCppPython, MODELS, |answer| served_by(answer, "uvicorn") && owner_is(answer, "me")),
    sign(EngineKind::Ollama, ROOT, |answer| answer.body.starts_with(b"Ollama is running")),
    sign(EngineKind::LmStudio, "/api/v0/models", |answer| {
        let list = answer.json();
        let first = list.as_ref().and_then(|list| list.get("data")?.as_array()?.first());
        first.is_some_and(|model| model.get("compatibility_type").is_some() || model.get("state").is_some())
    }),
    sign(EngineKind::MistralRs, "/v1/system/info", |answer| answer.json().is_some_and(|info| info.is_object())),
    sign(EngineKind::LocalAi, "/system", |answer| answer.json().is_some_and(|system| system.get("backends").is_some())),
    sign(EngineKind::Vllm, "/version", |answer| {
        served_by(answer, "uvicorn") && answer.json().is_some_and(|version| version.get("version").is_some())
    }),
    sign(EngineKind::TransformersServe, "/health", |answer| {
        answer.status == 200 && served_by(answer, "uvicorn") && answer.header("x-request-id").is_some()
    }),
    sign(EngineKind::EdgeLlm, MODELS, |answer| names(answer) == ["default"]),
];

const fn sign(kind: EngineKind, path: &'static str, holds: fn(&LocalAnswer) -> bool) -> EngineSign {
    EngineSign { kind, path, holds }
}

/// Where an engine says its version, and which fields hold it, its context and its slots.
const fn detail_path(kind: EngineKind) -> Option<&'static str> {
    match kind {
        EngineKind::LlamaServer | EngineKind::Llamafile => Some("/props"),
        EngineKind::Ollama => Some("/api/version"),
        EngineKind::Vllm | EngineKind::LocalAi => Some("/version"),
        EngineKind::Shimmy => Some("/health"),
        EngineKind::KoboldCpp => Some("/api/extra/version"),
        EngineKind::LmStudio => Some("/api/v0/models"),
        EngineKind::Sglang => Some("/get_server_info"),
        _ => None,
    }
}

/// The answers of one place so far; nothing for a question that was not answered.
#[derive(Debug, Default)]
pub(super) struct EngineAnswers {
    answers: BTreeMap<&'static str, Option<LocalAnswer>>,
}

impl EngineAnswers {
    /// Takes in the answer to a question.
    pub(super) fn take(&mut self, path: &'static str, answer: Option<LocalAnswer>) {
        self.answers.insert(path, answer);
    }

    /// What to ask next; nothing when it is clear who it is, or that nobody is there.
    pub(super) fn next_question(&self) -> Option<&'static str> {
        if let Some(kind) = self.kind() {
            return detail_path(kind).filter(|path| !self.answers.contains_key(path));
        }
        if !self.answers.contains_key(MODELS) {
            return Some(MODELS);
        }
        // Nobody listens, or whoever does is too slow to be asked more.
        self.answer(MODELS)?;
        let open = SIGNS.iter().map(|sign| sign.path).find(|path| !self.answers.contains_key(path));
        // A stranger, which is not to be asked about everything.
        open.filter(|path| *path == ROOT || self.lists_models())
    }

    /// Who it is; nothing where nobody lists models.
    pub(super) fn facts(&self) -> Option<EngineFacts> {
        let kind = self.kind().or_else(|| self.lists_models().then_some(EngineKind::OpenAiCompatible))?;
        let list = self.answer(MODELS).and_then(LocalAnswer::json).unwrap_or_default();
        let detail =
            detail_path(kind).and_then(|path| self.answer(path)).and_then(LocalAnswer::json).unwrap_or_default();
        let kind = if kind == EngineKind::OpenAiCompatible && self.is_mlx() { EngineKind::Mlx } else { kind };
        Some(EngineFacts {
            kind,
            version: version(&detail),
            models: model_names(&list).unwrap_or_default().iter().take(MAX_MODELS).map(|name| shown(name)).collect(),
            context: context(&list, &detail),
            slots: number(&detail, &["total_slots", "max_running_requests"]),
        })
    }

    fn kind(&self) -> Option<EngineKind> {
        let holds = |sign: &&EngineSign| self.answer(sign.path).is_some_and(|answer| (sign.holds)(answer));
        let found = SIGNS.iter().find(holds)?;
        // The weakest sign counts only when the others were asked for.
        let asked = SIGNS.iter().all(|sign| self.answers.contains_key(sign.path));
        (found.kind != EngineKind::EdgeLlm || asked).then_some(found.kind)
    }

    fn answer(&self, path: &str) -> Option<&LocalAnswer> {
        self.answers.get(path)?.as_ref()
    }

    fn lists_models(&self) -> bool {
        let list = self.answer(MODELS).and_then(LocalAnswer::json);
        list.is_some_and(|list| list.get("data").is_some_and(Value::is_array))
    }

    /// Python's own little server, and models in the form of that library: all that it tells.
    fn is_mlx(&self) -> bool {
        let models = self.answer(MODELS);
        models.is_some_and(|answer| {
            served_by(answer, "basehttp") && names(answer).iter().any(|name| name.contains("mlx"))
        })
    }
}

fn served_by(answer: &LocalAnswer, name: &str) -> bool {
    answer.header("server").is_some_and(|server| server.to_ascii_lowercase().starts_with(name))
}

fn owner_is(answer: &LocalAnswer, owner: &str) -> bool {
    let list = answer.json().unwrap_or_default();
    let models = list.get("data").and_then(Value::as_array);
    let first = models.and_then(|models| models.first()?.get("owned_by")?.as_str().map(str::to_ascii_lowercase));
    first.as_deref() == Some(owner)
}

fn names(answer: &LocalAnswer) -> Vec<String> {
    answer.json().and_then(|list| model_names(&list)).unwrap_or_default()
}

fn version(detail: &Value) -> Option<String> {
    let said = ["build_info", "version", "result"].iter().find_map(|field| detail.get(field)?.as_str());
    // KoboldCpp says its name where others say their version.
    let said = detail.get("version").and_then(Value::as_str).or(said);
    said.map(shown)
}

fn context(list: &Value, detail: &Value) -> Option<u64> {
    let model = list.get("data").and_then(|models| models.get(0));
    let loaded = detail.get("data").and_then(|models| models.get(0));
    let settings = detail.get("default_generation_settings");
    settings
        .and_then(|settings| number(settings, &["n_ctx"]))
        .or_else(|| number(model?.get("meta")?, &["n_ctx"]))
        .or_else(|| number(model?, &["max_model_len", "context_length"]))
        .or_else(|| number(loaded?, &["loaded_context_length", "max_context_length"]))
}

fn number(value: &Value, fields: &[&str]) -> Option<u64> {
    fields.iter().find_map(|field| value.get(field)?.as_u64())
}

fn shown(text: &str) -> String {
    printable(text).chars().take(MAX_NAME).collect()
}

#[cfg(test)]
mod tests;
