//! The only client socket code: one connection for each lane, warmed before the green light, read with the clock at hand.
//! What comes is stamped before it is parsed, and no way out of here leaves a lane without an end.

pub mod probe;

mod dial;
mod trouble;

use std::time::{Duration, Instant};

use reqwest::Url;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER, SERVER};
use tokio::time::timeout;

use self::dial::{Dials, TimedLayer, TimedResolver};
use crate::bus::{Emitter, Stamper};
use crate::provider::secret::Secret;
use crate::provider::{Dialect, Quirks, Reader, Request, refusal};
use crate::race::event::{EventKind, Failure, FailureKind, Head, LaneId, Transport};

/// The most of an error body that is read.
const MAX_ERROR_BODY: usize = 64 * 1024;
/// How long the end of the body may take after the stream's own end marker.
const AFTER_DONE: Duration = Duration::from_secs(1);

/// Everything it takes to put one contestant on the track.
#[derive(Clone, Debug)]
pub struct Entrant {
    /// The API's base address, for example `https://api.groq.com/openai/v1`.
    pub base_url: Url,
    /// The key, where the API wants one.
    pub key: Option<Secret>,
    /// The environment variable that the key came from or should come from.
    pub key_variable: Option<String>,
    /// The wire dialect.
    pub dialect: Dialect,
    /// What this API wants different.
    pub quirks: Quirks,
    /// What to ask.
    pub request: Request,
    /// The response header that names the serving region.
    pub region_header: Option<String>,
    /// What to say when the model is not there.
    pub retired: Option<String>,
    /// How long to wait for what.
    pub timeouts: Timeouts,
}

/// How long to wait for what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timeouts {
    /// For a connection.
    pub connect: Duration,
    /// From the request to the first text.
    pub first_token: Duration,
    /// Between two reads once text has come.
    pub idle: Duration,
    /// For everything.
    pub run: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let secs = Duration::from_secs;
        Self { connect: secs(10), first_token: secs(60), idle: secs(30), run: secs(600) }
    }
}

/// A request that only has to be sent. It holds the key, so nothing of it can be shown.
pub struct Armed(reqwest::Request);

/// One lane's connection.
#[derive(Debug)]
pub struct Connection {
    client: reqwest::Client,
    entrant: Entrant,
    dials: Dials,
}

