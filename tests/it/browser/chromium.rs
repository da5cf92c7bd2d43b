//! A headless Chromium, driven by its `DevTools` protocol over a pipe: no port, no driver, no library.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::help::{PATIENCE, wait_until};

const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
/// What it writes to descriptor 4 comes out of its standard output, and what it reads from 3 goes in at its input.
const PIPES: &str = "exec \"$0\" \"$@\" 3<&0 4>&1 0</dev/null 1>&2";

/// One browser with a profile of its own.
pub(crate) struct Chromium {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    number: u64,
    /// What it told by itself: requests, complaints.
    told: Vec<Value>,
    _profile: TempDir,
}

/// One page of it.
pub(crate) struct BrowserPage<'a> {
    browser: &'a mut Chromium,
    session: String,
}

/// How a page is opened.
#[derive(Clone, Copy)]
pub(crate) struct PageView {
    pub(crate) size: (u32, u32),
    /// Its viewer asks for less motion.
    pub(crate) reduced: bool,
    /// Touched and not clicked.
    pub(crate) mobile: bool,
}

impl Default for PageView {
    fn default() -> Self {
        Self { size: (1920, 1080), reduced: false, mobile: false }
    }
}

impl Chromium {
    pub(crate) fn start() -> Self {
        let asked = std::env::var("CHROMIUM").ok();
        let quiet =
            |name: &str| Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        let known = |name: &&str| quiet(name).is_ok();
        let name = asked.as_deref().or_else(|| NAMES.into_iter().find(known));
        let name = name.unwrap_or_else(|| panic!("no Chromium: install it, or name it by CHROMIUM=/path/to/chromium"));
        let profile = tempfile::tempdir().unwrap();
        let mut child = Command::new("sh")
            .args(["-c", PIPES, name, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"])
            .args(["--force-device-scale-factor=1", "--remote-debugging-pipe"])
            // Nobody listens there: whatever is asked of the network but this machine fails.
            .arg("--proxy-server=127.0.0.1:9")
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (sender, from) = sync_channel(1 << 14);
        let mut reader = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            loop {
                let mut message = Vec::new();
                let read = reader.read_until(0, &mut message);
                message.pop();
                if read.is_err()
                    || message.is_empty()
                    || sender.send(serde_json::from_slice(&message).unwrap()).is_err()
                {
                    return;
                }
            }
        });
        let to = child.stdin.take().unwrap();
        Self { child, to, from, number: 0, told: Vec::new(), _profile: profile }
    }

    fn call(&mut self, session: Option<&str>, method: &str, params: &Value) -> Value {
        self.number += 1;
        let mut message = json!({"id": self.number, "method": method, "params": params});
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        self.to.write_all(format!("{message}\0").as_bytes()).unwrap();
        loop {
            let mut said = self.from.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("{method}: {error}"));
            if said["id"] == self.number {
                assert!(said["error"].is_null(), "{method} {params}: {}", said["error"]);
                return said["result"].take();
            }
            self.told.push(said);
        }
    }

    /// Opens `url`, with `script` run before anything of the page is.
    pub(crate) fn open(&mut self, url: &str, view: PageView, script: &str) -> BrowserPage<'_> {
        self.told.clear();
        let target = self.call(None, "Target.createTarget", &json!({"url": "about:blank"}));
        let attached =
            self.call(None, "Target.attachToTarget", &json!({"targetId": target["targetId"], "flatten": true}));
        let session = attached["sessionId"].as_str().unwrap().to_owned();
        let mut page = BrowserPage { browser: self, session };
        for domain in ["Page", "Runtime", "Network", "Log"] {
            page.call(&format!("{domain}.enable"), &json!({}));
        }
        let (width, height) = view.size;
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": view.mobile});
        page.call("Emulation.setDeviceMetricsOverride", &size);
        page.call("Emulation.setTouchEmulationEnabled", &json!({"enabled": view.mobile}));
        let nothing = json!({"color": {"r": 0, "g": 0, "b": 0, "a": 0}});
        page.call("Emulation.setDefaultBackgroundColorOverride", &nothing);
        let motion = if view.reduced { "reduce" } else { "no-preference" };
        let features = json!({"features": [{"name": "prefers-reduced-motion", "value": motion}]});
        page.call("Emulation.setEmulatedMedia", &features);
        page.call("Page.addScriptToEvaluateOnNewDocument", &json!({"source": script}));
        page.call("Page.navigate", &json!({"url": url}));
        page.wait_for("document.readyState === 'complete' && location.href !== 'about:blank'");
        page
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // The shell has become the browser, whose own end takes all of its processes along.
        let _ = self.to.write_all(b"{\"id\":0,\"method\":\"Browser.close\"}\0");
        let _ = self.child.wait();
    }
}

