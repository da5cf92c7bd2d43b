//! Every fault of the simulator, raced over real sockets beside a healthy lane: where each leaves its lane.
//! A fault never reaches the other lane, never costs text that came before it, and never leaves a race without an end.

use std::net::TcpListener;
use std::time::Duration;

use speed_kings::provider::Dialect;
use speed_kings::provider::http::{HttpContestant, RequestTimeouts};
use speed_kings::race::event::{FailureKind, FinishReason, TextChannel};
use speed_kings::race::lane::{Lane, LaneState, TokenCounter};
use speed_kings::sim::{CUSTOM, Options, Simulator};
use speed_kings::time::Period;

use crate::help::{Run, http_contestant};
use crate::peer::peer;

/// The pace of all lanes: quick, but not so quick that an answer comes in one read.
const PACE: &str = "ttft_ms:2,tok_s:4000,tokens:40,jitter:0,reasoning:0.25";

/// The shortest wait that tells a lane which has gone silent from one on a busy machine.
const SHORT: Duration = Duration::from_millis(250);

/// How much of the healthy lane's text a faulty lane keeps.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Kept {
    Nothing,
    Part,
    All,
}

/// How a lane ends.
#[derive(Clone, Copy, Debug)]
enum End {
    /// As the healthy one does, to the last letter and count.
    Same,
    /// As the healthy one does, except for what this looks at.
    But(fn(&Lane) -> bool),
    /// Out.
    Out(FailureKind, Kept),
}

use End::{But, Out, Same};
use FailureKind::{
    Auth, BadRequest, ContentFilter, FirstTokenTimeout, Forbidden, IdleTimeout, NotFound, Payment, RateLimited,
    Refusal, Reset, RunTimeout, Server, StreamError, TooLarge, Truncated,
};
use Kept::{All, Nothing, Part};

/// What is set, and how the lane then ends.
const CASES: &[(&str, End)] = &[
    ("", Same),
    // The connection.
    ("reset_after:20", Out(Reset, Part)),
    ("reset_after:0", Out(Reset, Nothing)),
    ("close_after:20", Out(Truncated, Part)),
    ("close_after:0", Out(Truncated, Nothing)),
    ("close_after:40", Out(Truncated, All)),
    ("stall_after:20,stall_ms:60", Same),
    ("header_delay_ms:60", Same),
    // The form of the stream.
    ("no_done", But(|lane| lane.marks.done.is_none())),
    ("split:1", Same),
    ("split:2,crlf", Same),
    ("split:7,comments", But(|lane| lane.keep_alives > 0)),
    ("crlf", Same),
    ("crlf,split:1,comments,no_done", But(|lane| lane.keep_alives > 0)),
    ("comments", But(|lane| lane.keep_alives > 0)),
    // An answer that is complete is so, however the body goes on.
    ("linger", Same),
    ("linger,split:3,crlf", Same),
    ("empty_first:false", Same),
    ("tokens_per_chunk:7", Same),
    // Errors and damage in the stream.
    ("error_after:20", Out(StreamError, Part)),
    ("error_after:20,error_shape:openrouter", Out(StreamError, Part)),
    ("error_after:20,error_shape:cerebras", Out(StreamError, Part)),
    ("error_after:20,error_shape:string", Out(StreamError, Part)),
    ("error_after:20,error_shape:field", Out(StreamError, Part)),
    ("error_after:20,error_shape:base_resp,split:7", Out(StreamError, Part)),
    ("error_after:0,error_shape:groq,split:1", Out(StreamError, Nothing)),
    ("error_after:40,error_shape:cerebras", Out(StreamError, All)),
    ("garbage_after:20", But(|lane| lane.malformed == 1)),
    ("garbage_after:20,split:1", But(|lane| lane.malformed == 1)),
    ("truncated_json", Out(Truncated, All)),
    ("garbage_after:20,truncated_json", Out(Truncated, Part)),
    // Counts and reasons.
    ("usage:finish", Same),
    ("usage:empty", Same),
    ("usage:choice", Same),
    ("usage:x_groq", Same),
    ("no_usage", But(|lane| lane.usage.is_none() && estimated(lane))),
    ("usage:none", But(|lane| lane.usage.is_none() && estimated(lane))),
    ("finish:none", But(|lane| lane.finish.is_none())),
    ("finish:eos", But(|lane| lane.finish == Some(FinishReason::Other("eos".into())))),
    ("finish:length", But(|lane| lane.finish.as_ref().is_some_and(|reason| reason.same_as(&FinishReason::Length)))),
    ("finish:none,no_usage", But(|lane| lane.finish.is_none() && lane.marks.done.is_some())),
    ("finish:none,no_done", But(|lane| lane.finish.is_none() && lane.marks.done.is_none())),
    ("finish:none,no_done,no_usage", Out(Truncated, All)),
    // Reasoning.
    ("reasoning_field:reasoning_content", Same),
    ("think_tags", Same),
    ("think_tags,split:1", Same),
    ("reasoning_field:thinking", Same),
    ("reasoning_field:reasoning_text", Same),
    ("think_close_only", Same),
    ("think_close_only,split:7", Same),
    // Characters cut in two.
    ("halves", Same),
    ("halves,split:1", Same),
    // Ends that are no answers.
    ("finish:content_filter", Out(ContentFilter, All)),
    ("finish:refusal", Out(Refusal, All)),
    ("refusal", Out(Refusal, All)),
];

