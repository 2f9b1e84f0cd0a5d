//! The page in a real browser: a cell opens what happened in it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::matrix::reports::mixed;
use crate::support::patience::awaited;

/// The key under which WebDriver names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser, ended with the value.
struct Browser {
    driver: Child,
    session: String,
    _profile: assert_fs::TempDir,
}

impl Browser {
    fn open() -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver: scripts/test installs it");
        let said = BufReader::new(driver.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok);
        let port = said.filter_map(|line| {
            let port = line
                .split("successfully on port ")
                .nth(1)?
                .trim_end_matches('.')
                .to_owned();
            Some(port)
        });
        let port = port.into_iter().next().expect("it says its port");
        let profile = assert_fs::TempDir::new().unwrap();
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1280,900",
            &format!("--user-data-dir={}", profile.path().display()),
        ];
        let asked = json!({ "capabilities": { "alwaysMatch": { "goog:chromeOptions": { "args": arguments } } } });
        let mut browser = Self {
            driver,
            session: format!("http://127.0.0.1:{port}/session"),
            _profile: profile,
        };
        let id = browser.post("", asked)["sessionId"]
            .as_str()
            .expect("a session")
            .to_owned();
        browser.session += &format!("/{id}");
        browser
    }

    fn post(&self, path: &str, body: Value) -> Value {
        let answer = ureq::post(&format!("{}{path}", self.session)).send_json(body);
        let mut answer = answer.unwrap_or_else(|error| panic!("{path}: {error}"));
        answer.body_mut().read_json::<Value>().expect("JSON")["value"].take()
    }

    fn go(&self, address: &str) {
        self.post("/url", json!({ "url": address }));
    }

    /// What a script returns.
    fn ask(&self, script: &str) -> Value {
        self.post(
            "/execute/sync",
            json!({ "script": format!("return {script}"), "args": [] }),
        )
    }

    /// Clicks the one element that a selector means, as a person would.
    fn click(&self, selector: &str) {
        let element = self.post(
            "/element",
            json!({ "using": "css selector", "value": selector }),
        );
        let id = element[ELEMENT].as_str().expect("an element");
        self.post(&format!("/element/{id}/click"), json!({}));
    }

    fn press(&self, key: &str) {
        let keys = json!([{ "type": "keyDown", "value": key }, { "type": "keyUp", "value": key }]);
        self.post(
            "/actions",
            json!({ "actions": [{ "type": "key", "id": "keys", "actions": keys }] }),
        );
    }

    /// What is to be seen in the panel; nothing while it is closed.
    fn panel(&self) -> String {
        self.ask("document.getElementById('panel').innerText")
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    fn is_open(&self) -> bool {
        self.ask("document.getElementById('panel').offsetParent !== null || getComputedStyle(document.getElementById('panel')).display !== 'none'") == true
    }

    fn wait(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        awaited(what, || {
            if holds(self) {
                Ok(())
            } else {
                Err(self.panel())
            }
        });
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        drop(ureq::delete(&self.session).call());
        drop(self.driver.kill());
        drop(self.driver.wait());
    }
}

#[test]
fn a_cell_opens_its_diff_by_click_by_address_and_by_key() {
    let world = mixed();
    world.run(&["--report", "report"]);
    let address = format!(
        "file://{}",
        world.sandbox.path("report/index.html").display()
    );
    let browser = Browser::open();
    browser.go(&address);
    assert!(!browser.is_open(), "nothing was asked for yet");
    browser.click("a[data-cell='wrong/0.0.31']");
    browser.wait("the panel opens", Browser::is_open);
    let text = browser.panel();
    for line in [
        "wrong/0.0.31",
        "the token",
        "the result is another",
        "-MOSAIC_TMUX_SOCKET=mosaic-fleet",
        "+MOSAIC_TMUX_SOCKET=mosaic-factory",
        "guide.md",
    ] {
        assert!(text.contains(line), "{line} is not to be seen\n{text}");
    }
    assert!(!text.contains("hunter"));
    let seen = browser.ask("(() => { const box = document.querySelector('#panel pre.diff .comes').getBoundingClientRect(); return box.height > 5 && box.top < innerHeight; })()");
    assert_eq!(seen, true, "the diff is not on the screen");
    assert_eq!(browser.ask("location.hash"), "#wrong/0.0.31");

    browser.press("\u{e00c}");
    browser.wait("Escape closes it", |browser| !browser.is_open());
    assert_eq!(
        browser.ask("document.activeElement.dataset.cell"),
        "wrong/0.0.31",
        "the focus comes back"
    );
    browser.press("\u{e013}");
    browser.press("\u{e007}");
    browser.wait("arrow up and Enter open the cell above", |browser| {
        browser.panel().contains("good/0.0.31")
    });

    browser.go("about:blank");
    browser.go(&format!("{address}#good/none"));
    browser.wait("the address opens it", |browser| {
        browser.panel().contains("all <is> well")
    });
    browser.click("#panel .close");
    browser.wait("it closes", |browser| !browser.is_open());
    let shown =
        "[...document.querySelectorAll('tbody tr')].filter((row) => row.offsetParent).length";
    assert_eq!(browser.ask(shown), 2);
    browser.click("#only-red");
    assert_eq!(browser.ask(shown), 1);
}
