//! A request as it goes over the wire, whichever way it takes.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, HeaderValue, USER_AGENT};
use hyper::{Method, Request};
use percent_encoding::percent_decode_str;
use reqwest::Url;

use super::HttpContestant;
use super::body::{NotedBody, WrittenAt};
use super::trouble::WireError;
use speed_kings_core::race::event::LaneFailure;

/// Who asks, as servers are told in each request.
pub(super) const AGENT: &str = concat!("speed-kings/", env!("CARGO_PKG_VERSION"));

/// A request that only has to be sent. It holds the key, so nothing of it can be shown.
pub(super) struct WireRequest {
    method: Method,
    pub(super) url: Url,
    headers: HeaderMap,
    body: Bytes,
}

impl WireRequest {
    /// Asks `contestant` for what is at `url`.
    ///
    /// # Errors
    /// When the key or a header can't be sent.
    pub(super) fn get(contestant: &HttpContestant, url: Url) -> Result<Self, LaneFailure> {
        Ok(Self { method: Method::GET, url, headers: contestant.headers()?, body: Bytes::new() })
    }

    /// Gives `contestant` a body of JSON at `url`.
    ///
    /// # Errors
    /// When the key or a header can't be sent.
    pub(super) fn post(contestant: &HttpContestant, url: Url, body: String) -> Result<Self, LaneFailure> {
        let mut headers = contestant.headers()?;
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(Self { method: Method::POST, url, headers, body: body.into() })
    }

    /// For a connection of one's own, in HTTP/2 or in HTTP/1.1.
    ///
    /// # Errors
    /// When the address can't be sent.
    pub(super) fn direct(&self, http2: bool) -> Result<Request<Full<Bytes>>, WireError> {
        let target = if http2 {
            let mut bare = self.url.clone();
            // None of the three can fail where there is a host.
            let _ = (bare.set_username(""), bare.set_password(None));
            bare.set_fragment(None);
            bare.to_string()
        } else {
            self.url.query().map_or_else(|| self.url.path().to_owned(), |query| format!("{}?{query}", self.url.path()))
        };
        let mut request = Request::builder().method(&self.method).uri(target).body(Full::new(self.body.clone()));
        let request = request.as_mut().map_err(|error| WireError::connect(error.to_string()))?;
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        if !http2 {
            headers.insert(HOST, self.host()?);
        }
        if let Some(login) = self.login() {
            headers.insert(AUTHORIZATION, login);
        }
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
        Ok(std::mem::take(request))
    }

    /// Host and port as the server is to see them: the usual port goes without saying.
    fn host(&self) -> Result<HeaderValue, WireError> {
        let host = self.url.host_str().unwrap_or_default();
        let text = self.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        HeaderValue::from_str(&text).map_err(WireError::connect)
    }

    /// The name and the password in the address, as a header.
    fn login(&self) -> Option<HeaderValue> {
        let (name, password) = (self.url.username(), self.url.password().unwrap_or_default());
        if name.is_empty() && password.is_empty() {
            return None;
        }
        let plain = |text| percent_decode_str(text).decode_utf8_lossy();
        let login = format!("{}:{}", plain(name), plain(password));
        let mut value = HeaderValue::from_str(&format!("Basic {}", BASE64_STANDARD.encode(login))).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// For a client with a pool; and where to read when that took it.
    ///
    /// # Errors
    /// When the address can't be sent.
    pub(super) fn pooled(&self, client: &reqwest::Client) -> Result<(reqwest::Request, WrittenAt), WireError> {
        let (body, taken) = NotedBody::new(self.body.clone());
        let request = client.request(self.method.clone(), self.url.clone()).headers(self.headers.clone());
        let request = if self.body.is_empty() { request } else { request.body(reqwest::Body::wrap(body)) };
        Ok((request.build()?, Arc::clone(&taken)))
    }
}