fn estimated(lane: &Lane) -> bool {
    lane.tokens().is_some_and(|tokens| tokens.counted_by == TokenCounter::Estimate && tokens.count > 0.0)
}

fn simulator() -> Simulator {
    Simulator::start(Options { seed: 7, ..Options::default() }).unwrap()
}

/// The same where a dialect can't tell it so.
fn in_dialect(dialect: Dialect, case: &str, end: End) -> End {
    match (dialect, case) {
        // One line or event is the end, the count and the reason: without it nothing says that the answer is whole.
        (Dialect::Ollama | Dialect::Responses, _) if case.contains("no_done") => Out(Truncated, All),
        // It has no comments; the next ends completed, incomplete or failed, and has no other word for it; of the third a
        // text is all that there is.
        (Dialect::Ollama, "comments" | "split:7,comments")
        | (Dialect::Responses, "finish:none" | "finish:eos")
        | (Dialect::Completions, "refusal") => Same,
        (Dialect::Responses, "finish:none,no_usage") => But(|lane| lane.usage.is_none()),
        // It has no mark of its end, and its filter's word for a refusal.
        (Dialect::Gemini, "finish:none,no_usage") => Out(Truncated, All),
        (Dialect::Gemini, "refusal") => Out(ContentFilter, All),
        _ => end,
    }
}

fn at(simulator: &Simulator, settings: &str) -> HttpContestant {
    lane(simulator, Dialect::OpenAi, settings)
}

fn lane(simulator: &Simulator, dialect: Dialect, settings: &str) -> HttpContestant {
    let settings = format!("{PACE},{settings}");
    let mut http_contestant = http_contestant(&simulator.url_with(dialect, CUSTOM, &settings));
    http_contestant.dialect = dialect;
    if dialect == Dialect::Gemini && settings.contains("linger") {
        // Without a mark of its end, only silence tells that nothing more comes.
        http_contestant.timeouts.idle = SHORT;
    }
    http_contestant
}

/// Races `http_contestants` and a healthy lane behind them, and checks what is true whatever goes wrong.
fn against_health(case: &str, simulator: &Simulator, mut http_contestants: Vec<HttpContestant>) -> Run {
    let dialect = http_contestants.first().map_or(Dialect::OpenAi, |http_contestant| http_contestant.dialect);
    http_contestants.push(lane(simulator, dialect, ""));
    let run = Run::of(http_contestants);
    let healthy = run.race.lanes().last().unwrap();
    assert_eq!(healthy.state, LaneState::Finished, "{case}: the other lane");
    let stopped = healthy.finish.as_ref().is_some_and(|reason| reason.same_as(&FinishReason::Stop));
    assert!(stopped, "{case}: the other lane: {:?}", healthy.finish);
    assert_eq!(healthy.usage.and_then(|usage| usage.output), Some(40), "{case}: the other lane");
    run.check_recording(case);
    run.check_secrecy(case);
    run
}

fn check(case: &str, lane: &Lane, healthy: &Lane, end: End) {
    let text = |lane: &Lane, channel| lane.transcript().of(channel);
    let said =
        [TextChannel::Reasoning, TextChannel::Answer].map(|channel| (text(lane, channel), text(healthy, channel)));
    if let Out(kind, kept) = end {
        assert_eq!(lane.state.failure().map(|failure| failure.kind), Some(kind), "{case}: {:?}", lane.state);
        assert!(said.iter().all(|(said, whole)| whole.starts_with(said)), "{case}: {said:?}");
        let (said, whole) = (lane.transcript().text().len(), healthy.transcript().text().len());
        let is = if said == 0 {
            Nothing
        } else if said < whole {
            Part
        } else {
            All
        };
        assert_eq!(is, kept, "{case}: {said} of {whole} bytes");
        return;
    }
    assert_eq!(lane.state, LaneState::Finished, "{case}");
    for (said, whole) in said {
        assert_eq!(said, whole, "{case}");
    }
    match end {
        But(holds) => assert!(holds(lane), "{case}: {lane:#?}"),
        _ => assert_eq!((&lane.finish, lane.usage), (&healthy.finish, healthy.usage), "{case}"),
    }
    let counted = lane.usage.is_none() || lane.usage == healthy.usage;
    assert!(counted, "{case}: {:?} instead of {:?}", lane.usage, healthy.usage);
}

