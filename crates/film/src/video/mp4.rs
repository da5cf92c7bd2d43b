//! MP4 around H.264: one track at a constant rate, its index ahead of its pictures, chapters beside it.
//! Boxes as in ISO/IEC 14496-12 and -15; the chapters are Nero's `chpl`, which ffmpeg, mpv and VLC read.
//!
//! By hand because `muxide` 0.5 holds all pictures in memory, rounds their times to 1/90000 s and ends at 4 GiB, and its
//! chapters count milliseconds where `chpl` has units of 100 ns.

use crate::MADE_BY;
use crate::rate::FrameRate;
use crate::video::chapters::FilmChapter;

/// Units of the clock for each frame, where a second has a whole number of frames.
const UNITS: u32 = 1_000;
/// The kinds of unit in an H.264 stream that matter here. ITU-T H.264, table 7-1.
const NAL: (u8, u8, u8) = (5, 7, 8);

/// One frame as it came out of the encoder.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct EncodedFrame {
    /// Whether nothing before it is needed to show it.
    pub(super) key: bool,
    /// Units with their lengths before them.
    pub(super) bytes: Vec<u8>,
    /// The stream's settings, where they came along: sequence and picture.
    pub(super) settings: Option<(Vec<u8>, Vec<u8>)>,
}

/// Takes a frame with start codes (H.264 annex B) apart. Nothing when there is no picture in it.
pub(super) fn split(stream: &[u8]) -> Option<EncodedFrame> {
    let mut sample = EncodedFrame::default();
    let (mut sequence, mut picture) = (None, None);
    for unit in units(stream) {
        let kind = unit.first()? & 0x1f;
        match kind {
            _ if kind == NAL.1 => sequence = Some(unit.to_vec()),
            _ if kind == NAL.2 => picture = Some(unit.to_vec()),
            _ => {
                sample.key |= kind == NAL.0;
                sample.bytes.extend(u32::try_from(unit.len()).ok()?.to_be_bytes());
                sample.bytes.extend_from_slice(unit);
            }
        }
    }
    sample.settings = sequence.zip(picture);
    (!sample.bytes.is_empty()).then_some(sample)
}

/// The units between start codes of three or four bytes.
fn units(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    let starts: Vec<usize> = (0..stream.len()).filter(|at| stream.get(*at..at + 3) == Some(&[0, 0, 1])).collect();
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([stream.len()]).collect();
    starts.into_iter().zip(ends).filter_map(|(start, end)| {
        let unit = stream.get(start + 3..end)?;
        // A zero before the next start code belongs to that.
        let length = unit.iter().rposition(|byte| *byte != 0)? + 1;
        unit.get(..length)
    })
}

/// What is known of a film so far.
pub(super) struct MovieIndex {
    size: (u32, u32),
    /// Units of the clock in a second, and of each frame.
    clock: (u32, u32),
    sizes: Vec<u32>,
    keys: Vec<u32>,
    settings: Option<(Vec<u8>, Vec<u8>)>,
    media: u64,
}

impl MovieIndex {
    /// The index of a video that has no frames yet, of `size` in pixels across and down.
    pub(super) const fn new(size: (u32, u32), fps: FrameRate) -> Self {
        // A whole number of frames has units to spare; a rate of television has its own.
        let units = if fps.seconds() == 1 { UNITS } else { 1 };
        let clock = (fps.frames() * units, fps.seconds() * units);
        Self { size, clock, sizes: Vec::new(), keys: Vec::new(), settings: None, media: 0 }
    }

    /// The number of frames so far.
    pub(super) fn frames(&self) -> u64 {
        self.sizes.len() as u64
    }

    /// Takes note of the next frame. Gives its bytes, to be written after those of the frames before.
    pub(super) fn add(&mut self, sample: EncodedFrame) -> Vec<u8> {
        self.sizes.push(u32::try_from(sample.bytes.len()).unwrap_or(u32::MAX));
        if sample.key {
            self.keys.push(u32::try_from(self.sizes.len()).unwrap_or(u32::MAX));
        }
        self.settings = self.settings.take().or(sample.settings);
        self.media += sample.bytes.len() as u64;
        sample.bytes
    }

    /// All of the file that stands before the frames.
    pub(super) fn head(&self, chapters: &[FilmChapter]) -> Vec<u8> {
        let kinds = atom(*b"ftyp", [&b"isom"[..], &be(0x200), b"isomiso2avc1mp41"]);
        // The index says where the frames begin, which its own length decides; the length is the same with any number.
        let length = self.index(0, chapters).len();
        let media = (kinds.len() + length) as u64 + 16;
        let mut head = kinds;
        head.extend(self.index(media, chapters));
        head.extend(be(1));
        head.extend_from_slice(b"mdat");
        head.extend((self.media + 16).to_be_bytes());
        head
    }

