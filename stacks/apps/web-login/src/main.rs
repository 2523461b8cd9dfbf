//! Serves a web app that signs its users in by a user pool's pages, and knows them again by their e-mail address.

mod cookie;
mod logins;
mod page;
mod problem;
mod random;
mod records;
mod routes;
mod sessions;
mod settings;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use routes::App;
use settings::Settings;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    let env = |name: &str| std::env::var(name).ok();
    let result = match std::env::args().nth(1).as_deref() {
        None => start(env),
        Some("health") => settings::port(env).map_err(Into::into).and_then(|port| Ok(health(port)?)),
        Some(other) => {
            eprintln!("error: unknown command `{other}`; the commands are none (serve) and `health`");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

type Failure = Box<dyn std::error::Error>;

fn start(env: impl Fn(&str) -> Option<String>) -> Result<(), Failure> {
    let settings = Settings::from_env(env)?;
    let app = App::new(settings)?;
    Ok(serve(app)?)
}

#[tokio::main]
async fn serve(app: App) -> std::io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, app.port())).await?;
    println!("listening on {}", listener.local_addr()?);
    // ECS sends SIGTERM and waits: requests under way are answered first.
    let mut terminate = signal(SignalKind::terminate())?;
    let stop = async move {
        terminate.recv().await;
    };
    axum::serve(listener, app.router()).with_graceful_shutdown(stop).await
}

/// For the container's health check: the image has no shell and no curl.
fn health(port: u16) -> std::io::Result<()> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(2))?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if answer.starts_with("HTTP/1.1 200") { Ok(()) } else { Err(std::io::Error::other("unhealthy")) }
}
