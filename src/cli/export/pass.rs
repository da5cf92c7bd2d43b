//! One pass over a recording, which a signal stops and whose progress is shown.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::cli::context::StatusOutput;
use crate::cli::error::CliError;
use crate::cli::event_loop::runtime;
use crate::cli::export::progress::ExportProgress;
use crate::film::{Exporter, FilmError, RenderJob, render};
use crate::interrupt::InterruptListener;

/// Films `job` for all of `exporters`; gives the files that could not be made, and nothing when somebody stopped it.
///
/// # Errors
/// When nothing of it could be made.
pub(super) fn film(
    err: &StatusOutput,
    job: &RenderJob<'_>,
    exporters: &mut Vec<Box<dyn Exporter>>,
) -> Result<Option<Vec<FilmError>>, CliError> {
    match interruptible(|stop| roll(err, job, exporters, stop))? {
        Err(FilmError::Cancelled) => Ok(None),
        other => Ok(Some(other?)),
    }
}

fn roll(
    err: &StatusOutput,
    job: &RenderJob<'_>,
    exporters: &mut Vec<Box<dyn Exporter>>,
    stop: &AtomicBool,
) -> Result<Vec<FilmError>, FilmError> {
    let mut progress = ExportProgress::new(err);
    let result = render(job, exporters, &mut |step| {
        progress.show(step);
        if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    progress.clear();
    result
}

/// Does `work`, and raises the flag that it is given when a signal comes.
fn interruptible<T: Send>(work: impl FnOnce(&AtomicBool) -> T + Send) -> Result<T, CliError> {
    let mut signals = InterruptListener::new()?;
    let stop = Arc::new(AtomicBool::new(false));
    let (done, over) = tokio::sync::oneshot::channel::<()>();
    std::thread::scope(|scope| {
        let flag = Arc::clone(&stop);
        let worker = scope.spawn(move || {
            let result = work(&flag);
            drop(done);
            result
        });
        runtime()?.block_on(async {
            tokio::select! {
                () = signals.next() => stop.store(true, Ordering::Relaxed),
                _ = over => {}
            }
            std::io::Result::Ok(())
        })?;
        worker.join().map_err(|_| CliError::internal("the export ended in a panic"))
    })
}
