//! A lane at one moment, without what only ever grows: of that, only how long it was.
//! Together with the finished lane it is the lane at that moment, at a cost that doesn't depend on what was said.

use super::lateness::LatenessLength;
use super::text_reads::ReadsLength;
use super::{Lane, ReadLateness, TextReads};
use crate::race::transcript::{self, Transcript};

/// A lane at one moment.
#[derive(Clone, Debug)]
pub struct LanePoint {
    /// The lane without notices, standstills, text, reads and lateness.
    small: Lane,
    notices: usize,
    stills: usize,
    text: transcript::TranscriptLength,
    reads: ReadsLength,
    lateness: LatenessLength,
}

impl Lane {
    /// This moment of it.
    #[must_use]
    pub fn point(&self) -> LanePoint {
        LanePoint {
            small: self.without_growth(),
            notices: self.notices.len(),
            stills: self.stills.len(),
            text: self.transcript.length(),
            reads: self.reads.length(),
            lateness: self.lateness.length(),
        }
    }

    /// Makes it what it was at `point`. It and `whole` must have come from the same events, `whole` from all of them.
    pub fn go_to(&mut self, point: &LanePoint, whole: &Self) {
        let mut notices = std::mem::take(&mut self.notices);
        notices.truncate(point.notices);
        notices.extend_from_slice(whole.notices.get(notices.len()..point.notices).unwrap_or_default());
        let mut stills = std::mem::take(&mut self.stills);
        stills.truncate(point.stills);
        stills.extend_from_slice(whole.stills.get(stills.len()..point.stills).unwrap_or_default());
        let (mut transcript, mut reads) = (std::mem::take(&mut self.transcript), std::mem::take(&mut self.reads));
        transcript.become_part(&whole.transcript, point.text);
        reads.become_part(&whole.reads, point.reads);
        let mut lateness = std::mem::take(&mut self.lateness);
        lateness.become_part(&whole.lateness, point.lateness);
        *self = Self { notices, stills, transcript, reads, lateness, ..point.small.clone() };
    }

    /// Everything but what [`LanePoint`] has the length of. All fields are named, so that a new one can't be forgotten.
    fn without_growth(&self) -> Self {
        Self {
            state: self.state.clone(),
            marks: self.marks,
            transport: self.transport.clone(),
            warm: self.warm,
            head: self.head.clone(),
            model: self.model.clone(),
            upstream: self.upstream.clone(),
            cap: self.cap,
            usage: self.usage,
            server: self.server,
            process: self.process,
            engine: self.engine.clone(),
            resources: self.resources,
            finish: self.finish.clone(),
            malformed: self.malformed,
            retries: self.retries,
            keep_alives: self.keep_alives,
            tainted: self.tainted,
            renamed: self.renamed.clone(),
            usages: self.usages,
            sizes: self.sizes,
            largest_read: self.largest_read,
            longest_gap: self.longest_gap,
            bunched: self.bunched,
            notices: Vec::new(),
            stills: Vec::new(),
            transcript: Transcript::default(),
            reads: TextReads::default(),
            lateness: ReadLateness::default(),
        }
    }
}
