//! Programs of ours that put an engine without a server behind one: small scripts, compiled in, written out when started.
//! Each loads the model first and says so, so that loading never counts as waiting for the first token.

/// A script that is compiled in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EngineScript {
    /// llama.cpp by its Python wheel `xllamacpp`.
    Xllamacpp,
    /// mistral.rs by its Python wheel.
    Mistralrs,
    /// ONNX Runtime `GenAI` by its Python wheel.
    OnnxruntimeGenai,
    /// Hugging Face transformers, without its own server.
    Transformers,
}

impl EngineScript {
    /// All scripts, for tables and tests.
    pub const ALL: [Self; 4] = [Self::Xllamacpp, Self::Mistralrs, Self::OnnxruntimeGenai, Self::Transformers];

    /// The name in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Xllamacpp => "xllamacpp",
            Self::Mistralrs => "mistralrs",
            Self::OnnxruntimeGenai => "onnxruntime-genai",
            Self::Transformers => "transformers",
        }
    }

    /// The program text, in Python.
    #[must_use]
    pub fn text(self) -> String {
        let own = match self {
            Self::Xllamacpp => return include_str!("../../../../scripts/engines/xllamacpp.py").to_owned(),
            Self::Mistralrs => include_str!("../../../../scripts/engines/mistralrs.py"),
            Self::OnnxruntimeGenai => include_str!("../../../../scripts/engines/onnxruntime-genai.py"),
            Self::Transformers => include_str!("../../../../scripts/engines/transformers.py"),
        };
        // The server comes first: what follows gives it the function that makes text.
        format!("{}\n{own}", include_str!("../../../../scripts/engines/server.py"))
    }
}
