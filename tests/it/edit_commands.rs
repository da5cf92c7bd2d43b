//! The commands on recordings through the built program: looked into, edited, redacted, put together.

use std::path::Path;

use speed_kings::race::verdict::Verdict;
use speed_kings::record::outcome::verdict_json;
use speed_kings::record::reader::read_file;

use crate::program::Home;
use crate::schema::INSPECTION;

fn bundled(name: &str) -> String {
    format!("{}/recordings/{name}.race", env!("CARGO_MANIFEST_DIR"))
}

fn at(home: &Home, name: &str) -> String {
    home.path().join(name).to_str().unwrap().to_owned()
}

#[test]
fn a_recording_is_looked_into_as_text_and_as_json() {
    let (home, race) = (Home::new(), bundled("wafer-vs-lpu-sim"));
    home.run(&["inspect", &race])
        .says(0, &["SIM", "Cerebras won this run", "takes the lead", "Gaps", "█", "Missing or damaged"]);
    let document: serde_json::Value = serde_json::from_str(&home.run(&["inspect", &race, "--json"]).out).unwrap();
    assert_eq!(INSPECTION.complaints(&document), [""; 0]);
    assert_eq!(document["verdict_as_recorded"], true);
    let recording = read_file(Path::new(&race)).unwrap();
    assert_eq!(document["verdict"], verdict_json(&Verdict::of(&recording.race())));
    assert_eq!(document["events"], recording.events.len());
    let counted = |lane: usize| {
        let bins = document["lanes"][lane]["gaps"].as_array().unwrap();
        bins.iter().map(|bin| bin["count"].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!(Some(counted(0) + 1), document["lanes"][0]["stream"]["reads"].as_u64(), "every gap is in a bin");
    home.run(&["inspect", "nowhere.race"]).says(1, &["nowhere.race"]);
    let half = std::fs::read(&race).unwrap();
    let half = home.file("half.race", &half[..half.len() / 2]);
    home.run(&["inspect", half.to_str().unwrap()])
        .says(0, &["incomplete: the recording ends before its race does", "cut off in the middle", "it never ends"]);
}

#[test]
fn a_race_that_lacks_its_end_record_alone_came_to_its_end() {
    let home = Home::new();
    let text = std::fs::read_to_string(bundled("wafer-vs-lpu-sim")).unwrap();
    let open = home.file("open.race", text.trim_end().rsplit_once('\n').unwrap().0);
    for command in ["inspect", "replay"] {
        let ended = home.run(&[command, open.to_str().unwrap()]);
        ended.says(0, &["Cerebras won this run", "no end record, though every lane came to its end"]);
        assert!(!ended.out.contains("before its race does"), "{}", ended.out);
    }
}

#[test]
fn a_director_makes_a_film_of_the_length_and_size_that_is_asked_for() {
    let (home, race) = (Home::new(), bundled("llamacpp-vs-mistralrs-real"));
    let out = at(&home, "cut.race");
    home.run(&["edit", &race, &out, "--duration", "20s", "--title", "Final"]).says(0, &["of picture"]);
    let cut = read_file(Path::new(&out)).unwrap().header.cut.unwrap();
    let held = speed_kings::ui::app::FINISH_HOLD.as_micros();
    let parts = [cut.intro, cut.outro, cut.hold_verdict].map(|part| part.unwrap().as_micros());
    let whole = u128::from(cut.duration().as_micros() + parts.iter().sum::<u64>()) + held;
    assert_eq!(whole, 20_000_000);
    assert!(cut.captions.iter().any(|caption| caption.text.contains("first word after")), "{:?}", cut.captions);
    assert_eq!(cut.title.as_deref(), Some("Final"));
    home.run(&["edit", &race, &out, "--auto", "--speed", "2"]).says(2, &["--speed", "cannot be used with"]);
    home.run(&["export", &race, "--to", "x.gif", "--duration", "3s"]).says(2, &["--duration", "between 10 and 600"]);

    let (gif, small) = (at(&home, "film.gif"), ["--cells", "60x16", "--font-size", "8", "--fps", "10"]);
    let args = ["export", &race, "--to", &gif, "--duration", "10s", "--max-bytes", "150kB"];
    home.run(&args.iter().chain(&small).copied().collect::<Vec<_>>()).says(0, &["of 146 KiB"]);
    assert!(std::fs::metadata(&gif).unwrap().len() <= 150_000);
    let args = ["export", &race, "--to", &at(&home, "no.gif"), "--duration", "10s", "--max-bytes", "1kB"];
    home.run(&args.iter().chain(&small).copied().collect::<Vec<_>>()).says(1, &["even at the lowest quality"]);
    assert!(!home.path().join("no.gif").exists());
}

#[test]
fn an_edit_changes_what_is_shown_and_no_figure() {
    let (home, race) = (Home::new(), bundled("wafer-vs-lpu-sim"));
    let out = at(&home, "cut.race.zst");
    let out = out.as_str();
    let flags = [
        "--slow-mo",
        "0.1",
        "--around",
        "first-token:0.02",
        "--until",
        "finish",
        "--title",
        "Go",
        "--hold-verdict",
        "3",
    ];
    let words = ["--caption", "first-token@1-finish@1=The wafer", "--chapter", "50%=Half way"];
    let args: Vec<&str> = ["edit", &race, out].into_iter().chain(flags).chain(words).collect();
    home.run(&args).says(0, &["of picture"]);
    let (before, after) = (read_file(Path::new(&race)).unwrap(), read_file(Path::new(out)).unwrap());
    assert_eq!((&before.events, &before.end), (&after.events, &after.end));
    let cut = after.header.cut.as_ref().unwrap();
    assert!(cut.pieces().iter().any(|piece| (piece.scale - 0.1).abs() < 1e-9), "{cut:?}");
    assert_eq!((cut.title.as_deref(), cut.captions.len(), cut.chapters.len()), (Some("Go"), 1, 1));
    home.run(&["replay", out]).says(0, &["Cerebras won this run"]);
    home.run(&["edit", &race, out, "--from", "stall"]).says(2, &["no stall", "inspect"]);
    home.run(&["edit", &race, out, "--caption", "nothing"]).says(2, &["equals sign"]);
    home.run(&["edit", &race, "no/folder/x.race"]).says(0, &[]);
    home.run(&["edit", &race, "no/folder/x.race/y.race"]).says(1, &["y.race"]);
    home.run(&["replay", &race, "--until", "-9"]).says(2, &["nothing is left"]);
}

#[test]
fn a_cut_beyond_all_bounds_is_told_and_leaves_nothing_in_an_edit() {
    let (home, race) = (Home::new(), bundled("wafer-vs-lpu-sim"));
    let cut = "{\"cut\":{\"pieces\":[[0,1000000,1]],\"hold_verdict_us\":1000000000000000000},";
    let absurd = home.file("absurd.race", std::fs::read_to_string(&race).unwrap().replacen('{', cut, 1));
    let out = at(&home, "out.race");
    let told = ["line 1: its cut section is damaged (the verdict would stay longer than a day)"];
    home.run(&["edit", absurd.to_str().unwrap(), &out, "--title", "Go"]).says(0, &told);
    let edited = read_file(Path::new(&out)).unwrap();
    assert_eq!(edited.problems, []);
    assert_eq!(edited.header.cut.unwrap().title.as_deref(), Some("Go"));
}

#[test]
fn a_recording_goes_to_stdout_and_all_talk_beside_it() {
    let (home, race) = (Home::new(), bundled("wafer-vs-lpu-sim"));
    for args in [
        vec!["edit", &race, "-", "--title", "Go"],
        vec!["redact", &race, "-"],
        vec!["merge", &race, &race, "--lanes", "A1,B1", "-o", "-"],
    ] {
        let text = home.run(&args).out;
        let recording = speed_kings::record::reader::read(text.as_bytes()).unwrap();
        assert!(recording.is_complete() && recording.problems.is_empty(), "{args:?}: {:?}", recording.problems);
    }
    home.run(&["export", &race, "--to", "-"]).says(2, &["stdout has no ending", "name a file"]);
    assert!(!home.path().join("-").exists());
}

#[test]
fn outputs_are_files_of_their_own_and_pictures_of_a_size_that_can_be() {
    let (home, race) = (Home::new(), bundled("wafer-vs-lpu-sim"));
    std::fs::create_dir(home.path().join("o")).unwrap();
    let to = |rest: &[&str]| home.run(&[&["export", &race, "--to"], rest].concat());
    to(&["o/a.txt", "o/a.txt"]).says(2, &["o/a.txt and o/a.txt are the same file"]);
    to(&["a.txt", "o/../a.txt"]).says(2, &["a.txt and o/../a.txt are the same file; give each output its own name"]);
    to(&["a.txt", "--cells", "5000x5000"]).says(2, &["20000×40000 pixels", "ask for fewer cells"]);
    to(&["a.txt", "--cells", "160x45", "--size", "1920x1080", "--font-size", "40"]).says(2, &["smaller letters"]);
    assert!(!home.path().join("a.txt").exists());
    to(&["a.txt"]).says(0, &["a.txt"]);
    to(&["a.txt/a.png"]).says(1, &["a.txt/a.png: "]);
    to(&["not/yet/a.txt", "nor/this.md"]).says(0, &["not/yet/a.txt\nnor/this.md"]);
    home.run(&["export", "--to", "b.txt", "c.txt", &race]).says(0, &["b.txt\nc.txt"]);
    home.run(&["export", "--to", "b.txt"]).says(2, &["no recording given: speed-kings export FILE --to b.txt"]);
    home.run(&["export", "--help"]).says(0, &["export [OPTIONS] <FILE> --to <OUT>..."]);
    // A card that nobody asked for is in nobody's way.
    to(&["a.txt", "--cells", "400x100"]).says(0, &["a.txt"]);
    let empty = std::fs::read_to_string(&race).unwrap().lines().next().unwrap().to_owned();
    let empty = home.file("empty.race", empty);
    home.run(&["export", empty.to_str().unwrap(), "--to", "a.txt"]).says(2, &["this recording has no events"]);
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_devices_stay_what_they_are() {
    let (home, race) = (Home::new(), bundled("wafer-vs-lpu-sim"));
    let [target, link, socket] = ["target.race", "link.race", "socket.race"].map(|name| home.path().join(name));
    std::os::unix::fs::symlink("target.race", &link).unwrap();
    let _held = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    home.run(&["redact", &race, link.to_str().unwrap()]).says(0, &["wrote"]);
    assert!(link.is_symlink() && read_file(&target).unwrap().is_complete());
    home.run(&["redact", &race, socket.to_str().unwrap()]).says(1, &["socket.race: this is a pipe or a device"]);
    assert!(!socket.is_file());
}

#[test]
fn what_is_redacted_is_gone_and_the_timings_stay() {
    let (home, race) = (Home::new(), bundled("wafer-vs-lpu-sim"));
    let out = at(&home, "redacted.race");
    let out = out.as_str();
    home.run(&["redact", &race, out]).says(0, &["wrote"]);
    let text = std::fs::read_to_string(out).unwrap();
    for word in ["Cerebras", "Groq", "gpt-oss", "racing driver", "bandwidth", "wse"] {
        assert!(!text.split("\"end\"").next().unwrap().contains(word), "{word}");
    }
    let (before, after) = (read_file(Path::new(&race)).unwrap(), read_file(Path::new(out)).unwrap());
    assert!(before.events.iter().zip(&after.events).all(|(a, b)| (a.at, a.lane) == (b.at, b.lane)));
    home.run(&["replay", out]).says(0, &["Lane 1 won this run: 2.22×"]);
}

#[test]
fn ghosts_race_and_say_what_they_are() {
    let home = Home::new();
    let out = at(&home, "ghost.race");
    let out = out.as_str();
    let (a, b) = (bundled("wafer-vs-lpu-sim"), bundled("laptop-vs-wafer-sim"));
    home.run(&["merge", &a, &b, "--lanes", "A1,B2", "-o", out]).says(0, &["not the same: prompt", "provisional"]);
    home.run(&["replay", out]).says(0, &["GHOST", "ghosts on equal terms", "BROKEN"]);
    home.run(&["merge", &a, &a, "--lanes", "A1,B1", "-o", out]).says(0, &["are the same"]);
    home.run(&["replay", out]).says(0, &["dead heat"]);
    home.run(&["merge", &a, &b, "--lanes", "A1,B9", "-o", out]).says(2, &["no lane B9"]);
    home.run(&["merge", &a, &b, "--lanes", "B1,B2", "-o", out]).says(0, &["all lanes are of one race"]);
    home.run(&["replay", out]).says(0, &["Cerebras won this run"]);
    let text = std::fs::read_to_string(&b).unwrap();
    let half = home.file("half.race", text.split_inclusive('\n').take(40).collect::<String>());
    let half = half.to_str().unwrap();
    home.run(&["merge", &a, half, "--lanes", "A1,B1", "-o", out])
        .says(0, &["half.race: incomplete: the recording ends before"]);
    let unused = home.run(&["merge", &a, half, "--lanes", "A1,A2", "-o", "-"]).out;
    assert!(speed_kings::record::reader::read(unused.as_bytes()).unwrap().is_complete());
}

#[test]
fn nothing_is_replaced_that_was_not_asked_for() {
    let (home, race) = (Home::new(), bundled("wafer-vs-lpu-sim"));
    std::fs::copy(&race, home.path().join("a.race")).unwrap();
    let original = std::fs::read(home.path().join("a.race")).unwrap();
    for command in [
        &["redact", "a.race", "./a.race"] as &[&str],
        &["edit", "a.race", "a.race", "--title", "x"],
        &["merge", "a.race", "a.race", "-o", "a.race"],
    ] {
        home.run(command).says(2, &["is the file that is read", "--force"]);
        assert_eq!(std::fs::read(home.path().join("a.race")).unwrap(), original, "{command:?}");
    }
    let theirs =
        ["notes.md", "notes.json", "notes.csv", "notes.txt", "n.gif", "n.png", "n.svg", "n.html", "n.cast", "n.mp4"];
    for name in theirs {
        home.file(name, "mine\n");
        home.run(&["export", "a.race", "--to", name]).says(2, &[name, "is there already", "--force"]);
        assert_eq!(std::fs::read(home.path().join(name)).unwrap(), b"mine\n");
    }
    home.run(&["redact", "a.race", "notes.md"]).says(2, &["notes.md is there already", "recording"]);
    home.run(&["redact", "a.race", "notes.md", "--force"]).says(0, &["wrote notes.md"]);
    // What the program made of the same kind is made anew.
    let small = ["--cells", "60x16", "--fps", "2", "--until", "10%"];
    for name in ["o.md", "o.json", "o.csv", "o.txt", "o.gif", "o.png", "o.svg", "o.html", "o.cast"] {
        for _ in 0..2 {
            home.run(&[&["export", "a.race", "--to", name], &small as &[&str]].concat()).says(0, &[name]);
        }
    }
    home.run(&["export", "a.race", "--to", "o.png"]).says(0, &[]);
    std::fs::rename(home.path().join("o.gif"), home.path().join("o2.png")).unwrap();
    home.run(&["export", "a.race", "--to", "o2.png"]).says(2, &["is no PNG that speed-kings made"]);
}

#[test]
fn a_page_of_findings_without_evidence_replaces_nothing() {
    let home = Home::new();
    home.run(&["findings", "--out", "page.md"]).says(0, &["no results under results"]);
    let ended = home.run(&["findings", "--out", "page.md"]);
    ended.says(1, &["page.md stays as it is", "--force"]);
    home.file("notes.md", "mine\n");
    home.run(&["findings", "--out", "notes.md"]).says(1, &["notes.md stays as it is"]);
    home.run(&["findings", "--out", "notes.md", "--force"]).says(0, &[]);
    assert!(std::fs::read_to_string(home.path().join("notes.md")).unwrap().starts_with("# Findings"));
}

#[test]
fn what_can_be_made_is_made_and_what_cannot_is_said() {
    // There is no ffmpeg; and a folder for temporary files that is gone is no trouble.
    let home = Home::new().with("PATH", "/nonexistent/bin").with("TMPDIR", "/nonexistent/tmp");
    let (still, film, text) = (at(&home, "a.png"), at(&home, "b.webm"), at(&home, "c.txt"));
    let (video, race) = (at(&home, "d.mp4"), bundled("wafer-vs-lpu-sim"));
    let ended = home.run(&["export", &race, "--to", &still, &film, &text, &video, "--cells", "60x16", "--fps", "10"]);
    ended.says(1, &["b.webm", "this needs ffmpeg", "d.mp4: encoded by rusty_h264, which is built in"]);
    assert_eq!(ended.out.lines().collect::<Vec<_>>(), [&still, &text, &video]);
    let made = |path: &str| Path::new(path).is_file();
    assert_eq!([made(&still), made(&film), made(&text), made(&video)], [true, false, true, true]);
    let left = std::fs::read_dir(home.path()).unwrap().filter_map(Result::ok);
    let parts: Vec<_> = left.filter(|entry| entry.file_name().to_string_lossy().ends_with(".part")).collect();
    assert!(parts.is_empty(), "{parts:?}");
}

#[test]
fn sound_lies_beside_what_has_no_room_for_it() {
    let (home, race) = (Home::new().with("PATH", "/nonexistent/bin"), bundled("close-finish-sim"));
    let (video, frames) = (at(&home, "a.mp4"), format!("{}/", at(&home, "b")));
    let [beside, folder, alone] = ["a.wav", "b.wav", "c.wav"].map(|name| at(&home, name));
    let export = |to: &[&str], rest: &[&str]| {
        let usual: &[&str] = &["--cells", "60x16", "--fps", "10", "--until", "first-token"];
        home.run(&[&["export", &race, "--to"], to, usual, rest].concat())
    };
    export(&[&video, &frames, &alone], &["--sound"]).says(0, &["a.mp4", "a.wav", "b.wav", "c.wav"]);
    let samples = |path: &str| {
        let mut reader = hound::WavReader::open(path).unwrap();
        reader.samples::<i16>().map(Result::unwrap).collect::<Vec<i16>>()
    };
    let heard = samples(&alone);
    assert!(heard.iter().any(|sample| sample.unsigned_abs() > 3_000), "there is something to hear");
    assert!(heard == samples(&beside) && heard == samples(&folder), "one film, one sound");
    // Its own is replaced, that of others is not, and a limit of bytes is the picture's.
    export(&[&video], &["--sound", "--max-bytes", "200KB"]).says(0, &["a.wav", "of 195 KiB"]);
    assert_eq!(samples(&beside), heard);
    std::fs::write(&beside, b"RIFF of somebody").unwrap();
    export(&[&video], &["--sound"]).says(2, &["a.wav", "no WAV that speed-kings made"]);
    export(&[&video, &beside], &["--sound", "--force"]).says(2, &["the same file"]);
}

#[test]
fn a_picture_as_tall_as_a_phone_keeps_clear_of_its_buttons() {
    let (home, race) = (Home::new(), bundled("wafer-vs-lpu-sim"));
    let path = at(&home, "a.txt");
    let rows = |rest: &[&str]| {
        let usual = ["export", &race, "--to", &path, "--at", "50%"];
        home.run(&[&usual[..], rest].concat()).says(0, &["a.txt"]);
        let text = std::fs::read_to_string(&path).unwrap();
        let free = text.lines().rev().take_while(|line| line.trim().is_empty()).count();
        (free, text.lines().count())
    };
    let (free, all) = rows(&["--size", "1080x1920"]);
    assert_eq!(free, all / 5);
    assert_eq!(rows(&["--size", "1080x1920", "--safe-area=off"]).0, 0);
    assert_eq!(rows(&["--size", "1920x1080"]).0, 0);
    assert!(rows(&["--size", "1920x1080", "--safe-area"]).0 > 0);
}

#[test]
fn a_picture_that_cannot_be_what_was_asked_is_refused_beforehand() {
    let (home, race) = (Home::new(), bundled("wafer-vs-lpu-sim"));
    let (page, still, film) = (at(&home, "a.html"), at(&home, "a.png"), at(&home, "a.webp"));
    let frames = format!("{}/", at(&home, "frames"));
    let export = |rest: &[&str]| home.run(&[&["export", &race, "--cells", "60x16", "--to"], rest].concat());
    export(&[&page, &still, "--transparent"]).says(2, &["a.html", "seen through", "--to frames/"]);
    export(&[&page, "--frame"]).says(2, &["a.html", "no window"]);
    export(&[&still, "--master"]).says(2, &["--master is for .mp4"]);
    export(&[&still, "--sound"]).says(2, &["--sound is for .mp4", "--to race.wav"]);
    export(&[&still, "--fps", "24.5"]).says(2, &["23.976"]);
    assert!(!Path::new(&still).exists());
    export(&[&film, &still, &frames, "--transparent", "--fps", "30000/1001", "--until", "3%"]).says(0, &["frames/"]);
    assert!(Path::new(&frames).join("frame-000001.png").is_file() && Path::new(&film).is_file());
    export(&[&frames, "--fps", "2", "--until", "3%"]).says(1, &["frames are there already", "--force"]);
    // A window at every scale that a size asks for, and nothing kept to a size that has none.
    let (picture, small) = (at(&home, "b.svg"), at(&home, "b.gif"));
    export(&[&picture, &small, "--frame", "--fps", "5", "--until", "3%"]).says(0, &["b.svg", "b.gif"]);
    export(&[&frames, "--max-bytes", "1MB"]).says(2, &["frames", "no size can be asked for"]);
    // Its own files are replaced, and a folder is one without its slash, too.
    export(&[&film, frames.trim_end_matches('/'), "--fps", "2", "--until", "3%", "--force"]).says(0, &["frames"]);
}

#[test]
fn the_head_of_a_cast_begins_with_its_version() {
    let home = Home::new();
    for (version, begins) in
        [("2", r#"{"version":2,"width":60,"height":16,"duration":"#), ("3", r#"{"version":3,"term":"#)]
    {
        let cast = at(&home, &format!("v{version}.cast"));
        let race = bundled("wafer-vs-lpu-sim");
        home.run(&["export", &race, "--to", &cast, "--cells", "60x16", "--cast-version", version]).says(0, &["cast"]);
        let text = std::fs::read_to_string(&cast).unwrap();
        let head = text.lines().next().unwrap();
        assert!(head.starts_with(begins), "{head}");
        assert!(serde_json::from_str::<serde_json::Value>(head).unwrap()["title"].is_string(), "{head}");
        if version == "2" {
            let duration = head.split("\"duration\":").nth(1).unwrap().split(',').next().unwrap();
            assert_eq!(duration.split_once('.').map(|(_, decimals)| decimals.len()), Some(6), "{duration}");
        }
    }
}
