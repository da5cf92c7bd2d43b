//! What is measured, for a collector of OpenTelemetry: metrics by the conventions for generative AI, release 0.1.0 of November 2026,
//! and beside them our own, sent as OTLP over HTTP in JSON.
//! <https://github.com/open-telemetry/semantic-conventions-genai>, <https://opentelemetry.io/docs/specs/otlp/>
//!
//! Sums and distributions are cumulative: an export that is lost is made good by the next one.

mod exporter;
mod instrument;
mod metrics;
mod place;
mod wire;

pub use self::exporter::{OtlpError, OtlpExporter, OtlpSettings};
pub use self::metrics::OtlpMetrics;
pub use self::place::OtlpPlace;
