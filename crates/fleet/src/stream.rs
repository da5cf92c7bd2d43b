//! The streams that keep what went over the bus, where the server has `JetStream`: races for those who come late, and what watches found.

use std::time::Duration;

use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType, Stream};
use async_nats::jetstream::{self, Context};
use speed_kings_core::text::printable;

use crate::bus::{Bus, BusError};
use crate::subject::{RACE_STREAM, RACE_SUBJECTS, WATCH_STREAM, WATCH_SUBJECTS};

/// What all races together take at the most; past three quarters of it the old ones go.
const RACE_BYTES: i64 = 64 << 20;
/// How long a race is kept.
const RACE_AGE: Duration = Duration::from_secs(24 * 3_600);
/// What the lines of all watches together take at the most: the oldest go.
const WATCH_BYTES: i64 = 256 << 20;
/// How long the line of a watch is kept.
const WATCH_AGE: Duration = Duration::from_secs(90 * 24 * 3_600);
/// How long the server has for it.
const WAIT: Duration = Duration::from_secs(3);

pub(crate) fn context(bus: &Bus) -> Context {
    let mut context = jetstream::new(bus.client().clone());
    context.set_timeout(WAIT);
    context
}

/// The stream of races, made when it is not there. In it nothing is dropped silently: where it is full a race is not kept.
///
/// # Errors
/// When the server has no `JetStream`, or does not let us.
pub async fn races(bus: &Bus) -> Result<Stream, BusError> {
    let config = Config {
        name: RACE_STREAM.into(),
        subjects: RACE_SUBJECTS.map(str::to_owned).into(),
        retention: RetentionPolicy::Limits,
        discard: DiscardPolicy::New,
        max_bytes: RACE_BYTES,
        max_age: RACE_AGE,
        storage: StorageType::File,
        ..Config::default()
    };
    let mut stream = context(bus).get_or_create_stream(config).await.map_err(|error| failed(&error))?;
    let bytes = stream.info().await.map_err(|error| failed(&error))?.state.bytes;
    if i64::try_from(bytes).unwrap_or(i64::MAX) > RACE_BYTES / 4 * 3 {
        stream.purge().await.map_err(|error| failed(&error))?;
    }
    Ok(stream)
}

/// The stream of races, if it is there: whoever only watches makes none.
///
/// # Errors
/// When there is none, or we may not look.
pub async fn known_races(bus: &Bus) -> Result<Stream, BusError> {
    context(bus).get_stream(RACE_STREAM).await.map_err(|error| failed(&error))
}

/// The stream of what watches found, made when it is not there.
///
/// # Errors
/// As for [`races`].
pub async fn watches(bus: &Bus) -> Result<Stream, BusError> {
    let config = Config {
        name: WATCH_STREAM.into(),
        subjects: WATCH_SUBJECTS.map(str::to_owned).into(),
        discard: DiscardPolicy::Old,
        max_bytes: WATCH_BYTES,
        max_age: WATCH_AGE,
        storage: StorageType::File,
        ..Config::default()
    };
    context(bus).get_or_create_stream(config).await.map_err(|error| failed(&error))
}

fn failed(error: &dyn ToString) -> BusError {
    BusError::Failed(printable(&error.to_string()).into_owned())
}
