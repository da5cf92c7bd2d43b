//! The encoder inside: `openh264`, in its mode for screens, several segments at a time.
//! Segments are cut by frame number and each starts anew, so the bytes don't depend on how many run at once.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use openh264::OpenH264API;
use openh264::encoder::{
    BitRate, Encoder as OpenH264, EncoderConfig, FrameRate, IntraFramePeriod, QpRange, RateControlMode, UsageType,
    VuiConfig,
};
use openh264::formats::YUVSource;

use crate::FilmError;
use crate::output::OutputFile;
use crate::video::mp4::{EncodedFrame, MovieIndex, split};
use crate::video::plan::{EncodingPlan, FrameChange, VideoEncoder};
use crate::video::repeat::FrameRepeats;
use crate::video::yuv::YuvPicture;
use speed_kings_system::atomic_file;

/// Frames of a segment. Long ones are smaller, short ones keep more processors busy.
const SEGMENT: u64 = 150;
/// Threads at the most: each holds a picture, its references and the changes of a segment.
const THREADS: usize = 8;
/// Results of one thread that nobody has taken yet. While the camera waits for a thread, each of the others has one segment
/// in hand and one beginning in its queue, and perhaps an error: it is never full, so none waits for the other.
const RESULTS_OF_WORKER: usize = 3;
/// The quantiser's range, which is the quality: at 18 to 26 letters have no visible rings.
const QUALITY: (u8, u8) = (18, 26);
/// More than a screen ever needs, so that the range above alone decides.
const BITS_PER_SECOND: u32 = 240_000_000;

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
    output: OutputFile,
    /// The samples so far, under no name, since the file begins with where they are.
    media: std::fs::File,
    movie: MovieIndex,
    workers: Vec<(SyncSender<Step>, JoinHandle<()>)>,
    done: Receiver<Done>,
    waiting: BTreeMap<u64, Vec<EncodedFrame>>,
    frame: u64,
    written: u64,
}

impl Segments {
    /// Starts the encoders.
    ///
    /// # Errors
    /// When the file can't be written, or the picture is too large for this encoder.
    pub(super) fn start(plan: EncodingPlan) -> Result<Self, FilmError> {
        let output = OutputFile::create(&plan.path)?;
        let (width, height) = plan.blank.size;
        if width.max(height) > 3_840 || width.min(height) > 2_160 {
            let why = format!("the encoder inside takes up to 3840×2160 pixels, and this is {width}×{height}");
            return Err(FilmError::Refused { path: plan.path, why });
        }
        // Beside the film: there is room for it there, and a TMPDIR that is gone is no reason to fail.
        let media =
            tempfile::tempfile_in(atomic_file::folder_of(output.path())).map_err(|source| output.trouble(source))?;
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(THREADS);
        let (results, done) = sync_channel(threads * RESULTS_OF_WORKER);
        let workers = (0..threads).map(|_| worker(plan.fps, &results)).collect();
        let movie = MovieIndex::new(plan.blank.size, plan.fps);
        Ok(Self { plan, output, media, movie, workers, done, waiting: BTreeMap::new(), frame: 0, written: 0 })
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
        let (segment, first) = (self.frame / SEGMENT, self.frame.is_multiple_of(SEGMENT));
        let index = usize::try_from(segment % self.workers.len().max(1) as u64).unwrap_or(0);
        let begin = first.then(|| Step::Begin(segment, Box::new(self.plan.blank.clone())));
        for (x, y, tile) in &change {
            self.plan.blank.draw_tile(*x, *y, tile);
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
            thread.join().map_err(|_| refused(&self.plan.path, "one of its threads panicked"))?;
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
        "openh264, which is built in".into()
    }
}

/// A thread that encodes the segments it is given, one after the other.
fn worker(fps: u32, results: &SyncSender<Done>) -> (SyncSender<Step>, JoinHandle<()>) {
    // A whole segment waits for each thread, so that the one camera keeps all of them busy.
    let (steps, queue) = sync_channel(usize::try_from(SEGMENT).unwrap_or(1));
    let results = results.clone();
    let thread = std::thread::spawn(move || {
        if let Err(why) = encode(fps, &queue, &results) {
            // Nobody listens any more once the export was cancelled.
            let _ = results.send(Err(why));
        }
    });
    (steps, thread)
}

/// A segment in the making.
struct Segment {
    number: u64,
    encoder: OpenH264,
    picture: Box<YuvPicture>,
    repeats: FrameRepeats,
    samples: Vec<EncodedFrame>,
}

impl Segment {
    fn add(&mut self, change: &FrameChange) -> Result<(), String> {
        // Looking at a picture that has not changed takes the encoder as long as any other.
        if change.is_empty()
            && !self.samples.is_empty()
            && let Some(sample) = self.repeats.repeat()
        {
            self.samples.push(sample);
            return Ok(());
        }
        for (x, y, tile) in change {
            self.picture.draw_tile(*x, *y, tile);
        }
        let bits = self.encoder.encode(&*self.picture).map_err(|error| error.to_string())?.to_vec();
        let sample = split(&bits).ok_or("a frame came out empty")?;
        self.samples.push(self.repeats.follow(sample, self.picture.size).ok_or("a frame has no number")?);
        Ok(())
    }
}

fn encode(fps: u32, queue: &Receiver<Step>, results: &SyncSender<Done>) -> Result<(), String> {
    let mut current: Option<Segment> = None;
    for step in queue {
        match step {
            Step::Begin(number, picture) => {
                release(current.take(), results);
                let encoder = OpenH264::with_api_config(OpenH264API::from_source(), config(fps));
                let encoder = encoder.map_err(|error| error.to_string())?;
                current =
                    Some(Segment { number, encoder, picture, repeats: FrameRepeats::default(), samples: Vec::new() });
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
    if let Some(Segment { number, samples, .. }) = segment {
        // As above: nobody may be listening.
        let _ = results.send(Ok((number, samples)));
    }
}

#[expect(clippy::cast_precision_loss, reason = "240 at the most")]
const fn config(fps: u32) -> EncoderConfig {
    EncoderConfig::new()
        .usage_type(UsageType::ScreenContentRealTime)
        .rate_control_mode(RateControlMode::Bufferbased)
        .bitrate(BitRate::from_bps(BITS_PER_SECOND))
        .max_frame_rate(FrameRate::from_hz(fps as f32))
        .qp(QpRange::new(QUALITY.0, QUALITY.1))
        .skip_frames(false)
        // These two are not for screens; it says so on stderr, from C, unless they are off.
        .adaptive_quantization(false)
        .background_detection(false)
        .intra_frame_period(IntraFramePeriod::auto())
        .num_threads(1)
        .vui(VuiConfig::bt709())
}

impl YUVSource for YuvPicture {
    fn dimensions(&self) -> (usize, usize) {
        (self.size.0 as usize, self.size.1 as usize)
    }

    fn strides(&self) -> (usize, usize, usize) {
        (self.luma.stride, self.blue.stride, self.red.stride)
    }

    fn y(&self) -> &[u8] {
        &self.luma.bytes
    }

    fn u(&self) -> &[u8] {
        &self.blue.bytes
    }

    fn v(&self) -> &[u8] {
        &self.red.bytes
    }
}