impl BrowserPage<'_> {
    pub(crate) fn call(&mut self, method: &str, params: &Value) -> Value {
        let session = self.session.clone();
        self.browser.call(Some(&session), method, params)
    }

    /// What `expression` comes to.
    #[track_caller]
    pub(crate) fn ask(&mut self, expression: &str) -> Value {
        let mut came = self.call("Runtime.evaluate", &json!({"expression": expression, "returnByValue": true}));
        assert!(came["exceptionDetails"].is_null(), "{expression}: {}", came["exceptionDetails"]);
        came["result"]["value"].take()
    }

    pub(crate) fn text(&mut self, id: &str) -> String {
        self.ask(&format!("document.getElementById('{id}').textContent")).as_str().unwrap().to_owned()
    }

    pub(crate) fn number(&mut self, expression: &str) -> f64 {
        self.ask(expression).as_f64().unwrap_or_else(|| panic!("{expression} is no number"))
    }

    #[track_caller]
    pub(crate) fn wait_for(&mut self, expression: &str) {
        wait_until(expression, || {
            std::thread::sleep(Duration::from_millis(5));
            self.ask(expression) == true
        });
    }

    /// Presses a key as a person does: `key` is what it says, `modifiers` 8 for Shift.
    pub(crate) fn press(&mut self, key: &str, modifiers: u8) {
        let mut params = json!({"type": "keyDown", "key": key, "modifiers": modifiers});
        if key.chars().count() == 1 {
            params["text"] = key.into();
        }
        self.call("Input.dispatchKeyEvent", &params);
        self.call("Input.dispatchKeyEvent", &json!({"type": "keyUp", "key": key, "modifiers": modifiers}));
    }

    /// The picture as it is: width, and four bytes a pixel, the last of them how much of it there is. It is kept as
    /// `name` in the folder that `PICTURES` names.
    pub(crate) fn picture(&mut self, name: &str) -> (usize, Vec<u8>) {
        let taken = self.call("Page.captureScreenshot", &json!({"format": "png"}));
        let bytes = decoded(taken["data"].as_str().unwrap());
        if let Some(folder) = std::env::var_os("PICTURES") {
            std::fs::write(std::path::Path::new(&folder).join(format!("{name}.png")), &bytes).unwrap();
        }
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        // A picture without gaps is written without them.
        if info.color_type == png::ColorType::Rgb {
            pixels = pixels.chunks(3).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255]).collect();
        }
        (info.width as usize, pixels)
    }

    /// The addresses that were asked for since the page was opened.
    pub(crate) fn requests(&mut self) -> Vec<String> {
        let sent = self.browser.told.iter().filter(|told| told["method"] == "Network.requestWillBeSent");
        sent.map(|told| told["params"]["request"]["url"].as_str().unwrap().to_owned()).collect()
    }

    /// What the page had to complain of.
    pub(crate) fn complaints(&mut self) -> Vec<String> {
        self.ask("1");
        let kinds = ["Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"];
        let complaints = self.browser.told.iter().filter(|told| kinds.iter().any(|kind| told["method"] == *kind));
        complaints.map(|told| told["params"].to_string()).collect()
    }
}

/// What base 64 stands for.
fn decoded(text: &str) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let values = text.bytes().filter_map(|byte| DIGITS.iter().position(|digit| *digit == byte));
    let values: Vec<usize> = values.collect();
    let bytes = values.chunks(4).flat_map(|four| {
        let bits = four.iter().fold(0, |bits, value| bits << 6 | value) << (6 * (4 - four.len()));
        [bits >> 16, bits >> 8, bits].into_iter().take(four.len() - 1)
    });
    bytes.map(|byte| u8::try_from(byte & 255).unwrap()).collect()
}
