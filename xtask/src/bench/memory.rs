//! How much memory a command takes with everything it starts, where the system tells: Linux.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// Runs it: how long it takes, and the GB of all its processes when they are most.
pub fn watched(mut command: Command) -> Result<(Duration, Option<f64>)> {
    let began = Instant::now();
    let mut child = command.spawn().context("cannot start cargo")?;
    let mut peak: Option<u64> = None;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        peak = peak.max(kilobytes(child.id()));
        thread::sleep(Duration::from_millis(50));
    };
    ensure!(status.success(), "{command:?} failed; run it to see why");
    #[expect(clippy::cast_precision_loss, reason = "kilobytes of memory are far below 2^53")]
    let peak = peak.map(|kilobytes| kilobytes as f64 * 1024.0 / 1e9);
    Ok((began.elapsed(), peak))
}

/// The resident memory of a process and those it started; none where `/proc` has no such process.
fn kilobytes(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse().ok());
    // A process that has just ended has no memory and maybe children.
    let own: u64 = resident.unwrap_or(0);
    let started = children(process).into_iter().filter_map(kilobytes);
    Some(own + started.sum::<u64>())
}

/// The processes that any thread of a process has started.
fn children(process: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().filter_map(|child| child.parse().ok()).collect::<Vec<_>>()).collect()
}

#[test]
fn this_process_takes_some() {
    let took = kilobytes(std::process::id());
    assert_eq!(took.is_some(), cfg!(target_os = "linux"));
    assert!(took.is_none_or(|kilobytes| kilobytes > 100), "{took:?}");
}
