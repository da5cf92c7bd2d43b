//! Compression of a GIF's pixels by Lempel, Ziv and Welch's method, made for frames that are mostly one colour: a run of
//! pixels that are alike is taken at once, where a general encoder takes each pixel by itself.

/// Bits of the longest code that the format has.
const LONGEST: u32 = 12;
/// Codes that there can be.
const CODES: u16 = 1 << LONGEST;
/// Places for known phrases, more than twice as many as there can be.
const PLACES: usize = 1 << 13;

/// Makes the data of one GIF frame after the other, and keeps its tables between them.
pub(super) struct LzwEncoder {
    /// What follows which code: prefix, pixel and code in one number, found by the first two; 0 is nothing.
    known: Box<[u32]>,
    /// The codes of runs of each colour, from two pixels on.
    runs: Vec<Vec<u16>>,
    /// How many codes are taken.
    next: u16,
    /// The first code that stands for a phrase.
    first: u16,
    /// Bits of a code by now.
    width: u32,
}

impl Default for LzwEncoder {
    fn default() -> Self {
        Self { known: vec![0; PLACES].into(), runs: vec![Vec::new(); 256], next: 0, first: 0, width: 0 }
    }
}

impl LzwEncoder {
    /// The pixels as what a pre-encoded frame holds: the size of the smallest code, then the codes.
    pub(super) fn encode(&mut self, pixels: &[u8]) -> Vec<u8> {
        let largest = pixels.iter().copied().max().unwrap_or(0);
        let smallest = (u8::BITS - largest.leading_zeros()).max(2);
        let clear = 1_u16 << smallest;
        self.first = clear + 2;
        let mut codes = CodeBits::new(smallest, pixels.len() / 16);
        self.forget(smallest);
        codes.put(clear, self.width);
        let mut rest = pixels;
        while let Some((code, length)) = self.longest_run(rest) {
            rest = rest.get(length..).unwrap_or_default();
            let mut code = code;
            let place = loop {
                let Some((&pixel, after)) = rest.split_first() else { break None };
                match self.find(code, pixel) {
                    Ok(longer) => (code, rest) = (longer, after),
                    Err(place) => break Some((place, pixel)),
                }
            };
            codes.put(code, self.width);
            let taken = self.next;
            if taken == CODES {
                codes.put(clear, self.width);
                self.forget(smallest);
                continue;
            }
            self.width += u32::from(taken == 1 << self.width && self.width < LONGEST);
            if let Some((place, pixel)) = place {
                self.learn(place, code, pixel);
            }
        }
        codes.put(clear + 1, self.width);
        codes.finish()
    }

    /// Begins anew, with nothing but single pixels known.
    fn forget(&mut self, smallest: u32) {
        self.known.fill(0);
        self.runs.iter_mut().for_each(Vec::clear);
        (self.next, self.width) = (self.first, smallest + 1);
    }

    /// The code of the longest known run with which the pixels begin, and how many pixels it is.
    fn longest_run(&self, pixels: &[u8]) -> Option<(u16, usize)> {
        let colour = *pixels.first()?;
        let codes = self.runs.get(usize::from(colour))?;
        let length = run_length(pixels.get(..=codes.len()).unwrap_or(pixels), colour);
        let code = length.checked_sub(2).and_then(|place| codes.get(place)).copied();
        Some((code.unwrap_or(colour.into()), length))
    }

    /// The code of a known phrase and one pixel more, or the place where it would stand.
    fn find(&self, prefix: u16, pixel: u8) -> Result<u16, usize> {
        let wanted = u32::from(prefix) << 8 | u32::from(pixel);
        let mut place = (wanted.wrapping_mul(0x9E37_79B1) >> 19) as usize;
        loop {
            match self.known.get(place).copied().unwrap_or(0) {
                0 => return Err(place),
                entry if entry >> LONGEST == wanted => {
                    let [low, high, ..] = entry.to_le_bytes();
                    return Ok(u16::from_le_bytes([low, high]) % CODES);
                }
                _ => place = (place + 1) % PLACES,
            }
        }
    }

    /// Gives the next code to a phrase and one pixel more.
    fn learn(&mut self, place: usize, prefix: u16, pixel: u8) {
        if let Some(entry) = self.known.get_mut(place) {
            *entry = (u32::from(prefix) << 8 | u32::from(pixel)) << LONGEST | u32::from(self.next);
        }
        if let Some(run) = self.runs.get_mut(usize::from(pixel))
            && prefix == run.last().copied().unwrap_or(pixel.into())
        {
            run.push(self.next);
        }
        self.next += 1;
    }
}

