//! `cargo xtask bench`: what builds and edits cost, against the budget of the design.

mod memory;

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
    let edit = edit_loop(&args.target, &[])?;
    report("edit a stack, `cargo run -- synth`", 2, edit);
    report("the same with all of L1 in the app", 2, edit_loop(&args.target, &["--features", "purlin/full"])?);
    let beside = edit_loop(&args.target, &[])?;
    report("the first again, all of L1 being built", 2, beside);
    println!("{:<40} {:>7.2}", "  as a ratio", beside.as_secs_f64() / edit.as_secs_f64());
    report_l1("L1 of the default features, check", 10, &args.target, &[])?;
    report_l1("L1 of all services, check", 60, &args.target, &["--features", "full"])?;
    report("cold build of the toolkit", 300, cargo(&args.target, &["build", "--package", "purlin-cli"])?);
    Ok(())
}

/// `purlin-cfn` alone, its dependencies being built; and the memory it takes, of which there are 4 GB.
fn report_l1(what: &str, budget: u64, target: &Path, features: &[&str]) -> Result<()> {
    let check = [&["check", "--package", "purlin-cfn"], features].concat();
    cargo(target, &check)?;
    cargo(target, &["clean", "--package", "purlin-cfn"])?;
    let (took, peak) = memory::watched(command(target, &check))?;
    report(what, budget, took);
    if let Some(peak) = peak {
        println!("{:<40} {:>7.2} GB   budget   4 GB   {:>5.2} of it", "  all its processes at once", peak, peak / 4.0);
    }
    Ok(())
}

fn report(what: &str, budget: u64, took: Duration) {
    let share = took.as_secs_f64() / Duration::from_secs(budget).as_secs_f64();
    println!("{what:<40} {:>7.2} s   budget {budget:>3} s   {share:>5.2} of it", took.as_secs_f64());
}

fn command(target: &Path, arguments: &[&str]) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(arguments).env("CARGO_TARGET_DIR", target).stdout(Stdio::null()).stderr(Stdio::null());
    cargo
}

fn cargo(target: &Path, arguments: &[&str]) -> Result<Duration> {
    let began = Instant::now();
    let status = command(target, arguments).status().context("cannot start cargo")?;
    ensure!(status.success(), "`cargo {}` failed; run it to see why", arguments.join(" "));
    Ok(began.elapsed())
}

/// The least time of several edits, after one that fills the caches of incremental builds.
fn edit_loop(target: &Path, features: &[&str]) -> Result<Duration> {
    let run = [&["run"], features, &["--", "synth", "--quiet"]].concat();
    let source = fs::read_to_string(EDITED).with_context(|| format!("cannot read `{EDITED}`"))?;
    let mut timed = cargo(target, &run).map(|_| Duration::MAX);
    for round in 0..4 {
        fs::write(EDITED, format!("{source}\n// edit {round}\n"))?;
        timed = timed.and_then(|least| {
            let took = cargo(target, &run)?;
            Ok(if round == 0 { least } else { least.min(took) })
        });
    }
    fs::write(EDITED, source)?;
    timed
}