    fn index(&self, media: u64, chapters: &[FilmChapter]) -> Vec<u8> {
        let (rate, unit) = self.clock;
        let duration = (self.sizes.len() as u64 * u64::from(unit)).to_be_bytes();
        let movie = full(
            *b"mvhd",
            1,
            0,
            [&[0; 16][..], &be(rate), &duration, &be(0x1_0000), &[1, 0], &[0; 10], &MATRIX, &[0; 24], &be(2)],
        );
        let track = full(
            *b"tkhd",
            1,
            3,
            [
                &[0; 16][..],
                &be(1),
                &be(0),
                &duration,
                &[0; 16],
                &MATRIX,
                &be(self.size.0 << 16),
                &be(self.size.1 << 16),
            ],
        );
        // Language "und", in three letters of five bits.
        let media_head = full(*b"mdhd", 1, 0, [&[0; 16][..], &be(rate), &duration, &[0x55, 0xc4, 0, 0]]);
        let handler = full(*b"hdlr", 0, 0, [&be(0)[..], b"vide", &[0; 12], b"Video\0"]);
        let here = atom(*b"dinf", [full(*b"dref", 0, 0, [&be(1)[..], &full(*b"url ", 0, 1, [])])]);
        let table = self.table(media);
        let information = atom(*b"minf", [full(*b"vmhd", 0, 1, [&[0; 8][..]]), here, table]);
        let media = atom(*b"mdia", [media_head, handler, information]);
        let user = atom(*b"udta", [chapter_list(chapters), atom(*b"free", [MADE_BY])]);
        atom(*b"moov", [movie, atom(*b"trak", [track, media]), user])
    }

    /// Where each frame is and when it is shown.
    fn table(&self, media: u64) -> Vec<u8> {
        let frames = u32::try_from(self.sizes.len()).unwrap_or(u32::MAX);
        let list = |values: &[u32]| values.iter().flat_map(|value| value.to_be_bytes()).collect::<Vec<_>>();
        let count = |values: &[u32]| be(u32::try_from(values.len()).unwrap_or(u32::MAX));
        let times = full(*b"stts", 0, 0, [&be(1)[..], &be(frames), &be(self.clock.1)]);
        let keys = full(*b"stss", 0, 0, [&count(&self.keys)[..], &list(&self.keys)]);
        let chunks = full(*b"stsc", 0, 0, [&be(1)[..], &be(1), &be(frames), &be(1)]);
        let sizes = full(*b"stsz", 0, 0, [&be(0)[..], &be(frames), &list(&self.sizes)]);
        let place = full(*b"co64", 0, 0, [&be(1)[..], &media.to_be_bytes()]);
        atom(*b"stbl", [self.description(), times, keys, chunks, sizes, place])
    }

    /// What the frames are: H.264 with these settings, BT.709, limited range, square pixels.
    fn description(&self) -> Vec<u8> {
        let (sequence, picture) = self.settings.clone().unwrap_or_default();
        let half = |value: usize| u16::try_from(value).unwrap_or(u16::MAX).to_be_bytes();
        let [width, height] = <[u32; 2]>::from(self.size).map(|side| half(side as usize));
        let profile = sequence.get(1..4).unwrap_or(&[66, 0xc0, 40]);
        let settings = atom(
            *b"avcC",
            [&[1][..], profile, &[0xff, 0xe1], &half(sequence.len()), &sequence, &[1], &half(picture.len()), &picture],
        );
        let colour = atom(*b"colr", [&b"nclx"[..], &[0, 1, 0, 1, 0, 1, 0]]);
        let square = atom(*b"pasp", [be(1), be(1)]);
        let mut name = [0; 32];
        name.iter_mut().zip(b"\x0arusty_h264").for_each(|(into, letter)| *into = *letter);
        let entry = atom(
            *b"avc1",
            [
                &[0, 0, 0, 0, 0, 0, 0, 1][..],
                &[0; 16],
                &width,
                &height,
                &be(0x48_0000),
                &be(0x48_0000),
                &be(0),
                &[0, 1],
                &name,
                &[0, 24, 0xff, 0xff],
                &settings,
                &colour,
                &square,
            ],
        );
        full(*b"stsd", 0, 0, [&be(1)[..], &entry])
    }
}

/// No turning, no scaling.
const MATRIX: [u8; 36] = {
    let mut matrix = [0; 36];
    matrix[1] = 1;
    matrix[17] = 1;
    matrix[32] = 0x40;
    matrix
};

