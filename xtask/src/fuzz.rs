//! Fuzzes the parsers of all that comes from outside: libFuzzer on the targets of `fuzz/`, built with the nightly compiler.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

/// Coverage for libFuzzer, and what else `cargo fuzz` sets.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
                     -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Zsanitizer=address -Ccodegen-units=1";
const PLATFORM: &str = "x86_64-unknown-linux-gnu";
const OUT: &str = "target/fuzz";

/// The sources that each target reads its inputs with. `fuzz/src` belongs to all.
const TARGETS: &[(&str, &[&str])] = &[
    ("answers", &["crates/purlin-deploy/src/network/form.rs"]),
    ("assets", &["crates/purlin-assembly/src/"]),
    ("broadening", &["crates/purlin-template/src/"]),
    ("cookies", &["crates/purlin-auth/src/cookies.rs"]),
    ("evidence", &["crates/purlin-diagnosis/src/"]),
    ("globs", &["crates/purlin-assembly/src/select.rs"]),
    ("jwks", &["crates/purlin-auth/src/"]),
    ("jwt", &["crates/purlin-auth/src/"]),
    ("lint", &["crates/purlin-template/src/"]),
    ("listener", &["crates/purlin-cli/src/token/head.rs", "crates/purlin-auth/src/login.rs"]),
    ("manifest", &["crates/purlin-assembly/src/"]),
    ("oauth", &["crates/purlin-auth/src/"]),
    ("redaction", &["crates/purlin-diagnosis/src/credentials.rs", "crates/purlin-diagnosis/src/redact.rs"]),
    ("references", &["crates/purlin-template/src/"]),
    ("settings", &["stacks/src/overrides.rs"]),
    ("templates", &["crates/purlin-template/src/"]),
    ("terminal", &["crates/purlin-cli/src/text.rs"]),
];

#[derive(clap::Args)]
pub struct Args {
    /// The target; all in turn unless given.
    target: Option<String>,
    /// How long each target runs.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Only targets whose sources changed since this commit.
    #[arg(long, value_name = "COMMIT", conflicts_with = "target")]
    changed_since: Option<String>,
    /// The time for all targets, in seconds, besides the build: each target runs shorter if there are many.
    #[arg(long, value_name = "SECONDS")]
    within: Option<u64>,
}

pub fn run(args: &Args) -> Result<()> {
    let targets = chosen(args)?;
    if targets.is_empty() {
        println!("no source of a target has changed");
        return Ok(());
    }
    let program = build()?;
    let most = args.within.map_or(args.seconds, |all| all / targets.len() as u64);
    let seconds = args.seconds.min(most).max(1);
    println!("{:<12} {:>7} {:>12} {:>7} {:>7}  crashes", "target", "seconds", "execs", "cov", "ft");
    let crashes: Result<Vec<_>> = targets.iter().map(|target| fuzz(&program, target, seconds)).collect();
    let crashes = crashes?.concat();
    for crash in &crashes {
        println!("{}", crash.display());
    }
    ensure!(
        crashes.is_empty(),
        "{} inputs break their target; mend the code, add each as a row to the tests of its crate, and to `fuzz/corpus`",
        crashes.len()
    );
    Ok(())
}

fn chosen(args: &Args) -> Result<Vec<&'static str>> {
    let names = || TARGETS.iter().map(|(name, _)| *name);
    if let Some(target) = &args.target {
        let Some(found) = names().find(|name| name == target) else {
            bail!("there is no target `{target}`; the targets are {}", names().collect::<Vec<_>>().join(", "));
        };
        return Ok(vec![found]);
    }
    let Some(since) = &args.changed_since else { return Ok(names().collect()) };
    let changed = Command::new("git").args(["diff", "--name-only", since]).output().context("git does not run")?;
    ensure!(changed.status.success(), "{}", String::from_utf8_lossy(&changed.stderr).trim_end());
    Ok(concerned(&String::from_utf8_lossy(&changed.stdout)))
}

/// The targets that these files concern, one a line.
fn concerned(files: &str) -> Vec<&'static str> {
    let is_changed = |source: &str| files.lines().any(|file| file.starts_with(source));
    let concerned = |(name, sources): &(&'static str, &[&str])| {
        let corpus = format!("fuzz/corpus/{name}/");
        let is_concerned = sources.iter().copied().chain(["fuzz/src/", &corpus]).any(is_changed);
        is_concerned.then_some(*name)
    };
    TARGETS.iter().filter_map(concerned).collect()
}

