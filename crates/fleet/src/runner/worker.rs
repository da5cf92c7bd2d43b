//! Work of a runner on a thread of its own, which can be ended where it stands.

use std::io;
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

use tokio::sync::Notify;

use crate::wire::Refusal;

/// How work is told to end before its time, and why.
#[derive(Clone, Default)]
pub(super) struct WorkEnd {
    /// Comes when it is to end.
    pub(super) stop: Arc<Notify>,
    /// Why; nothing while it may go on.
    pub(super) why: Arc<OnceLock<String>>,
}

impl WorkEnd {
    /// Ends it; the first reason stays.
    pub(super) fn come(&self, why: &str) {
        if self.why.set(why.to_owned()).is_ok() {
            self.stop.notify_one();
        }
    }
}

/// Work that is being done.
pub(super) struct HostedWorker {
    end: WorkEnd,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl HostedWorker {
    /// Does `work` on a thread of this `name`, with an event loop of its own.
    pub(super) fn begin<F: Future<Output = io::Result<()>>>(
        name: &str,
        work: impl FnOnce(WorkEnd) -> F + Send + 'static,
    ) -> Result<Self, Refusal> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Refusal::failed(&error))?;
        let end = WorkEnd::default();
        let told = end.clone();
        let thread = std::thread::Builder::new().name(name.to_owned());
        let thread = thread.spawn(move || runtime.block_on(work(told))).map_err(|error| Refusal::failed(&error))?;
        Ok(Self { end, thread: Some(thread) })
    }

    /// Ends it where it stands.
    pub(super) fn stop(&self, why: &str) {
        self.end.come(why);
    }

    /// Whether nothing more is added to its tape.
    pub(super) fn is_over(&mut self) -> io::Result<bool> {
        match self.thread.take_if(|thread| thread.is_finished()) {
            // A panic over there has been reported by the panic hook already.
            Some(thread) => thread.join().unwrap_or(Ok(())).map(|()| true),
            None => Ok(self.thread.is_none()),
        }
    }
}
