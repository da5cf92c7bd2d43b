//! One request and its answer: plays the script of the answer, and ends as the script says.
//! Every wait is for an absolute moment, and late pieces go out together, so that a stream never falls behind for good.

use std::io;
use std::time::Duration;

use super::answer_wire::{AnswerHead, AnswerWire, HttpResponse, WireWrite};
use super::chat_request::{ChatRequest, PathRequest};
use super::http::HttpRequest;
use super::log::DeliveryEntry;
use super::pace::FOR_EVER;
use super::response_plan::ResponsePlan;
use super::route::{self, RequestRoute};
use super::script::{ScriptPiece, StreamEnd, StreamScript};
use super::settings::SimulatorSettings;
use super::shared::{Shared, TOKEN_HEADER};
use super::wire::{JSON, error_body};
use speed_kings_catalog::Dialect;
use speed_kings_catalog::profile::StreamProfile;

/// From this lateness on a piece goes out together with the one before it; below, each has a write of its own.
const LATE: Duration = Duration::from_micros(500);

/// Between two signs of life that never end.
const CHATTER: Duration = Duration::from_millis(20);

/// How a connection ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ConnectionEnd {
    /// With a FIN, in the ordinary way.
    Close,
    /// With an RST, so that the client sees a reset.
    Reset,
}

/// One request and its answer.
pub(super) struct HttpExchange<'a> {
    pub(super) wire: &'a mut dyn AnswerWire,
    pub(super) shared: &'a Shared,
    pub(super) request: &'a HttpRequest,
}

