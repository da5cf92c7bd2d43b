//! A folder of PNG frames: every frame of the film as a file of its own, for programs that cut and compose.
//! They gather in a folder of another name, and stand in theirs once all of them are there.

use std::io;
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempDir};

use crate::camera::FilmFrame;
use crate::changing::ChangingPicture;
use crate::job::RenderJob;
use crate::raster::{Fonts, PictureGeometry};
use crate::{Exporter, FilmError, png};

/// What the files are called around their number, which counts from 1.
const NAME: (&str, &str) = ("frame-", ".png");
/// Digits of the number at the least.
const DIGITS: usize = 6;

/// A folder of frames in the making.
pub struct FrameFolder {
    path: PathBuf,
    geometry: PictureGeometry,
    fonts: Fonts,
    /// Frames of a film before go.
    force: bool,
    reel: Option<FolderReel>,
    notes: Vec<String>,
}

/// What there is between the first frame and the last.
struct FolderReel {
    folder: TempDir,
    picture: ChangingPicture,
    /// The frame before as a file: most are like it.
    file: Vec<u8>,
}

impl FrameFolder {
    /// Frames in the folder `path`, which is made; those of a film before go with `force` alone.
    #[must_use]
    pub const fn new(path: PathBuf, geometry: PictureGeometry, fonts: Fonts, force: bool) -> Self {
        Self { path, geometry, fonts, force, reel: None, notes: Vec::new() }
    }

    fn trouble(&self, source: io::Error) -> FilmError {
        FilmError::Io { path: self.path.clone(), source }
    }

    /// Whether a film was there before; one may only be replaced when that was said.
    fn look(&self) -> Result<(), FilmError> {
        if self.path.exists() && !self.path.is_dir() {
            let why = "this is a file, and frames need a folder; name another".into();
            return Err(FilmError::Refused { path: self.path.clone(), why });
        }
        match frames(&self.path).first() {
            Some(frame) if !self.force => {
                let frame = frame.file_name().unwrap_or_default().display().to_string();
                let why = format!("frames are there already ({frame}); name another folder, or --force replaces them");
                Err(FilmError::Refused { path: self.path.clone(), why })
            }
            _ => Ok(()),
        }
    }
}

/// The frames that are in `folder`.
fn frames(folder: &Path) -> Vec<PathBuf> {
    let found = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let is_frame = |name: &str| {
        let number = name.strip_prefix(NAME.0).and_then(|rest| rest.strip_suffix(NAME.1));
        number.is_some_and(|number| number.len() >= DIGITS && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let mut frames: Vec<PathBuf> =
        found.filter(|entry| entry.file_name().to_str().is_some_and(is_frame)).map(|entry| entry.path()).collect();
    frames.sort();
    frames
}

impl Exporter for FrameFolder {
    fn begin(&mut self, job: &RenderJob<'_>) -> Result<(), FilmError> {
        self.look()?;
        let parent = self.path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = tempfile::Builder::new().prefix(".frames-").suffix(".part").tempdir_in(parent);
        let folder = folder.map_err(|source| self.trouble(source))?;
        let picture = ChangingPicture::new(job, self.geometry, self.fonts.clone());
        self.reel = Some(FolderReel { folder, picture, file: Vec::new() });
        Ok(())
    }

    fn frame(&mut self, frame: &FilmFrame<'_>) -> Result<(), FilmError> {
        let Some(reel) = &mut self.reel else { return Ok(()) };
        reel.picture.draw(frame)?;
        reel.write(frame.index + 1, self.geometry.size)
            .map_err(|source| FilmError::Io { path: self.path.clone(), source })
    }

    fn finish(&mut self) -> Result<(), FilmError> {
        let Some(reel) = self.reel.take() else { return Ok(()) };
        self.notes = reel.picture.notes();
        let place = || {
            std::fs::create_dir_all(&self.path)?;
            frames(&self.path).into_iter().try_for_each(std::fs::remove_file)?;
            let made = frames(reel.folder.path()).into_iter();
            made.filter_map(|frame| Some((self.path.join(frame.file_name()?), frame)))
                .try_for_each(|(to, from)| std::fs::rename(from, to))
        };
        place().map_err(|source| self.trouble(source))
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }
}

impl FolderReel {
    fn write(&mut self, number: u64, size: (u32, u32)) -> io::Result<()> {
        if self.picture.take_dirty().is_some() {
            self.file.clear();
            png::write(&mut self.file, size, self.picture.pixels())?;
        }
        let file = NamedTempFile::new_in(self.folder.path())?;
        std::fs::write(file.path(), &self.file)?;
        let name = format!("{}{number:0DIGITS$}{}", NAME.0, NAME.1);
        file.persist(self.folder.path().join(name)).map(drop).map_err(|error| error.error)
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::raster::RequestedSize;
    use crate::render;
    use crate::tests::short;

    #[test]
    fn every_frame_is_a_file_and_none_of_another_film_stays() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("frames");
        let sizes = RequestedSize { cells: Some((60, 16)), font: Some(10.0), ..RequestedSize::default() };
        let geometry = PictureGeometry { clear: true, ..PictureGeometry::new(sizes, (640, 360)).unwrap() };
        short(geometry, 5.into(), |job| {
            let export = |force| {
                let mut exporters: Vec<Box<dyn Exporter>> =
                    vec![Box::new(FrameFolder::new(folder.clone(), geometry, Fonts::new(&[]).unwrap(), force))];
                let troubles = render(job, &mut exporters, &mut |_| ControlFlow::Continue(())).unwrap();
                troubles.iter().map(ToString::to_string).collect::<String>()
            };
            assert_eq!(export(false), "");
            let (mut camera, mut count) = (job.camera(), 0u64);
            let mut picture = ChangingPicture::new(job, geometry, Fonts::new(&[]).unwrap());
            while let Some(frame) = camera.advance() {
                picture.draw(&frame).unwrap();
                count += 1;
                let file = std::fs::File::open(folder.join(format!("frame-{count:06}.png"))).unwrap();
                let mut reader = ::png::Decoder::new(std::io::BufReader::new(file)).read_info().unwrap();
                let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
                reader.next_frame(&mut pixels).unwrap();
                assert!(pixels == picture.pixels(), "frame {count}");
            }
            std::fs::write(folder.join("frame-999999.png"), "of another film").unwrap();
            std::fs::write(folder.join("notes.txt"), "mine").unwrap();
            assert!(export(false).contains("--force"));
            assert_eq!(export(true), "");
            assert_eq!(frames(&folder).len() as u64, count);
            assert!(folder.join("notes.txt").exists());
            assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 1, "nothing is left behind");
        });
    }
}
