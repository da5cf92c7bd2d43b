//! What every contestant of a race is asked, before it is in any dialect.

use speed_kings_core::race::conversation::ConversationMessage;

/// What every contestant of a race is asked.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct CompletionRequest {
    /// The provider's id of the model.
    pub model: String,
    /// The text of the user's message.
    pub prompt: String,
    /// What was said before it, oldest first, where it is one turn of a conversation.
    pub history: Vec<ConversationMessage>,
    /// The text of the system message, if one is sent.
    pub system: Option<String>,
    /// The output cap, in tokens.
    pub max_tokens: Option<u32>,
    /// The sampling temperature; nothing leaves it to the server.
    pub temperature: Option<f64>,
    /// The sampling seed; nothing leaves it to the server.
    pub seed: Option<u64>,
}
