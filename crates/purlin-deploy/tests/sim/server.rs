//! Loopback HTTP for any number of worlds, each under a path of its own, so that a thousand of them share a port.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::thread;
use std::time::Duration;

use crate::api;
use crate::faults::Fault;
use crate::world::World;
use crate::xml::{Answer, refusal};

/// The fields of a call, as the query protocol sends them.
pub type Fields = BTreeMap<String, String>;

/// A world that answers under a URL of its own, until it is dropped.
pub struct Served {
    number: usize,
    pub url: String,
    world: Arc<Mutex<World>>,
}

/// The worlds of this process, by number.
type Worlds = Mutex<BTreeMap<usize, Arc<Mutex<World>>>>;

static WORLDS: Worlds = Mutex::new(BTreeMap::new());

impl Served {
    pub fn new(world: World) -> Self {
        let world = Arc::new(Mutex::new(world));
        let mut worlds = WORLDS.lock().expect("no world panics");
        let number = worlds.last_key_value().map_or(0, |(last, _)| last + 1);
        worlds.insert(number, Arc::clone(&world));
        Self { number, url: format!("http://127.0.0.1:{}/{number}", port()), world }
    }

    /// The world as it is by now.
    pub fn world(&self) -> MutexGuard<'_, World> {
        let mut world = self.world.lock().expect("no world panics");
        world.advance();
        world
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        WORLDS.lock().expect("no world panics").remove(&self.number);
    }
}

fn port() -> u16 {
    static PORT: OnceLock<u16> = OnceLock::new();
    *PORT.get_or_init(|| {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port on loopback");
        let port = listener.local_addr().expect("a bound port").port();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let serving = thread::Builder::new().stack_size(256 * 1024);
                serving.spawn(move || serve(&stream)).expect("a thread for each connection");
            }
        });
        port
    })
}

/// Serves a connection until one side has enough of it.
fn serve(stream: &TcpStream) {
    let _ = stream.set_nodelay(true);
    let mut reader = BufReader::new(stream);
    while let Ok(Some((world, fields))) = request(&mut reader) {
        let (fault, answer, tempo) = reply(world, &fields);
        if let Fault::Slow(time) = fault {
            thread::sleep(Duration::from_millis(time).mul_f64(tempo));
        }
        if !matches!(send(stream, fault, &answer), Ok(true)) {
            break;
        }
    }
    let _ = stream.shutdown(Shutdown::Both);
}

/// What the world makes of a call, and what befalls its answer.
fn reply(number: usize, fields: &Fields) -> (Fault, Answer, f64) {
    let Some(world) = WORLDS.lock().expect("no world panics").get(&number).cloned() else {
        return (Fault::Reset, refusal("Gone", "this world has ended"), 1.0);
    };
    let mut world = world.lock().expect("no world panics");
    world.advance();
    let fault = world.fault(fields);
    let answer = match fault.refusal() {
        Some(refusal) => refusal,
        None if fault == Fault::Reset => refusal("Reset", "never sent"),
        None => api::answer(&mut world, fields),
    };
    world.record(fields, fault, &answer);
    (fault, answer, world.clock.tempo)
}

/// Sends an answer as far as the fault lets it; false when the connection is over.
fn send(mut stream: &TcpStream, fault: Fault, answer: &Answer) -> io::Result<bool> {
    if matches!(fault, Fault::Reset | Fault::Lost) {
        return Ok(false);
    }
    let half = answer.body.len() / 2;
    let (length, sent) = match fault {
        Fault::Torn => (answer.body.len(), half),
        Fault::Truncated => (half, half),
        _ => (answer.body.len(), answer.body.len()),
    };
    let mut message =
        format!("HTTP/1.1 {} X\r\ncontent-type: text/xml\r\ncontent-length: {length}\r\n\r\n", answer.status)
            .into_bytes();
    message.extend(&answer.body.as_bytes()[..sent]);
    stream.write_all(&message)?;
    Ok(fault != Fault::Torn)
}

/// The next call: the number of its world, and its fields. Nothing when the client is gone.
fn request(reader: &mut BufReader<&TcpStream>) -> io::Result<Option<(usize, Fields)>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let header = header.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let path = line.split(' ').nth(1).unwrap_or_default();
    let number = path.trim_start_matches('/').split(['/', '?']).next().and_then(|number| number.parse().ok());
    let text = String::from_utf8_lossy(&body);
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    let fields = pairs.map(|(key, value)| (decoded(key), decoded(value))).collect();
    Ok(Some((number.unwrap_or(usize::MAX), fields)))
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits: String = rest.by_ref().take(2).map(char::from).collect();
                bytes.extend(u8::from_str_radix(&digits, 16));
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
