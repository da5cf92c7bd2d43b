//! The keys of a settings segment: which there are and how each reads its value.
//! One group of keys is one function; a key that no group takes is unknown.

use std::str::FromStr;
use std::time::Duration;

use super::http::percent_decode;
use super::response_plan::MAX_TOKENS;
use super::settings::{
    ErrorBody, ErrorShape, FaultKind, FinishForm, KeepAliveKind, LineEnd, ReasoningForm, SettingsError,
    SimulatorSettings, StreamFault, UsageForm,
};

/// The longest time that a setting can name: ten minutes.
const MAX_MS: f64 = 600_000.0;
/// The most answers at one time that a setting can name.
const MAX_SLOTS: u32 = 10_000;

impl SimulatorSettings {
    /// Reads `key:value,key:value`. Keys and values may be percent-encoded; a switch may come without a value.
    ///
    /// # Errors
    ///
    /// Names the first key that is unknown, has a value it can't take, or lacks another key beside it.
    pub fn parse(segment: &str) -> Result<Self, SettingsError> {
        let mut draft = SettingsDraft::default();
        for text in segment.split(',').filter(|text| !text.is_empty()) {
            draft.take(&SettingItem::new(text))?;
        }
        draft.finish()
    }
}

/// One `key:value` of the segment.
pub(super) struct SettingItem {
    key: String,
    value: Option<String>,
}

impl SettingItem {
    /// Splits `text` at its first colon and undoes percent-encoding in both parts.
    pub(super) fn new(text: &str) -> Self {
        let (key, value) = text.split_once(':').map_or((text, None), |(key, value)| (key, Some(value)));
        Self { key: percent_decode(key), value: value.map(percent_decode) }
    }

    fn bad(&self, wanted: impl Into<String>) -> SettingsError {
        let value = self.value.clone().unwrap_or_default();
        SettingsError::BadValue { key: self.key.clone(), value, wanted: wanted.into() }
    }

    fn within<T: FromStr + PartialOrd + Copy>(&self, least: T, most: T) -> Option<T> {
        let value: T = self.value.as_deref()?.parse().ok()?;
        (least <= value && value <= most).then_some(value)
    }

    fn number(&self, least: f64, most: f64) -> Result<f64, SettingsError> {
        self.within(least, most).ok_or_else(|| self.bad(format!("a number from {least} to {most}")))
    }

    fn count(&self, least: u32, most: u32) -> Result<u32, SettingsError> {
        self.within(least, most).ok_or_else(|| self.bad(format!("a whole number from {least} to {most}")))
    }

    fn millis(&self) -> Result<Duration, SettingsError> {
        self.number(0.0, MAX_MS).map(|millis| Duration::from_secs_f64(millis / 1e3))
    }

    fn switch(&self) -> Result<bool, SettingsError> {
        match self.value.as_deref() {
            None | Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(_) => Err(self.bad("true or false")),
        }
    }

    fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Result<T, SettingsError> {
        let found = choices.iter().find(|(name, _)| Some(*name) == self.value.as_deref());
        found.map(|(_, choice)| *choice).ok_or_else(|| {
            let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
            self.bad(format!("one of {}", names.join(", ")))
        })
    }
}

/// Settings while their keys are read: some keys only mean something together.
#[derive(Default)]
pub(super) struct SettingsDraft {
    settings: SimulatorSettings,
    stall_ms: Option<f64>,
    error_shape: Option<ErrorShape>,
    truncated_json: bool,
}

impl SettingsDraft {
    /// Takes in one item, whose key must be known and whose value must fit.
    pub(super) fn take(&mut self, item: &SettingItem) -> Result<(), SettingsError> {
        if self.pace(item)? || self.reply(item)? || self.stream(item)? || self.fault(item)? {
            return Ok(());
        }
        Err(SettingsError::UnknownKey { key: item.key.clone() })
    }