const fn be(value: u32) -> [u8; 4] {
    value.to_be_bytes()
}

/// A box: its length, its name and its parts.
fn atom<P: AsRef<[u8]>>(name: [u8; 4], parts: impl IntoIterator<Item = P>) -> Vec<u8> {
    let mut out = vec![0; 4];
    out.extend_from_slice(&name);
    parts.into_iter().for_each(|part| out.extend_from_slice(part.as_ref()));
    let length = be(u32::try_from(out.len()).unwrap_or(u32::MAX));
    out.iter_mut().zip(length).for_each(|(into, byte)| *into = byte);
    out
}

/// A box with a version and flags.
fn full<'a>(name: [u8; 4], version: u8, flags: u8, parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let head = [version, 0, 0, flags];
    let mut body = head.to_vec();
    parts.into_iter().for_each(|part| body.extend_from_slice(part));
    atom(name, [body])
}

/// Nero's list of chapters: their times in units of 100 ns, their names of up to 255 bytes.
fn chapter_list(chapters: &[FilmChapter]) -> Vec<u8> {
    let mut body = vec![1, 0, 0, 0, 0, 0, 0, 0, u8::try_from(chapters.len()).unwrap_or(u8::MAX)];
    for FilmChapter { at, name } in chapters.iter().take(255) {
        let mut end = name.len().min(255);
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        let name = name.get(..end).unwrap_or_default();
        body.extend(at.as_micros().saturating_mul(10).to_be_bytes());
        body.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
        body.extend_from_slice(name.as_bytes());
    }
    atom(*b"chpl", [body])
}

#[cfg(test)]
mod tests {
    use super::*;
    use speed_kings_core::time::Period;

    #[test]
    fn a_stream_is_taken_apart_at_its_start_codes() {
        let stream = [0, 0, 0, 1, 0x67, 1, 2, 3, 4, 0, 0, 0, 1, 0x68, 9, 0, 0, 1, 0x65, 7, 7];
        let sample = split(&stream).unwrap();
        assert!(sample.key);
        assert_eq!(sample.settings, Some((vec![0x67, 1, 2, 3, 4], vec![0x68, 9])));
        assert_eq!(sample.bytes, [0, 0, 0, 3, 0x65, 7, 7]);
        assert!(!split(&[0, 0, 1, 0x41, 1]).unwrap().key);
        assert_eq!(split(&[0, 0, 1, 0x67, 1]), None, "settings alone are no picture");
        assert_eq!(split(&[]), None);
    }

    /// Finds a box by its path and gives what is in it.
    fn find<'a>(mut bytes: &'a [u8], path: &[&[u8; 4]]) -> &'a [u8] {
        let [name, rest @ ..] = path else { return bytes };
        while let Some(length) = bytes.first_chunk::<4>().map(|length| u32::from_be_bytes(*length) as usize) {
            if &bytes[4..8] == *name {
                return find(&bytes[8..length], rest);
            }
            bytes = &bytes[length..];
        }
        panic!("no {}", String::from_utf8_lossy(*name));
    }

    #[test]
    fn the_index_says_where_the_frames_are() {
        let mut movie = MovieIndex::new((64, 32), 30.into());
        let mut media = Vec::new();
        for frame in 0u8..3 {
            let kind = if frame == 0 { 0x65 } else { 0x41 };
            media.extend(
                movie.add(split(&[&[0, 0, 1, kind][..], &vec![frame + 1; 5 + usize::from(frame)]].concat()).unwrap()),
            );
        }
        let chapters = [FilmChapter { at: Period::from_millis(50), name: "é".repeat(200) }];
        let head = movie.head(&chapters);
        let table = |name| find(&head, &[b"moov", b"trak", b"mdia", b"minf", b"stbl", name]);
        let place = usize::try_from(u64::from_be_bytes(*table(b"co64")[8..].first_chunk().unwrap())).unwrap();
        assert_eq!(place, head.len(), "the frames follow the head");
        assert_eq!(&table(b"stsz")[12..], [0, 0, 0, 10, 0, 0, 0, 11, 0, 0, 0, 12]);
        assert_eq!(media.len(), 33);
        assert_eq!(&table(b"stss")[4..], [0, 0, 0, 1, 0, 0, 0, 1]);
        assert_eq!(&table(b"stts")[4..], [0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 3, 232]);
        let list = find(&head, &[b"moov", b"udta", b"chpl"]);
        assert_eq!(list[8], 1);
        assert_eq!(u64::from_be_bytes(*list[9..].first_chunk().unwrap()), 500_000);
        assert_eq!(list[17], 254, "names end at a letter");
        assert_eq!(head[head.len() - 12..head.len() - 8], *b"mdat");
    }
}
