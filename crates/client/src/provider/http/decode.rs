//! A body that is compressed although nobody asked for it: decoded as it comes, within a bound.
//! What can't be decoded here is named, so that no noise gets into a message or a recording.

use std::io::Write as _;

use bytes::Bytes;
use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use reqwest::header::{CONTENT_ENCODING, HeaderMap};

use super::moment::ReadMoment;
use super::reply::LaneReply;
use super::{HttpContestant, trouble};
use crate::provider::excerpt::excerpt;
use speed_kings_core::race::event::{FailureKind, LaneFailure};

/// The most that a body may unpack to.
const MOST: usize = 64 * 1024 * 1024;
/// The most that what one read brought may unpack to: no text packs better, but a bomb does.
const MOST_AT_ONCE: usize = 12 * 1024 * 1024;
/// How much goes into the decoder at once, so that the bound is looked at in time.
const STEP: usize = 4 * 1024;
/// Characters shown of the name of an encoding.
const NAME: usize = 20;

/// A reply whose body comes as it was before it was compressed.
pub(super) struct DecodedReply {
    reply: LaneReply,
    decoder: ContentDecoder,
    packed: Vec<Bytes>,
}

impl DecodedReply {
    pub(super) fn new(reply: LaneReply) -> Self {
        let decoder = ContentDecoder::of(reply.headers());
        Self { reply, decoder, packed: Vec::new() }
    }

    /// The reply with its head.
    pub(super) const fn head(&self) -> &LaneReply {
        &self.reply
    }

    /// The encoding that is being undone, as far as that is known by now.
    pub(super) const fn encoding(&self) -> Option<&'static str> {
        match &self.decoder {
            ContentDecoder::Gzip(..) => Some("gzip"),
            ContentDecoder::Zlib(..) | ContentDecoder::Raw(..) => Some("deflate"),
            _ => None,
        }
    }

    /// The next pieces of the body, which may be empty, all out of one read; nothing at its end. What can't be decoded ends
    /// it.
    pub(super) async fn read(
        &mut self,
        pieces: &mut Vec<Bytes>,
        contestant: &HttpContestant,
    ) -> Result<Option<ReadMoment>, LaneFailure> {
        let read = self.reply.read(&mut self.packed).await;
        for bytes in self.packed.drain(..) {
            pieces.push(self.decoder.feed(bytes)?);
        }
        read.map_err(|error| trouble::of(&error, FailureKind::Truncated, contestant))
    }

    /// All of it that comes, up to `most` bytes and one read more.
    pub(super) async fn all(
        &mut self,
        body: &mut Vec<u8>,
        most: usize,
        contestant: &HttpContestant,
    ) -> Result<(), LaneFailure> {
        let mut pieces = Vec::new();
        while body.len() <= most && self.read(&mut pieces, contestant).await?.is_some() {
            pieces.drain(..).for_each(|bytes| body.extend_from_slice(&bytes));
        }
        Ok(())
    }

    /// The reply itself, with its connection.
    pub(super) fn into_inner(self) -> LaneReply {
        self.reply
    }
}

/// Undoes one content encoding.
#[derive(Debug)]
pub(super) enum ContentDecoder {
    /// Nothing to undo, it seems; the first bytes tell whether somebody forgot to say.
    Unnamed,
    /// A body whose headers say that there is nothing to undo.
    Plain,
    /// Not known yet: `deflate` is two encodings under one name.
    Deflate,
    Gzip(Box<MultiGzDecoder<Vec<u8>>>, usize),
    Zlib(Box<ZlibDecoder<Vec<u8>>>, usize),
    Raw(Box<DeflateDecoder<Vec<u8>>>, usize),
    /// One that can't be undone here, by its name.
    Unknown(Box<str>),
}

impl ContentDecoder {
    /// The decoder for a body under `headers`.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let values = headers.get_all(CONTENT_ENCODING).iter();
        let told: Vec<String> =
            values.map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase()).collect();
        let names = told.iter().flat_map(|value| value.split(',')).map(str::trim);
        let names: Vec<&str> = names.filter(|name| !matches!(*name, "" | "identity" | "none" | "utf-8")).collect();
        match names.as_slice() {
            [] => Self::Unnamed,
            ["gzip" | "x-gzip"] => Self::gzip(),
            ["deflate"] => Self::Deflate,
            others => Self::Unknown(excerpt(&others.join(", "), NAME)),
        }
    }

    fn gzip() -> Self {
        Self::Gzip(Box::new(MultiGzDecoder::new(Vec::new())), 0)
    }

    /// The decoder for a body that begins with `bytes` and says nothing of an encoding. No text begins so.
    fn sniffed(bytes: &[u8]) -> Self {
        match bytes {
            [0x1f, ..] => Self::gzip(),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Unknown("zstd".into()),
            _ => Self::Plain,
        }
    }

    /// Undoes `bytes`, as far as they go.
    pub(super) fn feed(&mut self, bytes: Bytes) -> Result<Bytes, LaneFailure> {
        if let Self::Deflate = self
            && let Some(first) = bytes.first()
        {
            // The low half of a zlib header is 8; a raw stream can't begin so.
            *self = if first & 0x0f == 8 {
                Self::Zlib(Box::new(ZlibDecoder::new(Vec::new())), 0)
            } else {
                Self::Raw(Box::new(DeflateDecoder::new(Vec::new())), 0)
            };
        }
        if matches!(self, Self::Unnamed) && !bytes.is_empty() {
            *self = Self::sniffed(&bytes);
        }
        match self {
            Self::Unnamed | Self::Plain | Self::Deflate => Ok(bytes),
            Self::Unknown(name) => {
                let told = format!("the answer is compressed ({name}) though the request did not ask for that");
                Err(LaneFailure::new(FailureKind::Protocol, told).with_hint(
                    "only gzip and deflate can be read: switch compression off at the server or the proxy before it",
                ))
            }
            Self::Gzip(decoder, total) => undo(&bytes, total, |part| {
                decoder.write_all(part)?;
                decoder.flush()?;
                Ok(std::mem::take(decoder.get_mut()))
            }),
            Self::Zlib(decoder, total) => undo(&bytes, total, |part| {
                decoder.write_all(part)?;
                decoder.flush()?;
                Ok(std::mem::take(decoder.get_mut()))
            }),
            Self::Raw(decoder, total) => undo(&bytes, total, |part| {
                decoder.write_all(part)?;
                decoder.flush()?;
                Ok(std::mem::take(decoder.get_mut()))
            }),
        }
    }
}

