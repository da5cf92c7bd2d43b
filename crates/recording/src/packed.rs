//! Packed recordings: Zstandard, unpacked as it is read, with a bound on what that holds in memory.
//! What is wrong with the packing is said in plain words.

use std::io::{self, BufRead, Read, Write as _};

use zstd::stream::read::Decoder;

/// How every packed file begins: the magic number of Zstandard (RFC 8878, 3.1.1).
pub(super) const PACKED: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
/// How far back a packed file may refer, as a power of two, and so what unpacking it may hold in memory: 32 MiB.
const LARGEST_WINDOW: u32 = 25;
/// How hard is tried to pack: a long recording comes out over a quarter smaller than at the least, at 16 MB a second.
const LEVEL: i32 = 12;

/// Packs `bytes`, with a checksum.
///
/// # Errors
/// When there is no memory for it.
pub(super) fn packed(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut packer = zstd::Encoder::new(Vec::new(), LEVEL)?;
    packer.include_checksum(true)?;
    packer.write_all(bytes)?;
    packer.finish()
}

/// A packed file, unpacked as it is read: as many frames as there are, since some packers write more than one.
pub(super) struct PackedFrames<R: BufRead>(Decoder<'static, R>);

impl<R: BufRead> PackedFrames<R> {
    /// Begins to unpack `source`.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub(super) fn new(source: R) -> io::Result<Self> {
        let mut decoder = Decoder::with_buffer(source)?;
        decoder.window_log_max(LARGEST_WINDOW)?;
        Ok(Self(decoder))
    }
}

impl<R: BufRead> Read for PackedFrames<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into).map_err(plain)
    }
}

/// What is wrong, without the unpacker's own words; trouble with the file itself stays what it is.
fn plain(error: io::Error) -> io::Error {
    if error.raw_os_error().is_some() {
        return error;
    }
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return damaged("the packed data is cut off; copy the file again");
    }
    if error.to_string().contains("too much memory") {
        let most = (1_u64 << LARGEST_WINDOW) >> 20;
        return damaged(&format!("unpacking it takes more than {most} MiB of memory; pack it at a lower level"));
    }
    damaged("the packed data is damaged; copy the file again")
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
