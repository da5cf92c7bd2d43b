//! Speeds of local engines that others measured on hardware that isn't here, to read own figures by.
//! Each has its day and its source, and is marked as not measured here wherever it stands.

/// One speed that somebody else measured.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ReferenceFigure {
    /// Its unique id, for example `rtx4090-llama7b-q8`.
    pub id: String,
    /// The model, as people call it.
    pub model: String,
    /// The quantisation of its weights; empty where the source doesn't say.
    pub quantization: String,
    /// What it ran on.
    pub hardware: String,
    /// The engine that ran it.
    pub engine: String,
    /// Tokens of the prompt that it read each second.
    pub prompt_tok_s: Option<f64>,
    /// Tokens that it wrote each second, one request at a time.
    pub output_tok_s: f64,
    /// Electric power meanwhile, watts.
    pub watts: Option<f64>,
    /// When it was published: `2026`, `2026-05` or `2026-05-31`.
    pub as_of: String,
    /// Who published it, in words or as an address.
    pub source: String,
}
