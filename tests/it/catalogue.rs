//! The catalogue through the built program: printed, checked, and extended without harm to what is there.

use std::fs;

use speed_kings::catalog::Catalog;
use speed_kings::sim::{CUSTOM, Options, Simulator};

use crate::program::Home;

/// Where a home has its own catalogue.
const OWN: &str = "config/speed-kings/phases.ron";

#[test]
fn what_is_printed_reads_back() {
    let home = Home::new();
    let whole = Catalog::builtin().unwrap();
    for (form, file) in [("ron", "all.ron"), ("json", "all.json")] {
        let printed = home.run(&["catalogue", "--output", form]);
        printed.says(0, &["cerebras"]);
        assert_eq!(Catalog::parse(&printed.out, file).unwrap(), whole);
        home.file(file, &printed.out);
        home.run(&["catalogue", "check", file]).says(0, &[&format!("{file} is right; new or changed: nothing")]);
    }
    let (plans, engines) = (home.run(&["catalogue", "--default"]), home.run(&["catalogue", "--default", "--engines"]));
    assert!(plans.out.starts_with("// The catalogue of Speed Kings"), "with its comments");
    assert_eq!(Catalog::parse(&plans.out, "a.ron").unwrap().overlay(&engines.out, "b.ron").unwrap(), whole);
}

#[test]
fn a_file_that_is_wrong_is_told_with_its_place() {
    let home = Home::new();
    home.file("mine.ron", "(providers: [\n  (id: \"a\", nam: \"A\"),\n])");
    home.run(&["catalogue", "check", "mine.ron"]).says(2, &["mine.ron:2:", "nam", "`speed-kings catalogue --default`"]);
    home.file("mine.json", "{\"providers\": [{\"id\": \"a\", \"nam\": 1}]}");
    home.run(&["catalogue", "check", "mine.json"]).says(2, &["mine.json:1:", "nam"]);
    home.run(&["catalogue", "check", "none.ron"]).says(2, &["cannot read the catalogue none.ron"]);
}

#[test]
fn a_server_is_added_and_can_be_raced() {
    let simulator = Simulator::start(Options { seed: 7, ..Options::default() }).unwrap();
    let url = simulator.base_url(CUSTOM);
    let home = Home::new();
    home.run(&["catalogue", "add", &format!("rack={url}"), "--model", CUSTOM])
        .says(0, &["it answers as OpenAI", "added to"]);
    let far = ["catalogue", "add", "far=https://llm.example.org/v1", "--dialect", "anthropic"];
    home.run(&far).says(0, &["key: \"FAR_API_KEY\"", "dialect: \"anthropic\"", "gpu_cloud"]);
    let file = home.path().join(OWN);
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("// mine\n{text}")).unwrap();
    home.run(&["check", "rack"]).says(0, &[CUSTOM]);
    home.run(&["benchmark", "--providers", "rack", "-i", "1", "--warmup", "0", "--yes", "--max-tokens", "9"])
        .says(0, &["rack"]);
    home.run(&["catalogue", "check"]).says(0, &["2 providers, 1 model"]);
    for (args, told) in [
        (["rack=http://127.0.0.1:1/v1", "--dialect", "openai"], "already"),
        (["my rack=http://127.0.0.1:1/v1", "--dialect", "openai"], "the id 'my rack' must be"),
        (["x=http://127.0.0.1:1/v1", "--key-env", "not a variable"], "must be the name of an environment variable"),
        (["ollama", "--dialect", "openai"], "is not NAME=URL"),
    ] {
        home.run(&[&["catalogue", "add"], &args[..]].concat()).says(1, &[told]);
        assert_eq!(fs::read_to_string(&file).unwrap(), format!("// mine\n{text}"), "{told}: the file stays as it was");
    }
}
