//! Serves the page and its events, on a thread of its own, so that neither a race nor a screen ever waits for a page.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::Duration;

use futures::Stream;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Method, Request, Response, StatusCode};
use tokio::sync::watch;

use crate::feed::OverlayFeed;
use crate::page;
use speed_kings_session::local_server::{EndpointError, LocalServer, ServerLimits};

/// What pages and their parts may take of the program.
const LIMITS: ServerLimits =
    ServerLimits { clients: 64, head: Duration::from_secs(5), exchange: None, stalled: Duration::from_secs(30) };
/// How long the end of a race has to reach the pages when the program ends.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// What to do in place of an address that others reach.
const WHY_LOOPBACK: &str =
    "others on the network could watch; write for example 127.0.0.1:8099, or add --overlay-network";
/// The page may load what it is served with, and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Where and for whom pages are served.
#[derive(Clone, Copy, Debug)]
pub struct OverlayPlace {
    /// The address that is listened on.
    pub addr: SocketAddr,
    /// Whether it may be one that other machines reach.
    pub network: bool,
}

/// Serves pages until it is dropped.
#[derive(Debug)]
pub struct OverlayServer {
    addr: SocketAddr,
    feed: Arc<OverlayFeed>,
    ends: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

/// Why no pages are served.
#[derive(Debug, thiserror::Error)]
pub enum OverlayError {
    /// The address can't be had, or may not be.
    #[error("no overlay: {0}")]
    Endpoint(#[from] EndpointError),
    /// No thread or no event loop for it.
    #[error("no overlay: cannot start its thread: {0}; race without --overlay")]
    Thread(#[from] io::Error),
}

impl OverlayServer {
    /// Serves `feed` at `place`; `font` is the one that the page writes in.
    ///
    /// # Errors
    /// When the address can't be had or may not be, or there is no thread.
    pub fn start(place: OverlayPlace, feed: Arc<OverlayFeed>, font: &'static [u8]) -> Result<Self, OverlayError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let server = runtime.block_on(async {
            if place.network {
                LocalServer::bind(place.addr).await
            } else {
                LocalServer::on_loopback(place.addr, WHY_LOOPBACK).await
            }
        })?;
        let addr = server.addr()?;
        let (ends, mut ended) = watch::channel(false);
        let thread = std::thread::Builder::new().name("overlay".into()).spawn({
            let feed = Arc::clone(&feed);
            move || {
                let mut late = ended.clone();
                let ended = async {
                    let _ = ended.wait_for(|ended| *ended).await;
                    feed.close();
                };
                let too_late = async {
                    let _ = late.wait_for(|ended| *ended).await;
                    tokio::time::sleep(LAST_WORDS).await;
                };
                runtime.block_on(async {
                    tokio::select! {
                        () = server.serve(LIMITS, ended, |request| reply(request, &feed, font)) => {}
                        () = too_late => {}
                    }
                });
            }
        })?;
        Ok(Self { addr, feed, ends, thread: Some(thread) })
    }

    /// Where the page is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/", self.addr)
    }

    /// The feed that it serves.
    #[must_use]
    pub const fn feed(&self) -> &Arc<OverlayFeed> {
        &self.feed
    }
}

impl Drop for OverlayServer {
    fn drop(&mut self) {
        self.ends.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // A panic over there has been reported by the panic hook already.
            let _ = thread.join();
        }
    }
}

/// What is sent: a whole file, or events for as long as there are any.
enum PageBody {
    Whole(Option<Bytes>),
    Events(Pin<Box<dyn Stream<Item = Bytes>>>),
}

impl Body for PageBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Events(events) => events.as_mut().poll_next(cx).map(|next| next.map(|bytes| Ok(Frame::data(bytes)))),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.iter().map(|bytes| bytes.len() as u64).sum()),
            Self::Events(_) => SizeHint::default(),
        }
    }
}

fn reply(request: &Request<Incoming>, feed: &Arc<OverlayFeed>, font: &'static [u8]) -> Response<PageBody> {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    if !host.is_some_and(is_own_name) {
        let why = "This page is served by address only, such as 127.0.0.1 or localhost: no other name stands for it.\n";
        return whole(StatusCode::FORBIDDEN, "text/plain; charset=utf-8", why.as_bytes());
    }
    if request.method() != Method::GET {
        let mut refused = whole(StatusCode::METHOD_NOT_ALLOWED, "text/plain; charset=utf-8", b"only GET\n");
        refused.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
        return refused;
    }
    match request.uri().path() {
        page::EVENTS => {
            let header = request.headers().get("last-event-id").and_then(|id| id.to_str().ok());
            let asked = request.uri().query().and_then(|query| query.strip_prefix("after="));
            let events = Box::pin(Arc::clone(feed).after(header.or(asked)));
            respond(StatusCode::OK, "text/event-stream", PageBody::Events(events))
        }
        "/font.ttf" => whole(StatusCode::OK, "font/ttf", font),
        path => match page::file(path) {
            Some((kind, text)) => whole(StatusCode::OK, kind, text.as_bytes()),
            None => whole(StatusCode::NOT_FOUND, "text/plain; charset=utf-8", b"the page is at /\n"),
        },
    }
}

fn whole(status: StatusCode, kind: &'static str, bytes: &'static [u8]) -> Response<PageBody> {
    respond(status, kind, PageBody::Whole(Some(Bytes::from_static(bytes))))
}

fn respond(status: StatusCode, kind: &'static str, body: PageBody) -> Response<PageBody> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = [
        (CONTENT_TYPE, kind),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    response.headers_mut().extend(headers.map(|(name, value)| (name, HeaderValue::from_static(value))));
    response
}

/// Whether `host`, with its port or without, is this server whoever is asked: a name that somebody's name server leads
/// here is not, since a page of theirs could then read this one.
fn is_own_name(host: &str) -> bool {
    if host.parse::<SocketAddr>().is_ok() || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
        return true;
    }
    host.rsplit_once(':').map_or(host, |(name, _)| name).eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests;
