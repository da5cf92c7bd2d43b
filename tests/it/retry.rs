//! Second tries: a field that a server names is left out once and for good, a rate limit is waited out.
//! Each try is a sample of its own, so nothing of the first may count in the second.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use speed_kings::provider::http::{HttpContestant, RejectedParams};
use speed_kings::race::event::{EventKind, FailureKind, TextChannel};
use speed_kings::race::lane::{Lane, LaneState};
use speed_kings::race::timing::LaneTiming;

use crate::help::{Run, http_contestant};
use crate::peer::{peer, reply, stream};

/// A server that refuses bodies with `field` and counts its requests.
fn picky(field: &'static str, status: u16) -> (String, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let url = peer(move |request| {
        count.fetch_add(1, Ordering::SeqCst);
        if request.body.contains(&format!("\"{field}\"")) {
            let instead = if field == "max_tokens" { ": use max_completion_tokens instead" } else { "" };
            let body = format!(r#"{{"detail":"Unexpected field {field}{instead}"}}"#);
            return reply(status, "application/json", &body);
        }
        stream("fine")
    });
    (url, asked)
}

fn only(run: &Run) -> &Lane {
    run.race.lanes().first().unwrap()
}

#[test]
fn a_refused_field_is_left_out_once_and_the_session_remembers() {
    for (field, status) in [("stream_options", 422), ("stream_options", 400), ("max_tokens", 400)] {
        let (url, asked) = picky(field, status);
        let rejected = RejectedParams::default();
        let run = Run::of(vec![HttpContestant { rejected: rejected.clone(), ..http_contestant(&url) }]);
        let lane = only(&run);
        assert_eq!(lane.state, LaneState::Finished, "{field}");
        assert_eq!(lane.transcript().of(TextChannel::Answer), "fine");
        assert_eq!((lane.retries, asked.load(Ordering::SeqCst)), (1, 2), "{field}");
        assert!(lane.notices.iter().any(|notice| notice.contains(field)), "it is told: {:?}", lane.notices);
        run.check_recording(field);
        let again = Run::of(vec![HttpContestant { rejected, ..http_contestant(&url) }]);
        assert_eq!((only(&again).retries, asked.load(Ordering::SeqCst)), (0, 3), "remembered: {field}");
    }
}

#[test]
fn a_refusal_without_a_way_round_is_not_tried_again() {
    let (url, asked) = picky("model", 400);
    let run = Run::of(vec![http_contestant(&url)]);
    assert_eq!(only(&run).state.failure().unwrap().kind, FailureKind::BadRequest);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

/// A server that is busy for the first `busy` requests.
fn crowded(busy: usize, wait: &'static str) -> String {
    let asked = AtomicUsize::new(0);
    peer(move |_| {
        if asked.fetch_add(1, Ordering::SeqCst) >= busy {
            return stream("at last");
        }
        let refusal = reply(429, "application/json", r#"{"error":{"message":"slow down"}}"#);
        refusal.replacen("\r\n", &format!("\r\nretry-after: {wait}\r\n"), 1)
    })
}

#[test]
fn a_rate_limit_is_waited_out_and_the_wait_is_no_latency() {
    let patient = HttpContestant { wait: true, ..http_contestant(&crowded(2, "0.2")) };
    let run = Run::of(vec![patient]);
    let lane = only(&run);
    assert_eq!((&lane.state, lane.retries), (&LaneState::Finished, 2));
    let waits: Vec<_> = run.events.iter().filter(|event| matches!(event.kind, EventKind::Waiting(_))).collect();
    assert_eq!(waits.len(), 2);
    let sent = lane.marks.sent.unwrap();
    assert!(waits.iter().all(|wait| wait.at < sent), "the clock starts with the last request");
    assert!(sent.as_secs_f64() >= 0.4, "both waits were kept");
    let ttft = LaneTiming::of(lane).ttft.unwrap();
    assert_eq!(ttft, lane.marks.first_text.unwrap().since(lane.asked().unwrap()));
    run.check_recording("waited");
}

#[test]
fn who_does_not_wait_fails_at_once_with_the_servers_words() {
    let hasty = http_contestant(&crowded(1, "30"));
    let endless = HttpContestant { wait: true, ..http_contestant(&crowded(1, "86400")) };
    let run = Run::of(vec![hasty, endless]);
    for lane in run.race.lanes() {
        let failure = lane.state.failure().unwrap();
        assert_eq!(failure.kind, FailureKind::RateLimited);
        assert_eq!(&*failure.message, "slow down");
        assert!(failure.retry_after.is_some() && lane.retries == 0);
    }
}