/// With how many pixels of the colour they begin.
fn run_length(pixels: &[u8], colour: u8) -> usize {
    const STEP: usize = 32;
    let whole =
        pixels.chunks_exact(STEP).take_while(|chunk| chunk.iter().fold(0, |off, pixel| off | (pixel ^ colour)) == 0);
    let whole = whole.count() * STEP;
    whole + pixels.iter().skip(whole).take_while(|pixel| **pixel == colour).count()
}

/// Codes one behind the other, the lowest bit first.
struct CodeBits {
    bytes: Vec<u8>,
    bits: u64,
    count: u32,
}

impl CodeBits {
    fn new(smallest: u32, expected: usize) -> Self {
        let mut bytes = Vec::with_capacity(expected);
        bytes.push(u8::try_from(smallest).unwrap_or(u8::MAX));
        Self { bytes, bits: 0, count: 0 }
    }

    fn put(&mut self, code: u16, width: u32) {
        self.bits |= u64::from(code) << self.count;
        self.count += width;
        if self.count >= 32 {
            self.bytes.extend(self.bits.to_le_bytes().into_iter().take(4));
            self.bits >>= 32;
            self.count -= 32;
        }
    }

    fn finish(mut self) -> Vec<u8> {
        let whole = self.count.div_ceil(8) as usize;
        self.bytes.extend(self.bits.to_le_bytes().into_iter().take(whole));
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a GIF reader makes of the data, and how long the data are that the library itself makes.
    fn read_back(encoder: &mut LzwEncoder, pixels: &[u8], width: u16) -> (Vec<u8>, usize, usize) {
        let height = u16::try_from(pixels.len() / usize::from(width)).unwrap();
        let frame = |buffer| gif::Frame { width, height, buffer, ..gif::Frame::default() };
        let data = encoder.encode(pixels);
        let mut library = frame(pixels.into());
        library.make_lzw_pre_encoded();
        let (ours, theirs) = (data.len(), library.buffer.len());
        let mut file = Vec::new();
        let mut writer = gif::Encoder::new(&mut file, width, height, &[0; 3 * 256]).unwrap();
        writer.write_lzw_pre_encoded_frame(&frame(data.into())).unwrap();
        drop(writer);
        let mut options = gif::DecodeOptions::new();
        options.check_lzw_end_code(true);
        let mut reader = options.read_info(file.as_slice()).unwrap();
        (reader.read_next_frame().unwrap().unwrap().buffer.to_vec(), ours, theirs)
    }

    /// Runs of a colour, long and short, as rows of 7 pixels.
    fn runs() -> impl Strategy<Value = Vec<u8>> {
        let run = (any::<u8>(), prop_oneof![Just(1), 1..9_usize, 1..3_000_usize]);
        (proptest::collection::vec(run, 1..60), 1..=8_u32).prop_map(|(runs, bits)| {
            let colour = |colour: u8| colour >> (8 - bits);
            let mut pixels: Vec<u8> = runs.into_iter().flat_map(|(of, length)| vec![colour(of); length]).collect();
            pixels.resize(pixels.len().next_multiple_of(7), 0);
            pixels
        })
    }

    proptest! {
        #[test]
        fn a_reader_gets_every_pixel(frames in proptest::collection::vec(runs(), 1..3)) {
            let mut encoder = LzwEncoder::default();
            for pixels in frames {
                let (read, ours, theirs) = read_back(&mut encoder, &pixels, 7);
                prop_assert!(read == pixels, "{} pixels", pixels.len());
                prop_assert_eq!(ours, theirs, "as short as it can be");
            }
        }
    }

    #[test]
    fn full_tables_are_begun_anew() {
        // No two pairs are alike for long, so that every code but the clear one is used up several times.
        let mut noise = fastrand::Rng::with_seed(7);
        let pixels: Vec<u8> = (0..70_000).map(|at| if at % 50 < 20 { 9 } else { noise.u8(..) }).collect();
        let (read, ours, theirs) = read_back(&mut LzwEncoder::default(), &pixels, 70);
        assert!(read == pixels);
        assert!(ours <= theirs, "{ours} bytes for {theirs}");
    }

    #[test]
    fn an_empty_frame_is_whole() {
        let data = LzwEncoder::default().encode(&[]);
        assert_eq!(data, [2, 0b00_101_100]);
    }
}
