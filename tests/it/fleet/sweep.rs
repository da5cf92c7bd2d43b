//! Sweeps that runners visit: what their owners permit, one at a time, kept there first, and fetched.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::harness::{BusServer, FleetRunner, Overheard};
use crate::engines;
use crate::program::Home;

/// A folder with an engine, its model, and the file of a runner that offers them.
fn offering() -> (Home, [String; 2]) {
    let home = engines::home(&engines::serving("echo threads are used", "wait"), engines::QUICK);
    let model = home.path().join("model.gguf");
    let sweep = format!("(id: \"q\", engine: \"e@{}\", vary: [\"threads=1,2\"], allow_remote: true)", model.display());
    let config = home.file("offer.ron", format!("(sweeps: [{sweep}])"));
    let catalog = home.path().join("catalog.ron").display().to_string();
    (home, [catalog, config.display().to_string()])
}

fn runner(name: &str, port: u16, [catalog, config]: &[String; 2]) -> FleetRunner {
    FleetRunner::limited(
        name,
        port,
        &["x=http://127.0.0.1:9/v1"],
        &[("SPEED_KINGS_CATALOG", catalog)],
        &["--config", config],
    )
}

fn results(home: &Home) -> PathBuf {
    let kept = fs::read_dir(home.path().join("results/sweep")).unwrap().flatten().map(|file| file.path());
    kept.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "json")).unwrap()
}

/// The figures on the tapes of a runner.
fn figures(runner: &FleetRunner) -> Vec<Value> {
    let texts = runner.tapes().into_iter().map(|path| fs::read_to_string(path).unwrap());
    let last = texts.map(|text| serde_json::from_str::<Value>(text.lines().last().unwrap()).unwrap());
    last.map(|line| line["figures"]["ttft_ms"].clone()).collect()
}

#[test]
#[ignore = "needs nats-server; a step of its own"]
fn a_sweep_is_visited_by_runners_as_their_owners_permit() {
    let (bus, (place, offer)) = (BusServer::start(), offering());
    let heard = Overheard::begin(bus.port());
    let (one, mut two) = (runner("m3", bus.port(), &offer), runner("rtx", bus.port(), &offer));
    let home = Home::new().with("SPEED_KINGS_BUS", bus.url());
    let asked = |lanes, vary| {
        home.run(&["lab", "sweep", "--lanes", lanes, "--vary", vary, "--rounds", "1", "--cool-down", "0", "-o", "json"])
    };
    asked("m3:z", "threads=1").says(1, &["no sweep 'z' here: this runner offers q"]);
    asked("m3:q", "threads=1,3")
        .says(2, &["runner m3: threads=3 is not permitted in sweep 'q': its owner permits 1, 2"]);
    asked("m3:q", "gpu=on").says(2, &["'gpu' may not be varied in sweep 'q': its owner permits threads"]);

    let swept = asked("m3:q,rtx:q", "threads=1,2");
    swept.says(0, &["4 combinations, 4 visits left"]);
    let file: Value = serde_json::from_str(&swept.out).unwrap();
    let visits = file["visits"].as_array().unwrap();
    assert!(visits.len() == 4 && visits.iter().all(|visit| visit["output_tok_s"].as_f64() > Some(0.0)), "{file}");
    assert_eq!((&file["points"][3]["runner"], &file["environment"]["cpu"]), (&"rtx".into(), &Value::Null));
    assert!(file["machines"]["m3"]["cores"].as_u64() > Some(0), "{file}");
    for (name, runner) in [("m3", &one), ("rtx", &two)] {
        let of = visits.iter().filter(|visit| {
            file["points"][usize::try_from(visit["point"].as_u64().unwrap()).unwrap()]["runner"] == name
        });
        assert_eq!(of.map(|visit| visit["ttft_ms"].clone()).collect::<Vec<_>>(), figures(runner), "{name}");
    }
    let path = results(&home);
    let name = path.to_str().unwrap();
    home.run(&["lab", "report", name]).says(0, &["threads=2 @ rtx", "Runner m3: ", "threads=1 @ m3"]);
    home.run(&["fleet"]).says(0, &["q (sweep)"]);

    // What a lost runner did not bring is said, and made when it is back.
    let mut cut = file.clone();
    cut["visits"].as_array_mut().unwrap().retain(|visit| visit["point"].as_u64() < Some(2));
    fs::write(&path, cut.to_string()).unwrap();
    two.kill();
    let resume = ["lab", "sweep", "--resume", name, "-o", "json"];
    home.run(&resume).says(3, &["2 visits left", "threads=1 @ rtx: runner rtx does not answer"]);
    two.revive();
    let filled = home.run(&resume);
    filled.says(0, &["2 visits left"]);
    let file: Value = serde_json::from_str(&filled.out).unwrap();
    let visits = file["visits"].as_array().unwrap();
    assert!(visits.len() == 4 && visits.iter().all(|visit| visit["failure"].is_null()), "{file}");
    // Neither where the model lies nor how the engine is started left the machine.
    let heard = String::from_utf8_lossy(&heard.end()).into_owned();
    assert!(heard.contains("\"sweep\":\"q\"") && !heard.contains(place.path().to_str().unwrap()), "a path on the bus");
}
