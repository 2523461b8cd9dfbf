//! Starts the emulator as a background process and waits until it answers.

use std::fs::{self, File};
use std::io::Read;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use crate::error::LocalError;
use crate::home::{self, Home};
use crate::record::Record;
use crate::{http, overlay};

/// A start takes 2 s, much longer on a machine that compiles at the same time.
const START_DEADLINE: Duration = Duration::from_secs(90);
/// Another process may take the free port before the emulator does.
const ATTEMPTS: usize = 3;

/// Environment variables that the emulator inherits. No AWS variables: it must not reach real accounts.
const INHERITED: [&str; 4] = ["PATH", "HOME", "LANG", "LC_ALL"];

/// Starts an emulator on a free port of loopback and waits until it answers.
pub(crate) fn launch(home: &Home, python: &Path, overlay: &Path) -> Result<Record, LocalError> {
    let mut attempt = 1;
    loop {
        match launch_once(home, python, overlay) {
            Err(LocalError::StartFailed { tail, .. }) if attempt < ATTEMPTS && tail.contains("already in use") => {
                attempt += 1;
            }
            result => return result,
        }
    }
}

fn launch_once(home: &Home, python: &Path, overlay: &Path) -> Result<Record, LocalError> {
    let port = free_port().map_err(LocalError::file("listen on loopback for", home.record()))?;
    let instance = random_name().map_err(LocalError::file("read", "/dev/urandom"))?;
    let mut child = spawn(home, python, overlay, port, &instance)?;
    let record = Record { pid: child.id(), port, instance, overlay: overlay::fingerprint() };
    let deadline = Instant::now() + START_DEADLINE;
    loop {
        let ended = child.try_wait().map_err(LocalError::file("watch", python))?;
        if let Some(status) = ended {
            return Err(LocalError::StartFailed { status: status.to_string(), log: home.log(), tail: log_tail(home) });
        }
        if is_healthy(port) && record.is_alive(home)? {
            return Ok(record);
        }
        if Instant::now() > deadline {
            end(&mut child);
            let seconds = START_DEADLINE.as_secs();
            return Err(LocalError::StartTimeout { port, seconds, log: home.log(), tail: log_tail(home) });
        }
        thread::sleep(Duration::from_millis(50));
    }
}

fn spawn(home: &Home, python: &Path, overlay: &Path, port: u16, instance: &str) -> Result<Child, LocalError> {
    let scratch = home.state.join("scratch");
    fs::create_dir_all(&scratch).map_err(LocalError::file("create", &scratch))?;
    let log = home::private(&home.log()).map_err(LocalError::file("write", home.log()))?;
    let errors = log.try_clone().map_err(LocalError::file("write", home.log()))?;
    let mut command = Command::new(python);
    command.args(["-m", "purlin_local"]).current_dir(&scratch).env_clear();
    for name in INHERITED {
        command.envs(env::var_os(name).map(|value| (name, value)));
    }
    command
        .env("PYTHONPATH", overlay)
        .env("PYTHONUNBUFFERED", "1")
        .env("TMPDIR", &scratch)
        .env("STATE_DIR", scratch.join("state"))
        .env("S3_DATA_DIR", scratch.join("s3"))
        .env("BIND_HOST", "127.0.0.1")
        .env("MINISTACK_HOST", "127.0.0.1")
        .env("GATEWAY_PORT", port.to_string())
        .env("IOT_MTLS_ENABLED", "0")
        .env("SFTP_ENABLED", "0")
        .env("DOCKER_HOST", format!("unix://{}", scratch.join("no-docker.sock").display()))
        .env("AUTH", "true")
        .env("LOG_LEVEL", "WARNING")
        .env("PURLIN_INSTANCE", instance)
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors);
    // A process group of its own: Ctrl-C in the terminal ends a deployment, not the emulator.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn().map_err(LocalError::file("run", python))
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn random_name() -> std::io::Result<String> {
    let mut bytes = [0_u8; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

fn is_healthy(port: u16) -> bool {
    http::get(port, "/_ministack/health", http::SHORT_TIMEOUT).is_ok_and(|response| response.status == 200)
}

/// Ends a child process that did not become healthy. Its id cannot belong to another process: it is not reaped yet.
fn end(child: &mut Child) {
    if child.kill().is_ok() {
        child.wait().ok();
    }
}

fn log_tail(home: &Home) -> String {
    home::tail(&fs::read_to_string(home.log()).unwrap_or_default())
}
