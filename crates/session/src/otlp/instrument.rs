//! The instruments: what is sent under which name, in which unit, and how it adds up.

/// How values add up.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum InstrumentKind {
    /// The newest value alone counts.
    Gauge,
    /// They are summed, and never fall.
    Counter,
    /// They are counted between these bounds.
    Histogram(&'static [f64]),
}

/// One instrument with its name, unit and description.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct OtlpInstrument {
    pub(super) name: &'static str,
    pub(super) unit: &'static str,
    pub(super) description: &'static str,
    pub(super) kind: InstrumentKind,
}

/// The bounds that the conventions name for times, in seconds.
const SECONDS: &[f64] = &[0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
/// Those that they name for tokens.
const TOKENS: &[f64] = &[
    1.0,
    4.0,
    16.0,
    64.0,
    256.0,
    1_024.0,
    4_096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
];

macro_rules! instruments {
    ($($constant:ident = $kind:expr, $unit:literal, $name:literal, $description:literal;)+) => {
        $(
            pub(super) const $constant: OtlpInstrument =
                OtlpInstrument { name: $name, unit: $unit, description: $description, kind: $kind };
        )+
        /// All of them, in the order in which they are sent.
        #[cfg(test)]
        pub(super) const ALL: &[OtlpInstrument] = &[$($constant),+];
    };
}

use InstrumentKind::{Counter, Gauge, Histogram};

instruments! {
    DURATION = Histogram(SECONDS), "s", "gen_ai.client.inference.duration",
        "From the request to the end of the response, or to the failure.";
    FIRST_CHUNK = Histogram(SECONDS), "s", "gen_ai.client.inference.time_to_first_chunk",
        "From the request to the first bytes of the response's body, whatever they say.";
    OUTPUT_CHUNK = Histogram(SECONDS), "s", "gen_ai.client.inference.time_per_output_chunk",
        "Time between two reads of the socket that carried text.";
    INPUT_USED = Counter, "{token}", "gen_ai.client.inference.usage.input_tokens",
        "Prompt tokens by the server's count, cached ones included.";
    OUTPUT_USED = Counter, "{token}", "gen_ai.client.inference.usage.output_tokens",
        "Output tokens by the server's count, reasoning included.";
    CACHE_READ = Counter, "{token}", "gen_ai.client.inference.usage.cache_read.input_tokens",
        "Prompt tokens out of a cache by the server's count.";
    REASONING = Counter, "{token}", "gen_ai.client.inference.usage.reasoning.output_tokens",
        "Reasoning tokens by the server's count.";
    INPUT_EACH = Histogram(TOKENS), "{token}", "gen_ai.client.inference.operation.input_tokens",
        "Prompt tokens of each request by the server's count.";
    OUTPUT_EACH = Histogram(TOKENS), "{token}", "gen_ai.client.inference.operation.output_tokens",
        "Output tokens of each request by the server's count.";
    REQUESTS = Counter, "{request}", "speed_kings.requests", "Requests made.";
    FAILURES = Counter, "{request}", "speed_kings.request.failures", "Requests that brought no figures.";
    UP = Gauge, "1", "speed_kings.up", "Whether the last request brought figures.";
    TTFT = Gauge, "s", "speed_kings.ttft", "From the request to the first token text of any kind, in the last request.";
    TTFA = Gauge, "s", "speed_kings.ttfa", "From the request to the first text of the answer, in the last request.";
    TOTAL = Gauge, "s", "speed_kings.total", "From the request to the last text, in the last request.";
    TOKEN_LATENCY = Gauge, "s", "speed_kings.token_latency", "Time for each token after the first, in the last request.";
    OUTPUT_SPEED = Gauge, "{token}/s", "speed_kings.output_speed",
        "Tokens per second after the first read, in the last request; absent where it was not seen.";
    COST = Counter, "{USD}", "speed_kings.cost", "What requests cost, as far as it is known.";
}
