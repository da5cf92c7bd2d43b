//! Which engines answer on this machine: told by what they answer, never by their port, which several share.
//! Each question is one `GET` with a short time-out; whoever lists no models is asked no more than two.

mod answers;
mod kind;

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use futures::stream::{self, StreamExt as _};

use speed_kings_client::provider::http::local::LocalClient;
use speed_kings_system::resources::process_tree::{listener_of, listening_ports};

pub use self::answers::EngineFacts;
pub use self::kind::EngineKind;

use self::answers::EngineAnswers;

/// How long one question may take.
pub const QUESTION: Duration = Duration::from_millis(300);
/// Ports at which engines listen when nobody says otherwise.
const USUAL_PORTS: [u16; 10] = [8080, 8000, 11434, 1234, 11435, 5001, 8081, 8001, 30000, 10240];
/// The most ports of one's own processes that are looked at.
const MAX_PORTS: usize = 64;
/// Places that are asked at the same time.
const AT_ONCE: usize = 16;

/// A place that was asked, and who answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DiscoveredEngine {
    /// Host and port, for example `127.0.0.1:8080`.
    pub place: String,
    /// Where its chat API is, for example `http://127.0.0.1:8080/v1`.
    pub base_url: String,
    /// What it said of itself.
    pub facts: EngineFacts,
    /// The process that listens there, where it is the user's own and the system tells.
    pub process: Option<u32>,
}

impl DiscoveredEngine {
    /// It as a contestant of the command line: `llama-server=http://127.0.0.1:8080/v1`.
    #[must_use]
    pub fn contestant(&self) -> String {
        format!("{}={}", self.facts.kind.as_str(), self.base_url)
    }
}

/// The places that are looked at without being named: loopback, at the usual ports and at those where a process of this
/// user listens, as far as the system tells.
#[must_use]
pub fn usual_places() -> Vec<String> {
    let own: BTreeSet<u16> = listening_ports().into_iter().take(MAX_PORTS).collect();
    let ports = USUAL_PORTS.into_iter().chain(own.into_iter().filter(|port| !USUAL_PORTS.contains(port)));
    ports.map(|port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port).to_string()).collect()
}

/// Asks every one of `places`, each `HOST:PORT`, and gives those where an engine answers, in the same order.
///
/// # Errors
/// When no HTTP client can be made here.
pub async fn discover(places: Vec<String>) -> Result<Vec<DiscoveredEngine>, String> {
    let client = LocalClient::new()?;
    let asked = stream::iter(places).map(|place| look(&client, place)).buffered(AT_ONCE);
    Ok(asked.filter_map(|found| async { found }).collect().await)
}

async fn look(client: &LocalClient, place: String) -> Option<DiscoveredEngine> {
    let mut answers = EngineAnswers::default();
    while let Some(path) = answers.next_question() {
        let answer = client.get(&format!("http://{place}{path}"), QUESTION).await;
        answers.take(path, answer.ok());
    }
    let facts = answers.facts()?;
    let port = place.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    let here = place.starts_with("127.") || place.starts_with("localhost:") || place.starts_with("[::1]");
    let process = port.filter(|_| here).and_then(listener_of);
    let base_url = format!("http://{place}{}", facts.kind.api_path());
    Some(DiscoveredEngine { place, base_url, facts, process })
}
