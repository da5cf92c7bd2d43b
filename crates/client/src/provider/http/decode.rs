//! A body that is compressed although nobody asked for it: decoded as it comes, within a bound.
//! What can't be decoded here is named, so that no noise gets into a message or a recording.

use std::io::{self, Write};

use brotli_decompressor::DecompressorWriter;
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
/// How far back a Zstandard stream may refer, as a power of two: what HTTP allows (RFC 9659).
const ZSTD_WINDOW: u32 = 23;
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
            ContentDecoder::Packed(packed) => Some(packed.name),
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
    /// One that is undone as it comes.
    Packed(PackedBody),
    /// One that can't be undone here, by its name.
    Unknown(Box<str>),
}

/// A body that is unpacked as it comes.
pub(super) struct PackedBody {
    name: &'static str,
    unpacker: Box<dyn Unpacker>,
    /// How many bytes it has unpacked to so far.
    total: usize,
}

impl std::fmt::Debug for PackedBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PackedBody").field("name", &self.name).field("total", &self.total).finish_non_exhaustive()
    }
}

/// Takes packed bytes and has what they unpack to.
trait Unpacker: Write + Send {
    fn unpacked(&mut self) -> &mut BoundedBytes;
}

/// What is unpacked at once, no more of it than is sane: some formats make gigabytes of a few bytes.
#[derive(Default)]
struct BoundedBytes {
    bytes: Vec<u8>,
    is_full: bool,
}

impl Write for BoundedBytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.is_full |= self.bytes.len() + bytes.len() > MOST_AT_ONCE;
        if self.is_full {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

macro_rules! unpacker {
    ($($kind:ty),+) => {$(
        impl Unpacker for $kind {
            fn unpacked(&mut self) -> &mut BoundedBytes {
                self.get_mut()
            }
        }
    )+};
}

unpacker!(
    MultiGzDecoder<BoundedBytes>,
    ZlibDecoder<BoundedBytes>,
    DeflateDecoder<BoundedBytes>,
    DecompressorWriter<BoundedBytes>,
    zstd::stream::write::Decoder<'static, BoundedBytes>
);

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
            ["br"] => Self::packed("br", DecompressorWriter::new(BoundedBytes::default(), 0)),
            ["zstd"] => Self::zstd(),
            others => Self::Unknown(excerpt(&others.join(", "), NAME)),
        }
    }

    fn packed(name: &'static str, unpacker: impl Unpacker + 'static) -> Self {
        Self::Packed(PackedBody { name, unpacker: Box::new(unpacker), total: 0 })
    }

    fn gzip() -> Self {
        Self::packed("gzip", MultiGzDecoder::new(BoundedBytes::default()))
    }

    fn zstd() -> Self {
        let decoder = zstd::stream::write::Decoder::new(BoundedBytes::default()).and_then(|mut decoder| {
            decoder.window_log_max(ZSTD_WINDOW)?;
            Ok(decoder)
        });
        decoder.map_or_else(|_| Self::Unknown("zstd".into()), |decoder| Self::packed("zstd", decoder))
    }

    /// The decoder for a body that begins with `bytes` and says nothing of an encoding. No text begins so.
    fn sniffed(bytes: &[u8]) -> Self {
        match bytes {
            [0x1f, ..] => Self::gzip(),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::zstd(),
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
                Self::packed("deflate", ZlibDecoder::new(BoundedBytes::default()))
            } else {
                Self::packed("deflate", DeflateDecoder::new(BoundedBytes::default()))
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
                    "one of gzip, deflate, br and zstd can be read, and no other or several: switch compression off at the server or the proxy before it",
                ))
            }
            Self::Packed(packed) => packed.feed(&bytes),
        }
    }
}

