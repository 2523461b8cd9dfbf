//! Starts the emulator as a background process and waits until it answers.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use crate::error::LocalError;
use crate::home::{self, Home};
use crate::record::{AccessKey, Record};
use crate::{http, overlay, silence};

/// A start takes 2 s, much longer on a machine that compiles at the same time.
const START_DEADLINE: Duration = Duration::from_secs(90);
/// Another process may take the free port before the emulator does.
const ATTEMPTS: usize = 3;

/// Environment variables that the emulator inherits. None of AWS: it must not reach real accounts.
const INHERITED: [&str; 4] = ["PATH", "HOME", "LANG", "LC_ALL"];

/// What the emulator waits for, see `overlay/life.py`.
const STARTED: &[u8] = b"started\n";

/// Starts an emulator on a free port of loopback, waits until it answers, and records it.
///
/// This process may be killed at any point: until the record is written, the emulator ends with it.
pub(crate) fn launch(
    home: &Home,
    python: &Path,
    overlay: &Path,
    stop_after: Option<Duration>,
) -> Result<Record, LocalError> {
    let mut attempt = 1;
    loop {
        match launch_once(home, python, overlay, stop_after) {
            Err(LocalError::StartFailed { tail, .. }) if attempt < ATTEMPTS && tail.contains("already in use") => {
                attempt += 1;
            }
            result => return result,
        }
    }
}

fn launch_once(home: &Home, python: &Path, overlay: &Path, stop_after: Option<Duration>) -> Result<Record, LocalError> {
    let port = free_port().map_err(LocalError::file("listen on loopback for", home.record()))?;
    let random = || random_name().map_err(LocalError::file("read", "/dev/urandom"));
    let key = AccessKey { id: format!("PURLIN{}", random()?.to_uppercase()), secret: random()? };
    let (instance, overlay_name) = (random()?, overlay::fingerprint());
    let mut record = Record { pid: 0, port, instance, overlay: overlay_name, key: Some(key.clone()) };
    let mut child = spawn(home, python, overlay, &record, &key, stop_after)?;
    record.pid = child.id();
    let deadline = Instant::now() + START_DEADLINE;
    loop {
        let ended = child.try_wait().map_err(LocalError::file("watch", python))?;
        if let Some(status) = ended {
            return Err(LocalError::StartFailed { status: status.to_string(), log: home.log(), tail: log_tail(home) });
        }
        if is_healthy(&record) && record.is_alive(home)? {
            record.write(home)?;
            let pipe = child.stdin.as_mut().expect("it was piped");
            pipe.write_all(STARTED).map_err(LocalError::file("watch", python))?;
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

fn spawn(
    home: &Home,
    python: &Path,
    overlay: &Path,
    record: &Record,
    key: &AccessKey,
    stop_after: Option<Duration>,
) -> Result<Child, LocalError> {
    let scratch = home.state.join("scratch");
    home::own(&scratch)?;
    let log = home::private(&home.log()).map_err(LocalError::file("write", home.log()))?;
    let errors = log.try_clone().map_err(LocalError::file("write", home.log()))?;
    let mut command = Command::new(python);
    command.args(["-m", "purlin_local", "--started-by-toolkit"]).current_dir(&scratch).env_clear();
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
        .env("GATEWAY_PORT", record.port.to_string())
        .env("IOT_MTLS_ENABLED", "0")
        .env("SFTP_ENABLED", "0")
        .env("DOCKER_HOST", format!("unix://{}", scratch.join("no-docker.sock").display()))
        .env("AUTH", "true")
        .env("LOG_LEVEL", "WARNING")
        .env("AWS_ACCESS_KEY_ID", &key.id)
        .env("AWS_SECRET_ACCESS_KEY", &key.secret)
        .env("PURLIN_INSTANCE", &record.instance)
        .env(silence::VARIABLE, stop_after.map(|it| it.as_secs().to_string()).unwrap_or_default())
        .stdin(Stdio::piped())
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

fn is_healthy(record: &Record) -> bool {
    let answer = http::request("GET", record.port, "/_ministack/health", Some(record), http::SHORT_TIMEOUT);
    answer.is_ok_and(|response| response.status == 200)
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