#[test]
fn every_fault_of_the_stream_ends_where_it_should() {
    let simulator = simulator();
    for (dialect, (case, end)) in
        Dialect::ALL.into_iter().flat_map(|dialect| CASES.iter().map(move |case| (dialect, case)))
    {
        let run = against_health(case, &simulator, vec![lane(&simulator, dialect, case)]);
        let [lane, healthy] = run.race.lanes() else { unreachable!("two lanes") };
        check(&format!("{case} ({})", dialect.as_str()), lane, healthy, in_dialect(dialect, case, *end));
    }
}

#[test]
fn a_list_that_nobody_asked_to_have_as_events_is_a_stream_as_well() {
    let simulator = simulator();
    for (case, end) in [
        ("", Same),
        ("split:1", Same),
        ("split:7,comments,crlf", Same),
        ("no_done", Same),
        ("error_after:20", Out(StreamError, Part)),
        ("close_after:20", Out(Truncated, Part)),
        ("stall_after:20,stall_ms:60", Same),
        ("truncated_json", Out(Truncated, All)),
    ] {
        let mut listed = lane(&simulator, Dialect::Gemini, case);
        listed.endpoint.query.insert("alt".into(), "json".into());
        let run = against_health(case, &simulator, vec![listed]);
        let [lane, healthy] = run.race.lanes() else { unreachable!("two lanes") };
        check(case, lane, healthy, end);
        let pieces = lane.reads().last().map_or(0, |read| read.pieces);
        assert!(pieces > 1 || lane.state.failure().is_some(), "{case}: piece by piece");
    }
}

#[test]
fn every_status_in_every_shape_is_told_by_its_class() {
    const BODIES: [&str; 7] = ["openai", "flat", "string", "detail", "object", "plain", "html"];
    let simulator = simulator();
    for (status, kind) in [
        (400, BadRequest),
        (401, Auth),
        (402, Payment),
        (403, Forbidden),
        (404, NotFound),
        (413, TooLarge),
        (422, BadRequest),
        (429, RateLimited),
        (500, Server),
        (503, Server),
    ] {
        let settings = BODIES.map(|body| format!("status:{status},error_body:{body}"));
        for dialect in Dialect::ALL {
            let http_contestants = settings.iter().map(|settings| lane(&simulator, dialect, settings)).collect();
            let run = against_health(&format!("status {status}"), &simulator, http_contestants);
            for (lane, body) in run.race.lanes().iter().zip(BODIES) {
                let failure = lane.state.failure().unwrap();
                assert_eq!((failure.kind, failure.status), (kind, Some(status)), "{status} {body}: {failure:?}");
                assert!(failure.message.contains(&status.to_string()), "{status} {body}: {failure:?}");
                assert!(lane.transcript().text().is_empty() && lane.head.is_some(), "{status} {body}");
            }
        }
    }
}

#[test]
fn an_error_that_dribbles_keeps_its_status_and_its_words() {
    let simulator = simulator();
    for dialect in Dialect::ALL {
        let mut http_contestant = lane(&simulator, dialect, "status:500,error_body:plain,dribble_ms:1");
        (http_contestant.timeouts.connect, http_contestant.timeouts.first_token) = (SHORT, 4 * SHORT);
        let run = against_health("dribble", &simulator, vec![http_contestant]);
        let failure = run.race.lanes()[0].state.failure().unwrap();
        assert_eq!((failure.kind, failure.status), (Server, Some(500)), "{failure:?}");
        assert!(failure.message.starts_with("simulated"), "{failure:?}");
    }
}

/// Replies that break the rules of HTTP, and a word of what is said about each.
const MALFORMED: [(&str, &str); 8] = [
    ("SSH-2.0-OpenSSH_9.9\r\n", "version"),
    ("\u{16}\u{3}\u{1}\u{2}garbage\r\n\r\n", "version"),
    ("HTTP/1.1 two hundred\r\n\r\n", "status"),
    ("HTTP/1.1 200 OK\r\nno colon here\r\n\r\n", "header"),
    ("HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n", "content-length"),
    ("HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabc", "content-length"),
    ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\ndata: 1\r\n\r\n", "chunk"),
    ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\ndata: more\r\n", "chunk"),
];