impl PackedBody {
    fn feed(&mut self, bytes: &[u8]) -> Result<Bytes, LaneFailure> {
        let undone = self.unpacker.write_all(bytes).and_then(|()| self.unpacker.flush());
        let unpacked = self.unpacker.unpacked();
        let (plain, is_full) = (std::mem::take(&mut unpacked.bytes), unpacked.is_full);
        self.total = self.total.saturating_add(plain.len());
        for (most, is_past) in [(MOST_AT_ONCE, is_full), (MOST, self.total > MOST)] {
            if is_past {
                let told = format!("the compressed answer unpacks to more than {} MiB", most >> 20);
                return Err(LaneFailure::new(FailureKind::Protocol, told));
            }
        }
        match undone {
            Ok(()) => Ok(plain.into()),
            Err(error) => {
                let told = format!("the answer says that it is compressed, but it can't be unpacked: {error}");
                Err(LaneFailure::new(FailureKind::Protocol, told))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    const TEXT: &[u8] = b"data: {\"choices\":[]}\n\ndata: [DONE]\n\n";
    /// The same by Google's own packer, flushed after the first event and within the second one.
    const BROTLI: [&[u8]; 4] = [
        b"\x8b\x0a\x80data: {\"choices\":[]}\n\n",
        b"\x38\x00\x00\x40\x8a\x68\xab\x08\x91\x24\x2a\x99\x01",
        b"\x28\x00\x08ONE]\n\n",
        b"\x03",
    ];
    /// Thirteen MiB of nothing by the same.
    const BROTLI_BOMB: &[u8] =
        b"\xcb\xff\xff\x3f\xf8\x27\x00\xe2\xb1\x40\x20\xf7\xfe\x2f\xff\xff\x9f\xf0\x4f\x00\xc4\x61\x11\x80\xee\xfd\x13";

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
            "br" => BROTLI.concat(),
            "zstd" => zstd::encode_all(text, 3).unwrap(),
            _ => {
                let mut encoder = DeflateEncoder::new(Vec::new(), level);
                encoder.write_all(text).unwrap();
                encoder.finish().unwrap()
            }
        }
    }

    #[test]
    fn every_encoding_is_undone_however_it_is_cut() {
        let forms = [("gzip", "gzip"), ("X-GZip", "gzip"), ("deflate", "zlib"), ("deflate", "raw")];
        for (header, form) in forms.into_iter().chain([("br", "br"), ("zstd", "zstd")]) {
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
        for (name, size, form) in
            [("", 1, "gzip"), ("identity", 1, "gzip"), ("identity, gzip", 1, "gzip"), ("", 7, "zstd")]
        {
            let mut decoder = of(name);
            let parts = packed(form, TEXT);
            let parts = parts.chunks(size).map(|part| decoder.feed(Bytes::copy_from_slice(part)).unwrap());
            assert_eq!(parts.collect::<Vec<_>>().concat(), TEXT, "{name}");
        }
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
        let (mut encoder, mut decoder) = (zstd::Encoder::new(Vec::new(), 3).unwrap(), of("zstd"));
        for piece in [&b"one"[..], b"two", b"three"] {
            encoder.write_all(piece).unwrap();
            encoder.flush().unwrap();
            let sent = std::mem::take(encoder.get_mut());
            assert_eq!(decoder.feed(sent.into()).unwrap(), piece);
        }
        let mut decoder = of("br");
        let told = BROTLI.map(|sent| decoder.feed(Bytes::from_static(sent)).unwrap());
        assert_eq!(told, [&TEXT[..22], &TEXT[22..30], &TEXT[30..], b""]);
    }

    #[test]
    fn what_cannot_be_undone_is_told_in_words() {
        let told = |name, bytes: &'static [u8]| of(name).feed(Bytes::from_static(bytes)).unwrap_err();
        let unknown = told("compress", b"\x1f\x9d");
        assert!(unknown.message.contains("compressed (compress) though the request did not"), "{unknown:?}");
        for name in ["gzip", "zstd", "br"] {
            let error = told(name, b"no such thing, not at all");
            assert!(error.message.contains("can't be unpacked"), "{error:?}");
        }
    }

    #[test]
    fn a_bomb_is_let_go() {
        for name in ["gzip", "zstd"] {
            let bomb = packed(name, &vec![0; MOST + 1]);
            let error = of(name).feed(bomb.clone().into()).unwrap_err();
            assert!(error.message.contains("12 MiB"), "{error:?}");
            let mut decoder = of(name);
            let error = bomb.chunks(64).find_map(|part| decoder.feed(part.to_vec().into()).err()).unwrap();
            assert!(error.message.contains("64 MiB"), "{name}: {error:?}");
        }
        let error = of("br").feed(Bytes::from_static(BROTLI_BOMB)).unwrap_err();
        assert!(error.message.contains("12 MiB"), "{error:?}");
    }
}
