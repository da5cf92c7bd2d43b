//! Why an engine can't answer: what happened, and what to do about it.
//! Both are for people to read.

/// Why an engine is not there.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct EngineFailure {
    /// What happened, with the engine's last words where it had any; keys are masked.
    pub message: String,
    /// What to do about it, where something is known.
    pub hint: Option<String>,
}

impl EngineFailure {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    /// Names the file that holds its log. Its folder is nobody's business who reads a recording.
    pub(super) fn with_log(self, file: Option<&str>) -> Self {
        let Some(file) = file else { return self };
        let kept = format!("its log is kept as {file}");
        let hint = self.hint.map_or_else(|| kept.clone(), |hint| format!("{hint}; {kept}"));
        Self { hint: Some(hint), ..self }
    }

    pub(super) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}
