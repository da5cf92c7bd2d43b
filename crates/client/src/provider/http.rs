//! The only client socket code: one connection for each lane, warmed before the green light, read with the clock at hand.
//! What comes is stamped before it is parsed, and no way out of here leaves a lane without an end.

mod address;
mod body;
mod contestant;
mod decode;
mod dial;
mod head;
pub mod local;
mod path;
pub mod probe;
mod proxy;
mod read;
mod refusal;
mod rejected_params;
pub mod spoken;
mod tls;
pub mod transport;
mod trouble;
mod trust;
mod wait;

use std::time::Instant;

use reqwest::header::CONTENT_TYPE;
use tokio::time::timeout;

pub use self::address::is_here;
use self::body::NotedBody;
pub use self::contestant::HttpContestant;
use self::decode::DecodedReply;
use self::dial::{DialRecord, TimedLayer, TimedResolver};
use self::proxy::ProxyRoute;
pub use self::rejected_params::RejectedParams;
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
    request: reqwest::Request,
    quirks: ProviderQuirks,
    written: body::WrittenAt,
}

/// A connection that is up.
#[derive(Clone, PartialEq, Debug)]
pub struct WarmConnection {
    /// How it came up.
    pub transport: ConnectionFacts,
    /// What the viewer should know before the race.
    pub warning: Option<String>,
}

/// The connection of one lane: its HTTP client, its contestant, and what was dialled.
#[derive(Debug)]
pub struct LaneConnection {
    client: reqwest::Client,
    contestant: HttpContestant,
    dials: DialRecord,
}

impl LaneConnection {
    /// Prepares a connection; nothing is sent yet.
    ///
    /// # Errors
    /// When no secure client can be set up on this machine.
    pub fn prepare(contestant: HttpContestant) -> Result<Self, LaneFailure> {
        if let Some(failure) = ProxyRoute::before(&contestant.base_url).and_then(|proxy| proxy.unusable()) {
            return Err(failure);
        }
        let dials = DialRecord::default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("speed-kings/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(contestant.timeouts.connect)
            .pool_idle_timeout(None)
            .tcp_nodelay(true)
            .redirect(reqwest::redirect::Policy::none())
            .dns_resolver(TimedResolver::new(dials.clone()))
            .connector_layer(TimedLayer::new(dials.clone()));
        let transport = &contestant.transport;
        #[cfg(unix)]
        if let Some(path) = &transport.unix_socket {
            builder = builder.unix_socket(path.as_path());
        }
        if transport.http2 {
            builder = builder.http2_prior_knowledge();
        }
        let secure = contestant.base_url.scheme() == "https";
        builder = builder.tls_backend_preconfigured(
            tls::config(secure, transport, &dials).map_err(|why| LaneFailure::new(FailureKind::Tls, why))?,
        );
        if is_here(&contestant.base_url) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| trouble::of(&error, FailureKind::Tls, &contestant))?;
        Ok(Self { client, contestant, dials })
    }

    /// Asks something else from the next request on.
    pub fn ask(&mut self, prompt: String) {
        self.contestant.request.prompt = prompt;
    }

