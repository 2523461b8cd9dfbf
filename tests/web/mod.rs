//! A person at a browser: Chromium, driven step by step, with screenshots in `target/screenshots`.
//!
//! Addresses are those of AWS: the emulator's gateway answers for every host name, over HTTP and TLS (`driver.mjs`).

mod attack;
mod contacts;
mod login;
mod program;
mod spa_identity_pool;
mod steps;
mod web_login;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::house::root;
use crate::tools::web_home;

use self::program::chromium;

/// One window of a browser with a new profile. Each step waits up to a minute for what it needs; one that cannot be
/// done fails the test with what the page shows.
///
/// ```ignore
/// let mut browser = Chromium::start("web_login", world.aws.port);
/// browser.goto("https://app.example.com/");
/// browser.fill("Email", "ada@example.com");
/// browser.click("Sign in");
/// browser.expect("Hello Ada");
/// browser.screenshot("signed-in");
/// browser.done();
/// ```
#[derive(Debug)]
pub struct Chromium {
    story: &'static str,
    driver: Child,
    /// Taken when the story is over: the driver ends with its input.
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    _scratch: TempDir,
}

/// What the window shows.
#[derive(Debug)]
pub struct Shown {
    /// The address.
    pub address: String,
    /// The page's title.
    pub title: String,
    /// The text a person can read.
    pub text: String,
}

impl Chromium {
    /// Opens the browser. `story` names its screenshots, `gateway` is the port that answers for every host name.
    pub fn start(story: &'static str, gateway: u16) -> Self {
        let scratch = tempfile::tempdir().expect("the machine has a folder for temporary files");
        let mut driver = Command::new("node")
            .arg(root().join("tests/web/driver.mjs"))
            .args([web_home().as_path(), scratch.path()])
            .arg(gateway.to_string())
            .arg(chromium())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node was there to install playwright-core");
        let input = driver.stdin.take();
        let output = BufReader::new(driver.stdout.take().expect("it was piped"));
        Self { story, driver, input, output, _scratch: scratch }
    }

    /// Waits no longer than so many milliseconds for anything.
    #[track_caller]
    pub fn patience(&mut self, milliseconds: u32) {
        self.step("patience", json!({ "milliseconds": milliseconds }));
    }

    /// Goes to an address, wherever that leads. The answer is the page's status.
    #[track_caller]
    pub fn goto(&mut self, address: &str) -> Option<u64> {
        self.step("goto", json!({ "address": address })).as_u64()
    }

    /// Goes one page back.
    #[track_caller]
    pub fn back(&mut self) {
        self.step("back", json!({}));
    }

    /// Fills in the field with that label.
    #[track_caller]
    pub fn fill(&mut self, label: &str, value: &str) {
        self.step("fill", json!({ "label": label, "value": value }));
    }

    /// Fills in the field a CSS selector names, on pages that are not ours.
    #[track_caller]
    pub fn fill_css(&mut self, css: &str, value: &str) {
        self.step("fill", json!({ "css": css, "value": value }));
    }

    /// Chooses an option of the list with that label.
    #[track_caller]
    pub fn choose(&mut self, label: &str, value: &str) {
        self.step("choose", json!({ "label": label, "value": value }));
    }

    /// Presses a key, as `Tab` or `Enter`.
    #[track_caller]
    pub fn press(&mut self, key: &str) {
        self.step("press", json!({ "key": key }));
    }

    /// Clicks the button or link that says exactly this.
    #[track_caller]
    pub fn click(&mut self, name: &str) {
        self.step("click", json!({ "name": name }));
    }

    /// Clicks what a CSS selector names, on pages that are not ours.
    #[track_caller]
    pub fn click_css(&mut self, css: &str) {
        self.step("click", json!({ "css": css }));
    }

    /// Waits until the page shows this text.
    #[track_caller]
    pub fn expect(&mut self, text: &str) {
        self.step("expect", json!({ "text": text }));
    }

    /// Waits until the page does not show this text.
    #[track_caller]
    pub fn gone(&mut self, text: &str) {
        self.step("gone", json!({ "text": text }));
    }