fn build() -> Result<PathBuf> {
    // What is fuzzed is built of the same versions as what is shipped; cargo adds libFuzzer, which `fuzz/run` pins.
    fs::copy("Cargo.lock", "fuzz/run/Cargo.lock").context("run this in the workspace's folder")?;
    let mut cargo = Command::new("cargo");
    cargo.args(["+nightly", "build", "--quiet", "--manifest-path", "fuzz/run/Cargo.toml"]);
    // With a platform, build scripts and macros are built without these flags.
    cargo.args(["--target", PLATFORM, "--target-dir", OUT]).env("RUSTFLAGS", FLAGS);
    ensure!(
        cargo.status().context("cargo does not run")?.success(),
        "the targets are not built; they need Linux and `rustup toolchain install nightly --profile minimal`"
    );
    Ok(Path::new(OUT).join(PLATFORM).join("debug/purlin-fuzz-run"))
}

/// Runs a target, prints its row, and returns the inputs that break it.
fn fuzz(program: &Path, target: &str, seconds: u64) -> Result<Vec<PathBuf>> {
    let (found, crashes) = (Path::new(OUT).join("corpus").join(target), Path::new(OUT).join("crashes").join(target));
    for folder in [&found, &crashes] {
        fs::create_dir_all(folder)?;
    }
    let mut command = Command::new(program);
    // Targets that read folders write each input there: a disk would be slow.
    if Path::new("/dev/shm").is_dir() {
        command.env("TMPDIR", "/dev/shm");
    }
    let output = command
        .arg(&found)
        .arg(Path::new("fuzz/corpus").join(target))
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-artifact_prefix={}/", crashes.display()))
        .args(["-timeout=10", "-rss_limit_mb=3000", "-max_len=4096", "-print_final_stats=1"])
        .env("PURLIN_FUZZ_TARGET", target)
        .output()
        .context("the targets were built")?;
    let log = String::from_utf8_lossy(&output.stderr);
    fs::write(Path::new(OUT).join(format!("{target}.log")), &*log)?;
    let row = figures(&log);
    let broken: Vec<PathBuf> = log.lines().filter_map(written).collect();
    println!("{target:<12} {seconds:>7} {:>12} {:>7} {:>7}  {}", row.execs, row.cov, row.ft, broken.len());
    if !output.status.success() {
        let said = log.lines().skip_while(|line| !line.contains("panicked") && !line.contains("ERROR")).take(6);
        println!("{}", said.collect::<Vec<_>>().join("\n"));
        ensure!(!broken.is_empty(), "`{target}` ended with {}: see `{OUT}/{target}.log`", output.status);
    }
    Ok(broken)
}

/// The file that libFuzzer wrote a breaking input to.
fn written(line: &str) -> Option<PathBuf> {
    Some(line.split_once("Test unit written to ")?.1.trim().into())
}

/// What libFuzzer says of a run: executions, covered edges, features.
#[derive(Debug, Default, PartialEq, Eq)]
struct Figures<'a> {
    execs: &'a str,
    cov: &'a str,
    ft: &'a str,
}

fn figures(log: &str) -> Figures<'_> {
    let mut figures = Figures::default();
    for line in log.lines().filter(|line| line.contains(" cov: ")) {
        let after = |name| line.split_once(name).and_then(|(_, rest)| rest.split_whitespace().next());
        let execs = line.strip_prefix('#').and_then(|line| line.split_whitespace().next());
        figures = Figures {
            execs: execs.unwrap_or(figures.execs),
            cov: after(" cov: ").unwrap_or(figures.cov),
            ft: after(" ft: ").unwrap_or(figures.ft),
        };
    }
    figures
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Figures, TARGETS, concerned, figures, written};

    #[test]
    fn a_target_is_changed_with_its_sources_and_corpus() {
        assert_eq!(concerned("README.md\ncrates/purlin-cli/src/text.rs\n"), ["terminal"]);
        assert_eq!(concerned("crates/purlin-assembly/src/select.rs"), ["assets", "globs", "manifest"]);
        assert_eq!(concerned("fuzz/corpus/jwt/none\nfuzz/tests/corpus.rs"), ["jwt"]);
        assert_eq!(concerned("fuzz/src/lib.rs").len(), TARGETS.len());
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for (target, sources) in TARGETS {
            assert!(root.join("fuzz/corpus").join(target).is_dir(), "`{target}` has no corpus");
            assert!(sources.iter().all(|source| root.join(source).exists()), "{sources:?} of `{target}`");
        }
        assert_eq!(root.join("fuzz/corpus").read_dir().unwrap().count(), TARGETS.len(), "each corpus has its target");
    }

    #[test]
    fn figures_are_those_of_the_last_line() {
        let log =
            "#2\tINITED cov: 5 ft: 6 corp: 1/1b\n#622\tDONE   cov: 548 ft: 1933 corp: 166/15482b lim: 154\nstat: 1";
        assert_eq!(figures(log), Figures { execs: "622", cov: "548", ft: "1933" });
        let line = "artifact_prefix='x/'; Test unit written to x/crash-81";
        assert_eq!(written(line), Some("x/crash-81".into()));
    }
}
