//! The encoder inside: `rusty_h264-encoder`, which is Rust and nothing else, several segments at a time.
//! Segments are cut by frame number and each starts anew, so the bytes don't depend on how many run at once.
//!
//! It is built without its `std`, so that no variable of the environment changes what it does, and its arithmetic is `libm`'s
//! everywhere.

mod segment;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use crate::FilmError;
use crate::output::OutputFile;
use crate::rate::FrameRate;
use crate::video::h264::segment::Segment;
use crate::video::mp4::{EncodedFrame, MovieIndex};
use crate::video::plan::{EncodingPlan, FrameChange, VideoEncoder};
use crate::video::yuv::YuvPicture;
use speed_kings_system::atomic_file;

/// Frames of a segment at the most. Long ones are smaller; short ones keep more processors busy and are sooner jumped into.
const SEGMENT: u64 = 150;
/// And at the least: two starts one after the other would be taken for one (7.4.1.2.4).
const SHORTEST: u64 = 2;
/// Threads at the most: each holds a picture, its references and the changes of a segment.
const THREADS: usize = 8;
/// The quantiser where nobody asks for another: letters have no visible rings, 45 dB or better.
const QUANTISER: u8 = 22;

/// One step of a segment.
enum Step {
    /// A segment begins with this picture, on which its first change comes.
    Begin(u64, Box<YuvPicture>),
    /// What changed in the segment's next frame.
    Frame(FrameChange),
}

/// A finished segment, its number and its frames in order, or why it could not be encoded.
type Done = Result<(u64, Vec<EncodedFrame>), String>;

/// A video on its way through the encoders.
pub(super) struct Segments {
    plan: EncodingPlan,
    /// The picture so far, for the next segment to begin on.
    picture: YuvPicture,
    output: OutputFile,
    /// The samples so far, under no name, since the file begins with where they are.
    media: std::fs::File,
    movie: MovieIndex,
    workers: Vec<(SyncSender<Step>, JoinHandle<()>)>,
    done: Receiver<Done>,
    waiting: BTreeMap<u64, Vec<EncodedFrame>>,
    /// Frames that chapters begin at.
    keys: BTreeSet<u64>,
    frame: u64,
    /// The segment that the next frame belongs to, and its first frame.
    segment: (u64, u64),
    written: u64,
}

impl Segments {
    /// Starts the encoders on the picture `blank`, which the first frame changes.
    ///
    /// # Errors
    /// When the file can't be written.
    pub(super) fn start(plan: EncodingPlan, blank: YuvPicture) -> Result<Self, FilmError> {
        let output = OutputFile::create(&plan.path)?;
        // Beside the film: there is room for it there, and a TMPDIR that is gone is no reason to fail.
        let media =
            tempfile::tempfile_in(atomic_file::folder_of(output.path())).map_err(|source| output.trouble(source))?;
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(THREADS);
        let keys: BTreeSet<u64> = plan.keys().collect();
        // Room for every segment and for an error of each thread: no thread waits here while the camera waits for it.
        let most =
            usize::try_from(plan.frames / SEGMENT).unwrap_or(usize::MAX).saturating_add(keys.len() + 1 + threads);
        let (results, done) = sync_channel(most);
        let look = (plan.fps, plan.quantiser.unwrap_or(QUANTISER));
        let workers = (0..threads).map(|_| worker(look, &results)).collect();
        let movie = MovieIndex::new(plan.size, plan.fps);
        Ok(Self {
            plan,
            picture: blank,
            output,
            media,
            movie,
            workers,
            done,
            waiting: BTreeMap::new(),
            keys,
            frame: 0,
            segment: (0, 0),
            written: 0,
        })
    }

    /// Whether a segment begins with the next frame.
    fn begins(&self) -> bool {
        let length = self.frame - self.segment.1;
        self.frame == 0 || length >= SEGMENT || (length >= SHORTEST && self.keys.contains(&self.frame))
    }