impl HttpExchange<'_> {
    /// Answers; the connection's ending if there is to be one.
    pub(super) fn run(mut self) -> io::Result<Option<ConnectionEnd>> {
        let response = match route::find(&self.request.method, &self.request.path, &self.shared.entrants) {
            Ok(RequestRoute::Health) => route::health(&self.shared.entrants),
            Ok(RequestRoute::Models { dialect, names, settings }) => match self.refused(&settings)? {
                Some(response) => return self.refuse(&response, settings.reply.dribble),
                None => route::models(dialect, &names),
            },
            Ok(RequestRoute::Chat { dialect, path, entrant, profile, settings }) => {
                return self.chat((dialect, &path), &entrant, &profile, &settings);
            }
            Err(response) => response,
        };
        self.respond(&response).map(|()| None)
    }

    fn chat(
        &mut self,
        (dialect, path): (Dialect, &PathRequest),
        entrant: &str,
        profile: &StreamProfile,
        settings: &SimulatorSettings,
    ) -> io::Result<Option<ConnectionEnd>> {
        if let Some(response) = self.refused(settings)? {
            return self.refuse(&response, settings.reply.dribble);
        }
        let ask = match ChatRequest::parse(&self.request.body, dialect) {
            Ok(ask) => self.remembered(ask.with(path), settings),
            Err(message) => return self.respond(&route::refusal(400, &message)).map(|()| None),
        };
        if let Some(window) = settings.reply.context.filter(|window| ask.prompt_tokens() > u64::from(*window)) {
            let message = format!(
                "this model's maximum context length is {window} tokens, and {} were sent",
                ask.prompt_tokens()
            );
            return self.respond(&route::refusal(400, &message)).map(|()| None);
        }
        let entry = self.shared.log.begin(entrant, self.request.arrived);
        let part = ResponsePlan::new(profile, settings, &ask, entrant, mix(self.shared.seed, entrant, ask.seed));
        if ask.stream {
            let script = StreamScript::of(&part);
            let last = script.pieces.last().map_or(script.head, |piece| piece.due);
            let waited = self.queued(entrant, settings, last);
            return self.play(part.voice.content_type(), &script, waited, settings.stream.split, &entry);
        }
        let whole = part.whole();
        self.until(whole.due + self.queued(entrant, settings, whole.due))?;
        let fields = vec![(TOKEN_HEADER, whole.tokens.to_string())];
        let response = HttpResponse { status: 200, kind: JSON, fields, body: whole.body };
        let WireWrite { at, bytes } = self.wire.whole(&response)?;
        entry.wrote(at, whole.tokens, bytes);
        Ok(None)
    }

    /// The request with what the server has read of its prompt before, where it remembers prompts.
    fn remembered(&self, ask: ChatRequest, settings: &SimulatorSettings) -> ChatRequest {
        if !settings.reply.cache {
            return ask;
        }
        let known = self.shared.prompts.read(&self.request.path, &ask.prompt);
        ask.knowing(known)
    }

    /// How long the request waits for a slot, where there are only so many, to take it for `service`.
    fn queued(&self, entrant: &str, settings: &SimulatorSettings, service: Duration) -> Duration {
        let slots = settings.reply.slots;
        slots.map_or(Duration::ZERO, |slots| self.shared.slots.wait(entrant, slots, self.request.arrived, service))
    }

    /// Lets the settings have their way with the request as a whole: the error that it gets, if any.
    fn refused(&mut self, settings: &SimulatorSettings) -> io::Result<Option<HttpResponse>> {
        let reply = &settings.reply;
        if reply.hang {
            self.until(FOR_EVER)?;
        }
        let Some(status) = reply.status else { return Ok(None) };
        self.until(reply.header_delay.unwrap_or_default())?;
        let message = format!("simulated status {status}");
        let (kind, body) = error_body(reply.error_body, status, &message);
        let fields = reply.retry_after.map(|secs| ("retry-after", secs.to_string())).into_iter().collect();
        Ok(Some(HttpResponse { status, kind, fields, body }))
    }

    /// Answers with an error, at once or, by `dribble`, never whole.
    fn refuse(&mut self, response: &HttpResponse, dribble: Option<Duration>) -> io::Result<Option<ConnectionEnd>> {
        let Some(pause) = dribble else { return self.respond(response).map(|()| None) };
        // One byte more is announced than will ever come.
        self.wire.head(response.head(response.body.len() + 1))?;
        for byte in response.body.as_bytes() {
            self.until(self.request.arrived.elapsed() + pause)?;
            self.wire.piece(&[*byte])?;
        }
        self.until(FOR_EVER).map(|()| Some(ConnectionEnd::Close))
    }

    fn respond(&mut self, response: &HttpResponse) -> io::Result<()> {
        self.wire.whole(response).map(drop)
    }

    /// Plays a stream piece by piece as each is due after its request has `waited`; gives how the connection ends, or nothing
    /// where it stays open.
    fn play(
        &mut self,
        kind: &'static str,
        script: &StreamScript,
        waited: Duration,
        split: Option<usize>,
        entry: &DeliveryEntry,
    ) -> io::Result<Option<ConnectionEnd>> {
        self.until(waited + script.head)?;
        let fields = [(TOKEN_HEADER, script.tokens.to_string()), ("cache-control", "no-store".to_owned())];
        let WireWrite { at, bytes } =
            self.wire.head(AnswerHead { status: 200, kind, fields: &fields, length: None })?;
        entry.wrote(at, 0, bytes);
        let mut pieces = script.pieces.iter().peekable();
        while let Some(piece) = pieces.next() {
            self.until(waited + piece.due)?;
            let late_by = self.request.arrived.elapsed().saturating_sub(waited + LATE);
            let mut body = piece.bytes.clone();
            let mut tokens = piece.tokens;
            while let Some(ScriptPiece { bytes, tokens: more, .. }) = pieces.next_if(|piece| piece.due <= late_by) {
                body += bytes;
                tokens += more;
            }
            let WireWrite { at, bytes } = self.send(body.as_bytes(), split)?;
            entry.wrote(at, tokens, bytes);
        }
        match &script.end {
            StreamEnd::Clean => self.wire.end().map(|()| None),
            StreamEnd::Cut => Ok(Some(ConnectionEnd::Close)),
            StreamEnd::Reset => Ok(Some(ConnectionEnd::Reset)),
            StreamEnd::Silence => self.until(FOR_EVER).map(|()| Some(ConnectionEnd::Close)),
            StreamEnd::Chatter(sign) => loop {
                // Whoever has heard enough leaves, which ends the waiting.
                self.until(self.request.arrived.elapsed() + CHATTER)?;
                self.send(sign.as_bytes(), split)?;
            },
        }
    }

    /// Sends a stretch of the body, cut up if so wished; when the last of it was given away, and the bytes that went out.
    fn send(&mut self, body: &[u8], split: Option<usize>) -> io::Result<WireWrite> {
        let mut sent = WireWrite { at: self.request.arrived, bytes: 0 };
        for bytes in body.chunks(split.unwrap_or(usize::MAX).max(1)) {
            let written = self.wire.piece(bytes)?;
            sent = WireWrite { at: written.at, bytes: sent.bytes + written.bytes };
        }
        Ok(sent)
    }

    fn until(&mut self, due: Duration) -> io::Result<()> {
        let moment = self.request.arrived.checked_add(due.min(FOR_EVER)).unwrap_or(self.request.arrived);
        self.wire.until(moment)
    }
}

/// One seed out of the simulator's, the entrant's name and the request's: FNV-1a, which stays the same for ever.
fn mix(seed: u64, entrant: &str, asked: u64) -> u64 {
    let bytes = seed.to_le_bytes().into_iter().chain(entrant.bytes()).chain(asked.to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
