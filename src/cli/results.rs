//! Which phases have their results, as far as the files tell.
//! A phase is complete when one of its files has a good, real run of every contestant.

use std::path::Path;

use serde_json::Value;

use crate::catalog::Phase;

/// The folder of saved results, a folder for each phase in it.
pub(super) const DIR: &str = "results";

/// Whether `dir` holds a result of all contestants of `phase`. A file that can't be read is no result.
pub(super) fn complete(dir: &Path, phase: &Phase) -> bool {
    let files = std::fs::read_dir(dir.join(&phase.id)).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut json = files.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
    json.any(|path| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        serde_json::from_str(&text).is_ok_and(|document: Value| is_result(&document, phase))
    })
}

fn is_result(document: &Value, phase: &Phase) -> bool {
    let lanes = document.get("lanes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let ran = |id: &String| {
        lanes.iter().any(|lane| {
            let simulated = lane.get("simulated").and_then(Value::as_bool).unwrap_or(true);
            let runs = lane.get("runs").and_then(Value::as_array).into_iter().flatten();
            let good = runs.filter(|run| run.get("ok") == Some(&Value::Bool(true))).count();
            lane.get("provider").and_then(Value::as_str) == Some(id) && !simulated && good > 0
        })
    };
    document.get("phase").and_then(Value::as_str) == Some(&phase.id) && phase.contestants.iter().all(ran)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
        assert!(is_result(&document(false, true), a1));
        assert!(!is_result(&document(false, true), a2), "another phase");
        assert!(!is_result(&document(true, true), a1), "simulated");
        assert!(!is_result(&document(false, false), a1), "failed");
        assert!(!is_result(&json!([]), a1));
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
