//! Serves a web app whose users sign in at a user pool's pages. It recognizes them by their email address.

mod logins;
mod page;
mod problem;
mod random;
mod records;
mod routes;
mod sessions;
mod settings;

use std::fmt::Display;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use settings::Settings;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    let settings = match Settings::from_env(|name| std::env::var(name).ok()) {
        Ok(settings) => settings,
        Err(error) => return failed(&error, 2),
    };
    let result = match std::env::args().nth(1).as_deref() {
        None => serve(settings),
        Some("health") => health(settings.port),
        Some(other) => {
            let message = format!("unknown command `{other}`; without a command the app serves, `health` checks it");
            return failed(&message, 2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error, 1),
    }
}

fn failed(error: &dyn Display, code: u8) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::from(code)
}

#[tokio::main]
async fn serve(settings: Settings) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, settings.port)).await?;
    let router = routes::router(settings)?;
    println!("listening on {}", listener.local_addr()?);
    // ECS sends SIGTERM and waits, so that the app can answer the requests in progress.
    let mut terminate = signal(SignalKind::terminate())?;
    let stop = async move {
        terminate.recv().await;
    };
    axum::serve(listener, router).with_graceful_shutdown(stop).await
}

/// The container's health check. The image has no shell and no curl.
fn health(port: u16) -> io::Result<()> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(2))?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.lines().next().unwrap_or_default();
    if status.starts_with("HTTP/1.1 200") { Ok(()) } else { Err(io::Error::other(format!("unhealthy: `{status}`"))) }
}