    fn pace(&mut self, item: &SettingItem) -> Result<bool, SettingsError> {
        let pace = &mut self.settings.pace;
        match item.key.as_str() {
            "ttft_ms" => pace.ttft_ms = Some(item.number(0.0, MAX_MS)?),
            "tok_s" => pace.tok_s = Some(item.number(0.1, 1e6)?),
            "tokens_per_chunk" => pace.tokens_per_chunk = Some(item.count(1, MAX_TOKENS)?),
            "jitter" => pace.jitter = Some(item.number(0.0, 0.9)?),
            "reasoning" => pace.reasoning = Some(item.number(0.0, 1.0)?),
            "tokens" => pace.tokens = Some(item.count(1, MAX_TOKENS)?),
            "prefill_tok_s" => pace.prefill_tok_s = Some(item.number(0.1, 1e9)?),
            "text" => pace.text = Some(item.value.clone().ok_or_else(|| item.bad("a text"))?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn reply(&mut self, item: &SettingItem) -> Result<bool, SettingsError> {
        let reply = &mut self.settings.reply;
        match item.key.as_str() {
            "status" => reply.status = u16::try_from(item.count(400, 599)?).ok(),
            "retry_after" => reply.retry_after = Some(item.count(0, 86_400)?),
            "hang" => reply.hang = item.switch()?,
            "dribble_ms" => reply.dribble = Some(item.millis()?),
            "header_delay_ms" => reply.header_delay = Some(item.millis()?),
            "slots" => reply.slots = Some(item.count(1, MAX_SLOTS)?),
            "cache" => reply.cache = item.switch()?,
            "context" => reply.context = Some(item.count(1, u32::MAX)?),
            "error_body" => {
                reply.error_body = item.choice(&[
                    ("openai", ErrorBody::OpenAi),
                    ("flat", ErrorBody::Flat),
                    ("string", ErrorBody::Text),
                    ("detail", ErrorBody::Detail),
                    ("object", ErrorBody::Object),
                    ("plain", ErrorBody::Plain),
                    ("html", ErrorBody::Html),
                ])?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn stream(&mut self, item: &SettingItem) -> Result<bool, SettingsError> {
        let stream = &mut self.settings.stream;
        match item.key.as_str() {
            "no_done" => stream.done = !item.switch()?,
            "comments" => stream.comments = item.switch()?,
            "linger" => stream.linger = item.switch()?,
            "empty_first" => stream.empty_first = item.switch()?,
            "crlf" => stream.line_end = if item.switch()? { LineEnd::CrLf } else { LineEnd::Lf },
            "split" => stream.split = usize::try_from(item.count(1, u32::MAX)?).ok(),
            "think_tags" if item.switch()? => stream.reasoning = ReasoningForm::ThinkTags,
            "think_close_only" if item.switch()? => stream.reasoning = ReasoningForm::CloseTag,
            "no_usage" if item.switch()? => stream.usage = UsageForm::Never,
            "think_tags" | "think_close_only" | "no_usage" => {}
            "refusal" => stream.refusal = item.switch()?,
            "halves" => stream.halves = item.switch()?,
            "reasoning_field" => {
                stream.reasoning = item.choice(&[
                    ("reasoning", ReasoningForm::Reasoning),
                    ("reasoning_content", ReasoningForm::ReasoningContent),
                    ("reasoning_text", ReasoningForm::ReasoningText),
                    ("thinking", ReasoningForm::Thinking),
                ])?;
            }
            "usage" => {
                stream.usage = item.choice(&[
                    ("none", UsageForm::Never),
                    ("finish", UsageForm::Finish),
                    ("empty", UsageForm::Empty),
                    ("choice", UsageForm::Choice),
                    ("x_groq", UsageForm::XGroq),
                ])?;
            }
            "finish" => {
                stream.finish = item.choice(&[
                    ("stop", FinishForm::Always("stop")),
                    ("length", FinishForm::Always("length")),
                    ("eos", FinishForm::Always("eos")),
                    ("content_filter", FinishForm::Always("content_filter")),
                    ("refusal", FinishForm::Always("refusal")),
                    ("none", FinishForm::Never),
                ])?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn fault(&mut self, item: &SettingItem) -> Result<bool, SettingsError> {
        let kind = match item.key.as_str() {
            "reset_after" => FaultKind::Reset,
            "close_after" => FaultKind::Close,
            "stall_after" => FaultKind::Stall(None),
            "comments_after" => FaultKind::Chatter(KeepAliveKind::Comments),
            "empty_after" => FaultKind::Chatter(KeepAliveKind::Empty),
            "error_after" => FaultKind::Error(ErrorShape::default()),
            "garbage_after" => FaultKind::Garbage,
            _ => return self.modifier(item),
        };
        let after = item.count(0, u32::MAX)?;
        self.settings.faults.push(StreamFault { after, kind });
        Ok(true)
    }

    fn modifier(&mut self, item: &SettingItem) -> Result<bool, SettingsError> {
        match item.key.as_str() {
            "stall_ms" => self.stall_ms = Some(item.number(0.0, MAX_MS)?),
            "truncated_json" => self.truncated_json = item.switch()?,
            "error_shape" => {
                self.error_shape = Some(item.choice(&[
                    ("groq", ErrorShape::Groq),
                    ("openrouter", ErrorShape::OpenRouter),
                    ("cerebras", ErrorShape::Cerebras),
                    ("string", ErrorShape::Text),
                    ("field", ErrorShape::Field),
                    ("base_resp", ErrorShape::BaseResp),
                ])?);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Brings together what belongs together.
    pub(super) fn finish(mut self) -> Result<SimulatorSettings, SettingsError> {
        let has = |faults: &[StreamFault], kind: fn(&FaultKind) -> bool| faults.iter().any(|fault| kind(&fault.kind));
        let faults = &mut self.settings.faults;
        if self.stall_ms.is_some() && !has(faults, |kind| matches!(kind, FaultKind::Stall(_))) {
            return Err(SettingsError::Lonely { key: "stall_ms", other: "stall_after" });
        }
        if self.error_shape.is_some() && !has(faults, |kind| matches!(kind, FaultKind::Error(_))) {
            return Err(SettingsError::Lonely { key: "error_shape", other: "error_after" });
        }
        if self.truncated_json && !has(faults, |kind| *kind == FaultKind::Garbage) {
            faults.push(StreamFault { after: u32::MAX, kind: FaultKind::Garbage });
        }
        for fault in faults.iter_mut() {
            fault.kind = match fault.kind {
                FaultKind::Stall(_) => {
                    let span = self.stall_ms.filter(|millis| *millis > 0.0);
                    FaultKind::Stall(span.map(|millis| Duration::from_secs_f64(millis / 1e3)))
                }
                FaultKind::Error(_) => FaultKind::Error(self.error_shape.unwrap_or_default()),
                FaultKind::Garbage if self.truncated_json => FaultKind::DamagedTail,
                other => other,
            };
        }
        faults.sort_by_key(|fault| fault.after);
        let reply = &mut self.settings.reply;
        reply.status = reply.status.or(reply.retry_after.map(|_| 429));
        Ok(self.settings)
    }
}
