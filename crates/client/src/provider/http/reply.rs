//! A reply, however it comes: over a connection of one's own, or by way of a proxy through a client that knows those.

use std::time::Instant;

use bytes::Bytes;
use hyper::header::HeaderMap;
use hyper::{StatusCode, Version};

use super::direct::{DirectConnection, DirectResponse};
use super::moment::ReadMoment;
use super::trouble::WireError;

/// A reply whose head has come.
pub(super) enum LaneReply {
    /// Over a connection of its own.
    Direct(Box<DirectResponse>),
    /// Through a client that knows proxies, with the moment at which it took the request.
    Pooled(reqwest::Response, Option<Instant>),
}

impl LaneReply {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Direct(response) => response.head.status,
            Self::Pooled(response, _) => response.status(),
        }
    }

    pub(super) fn version(&self) -> Version {
        match self {
            Self::Direct(response) => response.head.version,
            Self::Pooled(response, _) => response.version(),
        }
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        match self {
            Self::Direct(response) => &response.head.headers,
            Self::Pooled(response, _) => response.headers(),
        }
    }

    /// When its head was read.
    pub(super) fn moment(&self) -> ReadMoment {
        match self {
            Self::Direct(response) => ReadMoment { arrived: response.arrived },
            Self::Pooled(..) => ReadMoment::default(),
        }
    }

    /// When a client that doesn't say when a request was written took it.
    pub(super) fn taken(&self) -> Option<Instant> {
        match self {
            Self::Direct(_) => None,
            Self::Pooled(_, taken) => *taken,
        }
    }

    /// The next pieces of the body, all out of one read; nothing at its end.
    pub(super) async fn read(&mut self, pieces: &mut Vec<Bytes>) -> Result<Option<ReadMoment>, WireError> {
        match self {
            Self::Direct(response) => response.read(pieces).await,
            Self::Pooled(response, _) => {
                let piece = response.chunk().await?;
                Ok(piece.map(|bytes| {
                    pieces.push(bytes);
                    ReadMoment::default()
                }))
            }
        }
    }

    /// The connection, for whatever is asked next, where the body has been read to its end.
    pub(super) fn into_connection(self) -> Option<DirectConnection> {
        match self {
            Self::Direct(response) => response.into_connection(),
            Self::Pooled(..) => None,
        }
    }
}
