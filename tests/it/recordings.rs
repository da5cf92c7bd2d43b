//! The recordings that come with the program: whole, honest about what made them, and judged as they were live.

use std::path::{Path, PathBuf};

use speed_kings::race::verdict::{Metric, Verdict};
use speed_kings::record::outcome::agrees;
use speed_kings::record::reader::read_file;

fn bundled() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    // Races of one's own begin with their date.
    files.retain(|path| !path.file_name().unwrap().to_string_lossy().starts_with("20"));
    files.sort();
    files
}

#[test]
fn bundled_recordings_are_whole_and_give_the_verdict_they_gave_live() {
    let files = bundled();
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        let recording = read_file(&file).unwrap();
        let race = recording.race();
        assert_eq!(recording.problems, [], "{}", file.display());
        assert!(recording.is_complete(), "{}", file.display());
        let verdict = Verdict::of(&race);
        assert!(agrees(&recording.end.as_ref().unwrap().verdict, &verdict), "{}: {verdict:?}", file.display());
        assert!(
            verdict.category(Metric::OutputSpeed).unwrap().values.iter().all(Option::is_some),
            "{}",
            file.display()
        );
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        assert_eq!(name.ends_with("-sim"), race.simulated(), "{name} says what it is");
    }
}
