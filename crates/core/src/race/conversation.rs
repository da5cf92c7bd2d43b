//! What was said before a prompt, where that is one turn of a conversation.

/// Who says a message of a conversation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MessageSide {
    /// Whoever asks the questions of a conversation.
    User,
    /// Whoever answers them: a contestant, or the file that has its words.
    Assistant,
}

/// One message of a conversation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConversationMessage {
    /// Which of the two says it.
    pub side: MessageSide,
    /// Its text, without any role or markup.
    pub text: String,
}

impl ConversationMessage {
    /// A message of whoever asks.
    #[must_use]
    pub fn user(text: impl Into<String>) -> Self {
        Self { side: MessageSide::User, text: text.into() }
    }

    /// A message of whoever answers.
    #[must_use]
    pub fn assistant(text: impl Into<String>) -> Self {
        Self { side: MessageSide::Assistant, text: text.into() }
    }
}
