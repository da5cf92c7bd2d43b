//! Why conversations can't be held with everybody who was named.

/// Why a conversation can't be held.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConversationUsage {
    /// Several at a time would have to wait for each other at every turn.
    #[error(
        "{0} of --prompts is a conversation, and those are held one at a time: leave out --concurrency and --rate, or give prompts of one message"
    )]
    Several(String),
    /// A contestant that takes one text.
    #[error(
        "{0} of --prompts is a conversation, and {1} takes one text alone (the dialect `completions`, or a command): choose \
         another dialect with --set '{1}.dialect=openai', leave {1} out, or give prompts of one message"
    )]
    OneText(String, String),
    /// Asked of runners, which take one text.
    #[error(
        "{0} of --prompts has messages beside the prompt, and a runner is asked one text: give prompts of one message with --lanes"
    )]
    Elsewhere(String),
}
