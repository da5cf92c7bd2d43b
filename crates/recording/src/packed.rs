//! Packed recordings: Zstandard, unpacked as it is read, with a bound on what that holds in memory.
//! What is wrong with the packing is said in plain words.

use std::error::Error;
use std::io::{self, BufRead, Read};

use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

/// How every packed file begins: the magic number of Zstandard (RFC 8878, 3.1.1).
pub(super) const PACKED: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
/// How far back a packed file may refer, and so what unpacking it may hold in memory.
const LARGEST_WINDOW: u64 = 32 << 20;

/// A packed file, unpacked as it is read: as many frames as there are, since some packers write more than one.
pub(super) struct PackedFrames<R: BufRead>(Option<StreamingDecoder<R, FrameDecoder>>);

impl<R: BufRead> PackedFrames<R> {
    /// Begins to unpack `source`.
    ///
    /// # Errors
    /// When it begins in no way that can be unpacked.
    pub(super) fn new(source: R) -> io::Result<Self> {
        Ok(Self(Some(frame(source)?)))
    }
}

impl<R: BufRead> Read for PackedFrames<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while let Some(mut unpacked) = self.0.take() {
            let count = unpacked.read(into).map_err(|error| plain(&error))?;
            if count > 0 || into.is_empty() {
                self.0 = Some(unpacked);
                return Ok(count);
            }
            let mut source = unpacked.into_inner();
            if !source.fill_buf()?.is_empty() {
                self.0 = Some(frame(source)?);
            }
        }
        Ok(0)
    }
}

fn frame<R: BufRead>(source: R) -> io::Result<StreamingDecoder<R, FrameDecoder>> {
    StreamingDecoder::new_with_max_window_size(source, LARGEST_WINDOW).map_err(|error| match error {
        FrameDecoderError::WindowSizeTooBig { .. } => {
            let most = LARGEST_WINDOW >> 20;
            damaged(&format!("unpacking it takes more than {most} MiB of memory; pack it at a lower level"))
        }
        error => plain(&error),
    })
}

/// What is wrong, without the unpacker's own words; trouble with the file itself stays what it is.
fn plain(error: &(dyn Error + 'static)) -> io::Error {
    let mut cause = Some(error);
    while let Some(error) = cause {
        match error.downcast_ref::<io::Error>() {
            Some(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return damaged("the packed data is cut off; copy the file again");
            }
            Some(error) if error.raw_os_error().is_some() => {
                return error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error);
            }
            // What such an error wraps is its inside, and not what its `source` gives.
            Some(error) => cause = error.get_ref().map(|inner| inner as &(dyn Error + 'static)),
            None => cause = error.source(),
        }
    }
    damaged("the packed data is damaged; copy the file again")
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
