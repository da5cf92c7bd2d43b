//! Real commands, written for the shell that every Unix has, followed from their start to their end.
//! What is checked is what a lane would see.

use std::time::{Duration, Instant};

use tokio::sync::mpsc::Receiver;

use super::*;
use crate::bus::{RaceEpoch, taps};
use speed_kings_catalog::command::CommandOutput;
use speed_kings_core::race::event::{Event, ProcessFacts, TextChannel, TokenUsage};
use speed_kings_core::race::lane::Lane;

/// Long enough for any of these commands on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A script that finds the prompt in `$1`.
fn script(text: &str) -> CommandSpec {
    let argv = ["sh", "-c", text, "sh", "{prompt}"].map(str::to_owned).to_vec();
    CommandSpec { argv, ..CommandSpec::default() }
}

fn contestant(command: CommandSpec) -> CommandContestant {
    let request =
        CompletionRequest { prompt: "why is it so?".into(), max_tokens: Some(9), ..CompletionRequest::default() };
    let timeouts = RequestTimeouts { connect: PATIENCE, first_token: PATIENCE, idle: PATIENCE, run: PATIENCE };
    CommandContestant { command, request, key: None, withheld: Vec::new(), think_tags: false, timeouts }
}

/// Runs `contestant`, and `beside` beside it, which sees the events as they come: whichever ends first ends both.
fn run_beside(
    contestant: CommandContestant,
    beside: impl AsyncFnOnce(&mut Receiver<Event>, &mut Vec<Event>),
) -> Vec<Event> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (senders, mut receivers) = taps(1);
    let emitter = EventEmitter::new(senders, RaceEpoch::new(Instant::now()));
    let stamper = ReadClock::default();
    let prepared = prepare_request(contestant).unwrap();
    let mut events = Vec::new();
    runtime.block_on(async {
        tokio::select! {
            () = prepared.run(LaneId(0), &emitter, &stamper) => {}
            () = beside(&mut receivers[0], &mut events) => {}
        }
    });
    events.extend(std::iter::from_fn(|| receivers[0].try_recv().ok()));
    events
}

fn alone(contestant: CommandContestant) -> Vec<Event> {
    run_beside(contestant, async |_, _| std::future::pending().await)
}

fn lane_of(events: &[Event]) -> Lane {
    let mut lane = Lane::default();
    for event in events {
        lane.apply(event.at, &event.kind);
    }
    assert!(lane.state.is_over(), "{events:?}");
    lane
}

fn run(contestant: CommandContestant) -> (Lane, Vec<Event>) {
    let events = alone(contestant);
    (lane_of(&events), events)
}

fn failed(contestant: CommandContestant) -> (Lane, LaneFailure) {
    let (lane, events) = run(contestant);
    let failure = lane.state.failure().unwrap_or_else(|| panic!("{events:?}")).clone();
    (lane, failure)
}

fn is_alive(pid: &str) -> bool {
    // A zombie is gone: it only waits for somebody to ask how it ended.
    let state = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    match state {
        Ok(stat) => !stat.rsplit_once(')').unwrap().1.trim_start().starts_with('Z'),
        Err(_) => std::process::Command::new("kill").args(["-0", pid]).output().unwrap().status.success(),
    }
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        std::thread::yield_now();
    }
}

