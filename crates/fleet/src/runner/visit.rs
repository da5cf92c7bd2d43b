//! A visit that a runner makes for a director: its engine started, asked and ended by the same code as in a sweep here, and kept before
//! anybody hears of it.

use std::io;
use std::path::Path;
use std::pin::pin;

use jiff::Timestamp;
use speed_kings_lab::visit::SweepVisit;
use speed_kings_session::visit::visit;

use super::worker::{HostedWorker, WorkEnd};
use crate::sweeps::AllowedVisit;
use crate::visit_tape::VisitTapeWriter;
use crate::wire::Refusal;

/// Begins `allowed` with its tape in `folder`. The first line of that comes with it.
pub(super) fn begin(allowed: AllowedVisit, folder: &Path) -> Result<(HostedWorker, String), Refusal> {
    let begun = VisitTapeWriter::begin(folder, &allowed.race.setup, allowed.plan.clone());
    let (tape, header) = begun.map_err(|error| Refusal::failed(&format!("cannot record: {error}")))?;
    let worker = HostedWorker::begin("visit", |end| async move { made(allowed, tape, &end).await })?;
    Ok((worker, header))
}

/// Makes the visit, and keeps on `tape` what came of it.
async fn made(mut allowed: AllowedVisit, tape: VisitTapeWriter, end: &WorkEnd) -> io::Result<()> {
    let started_at = Some(Timestamp::now());
    let visited = visit(&mut allowed.race, allowed.requests, pin!(end.stop.notified())).await;
    let figures = match visited.map_err(io::Error::other)? {
        Some((race, others)) => SweepVisit::of(0, 1, &race, others),
        None => SweepVisit::failed(0, 1, end.why.get().map_or("stopped", String::as_str)),
    };
    // The engine is gone before its director hears that the visit is over.
    drop(allowed);
    tape.end(SweepVisit { started_at, ..figures })
}
