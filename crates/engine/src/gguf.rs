//! The header of a model file in the GGUF format: what the model is, how large, and how its experts are counted.
//! Read by hand, since only the header is wanted and a file may be hostile: every length is bounded, no array is kept.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

/// The first bytes of every such file.
const MAGIC: [u8; 4] = *b"GGUF";
/// The most bytes of a header that are read; the largest known, with its vocabulary, has 20 MiB.
const MAX_HEADER: u64 = 256 * 1024 * 1024;
/// The longest text that is kept, in bytes; longer ones are passed over.
const MAX_TEXT: u64 = 64 * 1024;
/// The most dimensions that a tensor can have.
const MAX_DIMENSIONS: u32 = 8;
/// The deepest that arrays of arrays are followed.
const MAX_DEPTH: u32 = 4;

/// What the header of a model file says. Absent means that it does not say.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct GgufHeader {
    /// The architecture, for example `llama` or `qwen3moe`.
    pub architecture: Option<String>,
    /// The model's own name, untrusted text.
    pub name: Option<String>,
    /// The quantisation by its usual name, for example `Q4_K_M`.
    pub quantization: Option<String>,
    /// Weights in all tensors.
    pub parameters: u64,
    /// Weights that a token passes through: without the experts that are not used for it.
    pub active_parameters: u64,
    /// Layers of the model.
    pub layers: Option<u64>,
    /// Experts of each layer; absent in a dense model.
    pub experts: Option<u64>,
    /// Experts that each token uses.
    pub experts_used: Option<u64>,
    /// The context that the model was trained for, tokens.
    pub context: Option<u64>,
    /// Width of the embedding.
    pub embedding: Option<u64>,
    /// Size of the file, bytes.
    pub file_bytes: u64,
}