    /// Waits until the address has this part.
    #[track_caller]
    pub fn expect_address(&mut self, part: &str) {
        self.step("address", json!({ "part": part }));
    }

    /// The text of what a CSS selector names.
    #[track_caller]
    pub fn read(&mut self, css: &str) -> String {
        self.step("read", json!({ "css": css })).as_str().unwrap_or_default().to_owned()
    }

    /// What a JavaScript expression gives in the page.
    #[track_caller]
    pub fn evaluate(&mut self, script: &str) -> Value {
        self.step("evaluate", json!({ "script": script }))
    }

    /// What the window shows now.
    #[track_caller]
    pub fn look(&mut self) -> Shown {
        let shown = self.step("look", json!({}));
        let text = |name: &str| shown[name].as_str().unwrap_or_default().to_owned();
        Shown { address: text("address"), title: text("title"), text: text("text") }
    }

    /// The names of the cookies of a host.
    #[track_caller]
    pub fn cookies(&mut self, host: &str) -> Vec<String> {
        let cookies = self.step("cookies", json!({}));
        let of_host = |cookie: &&Value| cookie["domain"].as_str().is_some_and(|it| it.trim_start_matches('.') == host);
        let name = |cookie: &Value| cookie["name"].as_str().unwrap_or_default().to_owned();
        cookies.as_array().into_iter().flatten().filter(of_host).map(name).collect()
    }

    /// Holds that the page can be used by ear and by keyboard, as far as a machine can tell: a language, a title, one
    /// main heading, landmarks, names on everything that can be operated, nothing that a keyboard cannot reach.
    #[track_caller]
    pub fn expect_accessible(&mut self) {
        let missing = self.step("accessible", json!({}));
        assert_eq!(missing, json!([]), "on {}", self.look().address);
    }

    /// What the page complained of since the last time: uncaught errors, refused requests, breaches of its policies.
    #[track_caller]
    pub fn noise(&mut self) -> Vec<String> {
        let noise = self.step("noise", json!({}));
        noise.as_array().into_iter().flatten().filter_map(|line| line.as_str().map(str::to_owned)).collect()
    }

    /// Makes the window so large, in CSS pixels.
    #[track_caller]
    pub fn resize(&mut self, width: u32, height: u32) {
        self.step("resize", json!({ "width": width, "height": height }));
    }

    /// Keeps a picture of the whole page as `target/screenshots/STORY-NAME.png`.
    #[track_caller]
    pub fn screenshot(&mut self, name: &str) -> PathBuf {
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
        let folder = root().join(target).join("screenshots");
        fs::create_dir_all(&folder).expect("build output is written there too");
        let path = folder.join(format!("{}-{name}.png", self.story));
        self.step("screenshot", json!({ "path": path }));
        path
    }

    /// Closes the browser, and holds that it could be closed.
    #[track_caller]
    pub fn done(mut self) {
        drop(self.input.take());
        let status = self.driver.wait().expect("it is our child");
        assert!(status.success(), "the driver of the browser: {status}");
    }

    #[track_caller]
    fn step(&mut self, step: &str, mut more: Value) -> Value {
        let shown = more.to_string();
        more["step"] = step.into();
        let input = self.input.as_mut().expect("the story goes on");
        writeln!(input, "{more}").expect("the driver reads; what it said before is above");
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the driver answers in text");
        assert!(!line.is_empty(), "the driver of the browser ended; what it said is above");
        let mut answer: Value = serde_json::from_str(&line).expect("the driver answers in JSON");
        let Some(error) = answer["error"].as_str() else { return answer["ok"].take() };
        // Fields may hold passwords.
        let what = if step == "fill" { "" } else { &shown };
        let page = &answer["shown"];
        panic!(
            "`{step}` {what}: {error}\non {} ({})\n{}\n{:#}",
            page["address"],
            page["title"],
            page["text"].as_str().unwrap_or_default(),
            answer["noise"]
        );
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        if self.input.take().is_none() {
            return;
        }
        // A test that fails closes the window too; the driver takes the browser along.
        if self.driver.wait().is_err() {
            assert!(thread::panicking(), "the driver of the browser cannot be waited for");
        }
    }
}