#[test]
fn output_is_the_answer_read_by_read() {
    let dir = tempfile::tempdir().unwrap();
    let go = dir.path().join("go");
    let script = script(r#"printf 'a\303'; while [ ! -e "$GO" ]; do sleep 0.01; done; printf '\244b \377\n'"#);
    let env = std::iter::once(("GO".to_owned(), go.to_str().unwrap().to_owned())).collect();
    let events = run_beside(contestant(CommandSpec { env, ..script }), async |receiver, seen| {
        // The rest is written only after the first text has been seen.
        while !seen.iter().any(|event: &Event| matches!(event.kind, EventKind::Text { .. })) {
            seen.extend(receiver.recv().await);
        }
        std::fs::write(&go, "").unwrap();
        std::future::pending::<()>().await;
    });
    let lane = lane_of(&events);
    let first: Vec<_> = events.iter().take(3).map(|event| event.kind.clone()).collect();
    let answer = |text: &str| EventKind::Text { channel: TextChannel::Answer, text: text.into() };
    assert_eq!(first, [EventKind::Sent, EventKind::FirstByte, answer("a")]);
    assert_eq!((lane.transcript().text(), lane.reads().len()), ("aäb \u{fffd}", 2), "{events:?}");
    assert!(!lane.warm && lane.transport.is_none(), "its start is part of the race");
    assert_eq!(lane.process.unwrap().exit_code, Some(0));
}

#[test]
fn the_prompt_gets_there_by_every_way() {
    let file = CommandSpec { argv: ["cat", "{prompt_file}"].map(str::to_owned).to_vec(), ..CommandSpec::default() };
    let stdin = CommandSpec { argv: vec!["cat".into()], ..CommandSpec::default() };
    for command in [script("printf %s \"$1\""), file, stdin] {
        assert_eq!(run(contestant(command)).0.transcript().text(), "why is it so?");
    }
    // More than a pipe holds, to somebody who talks first and to somebody who never listens.
    let mut long = contestant(CommandSpec { argv: vec!["cat".into()], ..CommandSpec::default() });
    (long.request.prompt, long.request.max_tokens) = ("x".repeat(300_000), None);
    assert_eq!(run(long.clone()).0.transcript().text().len(), 300_000);
    long.command.argv = ["echo", "deaf"].map(str::to_owned).to_vec();
    assert_eq!(run(long).0.transcript().text(), "deaf");
}

#[test]
fn banner_trailer_and_figures() {
    let command = CommandSpec {
        skip: Some("> ".into()),
        until: Some("\n[".into()),
        figures: vec![r"(?<output>\d+) tokens".into(), r"prompt (?<prompt_ms>\d+) ms".into()],
        ..script(r"echo 'prompt 40 ms' >&2; printf 'loading\n> yes, 3 tok'; printf 'ens\n[ 12 tokens ]\n'")
    };
    let (lane, _) = run(contestant(command));
    assert_eq!(lane.transcript().text(), "yes, 3 tokens");
    assert_eq!(lane.usage, Some(TokenUsage { output: Some(12), ..TokenUsage::default() }));
    assert_eq!(
        lane.server.prompt.map(speed_kings_core::time::ReportedPeriod::period),
        Some(speed_kings_core::time::Period::from_millis(40))
    );
}

#[test]
fn lines_of_json() {
    let lines = r#"echo '{"text": "Hi"}'; echo '{"done": true, "finish": "stop", "usage": {"completion_tokens": 1}}'"#;
    let (lane, _) = run(contestant(CommandSpec { output: CommandOutput::Jsonl, ..script(lines) }));
    assert_eq!((lane.transcript().text(), lane.usage.unwrap().output), ("Hi", Some(1)));
    assert!(lane.marks.done.is_some());
}

#[test]
fn a_bad_end_keeps_the_text_and_tells_the_last_words() {
    let (lane, failure) = failed(contestant(script("printf half; echo noise >&2; echo 'out of memory' >&2; exit 3")));
    assert_eq!(lane.transcript().text(), "half");
    assert_eq!(
        (failure.kind, &*failure.message),
        (FailureKind::Process, "'sh' exited with code 3: noise | out of memory")
    );
    assert_eq!(lane.process.unwrap().exit_code, Some(3));
    for (text, words) in [
        ("kill -9 $$", "signal 9 and said nothing"),
        ("true", "without any text"),
        ("echo; echo 'wrong model' >&2", "without any text"),
    ] {
        let (_, failure) = failed(contestant(script(text)));
        assert!(failure.kind == FailureKind::Process && failure.message.contains(words), "{}", failure.message);
        assert!(failure.hint.is_some(), "{text}");
    }
}

#[test]
fn the_last_words_stand_beside_another_hint() {
    let loud = script("echo loading; echo 'old noise' >&2; echo 'no such adapter' >&2");
    let (_, failure) = failed(contestant(CommandSpec { skip: Some("READY".into()), ..loud }));
    let hint = failure.hint.unwrap();
    assert!(hint.contains("correct its `skip`; on standard error it said: "), "{hint}");
    assert!(hint.ends_with("no such adapter"), "{hint}");
}

#[test]
fn silence_has_an_end() {
    let short = Duration::from_millis(150);
    let mut silent = contestant(script("echo 'still loading' >&2; sleep 600"));
    silent.timeouts.first_token = short;
    let (_, failure) = failed(silent);
    assert_eq!(failure.kind, FailureKind::FirstTokenTimeout);
    assert!(failure.hint.unwrap().contains("still loading"));
    let mut stalled = contestant(script("printf some; sleep 600"));
    stalled.timeouts.idle = short;
    let (lane, failure) = failed(stalled);
    assert_eq!((failure.kind, lane.transcript().text()), (FailureKind::IdleTimeout, "some"));
    let mut endless = contestant(script("while :; do echo more; sleep 0.01; done"));
    endless.timeouts.run = short;
    assert_eq!(failed(endless).1.kind, FailureKind::RunTimeout);
}

#[test]
fn an_output_without_end_ends_at_its_bound() {
    let (lane, failure) = failed(contestant(script("while :; do echo more; done")));
    assert_eq!(failure.kind, FailureKind::PastCap);
    let text = lane.transcript().text();
    assert!(text.starts_with("more\nmore\n") && text.len() <= 4 << 20, "{}", text.len());
}

#[test]
fn standard_error_without_end_holds_nothing_up() {
    // Lines, one line that never ends, and a child that goes on after the command has exited.
    for flood in ["yes >&2", "cat /dev/zero >&2", "yes >&2 & printf done"] {
        let began = Instant::now();
        let mut endless = contestant(script(flood));
        endless.timeouts.first_token = Duration::from_millis(500);
        run(endless);
        assert!(began.elapsed() < Duration::from_secs(20), "{flood}");
    }
    let slow = "while :; do head -c 4096 /dev/zero >&2; done";
    let mut slow = contestant(script(slow));
    slow.timeouts.first_token = Duration::from_millis(200);
    assert_eq!(failed(slow).1.kind, FailureKind::FirstTokenTimeout);
}

#[test]
fn children_left_behind_do_not_hold_the_race_up() {
    let (lane, _) = run(contestant(script("sleep 600 & printf done")));
    assert_eq!(lane.transcript().text(), "done");
    assert!(lane.state.failure().is_none());
}

#[test]
fn a_missing_program_is_told_before_the_race() {
    for program in ["speed-kings-has-no-such-program", "/nowhere/engine", "./engine"] {
        let command = CommandSpec { argv: vec![program.into()], ..CommandSpec::default() };
        let Err(failure) = prepare_request(contestant(command)) else { panic!("{program}") };
        let name = program.rsplit('/').next().unwrap();
        assert!(failure.kind == FailureKind::Process && failure.message.contains(name), "{}", failure.message);
        assert!(failure.hint.unwrap().contains("install it"));
    }
    let nowhere = CommandSpec { dir: Some("/nowhere".into()), ..script("true") };
    assert!(failed(contestant(nowhere)).1.message.starts_with("cannot start 'sh'"));
}

#[test]
fn it_ends_with_all_its_children() {
    let dir = tempfile::tempdir().unwrap();
    let pids = dir.path().join("pids");
    let mut endless = contestant(script("sleep 600 & echo $$ $! >\"$PIDS\"; printf on; wait"));
    endless.command.env.insert("PIDS".into(), pids.to_str().unwrap().into());
    let read = || std::fs::read_to_string(&pids).unwrap_or_default();
    let events = run_beside(endless, async |_, _| {
        while read().split_whitespace().count() < 2 {
            tokio::task::yield_now().await;
        }
    });
    assert!(!events.iter().any(|event| matches!(event.kind, EventKind::Closed | EventKind::Failed(_))));
    for pid in read().split_whitespace() {
        wait_until("it and its child are gone", || !is_alive(pid));
    }
}

#[test]
fn it_sees_no_keys_but_its_own() {
    // HOME stands for the key of somebody else: it is set wherever tests run.
    let mut echo = contestant(script("printf %s \"${HOME-none} $OWN $EXTRA\"; echo \"$OWN\" >&2; exit 1"));
    echo.withheld = vec!["HOME".into()];
    echo.key = Some(("OWN".into(), Secret::new("own-canary-key").unwrap()));
    echo.command.env.insert("EXTRA".into(), "more".into());
    let events = alone(echo);
    assert!(!format!("{events:?}").contains("canary"), "{events:?}");
    let answer = EventKind::Text { channel: TextChannel::Answer, text: "none [key] more".into() };
    assert!(events.iter().any(|event| event.kind == answer), "{events:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn memory_and_time_are_those_of_the_whole_group() {
    let busy = "sh -c 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo a'; sleep 0.6; echo b";
    let ProcessFacts { peak_rss_bytes, cpu, exit_code } = run(contestant(script(busy))).0.process.unwrap();
    assert_eq!(exit_code, Some(0));
    assert!(peak_rss_bytes.unwrap() > 100_000, "{peak_rss_bytes:?}");
    assert!(cpu.unwrap() > speed_kings_core::time::Period::from_millis(20), "{cpu:?}");
}

#[test]
fn what_is_not_passed_on_is_told() {
    assert!(prepare_request(contestant(script("true"))).unwrap().warning().unwrap().contains("cap of 9"));
    let mut command = script("true");
    command.argv.push("{max_tokens}".into());
    assert_eq!(prepare_request(contestant(command)).unwrap().warning(), None);
}
