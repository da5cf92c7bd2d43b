//! Bytes to text, however they arrive: a character that a read has cut waits for its rest.
//! What is no UTF-8 becomes U+FFFD, and nothing is ever lost or held longer than it has to be.

/// Decodes in pieces of any size.
#[derive(Debug, Default)]
pub(super) struct Utf8Decoder {
    /// The beginning of a character: three bytes at the most.
    cut: Vec<u8>,
}

impl Utf8Decoder {
    /// The text that `bytes` complete.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> String {
        let mut joined = std::mem::take(&mut self.cut);
        joined.extend_from_slice(bytes);
        let mut text = String::new();
        let mut chunks = joined.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            text.push_str(chunk.valid());
            let invalid = chunk.invalid();
            // Bytes that end too early are not wrong yet.
            let early = std::str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
            if chunks.peek().is_none() && early {
                self.cut = invalid.to_vec();
            } else if !invalid.is_empty() {
                text.push(char::REPLACEMENT_CHARACTER);
            }
        }
        text
    }

    /// Nothing more comes: a character that is still cut never was one.
    pub(super) fn finish(&mut self) -> &'static str {
        if std::mem::take(&mut self.cut).is_empty() { "" } else { "\u{fffd}" }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
        let mut utf8 = Utf8Decoder::default();
        let mut text: String = pieces.into_iter().map(|piece| utf8.feed(piece)).collect();
        text.push_str(utf8.finish());
        text
    }

    #[test]
    fn a_character_comes_with_its_last_byte() {
        let mut utf8 = Utf8Decoder::default();
        let pieces: Vec<String> = "a🏁".bytes().map(|byte| utf8.feed(&[byte])).collect();
        assert_eq!(pieces, ["a", "", "", "", "🏁"]);
        assert_eq!(utf8.finish(), "");
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_text(
            bytes in prop::collection::vec(prop::sample::select(vec![b'a', 0xC3, 0xA4, 0xF0, 0x9F, 0x8F, 0x81, 0xFF, 0xE2]), 0..40),
            size in 1_usize..6,
        ) {
            prop_assert_eq!(decode(bytes.chunks(size)), String::from_utf8_lossy(&bytes));
        }
    }
}
