//! A model service on loopback that speaks to all four runtimes. It keeps a log of what it was asked, which proves what
//! arrived; words in the last text of the user steer it (`wanted.rs`).

mod answers;
mod asked;
mod wanted;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle, sleep};
use std::time::Duration;

use tiny_http::{Header, Request, Response, Server};

use answers::Shape;
use asked::Asked;
use wanted::{Failure, Wanted};

/// The pause between two pieces of a slow answer.
const PIECE: Duration = Duration::from_millis(100);

/// A request, as it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    pub path: String,
    /// The conversation, where a header names it.
    pub conversation: Option<String>,
    /// How many messages it carried.
    pub messages: usize,
    /// What the user said last.
    pub last_text: String,
    /// All that the user said in this conversation.
    pub said: Vec<String>,
    /// Whether the last message is what a tool returned.
    pub is_after_tool: bool,
    /// Whether the model may use tools: titles and summaries offer none.
    pub offers_tools: bool,
    pub end: End,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It is being answered.
    Open,
    Answered,
    /// Whoever asked went away before the end.
    Aborted,
    /// The service failed on purpose, with this status.
    Failed(u16),
}

/// The running service.
pub struct Service {
    address: SocketAddr,
    server: Arc<Server>,
    log: Log,
    is_over: Arc<AtomicBool>,
    listener: Option<JoinHandle<()>>,
}

type Log = Arc<Mutex<Vec<Logged>>>;

impl Service {
    pub fn start() -> Self {
        Self::at(0)
    }

    /// One on a port: 0 for any that is free.
    pub fn at(port: u16) -> Self {
        let server = Server::http(("127.0.0.1", port)).expect("loopback");
        let address = server.server_addr().to_ip().expect("an address");
        let server = Arc::new(server);
        let log = Log::default();
        let is_over = Arc::new(AtomicBool::new(false));
        let listener = thread::spawn({
            let (server, log, is_over) = (server.clone(), log.clone(), is_over.clone());
            move || {
                for request in server.incoming_requests() {
                    if is_over.load(Ordering::SeqCst) {
                        break;
                    }
                    let log = log.clone();
                    thread::spawn(move || answer(request, &log));
                }
            }
        });
        Self {
            address,
            server,
            log,
            is_over,
            listener: Some(listener),
        }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What was asked so far, in the order in which it came.
    pub fn log(&self) -> Vec<Logged> {
        self.log.lock().expect("no request panicked").clone()
    }

    /// The requests of turns whose last text of the user holds a word: tools are offered, and none has returned.
    pub fn turns(&self, word: &str) -> Vec<Logged> {
        let is_turn = |request: &Logged| {
            request.offers_tools && !request.is_after_tool && request.last_text.contains(word)
        };
        self.log().into_iter().filter(is_turn).collect()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        self.server.unblock();
        if let Some(listener) = self.listener.take() {
            listener.join().expect("the service did not panic");
        }
    }
}

/// Answers one request. Who goes away meanwhile is no fault of the service's.
fn answer(mut request: Request, log: &Log) {
    let path = request.url().to_owned();
    let Some(shape) = Shape::of(&path) else {
        let models = answers::models();
        let _ = request.respond(json(&models));
        return;
    };
    let mut body = Vec::new();
    if request.as_reader().read_to_end(&mut body).is_err() {
        return;
    }
    let asked = Asked::read(&body);
    let wanted = Wanted::of(&asked);
    let place = {
        let mut log = log.lock().expect("no request panicked");
        log.push(Logged {
            conversation: conversation(&request),
            path,
            messages: asked.messages,
            last_text: asked.last_text.clone(),
            said: asked.said.clone(),
            is_after_tool: asked.is_after_tool,
            offers_tools: !asked.tools.is_empty(),
            end: End::Open,
        });
        log.len() - 1
    };
    let earlier = {
        let log = log.lock().expect("no request panicked");
        let same = |one: &&Logged| one.last_text == asked.last_text && one.offers_tools;
        log[..place].iter().filter(same).count()
    };
    let end = match wanted.failure.filter(|failure| failure.is_due(earlier)) {
        Some(failure) => fail(request, shape, &failure),
        None => speak(request, shape, &asked, &wanted, place),
    };
    log.lock().expect("no request panicked")[place].end = end;
}

fn conversation(request: &Request) -> Option<String> {
    const NAMES: [&str; 3] = ["x-claude-code-session-id", "thread-id", "x-session-id"];
    let header = |name: &&str| {
        let found = request.headers().iter();
        let mut found =
            found.filter(|header| header.field.as_str().as_str().eq_ignore_ascii_case(name));
        found.next().map(|header| header.value.as_str().to_owned())
    };
    NAMES.iter().find_map(header)
}

fn json(value: &serde_json::Value) -> Response<io::Cursor<Vec<u8>>> {
    let kind = Header::from_bytes("Content-Type", "application/json").expect("a header");
    Response::from_string(value.to_string()).with_header(kind)
}

fn fail(request: Request, shape: Shape, failure: &Failure) -> End {
    let mut response =
        json(&answers::error(shape, failure.status)).with_status_code(failure.status);
    if let Some(seconds) = failure.retry_after {
        let seconds = seconds.to_string();
        response.add_header(Header::from_bytes("Retry-After", seconds).expect("a header"));
    }
    match request.respond(response) {
        Ok(()) => End::Failed(failure.status),
        Err(_) => End::Aborted,
    }
}

fn speak(request: Request, shape: Shape, asked: &Asked, wanted: &Wanted, place: usize) -> End {
    let parts = answers::parts(shape, asked, wanted, place);
    if !asked.is_stream {
        sleep(wanted.over);
        return match request.respond(json(&answers::whole(shape, &parts, place))) {
            Ok(()) => End::Answered,
            Err(_) => End::Aborted,
        };
    }
    let events = answers::events(shape, &parts, place);
    match stream(request.into_writer(), &events, wanted.over) {
        Ok(()) => End::Answered,
        Err(_) => End::Aborted,
    }
}

/// Sends events in chunks, the last of them after the whole time. Comments in between show whether anybody listens.
fn stream(mut to: Box<dyn Write + Send>, events: &[String], over: Duration) -> io::Result<()> {
    to.write_all(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n",
    )?;
    let pieces = over.as_millis() / PIECE.as_millis();
    let (last, first) = events.split_last().expect("events");
    for event in first {
        chunk(&mut to, event)?;
    }
    for _ in 0..pieces {
        sleep(PIECE);
        chunk(&mut to, ": still here\n\n")?;
    }
    chunk(&mut to, last)?;
    chunk(&mut to, "")
}

fn chunk(to: &mut impl Write, text: &str) -> io::Result<()> {
    write!(to, "{:x}\r\n{text}\r\n", text.len())?;
    to.flush()
}
