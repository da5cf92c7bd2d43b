//! The only client socket code: one connection for each lane, warmed before the green light, read with the clock at hand.
//! What comes is stamped before it is parsed, and no way out of here leaves a lane without an end.

mod address;
mod body;
mod contestant;
mod decode;
mod dial;
mod direct;
mod head;
pub mod local;
mod moment;
mod path;
mod pooled;
pub mod probe;
mod proxy;
mod read;
mod refusal;
mod rejected_params;
mod reply;
mod request;
mod route;
mod socket;
pub mod spoken;
mod tls;
pub mod transport;
mod trouble;
mod trust;
mod wait;
pub mod web;

use std::time::Instant;

use tokio::time::timeout;

pub use self::address::is_here;
pub use self::contestant::HttpContestant;
use self::decode::DecodedReply;
pub use self::rejected_params::RejectedParams;
use self::request::WireRequest;
use self::route::LaneRoute;
use self::trouble::WireError;
use crate::bus::{EventEmitter, ReadClock};
use crate::provider::deadline::Deadline;
use crate::provider::lane_emitter::LaneEmitter;
use crate::provider::quirks::OptionalField;
pub use crate::provider::timeouts::RequestTimeouts;
use crate::provider::timeouts::late;
use crate::provider::{ProviderQuirks, RefusedRequest, refused, request_body};
use speed_kings_core::race::event::{ConnectionFacts, EventKind, FailureKind, LaneFailure, LaneId};
use speed_kings_core::time::Period;

/// The longest that a rate limit is waited out; one that asks for more fails the lane at once.
pub const LONGEST_WAIT: Period = Period::from_millis(60_000);
/// The wait when a rate limit doesn't say how long.
const DEFAULT_WAIT: Period = Period::from_millis(5_000);
/// How often a lane waits out a rate limit.
const MAX_WAITS: u32 = 3;

/// A request that only has to be sent. It holds the key, so nothing of it can be shown.
pub struct PreparedRequest {
    request: WireRequest,
    quirks: ProviderQuirks,
}

impl HttpContestant {
    /// The request for its answer.
    ///
    /// # Errors
    /// When the key can't be sent.
    fn prepared(&self) -> Result<PreparedRequest, LaneFailure> {
        let quirks = self.accepted_quirks();
        let body = request_body(self.dialect, &self.request, &quirks).to_string();
        Ok(PreparedRequest { request: WireRequest::post(self, self.answer_url(), body)?, quirks })
    }
}

/// A connection that is up.
#[derive(Clone, PartialEq, Debug)]
pub struct WarmConnection {
    /// How it came up.
    pub transport: ConnectionFacts,
    /// What the viewer should know before the race.
    pub warning: Option<String>,
}

/// The connection of one lane: its contestant, and the way there.
pub struct LaneConnection {
    contestant: HttpContestant,
    route: LaneRoute,
}

impl std::fmt::Debug for LaneConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LaneConnection").field("contestant", &self.contestant).finish_non_exhaustive()
    }
}

impl LaneConnection {
    /// Prepares a connection; nothing is sent yet.
    ///
    /// # Errors
    /// When no secure client can be set up on this machine.
    pub fn prepare(contestant: HttpContestant) -> Result<Self, LaneFailure> {
        Ok(Self { route: LaneRoute::prepare(&contestant)?, contestant })
    }

    /// Asks something else from the next request on.
    pub fn ask(&mut self, prompt: String) {
        self.contestant.request.prompt = prompt;
    }

    /// What is asked from the next request on, to be changed.
    pub(crate) const fn request_mut(&mut self) -> &mut super::CompletionRequest {
        &mut self.contestant.request
    }

    /// Brings the connection up with the cheapest request there is, so that the race does not pay for handshakes.
    ///
    /// # Errors
    /// When nobody can be reached. What the server answers does not matter here.
    pub async fn warm(&mut self) -> Result<WarmConnection, LaneFailure> {
        let contestant = &self.contestant;
        let question = WireRequest::get(contestant, contestant.models_url(&contestant.base_url))?;
        let route = &mut self.route;
        let answer = async {
            let mut reply = route.exchange(contestant, &question, None).await?;
            let warning = head::limit_warning(reply.headers(), &contestant.request);
            // The connection is free again only after the whole body has been read.
            let mut body = Vec::new();
            while reply.read(&mut body).await?.is_some() {
                body.clear();
            }
            route.keep(reply);
            Ok::<Option<String>, WireError>(warning)
        };
        // Whoever wants no more patience for a first token wants none for this either.
        let limit = contestant.timeouts.connect.min(contestant.timeouts.first_token);
        let answer = timeout(limit, answer).await;
        match answer {
            Ok(Err(error)) if error.is_connect() => Err(trouble::of(&error, FailureKind::Connect, contestant)),
            Ok(answer) => match self.route.dialled() {
                Some(transport) => Ok(WarmConnection { transport, warning: answer.ok().flatten() }),
                None => Err(LaneFailure::new(FailureKind::Connect, "no connection was made")),
            },
            Err(_) => match self.route.dialled() {
                Some(transport) => {
                    let warning = format!(
                        "connected, but it did not answer within {} when asked for its models",
                        Period::from(limit)
                    );
                    Ok(WarmConnection { transport, warning: Some(warning) })
                }
                None => Err(late(FailureKind::ConnectTimeout, limit)),
            },
        }
    }

