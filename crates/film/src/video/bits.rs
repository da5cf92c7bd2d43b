//! Single bits of an H.264 stream: numbers as ITU-T H.264 (9.1) writes them, and the bytes that keep start codes away.
//! What is read here came out of an encoder; a stream that ends too early gives nothing.

/// Without the bytes that keep a start code from appearing by chance (7.4.1.1).
pub(super) fn unescape(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut zeros = 0;
    for byte in bytes {
        if zeros >= 2 && *byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        out.push(*byte);
    }
    out
}

/// With the bytes that keep a start code from appearing by chance; undoes [`unescape`].
pub(super) fn escape(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 4);
    let mut zeros = 0;
    for byte in bytes {
        if zeros >= 2 && *byte <= 3 {
            out.push(3);
            zeros = 0;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        out.push(*byte);
    }
    out
}

/// Reads bits, the highest of each byte first.
pub(super) struct BitReader<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

impl BitReader<'_> {
    pub(super) fn get(&mut self, count: u32) -> Option<u32> {
        (0..count).try_fold(0, |value, _| {
            let bit = self.bytes.get(self.at / 8)? >> (7 - self.at % 8) & 1;
            self.at += 1;
            Some(value << 1 | u32::from(bit))
        })
    }

    /// Passes over so many numbers.
    pub(super) fn pass(&mut self, count: u32) -> Option<()> {
        (0..count).try_for_each(|_| self.unsigned().map(drop))
    }

    /// A number as 9.1 writes it.
    pub(super) fn unsigned(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.get(1)? == 0 {
            zeros += 1;
        }
        (zeros < 31).then(|| self.get(zeros).map(|rest| (1 << zeros) - 1 + rest))?
    }
}

/// Writes single bits, the highest of each byte first.
#[derive(Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    used: usize,
}

impl BitWriter {
    pub(super) fn push_bits(&mut self, value: u32, count: u32) {
        for index in (0..count).rev() {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            if let Some(byte) = self.bytes.last_mut() {
                *byte |= u8::from(value >> index & 1 == 1) << (7 - self.used % 8);
            }
            self.used += 1;
        }
    }

    pub(super) fn unsigned(&mut self, value: u32) {
        let length = (value + 1).ilog2();
        self.push_bits(0, length);
        self.push_bits(value + 1, length + 1);
    }

    /// All bits, the one that ends them, and zeros up to a whole byte.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.push_bits(1, 1);
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_written() {
        let mut bits = BitWriter::default();
        (0..300).for_each(|value| bits.unsigned(value));
        bits.push_bits(0x5a5, 11);
        let bytes = bits.finish();
        let mut bits = BitReader { bytes: &bytes, at: 0 };
        assert!((0..300).all(|value| bits.unsigned() == Some(value)));
        assert_eq!((bits.get(11), bits.get(1)), (Some(0x5a5), Some(1)));
        assert_eq!(BitReader { bytes: &[0; 9], at: 0 }.unsigned(), None);
    }

    #[test]
    fn no_start_code_appears_and_all_bytes_come_back() {
        let bytes = [0, 0, 0, 0, 1, 0, 0, 3, 0, 0, 2, 9];
        let escaped = escape(&bytes);
        assert!(escaped.windows(3).all(|three| three[..2] != [0, 0] || three[2] >= 3), "{escaped:?}");
        assert_eq!(unescape(&escaped), bytes);
    }
}
