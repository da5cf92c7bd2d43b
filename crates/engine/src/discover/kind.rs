//! The engines that are told apart, each with the names that people and the catalogue have for it.
//! One that speaks the API and says nothing of itself is `OpenAI`-compatible, and can be raced all the same.

use speed_kings_catalog::Dialect;

/// Which engine it is that answers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum EngineKind {
    /// llama.cpp's server, and whatever has it inside.
    LlamaServer,
    /// A llamafile: model and llama.cpp's server in one program.
    Llamafile,
    /// The Python server of llama-cpp-python.
    LlamaCppPython,
    /// The local model runner with a library of models.
    Ollama,
    /// The local server of LM Studio.
    LmStudio,
    /// The server of vLLM with the API of `OpenAI`.
    Vllm,
    /// The server of `SGLang` with the same API.
    Sglang,
    /// mistral.rs, a server in Rust.
    MistralRs,
    /// `transformers serve` of Hugging Face.
    TransformersServe,
    /// Transformers behind this program's own script.
    Transformers,
    /// ONNX Runtime `GenAI` behind this program's own script.
    OnnxruntimeGenai,
    /// `KoboldCpp` with its own and the `OpenAI` API.
    KoboldCpp,
    /// `LocalAI`, a front for several backends.
    LocalAi,
    /// Shimmy, a server in Rust.
    Shimmy,
    /// The server of Apple's MLX, `mlx_lm.server`.
    Mlx,
    /// `EdgeLLM`, a gateway with an engine in Mojo.
    EdgeLlm,
    /// `SmallMind`, an engine in C#.
    SmallMind,
    /// The simulator that comes with this program.
    Simulator,
    /// Something that speaks the API and does not say what it is.
    OpenAiCompatible,
}

impl EngineKind {
    /// All kinds, for tables and tests.
    pub const ALL: [Self; 19] = [
        Self::LlamaServer,
        Self::Llamafile,
        Self::LlamaCppPython,
        Self::Ollama,
        Self::LmStudio,
        Self::Vllm,
        Self::Sglang,
        Self::MistralRs,
        Self::TransformersServe,
        Self::Transformers,
        Self::OnnxruntimeGenai,
        Self::KoboldCpp,
        Self::LocalAi,
        Self::Shimmy,
        Self::Mlx,
        Self::EdgeLlm,
        Self::SmallMind,
        Self::Simulator,
        Self::OpenAiCompatible,
    ];

    /// The name in files and in contestants' names.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LlamaServer => "llama-server",
            Self::Llamafile => "llamafile",
            Self::LlamaCppPython => "llama-cpp-python",
            Self::Ollama => "ollama",
            Self::LmStudio => "lm-studio",
            Self::Vllm => "vllm",
            Self::Sglang => "sglang",
            Self::MistralRs => "mistralrs",
            Self::TransformersServe => "transformers-serve",
            Self::Transformers => "transformers",
            Self::OnnxruntimeGenai => "onnxruntime-genai",
            Self::KoboldCpp => "koboldcpp",
            Self::LocalAi => "localai",
            Self::Shimmy => "shimmy",
            Self::Mlx => "mlx",
            Self::EdgeLlm => "edgellm",
            Self::SmallMind => "smallmind",
            Self::Simulator => "simulator",
            Self::OpenAiCompatible => "openai-compatible",
        }
    }

    /// What people call it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::LlamaServer => "llama.cpp",
            Self::Llamafile => "llamafile",
            Self::LlamaCppPython => "llama-cpp-python",
            Self::Ollama => "Ollama",
            Self::LmStudio => "LM Studio",
            Self::Vllm => "vLLM",
            Self::Sglang => "SGLang",
            Self::MistralRs => "mistral.rs",
            Self::TransformersServe => "transformers serve",
            Self::Transformers => "transformers",
            Self::OnnxruntimeGenai => "ONNX Runtime GenAI",
            Self::KoboldCpp => "KoboldCpp",
            Self::LocalAi => "LocalAI",
            Self::Shimmy => "Shimmy",
            Self::Mlx => "MLX",
            Self::EdgeLlm => "EdgeLLM",
            Self::SmallMind => "SmallMind",
            Self::Simulator => "Speed Kings simulator",
            Self::OpenAiCompatible => "OpenAI-compatible",
        }
    }

    /// Which API it is raced by: its own where that tells more.
    #[must_use]
    pub const fn dialect(self) -> Dialect {
        match self {
            Self::Ollama => Dialect::Ollama,
            _ => Dialect::OpenAi,
        }
    }

    /// The path of that API.
    #[must_use]
    pub const fn api_path(self) -> &'static str {
        match self.dialect() {
            Dialect::Ollama => "",
            _ => "/v1",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_one_each() {
        let names: BTreeSet<_> = EngineKind::ALL.map(EngineKind::as_str).into();
        let titles: BTreeSet<_> = EngineKind::ALL.map(EngineKind::title).into();
        assert_eq!((names.len(), titles.len()), (EngineKind::ALL.len(), EngineKind::ALL.len()));
    }
}
