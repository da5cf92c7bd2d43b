//! The fonts of the system, for what neither the bundled nor the named ones have: found in the usual folders, and asked in
//! an order that depends on nothing but the files.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use speed_kings_system::input;

/// Font files that are looked at, and folders below one another.
const MOST_FILES: usize = 20_000;
const DEEPEST: usize = 8;
/// Bytes of the table of characters that is read.
const LARGEST_MAP: usize = 8 << 20;
/// The configuration of fontconfig, which names folders.
const CONFIGURATION: &str = "/etc/fonts/fonts.conf";
const LARGEST_CONFIGURATION: u64 = 1 << 20;
/// Fonts that have a placeholder for every character.
const PLACEHOLDERS: [&str; 3] = ["lastresort", "adobeblank", "unifont"];
/// The weight of text.
const REGULAR: u16 = 400;

/// The folders where this system keeps fonts. `env` gives a variable of the environment.
#[must_use]
pub fn folders(env: &dyn Fn(&str) -> Option<String>) -> Vec<PathBuf> {
    let home = env("HOME").or_else(|| env("USERPROFILE")).map(PathBuf::from);
    let at_home = |path: &str| home.as_ref().map(|home| home.join(path));
    let data = env("XDG_DATA_HOME").map(PathBuf::from).or_else(|| at_home(".local/share"));
    let mut folders: Vec<PathBuf> = Vec::new();
    if cfg!(windows) {
        folders.extend(env("WINDIR").map(|windows| Path::new(&windows).join("Fonts")));
        folders.extend(env("LOCALAPPDATA").map(|local| Path::new(&local).join("Microsoft/Windows/Fonts")));
    } else if cfg!(target_os = "macos") {
        folders.extend(["/System/Library/Fonts", "/Library/Fonts"].map(PathBuf::from));
        folders.extend(at_home("Library/Fonts"));
    } else {
        let text = input::read_text(Path::new(CONFIGURATION), LARGEST_CONFIGURATION).unwrap_or_default();
        folders.extend(configured(&text, data.as_deref(), home.as_deref()));
        folders.extend(["/usr/share/fonts", "/usr/local/share/fonts"].map(PathBuf::from));
        folders.extend(data.map(|data| data.join("fonts")));
        folders.extend(at_home(".fonts"));
    }
    folders.sort();
    folders.dedup();
    folders
}

/// The folders that a configuration of fontconfig names.
fn configured(text: &str, data: Option<&Path>, home: Option<&Path>) -> Vec<PathBuf> {
    let folder = |part: &str| {
        let (attributes, rest) = part.split_once('>')?;
        let path = rest.split_once("</dir>")?.0.trim();
        match path.strip_prefix("~/") {
            Some(path) => Some(home?.join(path)),
            None if attributes.contains("prefix=\"xdg\"") => Some(data?.join(path)),
            None => Some(PathBuf::from(path)).filter(|path| path.is_absolute()),
        }
    };
    text.split("<dir").skip(1).filter_map(folder).collect()
}

/// A font as far as it is known without being loaded.
#[derive(Clone, PartialEq, Eq, Debug)]
struct ListedFont {
    path: PathBuf,
    /// Characters that it may have, from and to.
    ranges: Vec<(u32, u32)>,
    colour: bool,
    /// The lower the better for text: slant, distance from the usual weight, serifs.
    rank: (bool, u16, bool),
}

/// The system's fonts, listed when they are asked for the first time.
#[derive(Clone, Debug, Default)]
pub(super) struct SystemFonts {
    folders: Vec<PathBuf>,
    listed: Option<Vec<ListedFont>>,
}

impl SystemFonts {
    pub(super) fn new(folders: Vec<PathBuf>) -> Self {
        Self { folders, listed: None }
    }

    /// The files that may have all of `letters`, with colours or without, the best first.
    pub(super) fn with(&mut self, letters: &[char], colour: bool) -> Vec<PathBuf> {
        let listed = self.listed.get_or_insert_with(|| list(&self.folders));
        let has = |font: &&ListedFont| {
            letters.iter().all(|letter| {
                let code = u32::from(*letter);
                let at = font.ranges.partition_point(|(_, end)| *end < code);
                font.ranges.get(at).is_some_and(|(start, _)| *start <= code)
            })
        };
        listed.iter().filter(|font| font.colour == colour).filter(has).map(|font| font.path.clone()).collect()
    }
}

fn list(folders: &[PathBuf]) -> Vec<ListedFont> {
    let mut paths = Vec::new();
    for folder in folders {
        collect(folder, DEEPEST, &mut paths);
    }
    paths.sort();
    paths.dedup();
    let mut listed: Vec<ListedFont> = paths.into_iter().filter_map(look).collect();
    listed.sort_by(|a, b| a.rank.cmp(&b.rank).then_with(|| a.path.cmp(&b.path)));
    listed
}

fn collect(folder: &Path, depth: usize, into: &mut Vec<PathBuf>) {
    for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if into.len() >= MOST_FILES {
            return;
        }
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        if path.is_dir() {
            if depth > 1 {
                collect(&path, depth - 1, into);
            }
        } else if matches!(&*ending, "ttf" | "otf" | "ttc" | "otc") {
            into.push(path);
        }
    }
}

