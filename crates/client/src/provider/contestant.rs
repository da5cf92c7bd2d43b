//! One contestant on its way to the track, whatever it runs on: an API behind a socket, or a command with an output.
//! A race knows two steps, getting ready and running; what they mean is each transport's own business.

use reqwest::Url;

use crate::bus::{EventEmitter, ReadClock};
use crate::provider::http::RejectedParams;
use crate::provider::{CompletionRequest, Dialect, ProviderQuirks, exec, http};
use speed_kings_core::race::event::{ConnectionFacts, EventKind, LaneFailure, LaneId};

/// Everything it takes to put one contestant on the track.
#[derive(Clone, Debug)]
pub enum ContestantClient {
    /// An API that is asked over HTTP.
    Http(Box<http::HttpContestant>),
    /// A command that runs on this machine.
    Exec(Box<exec::CommandContestant>),
}

impl From<http::HttpContestant> for ContestantClient {
    fn from(contestant: http::HttpContestant) -> Self {
        Self::Http(Box::new(contestant))
    }
}

impl From<exec::CommandContestant> for ContestantClient {
    fn from(contestant: exec::CommandContestant) -> Self {
        Self::Exec(Box::new(contestant))
    }
}

impl ContestantClient {
    /// What it is asked.
    #[must_use]
    pub fn request(&self) -> &CompletionRequest {
        match self {
            Self::Http(contestant) => &contestant.request,
            Self::Exec(contestant) => &contestant.request,
        }
    }

    /// What it is asked, to be changed.
    pub fn request_mut(&mut self) -> &mut CompletionRequest {
        match self {
            Self::Http(contestant) => &mut contestant.request,
            Self::Exec(contestant) => &mut contestant.request,
        }
    }

    /// Whether it can be told what was said before the prompt: a command and the oldest dialect take one text.
    #[must_use]
    pub fn takes_conversations(&self) -> bool {
        match self {
            Self::Http(contestant) => contestant.dialect != Dialect::Completions,
            Self::Exec(_) => false,
        }
    }

    /// Where its API is. A command has none.
    #[must_use]
    pub fn base_url(&self) -> Option<&Url> {
        match self {
            Self::Http(contestant) => Some(&contestant.base_url),
            Self::Exec(_) => None,
        }
    }

    /// Where it is, as results name it; nothing for a command.
    #[must_use]
    pub fn place(&self) -> Option<String> {
        match self {
            Self::Http(contestant) => Some(contestant.place()),
            Self::Exec(_) => None,
        }
    }

    /// Asks it something else.
    pub fn ask(&mut self, prompt: String) {
        match self {
            Self::Http(contestant) => contestant.request.prompt = prompt,
            Self::Exec(contestant) => contestant.request.prompt = prompt,
        }
    }

    /// Asks for the model of this name on the wire.
    pub fn ask_model(&mut self, model: String) {
        match self {
            Self::Http(entrant) => entrant.request.model = model,
            Self::Exec(entrant) => entrant.request.model = model,
        }
    }

    /// Asks where `other` is asked: at the engine that runs already. A command has no place.
    pub fn ask_where(&mut self, other: &Self) {
        if let (Self::Http(entrant), Self::Http(other)) = (self, other) {
            entrant.base_url.clone_from(&other.base_url);
        }
    }

    /// The same question to the simulator at `base_url`, which speaks one dialect, wants no key and nothing special.
    #[must_use]
    pub fn simulated(&self, base_url: Url) -> Self {
        let (request, timeouts, wait) = match self {
            Self::Http(contestant) => (&contestant.request, contestant.timeouts, contestant.wait),
            Self::Exec(contestant) => (&contestant.request, contestant.timeouts, false),
        };
        Self::from(http::HttpContestant {
            base_url,
            key: None,
            key_variable: None,
            dialect: Dialect::OpenAi,
            endpoint: speed_kings_catalog::EndpointFields::default(),
            transport: http::transport::TransportOptions::default(),
            quirks: ProviderQuirks::default(),
            request: request.clone(),
            region_header: None,
            retired: None,
            timeouts,
            wait,
            rejected: RejectedParams::default(),
        })
    }

