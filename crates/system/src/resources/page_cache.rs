//! Whether a file is in memory already: whoever loads a model that is finds it much sooner.
//! Places spread over the file are read only if that needs no storage, so that the look itself warms nothing worth naming.

use std::path::Path;

/// Places of a file that are looked at.
#[cfg(target_os = "linux")]
const PLACES: u64 = 64;
/// Files of a folder that are looked at, the largest first.
const MAX_FILES: usize = 16;

/// The share of a file, or of the largest files in a folder, that is in the system's page cache, from 0 to 1; nothing where
/// the system or the file system doesn't tell.
#[must_use]
pub fn cached_share(path: &Path) -> Option<f64> {
    if !path.is_dir() {
        return share_of_file(path);
    }
    let files = std::fs::read_dir(path).ok()?.flatten();
    let mut files: Vec<_> = files.filter_map(|file| Some((file.metadata().ok()?.len(), file.path()))).collect();
    files.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
    let largest = files.iter().take(MAX_FILES).filter(|(size, _)| *size > 0);
    let (mut bytes, mut cached) = (0.0, 0.0);
    for (size, file) in largest {
        #[expect(clippy::cast_precision_loss, reason = "sizes of files stay below 2^53")]
        let size = *size as f64;
        bytes += size;
        cached += size * share_of_file(file)?;
    }
    (bytes > 0.0).then(|| cached / bytes)
}

#[cfg(target_os = "linux")]
fn share_of_file(path: &Path) -> Option<f64> {
    use std::io::IoSliceMut;

    use rustix::io::{Errno, ReadWriteFlags, preadv2};

    let file = std::fs::File::open(path).ok()?;
    let size = file.metadata().ok().filter(std::fs::Metadata::is_file)?.len();
    let (mut looks, mut cached) = (0_u32, 0_u32);
    // From the end: what is read ahead for one place is never a place that is yet to be looked at.
    for place in (0..PLACES.min(size)).rev() {
        let at = size / PLACES.min(size) * place;
        let mut byte = [0];
        match preadv2(&file, &mut [IoSliceMut::new(&mut byte)], at, ReadWriteFlags::NOWAIT) {
            Ok(_) => cached += 1,
            Err(Errno::AGAIN) => {}
            Err(_) => return None,
        }
        looks += 1;
    }
    (looks > 0).then(|| f64::from(cached) / f64::from(looks))
}

#[cfg(not(target_os = "linux"))]
fn share_of_file(_: &Path) -> Option<f64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_just_written_is_in_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.bin");
        std::fs::write(&path, vec![7; 1 << 20]).unwrap();
        for path in [path.as_path(), folder.path()] {
            // A file system may have no answer, but never a wrong one.
            assert!(cached_share(path).is_none_or(|share| share > 0.9), "{path:?}");
        }
        std::fs::write(folder.path().join("empty"), "").unwrap();
        assert_eq!(cached_share(&folder.path().join("empty")), None);
        assert_eq!(cached_share(Path::new("/nowhere/model.bin")), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_was_dropped_from_memory_is_not() {
        use rustix::fs::{Advice, fadvise};
        // On the disk that the build is on: a folder for temporary files may be memory itself.
        let folder = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let path = folder.path().join("model.bin");
        std::fs::write(&path, vec![7; 8 << 20]).unwrap();
        let file = std::fs::File::open(&path).unwrap();
        file.sync_all().unwrap();
        fadvise(&file, 0, None, Advice::DontNeed).unwrap();
        // A file system that is memory itself has nowhere to drop it to.
        let in_memory = [0x0102_1994, 0x8584_58f6].contains(&i128::from(rustix::fs::statfs(&path).unwrap().f_type));
        let share = cached_share(&path);
        assert!(share.is_none_or(|share| if in_memory { share > 0.9 } else { share < 0.5 }), "{share:?}");
    }
}
