//! What a server said about an error, out of the many shapes that it comes in.
//! Known shapes are read by their fields; what has none is taken as text, and a page of HTML by its title.

use serde_json::Value;

/// Characters shown of a body that has none of the known shapes.
const PLAIN: usize = 200;
/// Characters shown of an error message.
pub(super) const MESSAGE: usize = 400;
/// Fields that hold a code.
const CODES: [&str; 6] = ["code", "type", "reason", "status", "error_type", "error_code"];
/// Fields in which few servers report an error, without case and punctuation.
const ODD: [&str; 9] =
    ["errors", "errormessage", "errormsg", "errmessage", "errmsg", "exception", "fault", "failure", "failurereason"];
/// Where an object that is itself the error keeps its message, the likeliest first.
const MESSAGES: [&str; 18] = [
    "/message",
    "/msg",
    "/fault/faultstring",
    "/base_resp/status_msg",
    "/errors/0/message",
    "/errors/0/detail",
    "/errors/0",
    "/errors",
    "/error_message",
    "/errorMessage",
    "/error_msg",
    "/errmsg",
    "/err_msg",
    "/exception/message",
    "/exception",
    "/failure",
    "/status_msg",
    "/response/error/message",
];
/// How deep a body is looked into for codes.
const DEPTH: usize = 6;

/// What a server said about an error.
#[derive(Debug)]
pub(super) struct ErrorWords {
    pub(super) message: String,
    /// Codes, the nearest to the message first.
    pub(super) codes: Vec<String>,
    /// The fields of the request that are named as the cause, as they are written in it.
    pub(super) fields: Vec<String>,
    /// An HTTP status in the body.
    pub(super) status: Option<u16>,
    /// How much of the message is shown.
    pub(super) limit: usize,
}

impl ErrorWords {
    /// Reads the known shapes, the most telling first.
    pub(super) fn of(value: &Value) -> Option<Self> {
        // One gateway wraps its error object in a list.
        let value = value.as_array().map_or(Some(value), |list| list.first())?;
        let mut words = match value.get("error").filter(|error| is_error(error)) {
            Some(Value::String(text)) => Self::new(text.clone(), value),
            Some(error @ Value::Object(_)) => Self::new(object_message(error), error),
            Some(other) => Self::new(other.to_string(), value),
            None => Self::new(flat_message(value)?, value),
        };
        codes(value, DEPTH, &mut words.codes);
        words.status = words.status.or_else(|| status(value));
        Some(words)
    }

    fn new(message: String, of: &Value) -> Self {
        let mut found = Vec::new();
        codes(of, DEPTH, &mut found);
        Self { message, codes: found, fields: fields(of), status: status(of), limit: MESSAGE }
    }

    pub(super) fn plain(text: &str) -> Self {
        let message = if text.trim_start().starts_with('<') { title(text).to_owned() } else { text.to_owned() };
        Self { limit: PLAIN, ..Self::new(message, &Value::Null) }
    }
}

/// Whether the value of an `error` field reports one: servers also send it as null, false or empty.
pub(in crate::provider) fn is_error(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Object(object) => !object.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Bool(true) | Value::Number(_) => true,
    }
}

/// Whether an object without an `error` reports one all the same: in a field that is named for it, or as its state.
pub(in crate::provider) fn is_odd(value: &Value) -> bool {
    value.as_object().into_iter().flatten().any(|(name, value)| {
        let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        match name.as_str() {
            "errorcode" | "errcode" => is_error(value) && !["0", "200"].map(Some).contains(&scalar(value).as_deref()),
            "type" | "status" | "state" => value.as_str().is_some_and(is_failed),
            name => ODD.contains(&name) && is_error(value),
        }
    })
}

/// Whether the name of an event or a state says that something failed.
pub(in crate::provider) fn is_failed(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["error", "failed", "failure", "exception"].into_iter().any(|word| name.ends_with(word))
}

