//! What is asked and planned, as a file has it: prompts, questions, groups and phases.

use serde::{Deserialize, Serialize};

#[derive(Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename = "Prompt")]
pub(crate) struct PromptEntry {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) max_tokens: u32,
    pub(crate) expected_tokens: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) temperature: Option<f64>,
    #[serde(default)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) checks: Vec<CheckEntry>,
}

#[derive(Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename = "Check")]
pub(crate) struct CheckEntry {
    pub(crate) name: String,
    #[serde(default)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) contains: Vec<String>,
    #[serde(default)]
    pub(crate) python: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) jugs: Option<JugsEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) words: Option<usize>,
}

#[derive(Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename = "Jugs")]
pub(crate) struct JugsEntry {
    pub(crate) small: u32,
    pub(crate) large: u32,
    pub(crate) goal: u32,
}

#[derive(Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename = "PromptSet")]
pub(crate) struct PromptSetEntry {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Ids of prompts that stand elsewhere; they come first.
    #[serde(default)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) include: Vec<String>,
    #[serde(default)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) prompts: Vec<PromptEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pause_s: Option<f64>,
}

#[derive(Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename = "Group")]
pub(crate) struct GroupEntry {
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(default)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) questions: Vec<QuestionEntry>,
}

#[derive(Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename = "Question")]
pub(crate) struct QuestionEntry {
    pub(crate) text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ask: Option<AskEntry>,
}

#[derive(Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename = "Ask")]
pub(crate) enum AskEntry {
    Lead {
        of: Vec<String>,
        over: Vec<String>,
        by: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        between: Option<(f64, f64)>,
    },
    Order {
        of: Vec<String>,
        by: String,
    },
    Growth {
        of: Vec<String>,
        over: Vec<String>,
        by: String,
    },
    Best {
        by: String,
    },
}

#[derive(Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename = "Phase")]
pub(crate) struct PhaseEntry {
    pub(crate) id: String,
    pub(crate) group: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) contestants: Vec<String>,
    pub(crate) model: String,
    pub(crate) priority: u8,
    pub(crate) cost_usd: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) question: Option<String>,
}