fn undo(
    bytes: &[u8],
    total: &mut usize,
    mut step: impl FnMut(&[u8]) -> std::io::Result<Vec<u8>>,
) -> Result<Bytes, LaneFailure> {
    let mut plain = Vec::new();
    for part in bytes.chunks(STEP) {
        let more = step(part).map_err(|error| {
            LaneFailure::new(
                FailureKind::Protocol,
                format!("the answer says that it is compressed, but it can't be unpacked: {error}"),
            )
        })?;
        *total = total.saturating_add(more.len());
        for (most, unpacked) in [(MOST, *total), (MOST_AT_ONCE, plain.len() + more.len())] {
            if unpacked > most {
                let told = format!("the compressed answer unpacks to more than {} MiB", most >> 20);
                return Err(LaneFailure::new(FailureKind::Protocol, told));
            }
        }
        plain.extend(more);
    }
    Ok(plain.into())
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    const TEXT: &[u8] = b"data: {\"choices\":[]}\n\ndata: [DONE]\n\n";

    fn of(name: &'static str) -> ContentDecoder {
        ContentDecoder::of(&HeaderMap::from_iter([(CONTENT_ENCODING, name.parse().unwrap())]))
    }

    fn packed(name: &str, text: &[u8]) -> Vec<u8> {
        let level = Compression::default();
        match name {
            "gzip" => {
                let mut encoder = GzEncoder::new(Vec::new(), level);
                encoder.write_all(text).unwrap();
                encoder.finish().unwrap()
            }
            "zlib" => {
                let mut encoder = ZlibEncoder::new(Vec::new(), level);
                encoder.write_all(text).unwrap();
                encoder.finish().unwrap()
            }
            _ => {
                let mut encoder = DeflateEncoder::new(Vec::new(), level);
                encoder.write_all(text).unwrap();
                encoder.finish().unwrap()
            }
        }
    }

    #[test]
    fn every_encoding_is_undone_however_it_is_cut() {
        for (header, form) in [("gzip", "gzip"), ("X-GZip", "gzip"), ("deflate", "zlib"), ("deflate", "raw")] {
            for size in [1, 7, 1_000] {
                let mut decoder = of(header);
                let parts = packed(form, TEXT);
                let parts = parts.chunks(size).map(|part| decoder.feed(Bytes::copy_from_slice(part)).unwrap());
                assert_eq!(parts.collect::<Vec<_>>().concat(), TEXT, "{header} {form} {size}");
            }
        }
        assert_eq!(of("identity").feed(Bytes::from_static(TEXT)).unwrap(), TEXT);
    }

    #[test]
    fn what_nobody_said_is_seen_by_its_first_bytes() {
        for name in ["", "identity", "identity, gzip"] {
            let mut decoder = of(name);
            let parts = packed("gzip", TEXT);
            let parts = parts.chunks(1).map(|part| decoder.feed(Bytes::copy_from_slice(part)).unwrap());
            assert_eq!(parts.collect::<Vec<_>>().concat(), TEXT, "{name}");
        }
        let told = of("").feed(Bytes::from_static(b"\x28\xb5\x2f\xfd\x04")).unwrap_err();
        assert!(told.message.contains("zstd"), "{told:?}");
    }

    #[test]
    fn what_was_flushed_comes_at_once() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        let mut decoder = of("gzip");
        for piece in [&b"one"[..], b"two", b"three"] {
            encoder.write_all(piece).unwrap();
            encoder.flush().unwrap();
            let sent = std::mem::take(encoder.get_mut());
            assert_eq!(decoder.feed(sent.into()).unwrap(), piece);
        }
    }

    #[test]
    fn what_cannot_be_undone_is_told_in_words() {
        let told = |name, bytes: &'static [u8]| of(name).feed(Bytes::from_static(bytes)).unwrap_err();
        assert!(
            told("br", b"\x0b\x00").message.contains("compressed (br) though the request did not"),
            "{:?}",
            told("br", b"x")
        );
        assert!(told("gzip", b"no gzip, not at all").message.contains("can't be unpacked"));
    }

    #[test]
    fn a_bomb_is_let_go() {
        let bomb = packed("gzip", &vec![0; MOST + STEP]);
        let error = of("gzip").feed(bomb.clone().into()).unwrap_err();
        assert!(error.message.contains("12 MiB"), "{error:?}");
        let mut decoder = of("gzip");
        let error = bomb.chunks(STEP).find_map(|part| decoder.feed(part.to_vec().into()).err()).unwrap();
        assert!(error.message.contains("64 MiB"), "{error:?}");
    }
}