/// Collects what codes there are, a router's upstream included, which comes as a text.
fn codes(value: &Value, depth: usize, into: &mut Vec<String>) {
    let Some(deeper) = depth.checked_sub(1) else { return };
    match value {
        Value::Object(object) => {
            into.extend(CODES.into_iter().filter_map(|field| scalar(object.get(field)?)));
            // MiniMax numbers its troubles as another does, but not the same ones.
            let minimax = value.pointer("/base_resp/status_code").and_then(scalar);
            into.extend(minimax.map(|code| format!("minimax{code}")));
            for (name, value) in object {
                match value.as_str().filter(|_| name == "raw").map(serde_json::from_str::<Value>) {
                    Some(Ok(upstream)) => codes(&upstream, deeper, into),
                    Some(Err(_)) => {}
                    None => codes(value, deeper, into),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|value| codes(value, deeper, into)),
        _ => {}
    }
}

/// The fields of the request that an error names: `param`, or where a validator found them.
fn fields(error: &Value) -> Vec<String> {
    let param = error.get("param").and_then(Value::as_str).map(str::to_owned);
    let places = error.get("detail").and_then(Value::as_array).into_iter().flatten();
    let of_place = |item: &Value| {
        let steps = item.get("loc")?.as_array()?.iter().filter_map(Value::as_str);
        steps.filter(|step| *step != "body").map(str::to_owned).next()
    };
    param.into_iter().chain(places.filter_map(of_place)).filter(|field| !field.is_empty()).collect()
}

/// The message of an `error` object, with what an upstream provider said where a router passes it on.
fn object_message(error: &Value) -> String {
    let own = flat_message(error)
        .or_else(|| ["type", "code"].into_iter().find_map(|field| scalar(error.get(field)?)))
        .unwrap_or_else(|| error.to_string());
    let metadata = |field| error.pointer("/metadata")?.get(field)?.as_str();
    let Some(raw) = metadata("raw").filter(|raw| !raw.is_empty()) else { return own };
    let nested = serde_json::from_str(raw).ok().as_ref().and_then(ErrorWords::of);
    let upstream = nested.map_or_else(|| raw.to_owned(), |words| words.message);
    match metadata("provider_name") {
        Some(name) => format!("{own} ({name}): {upstream}"),
        None => format!("{own}: {upstream}"),
    }
}

/// The message of an object that is itself the error.
fn flat_message(value: &Value) -> Option<String> {
    let text = |path: &str| value.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty());
    MESSAGES.into_iter().find_map(text).map(str::to_owned).or_else(|| value.get("detail").and_then(detail))
}

/// `detail` as validators write it: a text, an object, or a list of what is wrong where.
fn detail(detail: &Value) -> Option<String> {
    match detail {
        Value::String(text) => Some(text.clone()),
        Value::Array(list) => Some(list.iter().map(complaint).collect::<Vec<_>>().join("; ")),
        Value::Object(_) => flat_message(detail).or_else(|| Some(detail.to_string())),
        _ => None,
    }
}

fn complaint(item: &Value) -> String {
    let message = flat_message(item).or_else(|| scalar(item)).unwrap_or_else(|| item.to_string());
    let steps = item.get("loc").and_then(Value::as_array).into_iter().flatten();
    let path = steps.filter_map(scalar).collect::<Vec<_>>().join(".");
    if path.is_empty() { message } else { format!("{path}: {message}") }
}

/// A text that says something, or a number.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn status(of: &Value) -> Option<u16> {
    ["code", "status_code", "http_code", "raw_status_code", "status"]
        .into_iter()
        .find_map(|field| http_status(of.get(field)?))
}

fn http_status(value: &Value) -> Option<u16> {
    let status = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    u16::try_from(status).ok().filter(|status| (400..600).contains(status))
}

/// What an HTML page calls itself; a page without a title says nothing.
fn title(page: &str) -> &str {
    let lower = page.to_ascii_lowercase();
    let span = || {
        let open = lower.find("<title")?;
        let start = open + lower.get(open..)?.find('>')? + 1;
        let end = start + lower.get(start..)?.find('<')?;
        page.get(start..end)
    };
    span().map_or("", str::trim)
}
