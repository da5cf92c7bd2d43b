//! Which phases have their results, as far as the files tell.
//! A phase is complete when one of its files has a good, real run of every contestant.

use std::path::Path;

use crate::bench::saved::{Saved, SavedLane};
use crate::catalog::Phase;

/// The folder of saved results, a folder for each phase in it.
pub(super) const DIR: &str = "results";

/// Whether `dir` holds a result of all contestants of `phase`. A file that can't be read is no result.
pub(super) fn complete(dir: &Path, phase: &Phase) -> bool {
    let files = std::fs::read_dir(dir.join(&phase.id)).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut json = files.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
    json.any(|path| Saved::read(&path).is_ok_and(|saved| is_result(&saved, phase)))
}

fn is_result(saved: &Saved, phase: &Phase) -> bool {
    let good = |lane: &SavedLane| !lane.simulated && lane.runs.iter().any(|run| run.ok);
    let ran = |id: &String| saved.lanes.iter().any(|lane| &lane.provider == id && good(lane));
    saved.phase.as_ref() == Some(&phase.id) && phase.contestants.iter().all(ran)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalog::Catalog;

    fn document(simulated: bool, ok: bool) -> Value {
        let lane = |id: &str| json!({"provider": id, "simulated": simulated, "runs": [{"ok": ok}]});
        json!({"version": 1, "phase": "A1", "lanes": [lane("cerebras"), lane("groq")]})
    }

    #[test]
    fn only_good_real_runs_of_everybody_complete_a_phase() {
        let catalog = Catalog::builtin().unwrap();
        let (a1, a2) = (catalog.phase("A1").unwrap(), catalog.phase("A2").unwrap());
        let holds = |simulated, ok, phase| is_result(&Saved::of(&document(simulated, ok)).unwrap(), phase);
        assert!(holds(false, true, a1));
        assert!(!holds(false, true, a2), "another phase");
        assert!(!holds(true, true, a1), "simulated");
        assert!(!holds(false, false, a1), "failed");
    }

    #[test]
    fn files_are_looked_for_by_phase() {
        let catalog = Catalog::builtin().unwrap();
        let a1 = catalog.phase("A1").unwrap();
        let dir = tempfile::tempdir().unwrap();
        assert!(!complete(dir.path(), a1));
        let folder = dir.path().join("A1");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("1.json"), "{").unwrap();
        assert!(!complete(dir.path(), a1));
        std::fs::write(folder.join("2.json"), document(false, true).to_string()).unwrap();
        assert!(complete(dir.path(), a1));
    }
}
