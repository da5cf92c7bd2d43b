//! An engine as somebody asks for it: `llama-server@model.gguf,threads=4`, and the names of its settings.

use std::collections::BTreeMap;

/// Settings that every engine takes.
pub const PROGRAM_SETTING: &str = "program";

/// Stands for a comma that separates nothing.
const HIDDEN_COMMA: &str = "\u{0}";

/// What somebody asks of an engine: `llama-server@model.gguf,threads=4`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EngineRequest {
    /// The model: a path or a name, as the engine takes it.
    pub model: String,
    /// Settings by their names in the catalogue.
    pub settings: BTreeMap<String, String>,
}

impl EngineRequest {
    /// Reads `MODEL,name=value,switch`. A comma behind a backslash belongs to what it stands in.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        // Commas behind a backslash are no separators; nothing else has this letter.
        let hidden = text.replace("\\,", HIDDEN_COMMA);
        let mut pieces = hidden.split(',').map(|piece| piece.replace(HIDDEN_COMMA, ","));
        let model = pieces.next().unwrap_or_default().trim().to_owned();
        let setting = |piece: String| {
            let (name, value) = piece.split_once('=').unwrap_or((&piece, "on"));
            (setting_name(name), value.trim().to_owned())
        };
        Self { model, settings: pieces.filter(|piece| !piece.trim().is_empty()).map(setting).collect() }
    }
}

/// The name of a model by its path: the file's without its folder and `.gguf`.
#[must_use]
pub fn model_stem(model: &str) -> &str {
    let name = model.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or(model);
    name.strip_suffix(".gguf").unwrap_or(name)
}

/// A setting's name as the catalogue writes it: `gpu-layers` is `gpu_layers`.
#[must_use]
pub fn setting_name(name: &str) -> String {
    let letters = name.trim().to_ascii_lowercase();
    letters.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}
