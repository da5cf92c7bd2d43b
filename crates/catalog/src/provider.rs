//! Who can race: providers, how their API differs from the others, and what they offer.
//! All of it is a default from one day: ids, prices and claims carry their date, and a user's file can replace them.

use super::command::CommandSpec;
use super::dialect::Dialect;
use super::endpoint::EndpointFields;
use super::profile::StreamProfile;
use crate::batch::BatchDiscount;
use speed_kings_core::race::hardware::Hardware;
use speed_kings_core::race::price::{Claim, Price};

/// Fields that are added to a request's JSON body as they are.
pub type ExtraFields = serde_json::Map<String, serde_json::Value>;

/// Somebody who serves models.
#[derive(Clone, PartialEq, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one independent fact about an API, set in a file")]
pub struct Provider {
    /// Its unique id, for example `cerebras`.
    pub id: String,
    /// What people call it, for example `Cerebras`.
    pub name: String,
    /// What it runs on.
    pub hardware: Hardware,
    /// Where the API is, without the dialect's path and without a slash at the end; empty for a [command](Self::command).
    pub base_url: String,
    /// What is run instead of asking an API.
    pub command: Option<CommandSpec>,
    /// The environment variable that holds the key. A [local](Self::local) provider works without it.
    pub key: Option<String>,
    /// Which API it speaks.
    pub dialect: Dialect,
    /// Where its API differs from others of the dialect in paths, query and headers.
    pub endpoint: EndpointFields,
    /// How it calls the cap on output tokens.
    pub token_limit: TokenLimit,
    /// Whether it may be asked for usage with `stream_options`.
    pub stream_options: bool,
    /// Whether it takes a seed.
    pub seed: bool,
    /// Whether it takes a temperature.
    pub temperature: bool,
    /// Whether text between tags such as `<think>` inside the content is reasoning. Off, the answer is taken as it stands.
    pub think_tags: bool,
    /// Added to the body of every request.
    pub extra: ExtraFields,
    /// Added when reasoning is to be off, where there is a switch. An offer can have its own:
    /// see [`Self::reasoning_off_for`].
    pub reasoning_off: Option<ExtraFields>,
    /// The response header that names the serving region.
    pub region_header: Option<String>,
    /// Whether it runs on the user's own hardware and needs no key.
    pub local: bool,
    /// What it takes off for batches; nothing means not known. An offer can have its own: see [`Self::batch_for`].
    pub batch: Option<BatchDiscount>,
    /// The models that it serves, with their prices.
    pub offers: Vec<ModelOffer>,
    /// What a user should know before racing it.
    pub note: Option<String>,
}

impl Provider {
    /// What it offers for the catalogue's `model`, whatever its case.
    #[must_use]
    pub fn offer(&self, model: &str) -> Option<&ModelOffer> {
        self.offers.iter().find(|offer| offer.model.eq_ignore_ascii_case(model))
    }

    /// Whether [`Self::base_url`] is only the form of an address, which the user has to say.
    #[must_use]
    pub fn needs_address(&self) -> bool {
        self.base_url.contains('{')
    }

    /// The start of its environment variables: `LOCAL_M3` of `LOCAL_M3_MODEL` and `LOCAL_M3_BASE_URL`.
    #[must_use]
    pub fn env_prefix(&self) -> String {
        self.id.to_ascii_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_")
    }

    /// What is taken off for batches of `model`: the offer's own, else the provider's.
    #[must_use]
    pub fn batch_for(&self, model: &str) -> Option<&BatchDiscount> {
        self.offer(model).and_then(|offer| offer.batch.as_ref()).or(self.batch.as_ref())
    }

    /// What switches reasoning off for `model`: the offer's own fields, else the provider's.
    #[must_use]
    pub fn reasoning_off_for(&self, model: &str) -> Option<&ExtraFields> {
        self.offer(model).and_then(|offer| offer.reasoning_off.as_ref()).or(self.reasoning_off.as_ref())
    }
}

/// One model at one provider.
#[derive(Clone, PartialEq, Debug)]
pub struct ModelOffer {
    /// The catalogue's id of the model.
    pub model: String,
    /// The provider's own id of it, as it goes over the wire.
    pub id: String,
    /// Other names under which the provider answers with this very model: whatever else it names is another one. Spellings
    /// and dated snapshots of the id need no mention.
    pub also_answers: Vec<String>,
    /// Why a live race would fail or race something else, for example `retired at Cerebras in 2026`.
    pub retired: Option<String>,
    /// What it costs; nothing means not known, not free.
    pub price: Option<Price>,
    /// What is taken off for batches of this model, where that differs from the provider's other models.
    pub batch: Option<BatchDiscount>,
    /// Speeds that were published of it.
    pub claims: Vec<Claim>,
    /// How the simulator plays it.
    pub profile: Option<StreamProfile>,
    /// Added to the body of requests for this model.
    pub extra: ExtraFields,
    /// Replaces the provider's [`Provider::reasoning_off`] for this model.
    pub reasoning_off: Option<ExtraFields>,
}

/// How the cap on output tokens is called. A request sends exactly one of the two.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TokenLimit {
    /// The old name, which almost everybody takes.
    MaxTokens,
    /// The new name, which `OpenAI`'s reasoning models insist on.
    MaxCompletionTokens,
}

impl TokenLimit {
    /// All names of the cap.
    pub const ALL: [Self; 2] = [Self::MaxTokens, Self::MaxCompletionTokens];

    /// The field's name, in files as on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MaxTokens => "max_tokens",
            Self::MaxCompletionTokens => "max_completion_tokens",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|limit| limit.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for limit in TokenLimit::ALL {
            assert_eq!(TokenLimit::parse(limit.as_str()), Some(limit));
        }
    }

    #[test]
    fn cached_tokens_have_their_own_price_where_there_is_one() {
        let price = Price { input: 1.0, output: 4.0, cached: None, as_of: "2026".into(), source: "test".into() };
        let cheap = Price { cached: Some(0.1), ..price.clone() };
        for (price, input, cached, output, usd) in
            [(&price, 1_000, 400, 500, 0.003), (&cheap, 1_000, 400, 500, 0.00264), (&cheap, 100, 900, 0, 0.00001)]
        {
            assert!((price.cost(input, cached, output) - usd).abs() < 1e-12, "{input} {cached} {output}");
        }
    }
}
