//! Waiting for an engine that was just started: until it answers, and answers itself.
//! A port that somebody else took in the meantime must not be taken for a ready engine.

use std::time::{Duration, Instant};

use reqwest::Url;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use speed_kings_catalog::Dialect;
use speed_kings_catalog::engine::EngineService;
use speed_kings_client::provider::http::local::{LocalClient, model_names};

use super::failure::EngineFailure;
use super::processes::EngineProcesses;

/// Between two questions whether it is ready: what the ready time may be late by.
const ASK_EVERY: Duration = Duration::from_millis(20);
/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(2);

/// What an engine is waited for by.
pub(super) struct EngineReadiness<'a> {
    pub(super) base_url: &'a Url,
    pub(super) service: &'a EngineService,
    pub(super) port: u16,
    pub(super) deadline: Instant,
}

impl EngineReadiness<'_> {
    /// Waits until it can answer, its model loaded; gives the model's name on the wire.
    pub(super) async fn wait(
        &self,
        processes: &mut EngineProcesses,
        model: Option<&str>,
    ) -> Result<String, EngineFailure> {
        let client = LocalClient::new().map_err(EngineFailure::new)?;
        let url = format!("http://127.0.0.1:{}{}", self.port, self.service.ready);
        loop {
            self.still_there(processes)?;
            let asked = client.get(&url, ANSWER.min(self.left())).await;
            if asked.is_ok_and(|answer| answer.status == 200) {
                break;
            }
            sleep(ASK_EVERY).await;
        }
        if processes.tree.listens_on(self.port) == Some(false) {
            let told = format!("port {} answers, but it is not '{}' that listens there", self.port, processes.program);
            return Err(EngineFailure::new(told).with_hint("another program took the port; try again"));
        }
        let model = match model {
            Some(model) => model.to_owned(),
            None => self.first_model(&client, processes).await?,
        };
        if self.service.load {
            self.load(&client, processes, &model).await?;
        }
        Ok(model)
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1))
    }

    fn still_there(&self, processes: &mut EngineProcesses) -> Result<(), EngineFailure> {
        if processes.group.has_exited() {
            return Err(processes.died("before it was ready"));
        }
        if Instant::now() < self.deadline {
            return Ok(());
        }
        let said = processes
            .last_words()
            .map_or_else(|| "; it wrote nothing".into(), |words| format!("; it said last: {words}"));
        let told = format!("'{}' was not ready within {} s{said}", processes.program, self.service.ready_s);
        let hint = "a larger model takes longer: ready_s in the catalogue's entry";
        Err(EngineFailure::new(told).with_hint(hint).with_log(processes.keep_log().as_deref()))
    }

    async fn first_model(&self, client: &LocalClient, processes: &EngineProcesses) -> Result<String, EngineFailure> {
        let url = format!("{}/{}", self.base_url.as_str().trim_end_matches('/'), self.service.dialect.models_path());
        let answer = client.get(&url, ANSWER).await;
        let list: Option<Value> = answer.ok().and_then(|answer| serde_json::from_slice(&answer.body).ok());
        let first = list.and_then(|list| model_names(&list)?.into_iter().next());
        first.ok_or_else(|| EngineFailure::new(format!("'{}' is ready and lists no model", processes.program)))
    }

    /// Has the model loaded, by the smallest request that does it.
    async fn load(
        &self,
        client: &LocalClient,
        processes: &mut EngineProcesses,
        model: &str,
    ) -> Result<(), EngineFailure> {
        let base = self.base_url.as_str().trim_end_matches('/');
        // Whatever it is raced by, an engine with a dialect of OpenAI's family takes this one as well.
        let (url, body) = if self.service.dialect == Dialect::Ollama {
            (format!("{base}/api/generate"), json!({"model": model, "keep_alive": -1, "stream": false}))
        } else {
            let messages = json!([{"role": "user", "content": "Hi"}]);
            (format!("{base}/chat/completions"), json!({"model": model, "messages": messages, "max_tokens": 1}))
        };
        let asking = client.post(&url, &body, self.left());
        tokio::pin!(asking);
        let answer = loop {
            // It may end while it loads, and then nothing answers for a long time.
            match timeout(ANSWER, &mut asking).await {
                Ok(answer) => break answer,
                Err(_) => self.still_there(processes)?,
            }
        };
        let said = |words: &[u8]| String::from_utf8_lossy(words).chars().take(200).collect::<String>();
        match answer {
            Ok(answer) if answer.status == 200 => Ok(()),
            Ok(answer) => {
                let told =
                    format!("'{}' cannot load '{model}': {} {}", processes.program, answer.status, said(&answer.body));
                Err(EngineFailure::new(told))
            }
            Err(_) if processes.group.has_exited() => Err(processes.died("while it loaded the model")),
            Err(error) => Err(EngineFailure::new(format!("'{}' cannot load '{model}': {error}", processes.program))),
        }
    }
}