impl Connection {
    /// Prepares a connection; nothing is sent yet.
    ///
    /// # Errors
    /// When no secure client can be set up on this machine.
    pub fn prepare(entrant: Entrant) -> Result<Self, Failure> {
        let dials = Dials::default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("speed-kings/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(entrant.timeouts.connect)
            .pool_idle_timeout(None)
            .tcp_nodelay(true)
            .redirect(reqwest::redirect::Policy::none())
            .dns_resolver(TimedResolver::new(dials.clone()))
            .connector_layer(TimedLayer::new(dials.clone()));
        // Ignored: an error only says that it has been done before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        if entrant.base_url.scheme() == "http" {
            // No certificates to load for a connection without TLS: that would cost more than the race's first token.
            let roots = rustls::RootCertStore::empty();
            let tls = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
            builder = builder.tls_backend_preconfigured(tls);
        }
        if is_loopback(&entrant.base_url) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| trouble::of(&error, FailureKind::Tls, &entrant))?;
        Ok(Self { client, entrant, dials })
    }

    /// Brings the connection up with the cheapest request there is, so that the race does not pay for handshakes.
    ///
    /// # Errors
    /// When nobody can be reached. What the server answers does not matter here.
    pub async fn warm(&self) -> Result<Transport, Failure> {
        let url = address(&self.entrant.base_url, self.entrant.dialect.models_path());
        let request = self.client.get(url).headers(self.headers()?);
        let answer = async {
            let mut response = request.send().await?;
            // The connection is free again only after the whole body has been read.
            while response.chunk().await?.is_some() {}
            Ok::<(), reqwest::Error>(())
        };
        match timeout(self.entrant.timeouts.connect, answer).await {
            Ok(Err(error)) if error.is_connect() => Err(trouble::of(&error, FailureKind::Connect, &self.entrant)),
            Ok(_) => self.dials.last().ok_or_else(|| Failure::new(FailureKind::Connect, "no connection was made")),
            Err(_) => match self.dials.last() {
                Some(transport) => Ok(transport),
                None => Err(trouble::late(FailureKind::ConnectTimeout, self.entrant.timeouts.connect)),
            },
        }
    }

    /// The race's request, made ahead of the green light so that only the sending is left to do.
    ///
    /// # Errors
    /// When the key can't be sent.
    pub fn arm(&self) -> Result<Armed, Failure> {
        let entrant = &self.entrant;
        let body = entrant.dialect.body(&entrant.request, &entrant.quirks).to_string();
        let url = address(&entrant.base_url, entrant.dialect.path());
        let request =
            self.client.post(url).headers(self.headers()?).header(CONTENT_TYPE, "application/json").body(body);
        request.build().map(Armed).map_err(|error| trouble::of(&error, FailureKind::Protocol, entrant))
    }

    /// Runs the lane to its end: every event of it goes out through `emitter`, the last one always being
    /// [`EventKind::Closed`] or [`EventKind::Failed`].
    pub async fn run(&self, armed: Armed, lane: LaneId, emitter: &Emitter, stamper: &Stamper) {
        let out = Out { lane, emitter, key: self.entrant.key.as_ref() };
        let run = self.entrant.timeouts.run;
        let failure = match timeout(run, self.stream(armed, &out, stamper)).await {
            Ok(Ok(())) => return,
            Ok(Err(failure)) => failure,
            Err(_) => trouble::late(FailureKind::RunTimeout, run),
        };
        out.send(stamper.stamp(), EventKind::Failed(trouble::explain(failure, &self.entrant))).await;
    }

    async fn stream(&self, Armed(request): Armed, out: &Out<'_>, stamper: &Stamper) -> Result<(), Failure> {
        let entrant = &self.entrant;
        let dialled = self.dials.count();
        let sent = Instant::now();
        out.send(sent, EventKind::Sent).await;
        let first_token = entrant.timeouts.first_token;
        let response = timeout(first_token, self.client.execute(request)).await;
        let at = stamper.stamp();
        let response = response
            .map_err(|_| trouble::late(FailureKind::FirstTokenTimeout, first_token))?
            .map_err(|error| trouble::of(&error, FailureKind::Reset, entrant))?;
        if let Some(transport) = self.dials.last().filter(|_| self.dials.count() > dialled) {
            out.send(at, EventKind::Connected(transport)).await;
        }
        out.send(at, EventKind::Headers(self.head(&response))).await;
        if response.status().is_success() {
            self.read(response, sent, out, stamper).await
        } else {
            Err(self.refused(response).await)
        }
    }

    async fn read(
        &self,
        mut response: reqwest::Response,
        sent: Instant,
        out: &Out<'_>,
        stamper: &Stamper,
    ) -> Result<(), Failure> {
        let timeouts = &self.entrant.timeouts;
        let mut stream = Stream::new(self.entrant.dialect.reader(&self.entrant.quirks));
        loop {
            let (limit, late) = match (stream.done, stream.texted) {
                (true, _) => (AFTER_DONE, None),
                (false, true) => (timeouts.idle, Some((FailureKind::IdleTimeout, timeouts.idle))),
                (false, false) => {
                    let left = timeouts.first_token.saturating_sub(sent.elapsed());
                    (left, Some((FailureKind::FirstTokenTimeout, timeouts.first_token)))
                }
            };
            let read = timeout(limit, response.chunk()).await;
            let at = stamper.stamp();
            match (read, late) {
                (Ok(Ok(Some(bytes))), _) => stream.feed(at, &bytes, out).await,
                // A server that ends its stream and then breaks off, or forgets to close, has said all it had to say.
                (Ok(Ok(None)), _) | (Err(_), None) => return stream.end(at, None, out).await,
                (Ok(Err(_)), _) if stream.done => return stream.end(at, None, out).await,
                (Ok(Err(error)), _) => {
                    let failure = trouble::of(&error, FailureKind::Truncated, &self.entrant);
                    return stream.end(at, Some(failure), out).await;
                }
                (Err(_), Some((kind, limit))) => return stream.end(at, Some(trouble::late(kind, limit)), out).await,
            }
        }
    }

    fn headers(&self) -> Result<HeaderMap, Failure> {
        let mut headers = HeaderMap::new();
        if let Some(key) = &self.entrant.key {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose())).map_err(|_| {
                let variable = self.entrant.key_variable.as_deref().unwrap_or("the key");
                Failure::new(FailureKind::Auth, format!("{variable} holds characters that no key can have"))
            })?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        Ok(headers)
    }

    fn head(&self, response: &reqwest::Response) -> Head {
        let text = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        Head {
            status: response.status().as_u16(),
            version: format!("{:?}", response.version()).into(),
            region: self.entrant.region_header.as_deref().and_then(text).map(Into::into),
            simulated: text(SERVER.as_str()).is_some_and(|server| server.starts_with("speed-kings-sim")),
        }
    }

    async fn refused(&self, mut response: reqwest::Response) -> Failure {
        let status = response.status().as_u16();
        let wait =
            response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).and_then(trouble::retry_after);
        let mut body = Vec::new();
        while let Ok(Ok(Some(bytes))) = timeout(self.entrant.timeouts.connect, response.chunk()).await {
            body.extend_from_slice(&bytes);
            if body.len() > MAX_ERROR_BODY {
                break;
            }
        }
        let mut failure = refusal(status, &body);
        failure.retry_after = wait.or(failure.retry_after);
        failure
    }
}