    /// Writes the segments that are done and next in line.
    fn drain(&mut self, all: bool) -> Result<(), FilmError> {
        loop {
            let next = if all { self.done.recv().ok() } else { self.done.try_recv().ok() };
            let Some(next) = next else { break };
            let (segment, samples) = next.map_err(|why| refused(&self.plan.path, &why))?;
            self.waiting.insert(segment, samples);
            while let Some(samples) = self.waiting.remove(&self.written) {
                self.written += 1;
                for sample in samples {
                    let bytes = self.movie.add(sample);
                    self.media.write_all(&bytes).map_err(|source| self.output.trouble(source))?;
                }
            }
        }
        Ok(())
    }
}

fn refused(path: &Path, why: &str) -> FilmError {
    FilmError::Refused { path: path.to_owned(), why: format!("the encoder failed: {why}") }
}

impl VideoEncoder for Segments {
    fn frame(&mut self, change: FrameChange) -> Result<(), FilmError> {
        let begins = self.begins();
        if begins && self.frame > 0 {
            self.segment = (self.segment.0 + 1, self.frame);
        }
        let index = usize::try_from(self.segment.0 % self.workers.len().max(1) as u64).unwrap_or(0);
        let begin = begins.then(|| Step::Begin(self.segment.0, Box::new(self.picture.clone())));
        for (x, y, tile) in &change {
            self.picture.draw_tile(*x, *y, tile);
        }
        let worker = self.workers.get(index).map(|(steps, _)| steps);
        for step in begin.into_iter().chain([Step::Frame(change)]) {
            // A worker that has gone has left its reason among the results.
            let _ = worker.map(|steps| steps.send(step));
        }
        self.frame += 1;
        self.drain(false)
    }

    fn finish(mut self: Box<Self>) -> Result<(), FilmError> {
        let threads: Vec<_> = self.workers.drain(..).map(|(_, thread)| thread).collect();
        self.drain(true)?;
        for thread in threads {
            thread.join().map_err(|_| {
                refused(&self.plan.path, "it ended in a panic; with --encoder ffmpeg another one does the work")
            })?;
        }
        let Self { plan, mut output, mut media, movie, .. } = *self;
        if movie.frames() != plan.frames {
            return Err(refused(&plan.path, &format!("{} of {} frames came out", movie.frames(), plan.frames)));
        }
        let write = |output: &mut OutputFile, media: &mut std::fs::File| {
            output.write_all(&movie.head(&plan.chapters))?;
            media.seek(SeekFrom::Start(0))?;
            std::io::copy(media, output).map(drop)
        };
        write(&mut output, &mut media).map_err(|source| output.trouble(source))?;
        output.commit()
    }

    fn name(&self) -> String {
        "rusty_h264, which is built in".into()
    }
}

/// A thread that encodes the segments it is given, one after the other.
fn worker(look: (FrameRate, u8), results: &SyncSender<Done>) -> (SyncSender<Step>, JoinHandle<()>) {
    // A whole segment waits for each thread, so that the one camera keeps all of them busy.
    let (steps, queue) = sync_channel(usize::try_from(SEGMENT).unwrap_or(1));
    let results = results.clone();
    let thread = std::thread::spawn(move || {
        if let Err(why) = encode(look, &queue, &results) {
            // Nobody listens any more once the export was cancelled.
            let _ = results.send(Err(why));
        }
    });
    (steps, thread)
}

fn encode(look: (FrameRate, u8), queue: &Receiver<Step>, results: &SyncSender<Done>) -> Result<(), String> {
    let mut current: Option<Segment> = None;
    for step in queue {
        match step {
            Step::Begin(number, picture) => {
                release(current.take(), results);
                current = Some(Segment::begin(number, picture, look)?);
            }
            Step::Frame(change) => {
                if let Some(segment) = &mut current {
                    segment.add(&change)?;
                }
            }
        }
    }
    release(current, results);
    Ok(())
}

fn release(segment: Option<Segment>, results: &SyncSender<Done>) {
    if let Some(segment) = segment {
        // As above: nobody may be listening.
        let _ = results.send(Ok(segment.finish()));
    }
}
