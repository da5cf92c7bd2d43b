//! One segment of a film: frames that the encoder is given one after the other, the first needing none before it.
//! Looking at a picture costs the encoder the same whether anything changed, so one that is as before isn't shown to it.

use rusty_h264_common::YuvPlanes;
use rusty_h264_encoder::{Encoder, EncoderConfig};

use crate::rate::FrameRate;
use crate::video::mp4::{EncodedFrame, split};
use crate::video::plan::FrameChange;
use crate::video::repeat::FrameRepeats;
use crate::video::sequence;
use crate::video::yuv::YuvPicture;

/// A segment in the making.
pub(super) struct Segment {
    number: u64,
    encoder: Encoder,
    picture: Box<YuvPicture>,
    rate: FrameRate,
    repeats: FrameRepeats,
    samples: Vec<EncodedFrame>,
}

impl Segment {
    /// Begins segment `number` on `picture`, which its first change comes on; the quantiser is the quality.
    pub(super) fn begin(
        number: u64,
        picture: Box<YuvPicture>,
        (rate, quantiser): (FrameRate, u8),
    ) -> Result<Self, String> {
        let mut config = EncoderConfig::baseline(picture.size.0 as usize, picture.size.1 as usize);
        config.qp = quantiser;
        // Only the first is a start; whoever wants one elsewhere begins a segment there.
        config.gop_size = u32::MAX;
        // Flat ground and small letters: there is nothing that the eye would not miss.
        config.aq_strength = 0.0;
        // Weights are for fades, and frames that repeat have none.
        config.weightp = false;
        let encoder = Encoder::new(config).map_err(|error| error.to_string())?;
        Ok(Self { number, encoder, picture, rate, repeats: FrameRepeats::default(), samples: Vec::new() })
    }

    /// Adds the frame that `change` makes.
    pub(super) fn add(&mut self, change: &FrameChange) -> Result<(), String> {
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
        let sample = self.encode()?;
        self.samples.push(self.repeats.follow(sample, self.picture.size).ok_or("a frame has no number")?);
        Ok(())
    }

    /// Adds a frame that is another picture as a whole.
    #[cfg(test)]
    pub(super) fn show(&mut self, picture: YuvPicture) -> Result<(), String> {
        *self.picture = picture;
        let sample = self.encode()?;
        self.samples.push(self.repeats.follow(sample, self.picture.size).ok_or("a frame has no number")?);
        Ok(())
    }

    fn encode(&mut self) -> Result<EncodedFrame, String> {
        let YuvPicture { size, luma, blue, red } = &*self.picture;
        let (width, height) = (size.0 as usize, size.1 as usize);
        let planes = YuvPlanes::new(width, height, &luma.bytes, &blue.bytes, &red.bytes, luma.stride, blue.stride)
            .ok_or("a picture is smaller than it says")?;
        let bits = self.encoder.encode_planes(&planes).map_err(|error| error.to_string())?;
        let mut sample = split(&bits).ok_or("a frame came out empty")?;
        if let Some((settings, _)) = &mut sample.settings
            && let Some(complete) = sequence::complete(settings, *size, self.rate)
        {
            *settings = complete;
        }
        Ok(sample)
    }

    /// Its frames, in order.
    pub(super) fn finish(self) -> (u64, Vec<EncodedFrame>) {
        (self.number, self.samples)
    }
}