/// Why a header can't be read.
#[derive(Debug, thiserror::Error)]
pub enum GgufError {
    /// The file can't be opened or ends too early.
    #[error("cannot read the model file: {0}")]
    Io(#[from] io::Error),
    /// The file is something else.
    #[error("not a GGUF file: it does not begin with 'GGUF'")]
    NoGguf,
    /// A version whose layout is not known.
    #[error("GGUF version {0} is not supported: expected 2 or 3")]
    Version(u32),
    /// A length or a type in it can't be true.
    #[error("damaged GGUF header: {0}")]
    Damaged(&'static str),
}

impl GgufHeader {
    /// Reads the header of the file at `path`.
    ///
    /// # Errors
    /// When the file can't be read, is no GGUF file, or its header is damaged.
    pub fn read(path: &Path) -> Result<Self, GgufError> {
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        let mut header = Self::parse(BufReader::with_capacity(256 * 1024, file))?;
        header.file_bytes = bytes;
        Ok(header)
    }

    /// Reads a header from the beginning of `source`. The size of the file stays unknown, 0.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(source: impl Read) -> Result<Self, GgufError> {
        let mut reader = HeaderReader { source: source.take(MAX_HEADER) };
        if reader.bytes::<4>()? != MAGIC {
            return Err(GgufError::NoGguf);
        }
        let version = reader.u32()?;
        if !(2..=3).contains(&version) {
            return Err(GgufError::Version(version));
        }
        let (tensors, entries) = (reader.u64()?, reader.u64()?);
        let mut header = Self::default();
        for _ in 0..entries {
            let key = reader.text()?;
            let value = reader.value(MAX_DEPTH)?;
            header.take(&key.unwrap_or_default(), value);
        }
        let (mut total, mut in_experts) = (0_u64, 0_u64);
        for _ in 0..tensors {
            let (name, weights) = reader.tensor()?;
            total = total.saturating_add(weights);
            if name.contains("_exps") {
                in_experts = in_experts.saturating_add(weights);
            }
        }
        header.parameters = total;
        header.active_parameters = total - in_experts + header.used_of(in_experts);
        Ok(header)
    }

    /// The experts' weights that one token uses.
    fn used_of(&self, weights: u64) -> u64 {
        match (self.experts, self.experts_used) {
            (Some(all), Some(used)) if all > 0 && used <= all => {
                u64::try_from(u128::from(weights) * u128::from(used) / u128::from(all)).unwrap_or(weights)
            }
            _ => weights,
        }
    }

    fn take(&mut self, key: &str, value: HeaderValue) {
        match (key, value) {
            ("general.architecture", HeaderValue::Text(text)) => self.architecture = Some(text),
            ("general.name", HeaderValue::Text(text)) => self.name = Some(text),
            ("general.file_type", HeaderValue::Number(number)) => {
                self.quantization = file_type(number).map(str::to_owned);
            }
            (key, HeaderValue::Number(number)) => match key.rsplit_once('.').map_or(key, |(_, last)| last) {
                "block_count" => self.layers = Some(number),
                "expert_count" if number > 0 => self.experts = Some(number),
                "expert_used_count" if number > 0 => self.experts_used = Some(number),
                "context_length" => self.context = Some(number),
                "embedding_length" => self.embedding = Some(number),
                _ => {}
            },
            _ => {}
        }
    }
}

/// A value of the header, as far as anybody asks for it.
enum HeaderValue {
    Number(u64),
    Text(String),
    Other,
}

/// Reads the fields of a header, little-endian, within its bound.
struct HeaderReader<R> {
    source: io::Take<R>,
}

impl<R: Read> HeaderReader<R> {
    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], GgufError> {
        let mut bytes = [0; N];
        self.source.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn u32(&mut self) -> Result<u32, GgufError> {
        Ok(u32::from_le_bytes(self.bytes()?))
    }

    fn u64(&mut self) -> Result<u64, GgufError> {
        Ok(u64::from_le_bytes(self.bytes()?))
    }

    fn skip(&mut self, length: u64) -> Result<(), GgufError> {
        if length > MAX_HEADER {
            return Err(GgufError::Damaged("a length is larger than any header"));
        }
        let skipped = io::copy(&mut self.source.by_ref().take(length), &mut io::sink())?;
        if skipped < length {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        Ok(())
    }

    /// A text, unless it is too long to be kept.
    fn text(&mut self) -> Result<Option<String>, GgufError> {
        let length = self.u64()?;
        if length > MAX_TEXT {
            self.skip(length)?;
            return Ok(None);
        }
        let mut bytes = Vec::new();
        let read = self.source.by_ref().take(length).read_to_end(&mut bytes)?;
        if u64::try_from(read).ok() != Some(length) {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn value(&mut self, depth: u32) -> Result<HeaderValue, GgufError> {
        let kind = self.u32()?;
        self.value_of(kind, depth)
    }

    fn value_of(&mut self, kind: u32, depth: u32) -> Result<HeaderValue, GgufError> {
        Ok(match kind {
            0 => HeaderValue::Number(u8::from_le_bytes(self.bytes()?).into()),
            2 => HeaderValue::Number(u16::from_le_bytes(self.bytes()?).into()),
            4 => HeaderValue::Number(self.u32()?.into()),
            5 => u64::try_from(i32::from_le_bytes(self.bytes()?)).map_or(HeaderValue::Other, HeaderValue::Number),
            8 => self.text()?.map_or(HeaderValue::Other, HeaderValue::Text),
            9 => {
                self.array(depth)?;
                HeaderValue::Other
            }
            10 => HeaderValue::Number(self.u64()?),
            11 => u64::try_from(i64::from_le_bytes(self.bytes()?)).map_or(HeaderValue::Other, HeaderValue::Number),
            kind => {
                self.skip(width(kind).ok_or(GgufError::Damaged("a value has an unknown type"))?)?;
                HeaderValue::Other
            }
        })
    }

    /// Passes over an array.
    fn array(&mut self, depth: u32) -> Result<(), GgufError> {
        let depth = depth.checked_sub(1).ok_or(GgufError::Damaged("arrays are nested too deep"))?;
        let (kind, count) = (self.u32()?, self.u64()?);
        if let Some(width) = width(kind) {
            return self.skip(count.checked_mul(width).ok_or(GgufError::Damaged("an array is too long"))?);
        }
        for _ in 0..count {
            self.value_of(kind, depth)?;
        }
        Ok(())
    }

    /// A tensor's name and the number of its weights.
    fn tensor(&mut self) -> Result<(String, u64), GgufError> {
        let name = self.text()?.unwrap_or_default();
        let dimensions = self.u32()?;
        if dimensions > MAX_DIMENSIONS {
            return Err(GgufError::Damaged("a tensor has too many dimensions"));
        }
        let mut weights = 1_u64;
        for _ in 0..dimensions {
            weights = weights.checked_mul(self.u64()?).ok_or(GgufError::Damaged("a tensor is too large"))?;
        }
        // Its type and its place in the file.
        self.skip(12)?;
        Ok((name, weights))
    }
}

/// Bytes of a value of fixed width.
const fn width(kind: u32) -> Option<u64> {
    match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}

/// The usual name of a file's quantisation, by the numbers of llama.cpp.
const fn file_type(number: u64) -> Option<&'static str> {
    Some(match number {
        0 => "F32",
        1 => "F16",
        2 => "Q4_0",
        3 => "Q4_1",
        7 => "Q8_0",
        8 => "Q5_0",
        9 => "Q5_1",
        10 => "Q2_K",
        11 => "Q3_K_S",
        12 => "Q3_K_M",
        13 => "Q3_K_L",
        14 => "Q4_K_S",
        15 => "Q4_K_M",
        16 => "Q5_K_S",
        17 => "Q5_K_M",
        18 => "Q6_K",
        19 => "IQ2_XXS",
        20 => "IQ2_XS",
        21 => "Q2_K_S",
        22 => "IQ3_XS",
        23 => "IQ3_XXS",
        24 => "IQ1_S",
        25 => "IQ4_NL",
        26 => "IQ3_S",
        27 => "IQ3_M",
        28 => "IQ2_S",
        29 => "IQ2_M",
        30 => "IQ4_XS",
        31 => "IQ1_M",
        32 => "BF16",
        36 => "TQ1_0",
        37 => "TQ2_0",
        38 => "MXFP4",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &mut Vec<u8>, text: &str) {
        bytes.extend((text.len() as u64).to_le_bytes());
        bytes.extend(text.as_bytes());
    }

    fn number(bytes: &mut Vec<u8>, key: &str, value: u32) {
        text(bytes, key);
        bytes.extend(4_u32.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }

    /// A small mixture of experts: 4 experts, 2 used, with a vocabulary to be passed over.
    fn mixture() -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(3_u32.to_le_bytes());
        bytes.extend(2_u64.to_le_bytes());
        bytes.extend(6_u64.to_le_bytes());
        text(&mut bytes, "general.architecture");
        bytes.extend(8_u32.to_le_bytes());
        text(&mut bytes, "llama");
        number(&mut bytes, "general.file_type", 3);
        number(&mut bytes, "llama.expert_count", 4);
        number(&mut bytes, "llama.expert_used_count", 2);
        number(&mut bytes, "llama.context_length", 2048);
        text(&mut bytes, "tokenizer.ggml.tokens");
        bytes.extend(9_u32.to_le_bytes());
        bytes.extend(8_u32.to_le_bytes());
        bytes.extend(2_u64.to_le_bytes());
        text(&mut bytes, "<s>");
        text(&mut bytes, "a");
        for (name, dimensions) in [("blk.0.ffn_up_exps.weight", [10_u64, 40]), ("output.weight", [10, 5])] {
            text(&mut bytes, name);
            bytes.extend(2_u32.to_le_bytes());
            bytes.extend(dimensions.iter().flat_map(|side| side.to_le_bytes()));
            bytes.extend([0; 12]);
        }
        bytes
    }

    #[test]
    fn a_mixture_of_experts_is_read() {
        let header = GgufHeader::parse(mixture().as_slice()).unwrap();
        assert_eq!(header.architecture.as_deref(), Some("llama"));
        assert_eq!(header.quantization.as_deref(), Some("Q4_1"));
        assert_eq!((header.experts, header.experts_used, header.context), (Some(4), Some(2), Some(2048)));
        assert_eq!((header.parameters, header.active_parameters), (450, 250));
    }

    #[test]
    fn every_cut_is_an_error_and_none_a_panic() {
        let whole = mixture();
        for length in 0..whole.len() {
            assert!(GgufHeader::parse(&whole[..length]).is_err(), "cut at {length}");
        }
    }

    #[test]
    fn what_is_no_header_is_told() {
        let error = |bytes: &[u8]| GgufHeader::parse(bytes).unwrap_err().to_string();
        assert!(error(b"PK\x03\x04aaaa").contains("does not begin with 'GGUF'"));
        assert!(error(b"GGUF\x09\0\0\0").contains("version 9"));
        let mut endless = MAGIC.to_vec();
        endless.extend(3_u32.to_le_bytes());
        endless.extend(0_u64.to_le_bytes());
        endless.extend(1_u64.to_le_bytes());
        endless.extend(u64::MAX.to_le_bytes());
        assert!(error(&endless).contains("larger than any header"));
    }

    #[test]
    fn any_bytes_are_taken_without_a_panic() {
        let whole = mixture();
        for at in 0..whole.len() {
            for value in [0, 1, 9, 0x7f, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] = value;
                let _ = GgufHeader::parse(bytes.as_slice());
            }
        }
    }
}