    /// Does all that can be done ahead of the green light.
    ///
    /// # Errors
    /// When nobody can be reached, the program isn't there, or the question can't be put.
    pub async fn ready(self) -> Result<ReadyContestant, LaneFailure> {
        match self {
            Self::Http(contestant) => {
                let mut connection = http::LaneConnection::prepare(*contestant)?;
                let http::WarmConnection { transport, warning } = connection.warm().await?;
                let prepared = connection.prepare_request()?;
                Ok(ReadyContestant {
                    transport: Some(transport),
                    warning,
                    start: PreparedStart::Http(Box::new((connection, prepared))),
                })
            }
            Self::Exec(contestant) => {
                let prepared = exec::prepare_request(*contestant)?;
                Ok(ReadyContestant {
                    transport: None,
                    warning: prepared.warning(),
                    start: PreparedStart::Exec(Box::new(prepared)),
                })
            }
        }
    }
}

/// A contestant whose connection stays up from one request to the next: what a load is made of. It may hold a key, so it can't be
/// shown.
pub struct StandingContestant(StandingStart);

/// What stays from one request to the next.
enum StandingStart {
    Http(Box<http::LaneConnection>),
    Exec(Box<exec::CommandContestant>),
}

impl StandingContestant {
    /// Brings the connection up. A command has none, and is started anew for each request.
    ///
    /// # Errors
    /// When nobody can be reached.
    pub async fn new(client: ContestantClient) -> Result<Self, LaneFailure> {
        Ok(Self(match client {
            ContestantClient::Http(contestant) => {
                let mut connection = http::LaneConnection::prepare(*contestant)?;
                connection.warm().await?;
                StandingStart::Http(Box::new(connection))
            }
            ContestantClient::Exec(contestant) => StandingStart::Exec(contestant),
        }))
    }

    /// Caps answers at so many tokens from the next request on.
    pub fn cap(&mut self, max_tokens: u32) {
        match &mut self.0 {
            StandingStart::Http(connection) => connection.request_mut().max_tokens = Some(max_tokens),
            StandingStart::Exec(contestant) => contestant.request.max_tokens = Some(max_tokens),
        }
    }

    /// Caps answers at so many tokens, or leaves that to the server, and sends this system message, or none, from the next request on.
    pub fn settle(&mut self, max_tokens: Option<u32>, system: Option<String>) {
        let request = match &mut self.0 {
            StandingStart::Http(connection) => connection.request_mut(),
            StandingStart::Exec(contestant) => &mut contestant.request,
        };
        (request.max_tokens, request.system) = (max_tokens, system);
    }

    /// Asks `prompt` and runs the lane to its end, as [`ReadyContestant::run`] does.
    pub async fn run(&mut self, prompt: String, lane: LaneId, emitter: &EventEmitter, stamper: &ReadClock) {
        let failure = match &mut self.0 {
            StandingStart::Http(connection) => {
                connection.ask(prompt);
                match connection.prepare_request() {
                    Ok(prepared) => return connection.run(prepared, lane, emitter, stamper).await,
                    Err(failure) => failure,
                }
            }
            StandingStart::Exec(contestant) => {
                contestant.request.prompt = prompt;
                match exec::prepare_request((**contestant).clone()) {
                    Ok(prepared) => return prepared.run(lane, emitter, stamper).await,
                    Err(failure) => failure,
                }
            }
        };
        emitter.send(stamper.stamp(), Some(lane), EventKind::Failed(Box::new(failure))).await;
    }
}

/// A contestant at the start.
pub struct ReadyContestant {
    /// How its connection came up. A command has none: like a cold connection, its start belongs to the race.
    pub transport: Option<ConnectionFacts>,
    /// What the viewer should know before the race.
    pub warning: Option<String>,
    /// What is left to do. It may hold a key, so it can't be shown.
    start: PreparedStart,
}

/// What is left to do at the green light: send a request, start a process.
enum PreparedStart {
    Http(Box<(http::LaneConnection, http::PreparedRequest)>),
    Exec(Box<exec::PreparedCommand>),
}

impl ReadyContestant {
    /// Runs the lane to its end: every event of it goes out through `emitter`, the last one always being
    /// [`Closed`](speed_kings_core::race::event::EventKind::Closed) or [`Failed`](speed_kings_core::race::event::EventKind::Failed).
    pub async fn run(self, lane: LaneId, emitter: &EventEmitter, stamper: &ReadClock) {
        match self.start {
            PreparedStart::Http(start) => {
                let (mut connection, prepared) = *start;
                connection.run(prepared, lane, emitter, stamper).await;
            }
            PreparedStart::Exec(prepared) => prepared.run(lane, emitter, stamper).await,
        }
    }
}