/// One response on its way through the dialect.
struct Stream {
    reader: Reader,
    kinds: Vec<EventKind>,
    begun: bool,
    texted: bool,
    done: bool,
}

impl Stream {
    const fn new(reader: Reader) -> Self {
        Self { reader, kinds: Vec::new(), begun: false, texted: false, done: false }
    }

    async fn feed(&mut self, at: Instant, bytes: &[u8], out: &Out<'_>) {
        if !std::mem::replace(&mut self.begun, true) {
            out.send(at, EventKind::FirstByte).await;
        }
        self.reader.feed(bytes, &mut self.kinds);
        self.flush(at, out).await;
    }

    /// Ends the stream, with `failure` if it broke off. Gives the failure that the lane ends with, if it does.
    async fn end(&mut self, at: Instant, failure: Option<Failure>, out: &Out<'_>) -> Result<(), Failure> {
        match failure {
            Some(failure) => self.reader.abort(failure, &mut self.kinds),
            None => self.reader.finish(&mut self.kinds),
        }
        let last = self.kinds.pop();
        self.flush(at, out).await;
        match last {
            Some(EventKind::Failed(failure)) => Err(failure),
            Some(kind) => {
                out.send(at, kind).await;
                Ok(())
            }
            None => Err(Failure::new(FailureKind::Truncated, "the stream ended without an end")),
        }
    }

    async fn flush(&mut self, at: Instant, out: &Out<'_>) {
        for kind in self.kinds.drain(..) {
            match kind {
                EventKind::Text { .. } => self.texted = true,
                EventKind::Done => self.done = true,
                _ => {}
            }
            out.send(at, kind).await;
        }
    }
}

/// The way out for one lane, with its key taken out of everything that passes.
struct Out<'a> {
    lane: LaneId,
    emitter: &'a Emitter,
    key: Option<&'a Secret>,
}

impl Out<'_> {
    async fn send(&self, at: Instant, kind: EventKind) {
        let kind = match self.key {
            Some(key) => masked(kind, key),
            None => kind,
        };
        self.emitter.send(at, Some(self.lane), kind).await;
    }
}

/// `kind` without the key, should a server have sent it back to us.
fn masked(kind: EventKind, key: &Secret) -> EventKind {
    let mask = |text: Box<str>| -> Box<str> {
        match key.mask(&text) {
            std::borrow::Cow::Borrowed(_) => text,
            std::borrow::Cow::Owned(masked) => masked.into(),
        }
    };
    match kind {
        EventKind::Text { channel, text } => EventKind::Text { channel, text: mask(text) },
        EventKind::Model(model) => EventKind::Model(mask(model)),
        EventKind::Malformed(what) => EventKind::Malformed(mask(what)),
        EventKind::Notice(text) => EventKind::Notice(mask(text)),
        EventKind::Failed(failure) => {
            EventKind::Failed(Failure { message: mask(failure.message), hint: failure.hint.map(mask), ..failure })
        }
        other => other,
    }
}

/// Whether `url` stays on this machine, where no proxy can help.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    })
}

/// `path` under `base`, whether or not the base ends in a slash.
fn address(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let joined = format!("{}/{path}", base.path().trim_end_matches('/'));
    url.set_path(&joined);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_join_with_or_without_a_slash() {
        for base in ["http://127.0.0.1:1/v1", "http://127.0.0.1:1/v1/"] {
            let url = address(&Url::parse(base).unwrap(), "chat/completions");
            assert_eq!(url.as_str(), "http://127.0.0.1:1/v1/chat/completions");
        }
    }

    #[test]
    fn loopback_is_told_apart() {
        for (url, loopback) in [
            ("http://localhost:1", true),
            ("http://[::1]:1", true),
            ("http://127.9.9.9", true),
            ("https://api.groq.com", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(url).unwrap()), loopback, "{url}");
        }
    }

    #[test]
    fn an_echoed_key_is_taken_out() {
        let key = Secret::new("csk-canary-value").unwrap();
        let text =
            EventKind::Text { channel: crate::race::event::Channel::Answer, text: "it is csk-canary-value".into() };
        let failed = EventKind::Failed(
            Failure::new(FailureKind::Auth, "bad csk-canary-value").with_hint("not csk-canary-value"),
        );
        for kind in
            [text, failed, EventKind::Malformed("csk-canary-value".into()), EventKind::Model("csk-canary-value".into())]
        {
            assert!(!format!("{:?}", masked(kind, &key)).contains("canary"));
        }
    }
}
