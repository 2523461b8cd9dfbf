//! A world on loopback HTTP. It runs in the runtime of its test: the time of a paused one goes on only when
//! neither side has anything to do, so that a simulation is exact, and as fast as this machine can compute it.

use std::collections::BTreeMap;
use std::io;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::api;
use crate::faults::Fault;
use crate::http::{Request, head};
use crate::world::World;
use crate::xml::{Answer, refusal};

/// The fields of a call, as the query protocol sends them.
pub type Fields = BTreeMap<String, String>;

/// A world that answers until it is dropped.
pub struct Served {
    pub url: String,
    world: Arc<Mutex<World>>,
    listening: JoinHandle<()>,
}

impl Served {
    /// Within a runtime.
    pub fn new(world: World) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port on loopback");
        let url = format!("http://{}", listener.local_addr().expect("a bound port"));
        listener.set_nonblocking(true).expect("sockets know how not to block");
        let listener = tokio::net::TcpListener::from_std(listener).expect("the runtime takes sockets");
        let world = Arc::new(Mutex::new(world));
        let shared = Arc::clone(&world);
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { url, world, listening }
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
        self.listening.abort();
    }
}

/// Serves a connection until one side has enough of it.
async fn serve(stream: TcpStream, world: Arc<Mutex<World>>) {
    let _ = stream.set_nodelay(true);
    let mut stream = BufReader::new(stream);
    while let Ok(Some(fields)) = next_call(&mut stream).await {
        // What any call takes, there and back.
        sleep(Duration::from_millis(LATENCY)).await;
        let (fault, answer) = reply(&world, &fields);
        if let Fault::Slow(time) = fault {
            sleep(Duration::from_millis(time)).await;
        }
        if !matches!(send(&mut stream, fault, &answer).await, Ok(true)) {
            break;
        }
    }
}

/// How many milliseconds an answer takes when nothing is wrong.
const LATENCY: u64 = 120;

/// What the world makes of a call, and what befalls its answer.
fn reply(world: &Mutex<World>, fields: &Fields) -> (Fault, Answer) {
    let mut world = world.lock().expect("no world panics");
    world.advance();
    let fault = world.fault(fields);
    let answer = match fault.refusal() {
        Some(refusal) => refusal,
        None if fault == Fault::Reset => refusal("Reset", "never sent"),
        None => api::answer(&mut world, fields),
    };
    world.record(fields, fault, &answer);
    (fault, answer)
}

/// Sends an answer as far as the fault lets it; false when the connection is over.
async fn send(stream: &mut BufReader<TcpStream>, fault: Fault, answer: &Answer) -> io::Result<bool> {
    if matches!(fault, Fault::Reset | Fault::Lost) {
        return Ok(false);
    }
    let half = answer.body.len() / 2;
    let (length, sent) = match fault {
        Fault::Torn => (answer.body.len(), half),
        Fault::Truncated => (half, half),
        _ => (answer.body.len(), answer.body.len()),
    };
    let head = head(answer.status, "text/xml", length);
    stream.write_all(&[head.as_bytes(), &answer.body.as_bytes()[..sent]].concat()).await?;
    Ok(fault != Fault::Torn)
}

/// The fields of the next call; nothing when the client is gone.
async fn next_call(reader: &mut BufReader<TcpStream>) -> io::Result<Option<Fields>> {
    let mut request = Request::default();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        if request.read(&line) {
            break;
        }
    }
    let mut body = vec![0; request.length()];
    reader.read_exact(&mut body).await?;
    request.body = String::from_utf8_lossy(&body).into_owned();
    Ok(Some(request.fields()))
}