/// Looks at the tables of the font at `path` that say what it is, and at no more of it.
fn look(path: PathBuf) -> Option<ListedFont> {
    let name = path.file_stem()?.to_string_lossy().to_lowercase();
    if PLACEHOLDERS.iter().any(|placeholder| name.starts_with(placeholder)) {
        return None;
    }
    let mut file = input::open(&path).ok()?;
    let head = piece(&mut file, 0, 16)?;
    let start = if head.starts_with(b"ttcf") { number32(&head, 12)? } else { 0 };
    let count = usize::from(number16(&piece(&mut file, start, 12)?, 4)?);
    let records = piece(&mut file, start.checked_add(12)?, count * 16)?;
    let table = |tag: &[u8; 4]| {
        let record = records.chunks_exact(16).find(|record| record.starts_with(tag))?;
        Some((number32(record, 8)?, usize::try_from(number32(record, 12)?).ok()?))
    };
    let colour = table(b"COLR").is_some() || table(b"CBDT").is_some() || table(b"sbix").is_some();
    let (at, length) = table(b"cmap")?;
    let ranges = ranges(&piece(&mut file, at, length.min(LARGEST_MAP))?);
    let style = table(b"OS/2").and_then(|(at, length)| piece(&mut file, at, length.min(64)));
    let field = |at| style.as_deref().and_then(|style| number16(style, at));
    let slanted = field(62).is_some_and(|selection| selection & 1 != 0);
    let condensed = field(6).is_some_and(|width| width != 5);
    let weight = field(4).unwrap_or(REGULAR).abs_diff(REGULAR);
    (!ranges.is_empty()).then_some(ListedFont {
        path,
        ranges,
        colour,
        rank: (slanted || condensed, weight, name.contains("serif")),
    })
}

fn piece(file: &mut File, at: u32, length: usize) -> Option<Vec<u8>> {
    file.seek(SeekFrom::Start(at.into())).ok()?;
    let mut bytes = Vec::new();
    file.take(length as u64).read_to_end(&mut bytes).ok()?;
    (bytes.len() == length).then_some(bytes)
}

fn number16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().copied().map(u16::from_be_bytes)
}

fn number32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().copied().map(u32::from_be_bytes)
}

/// The characters that a table of characters speaks of, in order and without overlaps.
fn ranges(map: &[u8]) -> Vec<(u32, u32)> {
    let count = usize::from(number16(map, 2).unwrap_or_default());
    let offsets = (0..count).filter_map(|index| number32(map, 4 + index * 8 + 4));
    let mut all: Vec<(u32, u32)> = Vec::new();
    let mut seen = Vec::new();
    for offset in offsets {
        let table = usize::try_from(offset).ok().and_then(|offset| map.get(offset..));
        if let Some(table) = table.filter(|_| !seen.contains(&offset) && seen.len() < 16) {
            seen.push(offset);
            all.extend(segments(table));
        }
    }
    all.retain(|(start, end)| start <= end);
    all.sort_unstable();
    let mut merged: Vec<(u32, u32)> = Vec::new();
    for (start, end) in all {
        match merged.last_mut() {
            Some(last) if start <= last.1.saturating_add(1) => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
}

fn segments(table: &[u8]) -> Vec<(u32, u32)> {
    match number16(table, 0) {
        Some(4) => {
            let twice = usize::from(number16(table, 6).unwrap_or_default());
            let segment = |at: usize| {
                let (end, start) = (number16(table, 14 + at)?, number16(table, 16 + twice + at)?);
                (start != u16::MAX).then_some((u32::from(start), u32::from(end)))
            };
            (0..twice).step_by(2).filter_map(segment).collect()
        }
        Some(12) => {
            let count = usize::try_from(number32(table, 12).unwrap_or_default()).unwrap_or_default();
            let groups = table.get(16..).unwrap_or_default().chunks_exact(12).take(count);
            groups.filter_map(|group| Some((number32(group, 0)?, number32(group, 4)?))).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_come_from_the_configuration_and_the_home() {
        let text = "<fontconfig><dir>/opt/fonts</dir>\n<dir prefix=\"xdg\">fonts</dir><dir>~/.f</dir><dir>x</dir>";
        let found = configured(text, Some(Path::new("/data")), Some(Path::new("/home/a")));
        assert_eq!(found, ["/opt/fonts", "/data/fonts", "/home/a/.f"].map(PathBuf::from));
        assert_eq!(configured("<dir>~/a</dir><dir", None, None), Vec::<PathBuf>::new());
    }

    #[test]
    fn the_same_files_are_listed_in_the_same_order() {
        let dir = tempfile::tempdir().unwrap();
        let fonts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fonts");
        std::fs::create_dir(dir.path().join("z")).unwrap();
        for (file, name) in [
            ("JetBrainsMono-Bold.ttf", "a.ttf"),
            ("JetBrainsMono-Italic.ttf", "b.ttf"),
            ("JetBrainsMono-Regular.ttf", "z/c.ttf"),
            ("JetBrainsMono-Regular.ttf", "LastResort.ttf"),
        ] {
            std::fs::copy(fonts.join(file), dir.path().join(name)).unwrap();
        }
        std::fs::write(dir.path().join("d.ttf"), "no font").unwrap();
        let mut system = SystemFonts::new(vec![dir.path().to_owned()]);
        let names = |paths: Vec<PathBuf>| {
            paths.iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(system.with(&['a'], false)), ["c.ttf", "a.ttf", "b.ttf"]);
        assert!(system.with(&['a'], true).is_empty() && system.with(&['a', '計'], false).is_empty());
    }
}
