//! Whose figures they are, as the conventions name it.

use super::wire::AttributeValue;
use speed_kings_client::provider::ContestantClient;
use speed_kings_client::provider::Dialect;
use speed_kings_core::race::setup::Contestant;
use speed_kings_core::text::printable;

/// The most of a name that is sent, in characters: what a server says of itself has no other bound.
const LONGEST: usize = 200;

/// The providers that the conventions have names for, by their ids in the catalogue.
const KNOWN: [(&str, &str); 10] = [
    ("anthropic", "anthropic"),
    ("azure-openai", "azure.ai.openai"),
    ("bedrock", "aws.bedrock"),
    ("deepseek", "deepseek"),
    ("gemini", "gcp.gemini"),
    ("groq", "groq"),
    ("mistral", "mistral_ai"),
    ("moonshot", "moonshot_ai"),
    ("openai", "openai"),
    ("openai-responses", "openai"),
];

/// A contestant with the address that it is asked at.
#[derive(Clone, PartialEq, Debug)]
pub struct OtlpPlace {
    operation: &'static str,
    provider: String,
    model: String,
    server: Option<(String, u16)>,
    name: String,
}

impl OtlpPlace {
    /// That of `contestant`, which is asked by `client`.
    #[must_use]
    pub fn of(contestant: &Contestant, client: &ContestantClient) -> Self {
        let operation = match client {
            ContestantClient::Http(http) => match http.dialect {
                Dialect::Completions => "text_completion",
                Dialect::Gemini => "generate_content",
                Dialect::OpenAi | Dialect::Ollama | Dialect::Anthropic | Dialect::Responses => "chat",
            },
            ContestantClient::Exec(_) => "text_completion",
        };
        let known = KNOWN.iter().find(|(id, _)| *id == contestant.provider).map(|(_, name)| *name);
        let url = client.base_url();
        let server = url.and_then(|url| Some((url.host_str()?.to_owned(), url.port_or_known_default()?)));
        Self {
            operation,
            provider: known.unwrap_or(&contestant.provider).to_owned(),
            model: contestant.model.clone(),
            server,
            name: contestant.name.clone(),
        }
    }

    /// Its attributes, with the model that answered, where one was named.
    pub(super) fn attributes(&self, answered: Option<&str>, simulated: bool) -> Vec<(&'static str, AttributeValue)> {
        let text = |text: &str| AttributeValue::Text(printable(text).chars().take(LONGEST).collect());
        let mut attributes = vec![
            ("gen_ai.operation.name", text(self.operation)),
            ("gen_ai.provider.name", text(&self.provider)),
            ("gen_ai.request.model", text(&self.model)),
        ];
        attributes.extend(answered.map(|model| ("gen_ai.response.model", text(model))));
        if let Some((host, port)) = &self.server {
            attributes.extend([("server.address", text(host)), ("server.port", AttributeValue::Whole((*port).into()))]);
        }
        attributes.push(("speed_kings.contestant", text(&self.name)));
        attributes.push(("speed_kings.simulated", AttributeValue::Flag(simulated)));
        attributes
    }
}