    /// The race's request, made ahead of the green light so that only the sending is left to do.
    ///
    /// # Errors
    /// When the key can't be sent.
    pub fn prepare_request(&self) -> Result<PreparedRequest, LaneFailure> {
        self.contestant.prepared()
    }

    /// Runs the lane to its end: every event of it goes out through `emitter`, the last one always being
    /// [`EventKind::Closed`] or [`EventKind::Failed`].
    pub async fn run(&mut self, prepared: PreparedRequest, lane: LaneId, emitter: &EventEmitter, clock: &ReadClock) {
        let Self { contestant, route } = self;
        let out = LaneEmitter::new(lane, emitter, contestant.key.as_ref(), contestant.request.max_tokens);
        let run = RunningLane { contestant, route, out: &out, clock };
        let Err(failure) = run.attempts(prepared).await else { return };
        out.send(clock.stamp(), EventKind::Failed(Box::new(trouble::explain(failure, contestant)))).await;
    }
}

/// A lane that runs: whom it asks, by which way, and where its events go.
struct RunningLane<'a> {
    contestant: &'a HttpContestant,
    route: &'a mut LaneRoute,
    out: &'a LaneEmitter<'a>,
    clock: &'a ReadClock,
}

impl RunningLane<'_> {
    /// Tries until it works or there is no way round the failure. Each try is a sample of its own: its clock starts
    /// with its own request.
    async fn attempts(mut self, mut prepared: PreparedRequest) -> Result<(), LaneFailure> {
        let (contestant, out, clock) = (self.contestant, self.out, self.clock);
        let (mut omitted, mut waits, pulse) = (Vec::new(), 0, clock.pulse());
        let run = Deadline::new(Instant::now(), FailureKind::RunTimeout, contestant.timeouts.run, pulse);
        loop {
            let Err(refused) = self.stream(&prepared.request, run).await else { return Ok(()) };
            let wait = refused.failure.retry_after.unwrap_or(DEFAULT_WAIT);
            let left_out = leave_out(contestant, &prepared.quirks, &refused, &mut omitted);
            if let Some(told) = left_out {
                out.send(clock.stamp(), EventKind::Notice(told.into())).await;
            } else if refused.passes_later && contestant.wait && waits < MAX_WAITS && wait <= LONGEST_WAIT {
                waits += 1;
                out.send(clock.stamp(), EventKind::Waiting(wait)).await;
                run.wait(pulse, tokio::time::sleep(wait.to_std())).await?;
            } else {
                return Err(refused.failure);
            }
            prepared = contestant.prepared()?;
        }
    }

    async fn stream(&mut self, request: &WireRequest, run: Deadline) -> Result<(), RefusedRequest> {
        let (contestant, out, clock) = (self.contestant, self.out, self.clock);
        let (sent, pulse) = (Instant::now(), clock.pulse());
        out.send(sent, EventKind::Sent).await;
        // From the request to the first text, whatever comes before that.
        let first_text =
            Deadline::new(sent, FailureKind::FirstTokenTimeout, contestant.timeouts.first_token, pulse).or(run);
        let reply = first_text.wait(pulse, self.route.exchange(contestant, request, Some(out))).await;
        let reply = reply?.map_err(|error| trouble::of(&error, FailureKind::Reset, contestant))?;
        let (at, _) = reply.moment().taken(clock);
        let mut head = head::of(&reply, contestant.region_header.as_deref());
        head.written = reply.taken().map(|taken| taken.saturating_duration_since(sent).into());
        let (upstream, timing) = (head::upstream(reply.headers()), head::timing(reply.headers()));
        out.send(at, EventKind::Headers(Box::new(head))).await;
        for kind in [
            upstream.map(|facts| EventKind::Upstream(Box::new(facts))),
            timing.map(|timing| EventKind::Server(Box::new(timing))),
        ]
        .into_iter()
        .flatten()
        {
            out.send(at, kind).await;
        }
        let success = reply.status().is_success();
        let mut reply = DecodedReply::new(reply);
        let outcome = if success {
            read::read(contestant, &mut reply, (first_text, run), out, clock).await.map_err(RefusedRequest::from)
        } else {
            Err(refusal::read(contestant, &mut reply, &request.url, first_text, pulse).await)
        };
        self.route.keep(reply.into_inner());
        outcome
    }
}

/// Remembers which fields were refused, each once in a run, and says so; nothing when there is nothing to leave out.
fn leave_out(
    contestant: &HttpContestant,
    quirks: &ProviderQuirks,
    refused: &RefusedRequest,
    omitted: &mut Vec<OptionalField>,
) -> Option<String> {
    let mut fields = refused::fields(refused, &request_body(contestant.dialect, &contestant.request, quirks));
    fields.retain(|field| !omitted.contains(field) && field.instead().is_none_or(|other| !omitted.contains(&other)));
    for field in &fields {
        contestant.reject(*field);
    }
    omitted.extend(&fields);
    let names: Vec<&str> = fields.iter().map(|field| field.as_str()).collect();
    (!names.is_empty()).then(|| format!("asked again without {}, which the server refused", names.join(" and ")))
}