#[test]
fn what_is_no_http_is_no_broken_connection() {
    let simulator = simulator();
    let endless = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x-filler: 0123456789\r\n".repeat(200));
    let cases = MALFORMED.iter().map(|(reply, word)| ((*reply).to_owned(), *word)).chain([(endless, "head")]);
    for (reply, word) in cases {
        let case = reply.chars().take(60).collect::<String>();
        let run = against_health(&case, &simulator, vec![http_contestant(&peer(move |_| reply.clone()))]);
        let failure = run.race.lanes()[0].state.failure().unwrap();
        assert_eq!(failure.kind, FailureKind::Protocol, "{case:?}: {failure:?}");
        assert!(failure.message.starts_with("127.0.0.1:") && failure.message.contains(word), "{case:?}: {failure:?}");
        assert!(failure.hint.is_some(), "{case:?}: {failure:?}");
    }
}

#[test]
fn a_rate_limit_says_how_long_to_wait() {
    let simulator = simulator();
    let run = against_health("retry_after", &simulator, vec![at(&simulator, "retry_after:2,status:429")]);
    let (failure, wait) = (run.race.lanes()[0].state.failure().unwrap(), Period::from_millis(2_000));
    assert_eq!((failure.kind, failure.retry_after), (RateLimited, Some(wait)));
    assert!(failure.hint.as_deref().is_some_and(|hint| hint.contains(&wait.to_string())), "{failure:?}");
}

#[test]
fn silence_ends_at_the_time_out_that_fits() {
    let simulator = simulator();
    for dialect in Dialect::ALL {
        let silent = |settings: &str, set: fn(&mut RequestTimeouts)| {
            let mut http_contestant = lane(&simulator, dialect, settings);
            set(&mut http_contestant.timeouts);
            http_contestant
        };
        let first_token: fn(&mut RequestTimeouts) = |timeouts| timeouts.first_token = SHORT;
        let http_contestants = vec![
            silent("hang", |timeouts| (timeouts.connect, timeouts.first_token) = (SHORT, SHORT)),
            silent("stall_after:0", first_token),
            silent("header_delay_ms:60000", first_token),
            silent("stall_after:0,comments,crlf", first_token),
            silent("stall_after:20", |timeouts| timeouts.idle = SHORT),
            silent("stall_after:20", |timeouts| timeouts.run = SHORT),
            // Signs of life are no text.
            silent("comments_after:0", first_token),
            silent("empty_after:0", first_token),
            silent("comments_after:20,split:1", |timeouts| timeouts.idle = SHORT),
            silent("empty_after:20", |timeouts| timeouts.idle = SHORT),
            silent("comments_after:20", |timeouts| timeouts.run = SHORT),
        ];
        let run = against_health("silence", &simulator, http_contestants);
        let kinds: Vec<_> = run.race.lanes().iter().filter_map(|lane| lane.state.failure()).map(|f| f.kind).collect();
        let early = FirstTokenTimeout;
        let (first, second) = kinds.split_at(6);
        assert_eq!(first, [early, early, early, early, IdleTimeout, RunTimeout]);
        assert_eq!(second, [early, early, IdleTimeout, IdleTimeout, RunTimeout]);
        let healthy = run.race.lanes().last().unwrap();
        check("stall", &run.race.lanes()[4], healthy, Out(IdleTimeout, Part));
        check("run", &run.race.lanes()[5], healthy, Out(RunTimeout, Part));
        for (lane, kind) in [(8, IdleTimeout), (9, IdleTimeout), (10, RunTimeout)] {
            check("chatter", &run.race.lanes()[lane], healthy, Out(kind, Part));
        }
    }
}

#[test]
fn an_answer_cut_by_the_cap_is_complete() {
    let simulator = simulator();
    let mut capped = at(&simulator, "");
    capped.request.max_tokens = Some(15);
    let run = against_health("cap", &simulator, vec![capped]);
    let lane = &run.race.lanes()[0];
    assert_eq!((&lane.state, &lane.finish), (&LaneState::Finished, &Some(FinishReason::Length)));
    assert_eq!(lane.usage.and_then(|usage| usage.written()), Some(15));
}

#[test]
fn nobody_at_the_door_is_a_failed_lane() {
    // Bound and dropped: the port is free, and nothing listens there.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let simulator = simulator();
    let run = against_health("refused", &simulator, vec![http_contestant(&format!("http://127.0.0.1:{port}/v1"))]);
    let failure = run.race.lanes()[0].state.failure().unwrap();
    assert_eq!(failure.kind, FailureKind::Connect);
    let place = format!("127.0.0.1:{port}");
    assert!(failure.message.contains(&place) && failure.hint.as_deref().unwrap().contains(&place), "{failure:?}");
}

#[test]
fn a_race_that_nobody_can_run_is_over() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let run = Run::of(vec![
        http_contestant(&format!("http://127.0.0.1:{port}/v1")),
        http_contestant("http://127.0.0.1:1/v1"),
    ]);
    assert!(run.race.lanes().iter().all(|lane| lane.state.failure().is_some()));
    run.check_recording("both refused");
}
