//! `cargo xtask bench`: what builds and edits cost, against the budget of the design.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// Where the stack is that the edit loop edits.
const EDITED: &str = "stacks/src/cognito_alb_fargate.rs";

/// Times builds in a target folder of its own, and prints each as a share of its budget.
#[derive(clap::Args)]
pub struct Args {
    /// The folder to build in; it is emptied first.
    #[arg(long, default_value = "target/bench")]
    target: PathBuf,
}

pub fn run(args: &Args) -> Result<()> {
    if args.target.exists() {
        fs::remove_dir_all(&args.target).with_context(|| format!("cannot empty `{}`", args.target.display()))?;
    }
    cargo(&args.target, &["fetch", "--locked"])?;
    report("cold `cargo run -- synth`", 60, cargo(&args.target, &["run", "--", "synth", "--quiet"])?);
    report("edit a stack, `cargo run -- synth`", 2, edit_loop(&args.target)?);
    report("L1 of the default features, check", 10, check_l1(&args.target, &[])?);
    report("L1 of all generated services, check", 60, check_l1(&args.target, &["--features", "full"])?);
    report("cold build of the toolkit", 300, cargo(&args.target, &["build", "--package", "purlin-cli"])?);
    Ok(())
}

fn report(what: &str, budget: u64, took: Duration) {
    let share = took.as_secs_f64() / Duration::from_secs(budget).as_secs_f64();
    println!("{what:<40} {:>7.2} s   budget {budget:>3} s   {share:>5.2} of it", took.as_secs_f64());
}

fn cargo(target: &Path, arguments: &[&str]) -> Result<Duration> {
    let began = Instant::now();
    let mut cargo = Command::new(env!("CARGO"));
    let status = cargo.args(arguments).env("CARGO_TARGET_DIR", target).stdout(Stdio::null()).stderr(Stdio::null());
    let status = status.status().context("cannot start cargo")?;
    ensure!(status.success(), "`cargo {}` failed; run it to see why", arguments.join(" "));
    Ok(began.elapsed())
}

/// The time of the second of two edits: the first fills the caches of incremental builds.
fn edit_loop(target: &Path) -> Result<Duration> {
    let source = fs::read_to_string(EDITED).with_context(|| format!("cannot read `{EDITED}`"))?;
    let mut timed = Ok(Duration::ZERO);
    for round in 0..2 {
        fs::write(EDITED, format!("{source}\n// edit {round}\n"))?;
        timed = timed.and(cargo(target, &["run", "--", "synth", "--quiet"]));
    }
    fs::write(EDITED, source)?;
    timed
}

/// The time of `purlin-cfn` alone, its dependencies being built.
fn check_l1(target: &Path, features: &[&str]) -> Result<Duration> {
    let check = [&["check", "--package", "purlin-cfn"], features].concat();
    cargo(target, &check)?;
    cargo(target, &["clean", "--package", "purlin-cfn"])?;
    cargo(target, &check)
}
