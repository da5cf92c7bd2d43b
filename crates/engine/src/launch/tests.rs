//! Engines that fail in every way before they are ready: real processes of this machine, each with a fault of its own.

use super::*;
use std::io::{Read as _, Write as _};

/// An engine whose command is a line of shell.
fn engine(script: &str, ready_s: f64) -> EngineSpec {
    EngineSpec {
        id: "fake".into(),
        name: "Fake".into(),
        command: CommandSpec { argv: ["sh", "-c", script].map(str::to_owned).into(), ..CommandSpec::default() },
        service: Some(EngineService {
            path: "/v1".into(),
            dialect: speed_kings_catalog::Dialect::OpenAi,
            ready: "/health".into(),
            model: Some("m".into()),
            load: false,
            ready_s,
        }),
        ..EngineSpec::default()
    }
}

fn launch(script: &str, ready_s: f64) -> EngineLaunch {
    let request = EngineRequest { model: "Cargo.toml".into(), ..EngineRequest::default() };
    EngineLaunch::prepare(&engine(script, ready_s), &request, vec!["SOME_API_KEY".into()]).unwrap()
}

fn run(launch: EngineLaunch) -> Result<RunningEngine, EngineFailure> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(launch.start())
}

fn fails(script: &str, ready_s: f64) -> String {
    run(launch(script, ready_s)).unwrap_err().message
}

/// Whether a process that was started with `mark` among its arguments is alive.
fn alive(mark: &str) -> bool {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let mut lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    lines.any(|line| line.starts_with(b"sleep") && String::from_utf8_lossy(&line).contains(mark))
}

fn gone(mark: &str) {
    let until = Instant::now() + Duration::from_secs(20);
    while alive(mark) {
        assert!(Instant::now() < until, "a child of the engine is still there");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn one_that_dies_while_loading_tells_its_last_words() {
    let told = fails("echo loading; echo 'error: out of memory, key sk-0123456789abcdef0123456789' >&2; exit 3", 60.0);
    assert!(told.starts_with("'sh' exited with code 3 before it was ready: "), "{told}");
    assert!(told.contains("out of memory") && !told.contains("89abcdef"), "{told}");
    assert_eq!(fails("kill -9 $$", 60.0), "'sh' was ended by signal 9 before it was ready and wrote nothing");
}

#[test]
fn one_that_never_gets_ready_is_ended_with_its_children() {
    let told = fails("echo still loading; sleep 71717 & sleep 71717", 0.3);
    assert_eq!(told, "'sh' was not ready within 0.3 s; it said last: still loading");
    gone("71717");
}

#[test]
fn one_that_forks_and_leaves_is_followed() {
    let told = fails("setsid sh -c 'setsid sleep 72727 & exit' & sleep 0.2; echo left; exit 0", 60.0);
    assert_eq!(told, "'sh' exited with code 0 before it was ready: left");
    gone("72727");
}

#[test]
fn one_that_writes_without_end_is_bounded_and_ended() {
    let folder = tempfile::tempdir().unwrap();
    let launch = launch("yes 'a line of a log without an end'", 1.0);
    let name = format!("fake-Cargo.toml-{}.log", launch.port);
    let failure = run(launch.with_log_in(&folder.path().join("logs"))).unwrap_err();
    assert!(failure.message.contains("was not ready within 1 s; it said last: a line of a log"), "{failure}");
    assert!(failure.hint.is_some_and(|hint| hint.ends_with(&format!("its log is kept as {name}"))));
    let kept = std::fs::metadata(folder.path().join("logs").join(name)).unwrap().len();
    assert!(kept > 512 * 1024 && kept < 1100 * 1024, "{kept} bytes are kept");
}

#[test]
fn a_port_that_somebody_took_is_no_ready_engine() {
    let launch = launch("sleep 73737", 60.0);
    let port = launch.port;
    let socket = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = socket.accept().unwrap();
        let _ = stream.read(&mut [0; 1024]);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").unwrap();
    });
    let told = run(launch).unwrap_err().message;
    assert_eq!(told, format!("port {port} answers, but it is not 'sh' that listens there"));
    answering.join().unwrap();
    gone("73737");
}

#[test]
fn keys_of_others_are_not_handed_on() {
    let told = fails("echo \"key=${SOME_API_KEY:-none} tag=${SPEED_KINGS_ENGINE:+set}\"; exit 1", 60.0);
    assert!(told.ends_with(": key=none tag=set"), "{told}");
}

#[test]
fn what_is_not_there_is_told_before_anything_starts() {
    let error = |spec: &EngineSpec, model: &str| {
        let request = EngineRequest { model: model.into(), ..EngineRequest::default() };
        EngineLaunch::prepare(spec, &request, Vec::new()).unwrap_err().to_string()
    };
    assert_eq!(error(&engine("true", 1.0), "/nowhere/model.gguf"), "there is no model file '/nowhere/model.gguf'");
    let mut missing = engine("true", 1.0);
    missing.command.argv = vec!["/nowhere/engine".into()];
    assert_eq!(error(&missing, "Cargo.toml"), "there is no program 'engine'");
    let command = EngineSpec { service: None, ..engine("true", 1.0) };
    assert!(error(&command, "Cargo.toml").contains("does not serve"));
}