    /// Brings the connection up with the cheapest request there is, so that the race does not pay for handshakes.
    ///
    /// # Errors
    /// When nobody can be reached. What the server answers does not matter here.
    pub async fn warm(&self) -> Result<WarmConnection, LaneFailure> {
        let contestant = &self.contestant;
        let request = self.client.get(contestant.models_url(&contestant.base_url)).headers(contestant.headers()?);
        let answer = async {
            let mut response = request.send().await?;
            let warning = head::limit_warning(response.headers(), &self.contestant.request);
            // The connection is free again only after the whole body has been read.
            while response.chunk().await?.is_some() {}
            Ok::<Option<String>, reqwest::Error>(warning)
        };
        // Whoever wants no more patience for a first token wants none for this either.
        let limit = self.contestant.timeouts.connect.min(self.contestant.timeouts.first_token);
        match timeout(limit, answer).await {
            Ok(Err(error)) if error.is_connect() => Err(trouble::of(&error, FailureKind::Connect, &self.contestant)),
            Ok(answer) => match self.dials.last() {
                Some(transport) => Ok(WarmConnection { transport, warning: answer.ok().flatten() }),
                None => Err(LaneFailure::new(FailureKind::Connect, "no connection was made")),
            },
            Err(_) => match self.dials.last() {
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
        let contestant = &self.contestant;
        let quirks = contestant.accepted_quirks();
        let (body, written) =
            NotedBody::new(request_body(contestant.dialect, &contestant.request, &quirks).to_string());
        let request = self.client.post(contestant.answer_url()).headers(contestant.headers()?);
        let request = request.header(CONTENT_TYPE, "application/json");
        let request = request.body(reqwest::Body::wrap(body)).build();
        let request = request.map_err(|error| trouble::of(&error, FailureKind::Protocol, contestant))?;
        Ok(PreparedRequest { request, quirks, written })
    }

    /// Runs the lane to its end: every event of it goes out through `emitter`, the last one always being
    /// [`EventKind::Closed`] or [`EventKind::Failed`].
    pub async fn run(&self, prepared: PreparedRequest, lane: LaneId, emitter: &EventEmitter, stamper: &ReadClock) {
        let out = LaneEmitter::new(lane, emitter, self.contestant.key.as_ref(), self.contestant.request.max_tokens);
        let Err(failure) = self.attempts(prepared, &out, stamper).await else { return };
        out.send(stamper.stamp(), EventKind::Failed(trouble::explain(failure, &self.contestant))).await;
    }

    /// Tries until it works or there is no way round the failure. Each try is a sample of its own: its clock starts
    /// with its own request.
    async fn attempts(
        &self,
        mut prepared: PreparedRequest,
        out: &LaneEmitter<'_>,
        stamper: &ReadClock,
    ) -> Result<(), LaneFailure> {
        let (mut omitted, mut waits, pulse) = (Vec::new(), 0, stamper.pulse());
        let run = Deadline::new(Instant::now(), FailureKind::RunTimeout, self.contestant.timeouts.run, pulse);
        loop {
            let quirks = prepared.quirks.clone();
            let Err(refused) = self.stream(prepared, run, out, stamper).await else { return Ok(()) };
            let wait = refused.failure.retry_after.unwrap_or(DEFAULT_WAIT);
            let left_out = self.leave_out(&quirks, &refused, &mut omitted);
            if let Some(told) = left_out {
                out.send(stamper.stamp(), EventKind::Notice(told.into())).await;
            } else if refused.passes_later && self.contestant.wait && waits < MAX_WAITS && wait <= LONGEST_WAIT {
                waits += 1;
                out.send(stamper.stamp(), EventKind::Waiting(wait)).await;
                run.wait(pulse, tokio::time::sleep(wait.to_std())).await?;
            } else {
                return Err(refused.failure);
            }
            prepared = self.prepare_request()?;
        }
    }

    /// Remembers which fields were refused, each once in a run, and says so; nothing when there is nothing to leave out.
    fn leave_out(
        &self,
        quirks: &ProviderQuirks,
        refused: &RefusedRequest,
        omitted: &mut Vec<OptionalField>,
    ) -> Option<String> {
        let contestant = &self.contestant;
        let mut fields = refused::fields(refused, &request_body(contestant.dialect, &contestant.request, quirks));
        fields
            .retain(|field| !omitted.contains(field) && field.instead().is_none_or(|other| !omitted.contains(&other)));
        for field in &fields {
            contestant.reject(*field);
        }
        omitted.extend(&fields);
        let names: Vec<&str> = fields.iter().map(|field| field.as_str()).collect();
        (!names.is_empty()).then(|| format!("asked again without {}, which the server refused", names.join(" and ")))
    }

    async fn stream(
        &self,
        prepared: PreparedRequest,
        run: Deadline,
        out: &LaneEmitter<'_>,
        stamper: &ReadClock,
    ) -> Result<(), RefusedRequest> {
        let (contestant, pulse) = (&self.contestant, stamper.pulse());
        let dialled = self.dials.count();
        let sent = Instant::now();
        out.send(sent, EventKind::Sent).await;
        // From the request to the first text, whatever comes before that.
        let first_text =
            Deadline::new(sent, FailureKind::FirstTokenTimeout, contestant.timeouts.first_token, pulse).or(run);
        let response = first_text.wait(pulse, self.client.execute(prepared.request)).await;
        let at = stamper.stamp();
        let response = response?.map_err(|error| trouble::of(&error, FailureKind::Reset, contestant))?;
        if let Some(transport) = self.dials.last().filter(|_| self.dials.count() > dialled) {
            out.send(at, EventKind::Connected(transport)).await;
        }
        let mut head = head::of(&response, contestant.region_header.as_deref());
        head.written = prepared.written.get().map(|written| written.saturating_duration_since(sent).into());
        out.send(at, EventKind::Headers(head)).await;
        if let Some(upstream) = head::upstream(response.headers()) {
            out.send(at, EventKind::Upstream(upstream)).await;
        }
        if let Some(timing) = head::timing(response.headers()) {
            out.send(at, EventKind::Server(timing)).await;
        }
        if response.status().is_success() {
            Ok(read::read(contestant, DecodedReply::new(response), (first_text, run), out, stamper).await?)
        } else {
            Err(self.refused(response, &contestant.answer_url(), first_text, pulse).await)
        }
    }
}
