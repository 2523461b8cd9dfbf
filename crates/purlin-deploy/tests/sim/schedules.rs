//! A thousand bad days: whatever goes wrong between us and AWS, the verdict is right and nothing is left behind.

use std::collections::BTreeMap;
use std::env;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::Builder;

use purlin_deploy::{DeployError, DeployOptions, Destroyed, OnFailure, Outcome};
use serde_json::{Value, json};

use crate::begin::Wanted;
use crate::faults::{Fault, Weather};
use crate::fixture::{Fixture, options};
use crate::operation::{Phase, Verb};
use crate::setup::queues;
use crate::stack::Stack;
use crate::world::World;

/// How many schedules run concurrently: they are bound by the processor, as their time is simulated.
const AT_ONCE: usize = 3;

#[test]
fn a_thousand_schedules_of_faults_end_with_the_right_verdict() {
    // A quarter of them by default; all of them in `.ci/run`.
    play(0..env::var("PURLIN_SIM_SCHEDULES").map_or(250, |count| count.parse().unwrap()));
}

#[test]
#[ignore = "nightly: ten minutes"]
fn ten_thousand_schedules_of_faults_end_with_the_right_verdict() {
    play(1_000..11_000);
}

/// A schedule that failed, again: `PURLIN_SIM_SEED=17 cargo test -p purlin-deploy --test sim one_schedule`.
#[test]
fn one_schedule() {
    let seed = env::var("PURLIN_SIM_SEED").map_or(0, |seed| seed.parse().unwrap());
    play(seed..seed + 1);
}

/// What is tried, and what the world makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Plot {
    Create,
    CreateFails,
    CreateFailsAndStays,
    Update,
    UpdateFails,
    UpdateAndRollbackFail,
    Nothing,
    Destroy,
    DestroyFails,
    /// The first run is killed somewhere on the way; the second goes on.
    CreateTwice,
    UpdateTwice,
    DestroyTwice,
}

const PLOTS: [Plot; 12] = [
    Plot::Create,
    Plot::CreateFails,
    Plot::CreateFailsAndStays,
    Plot::Update,
    Plot::UpdateFails,
    Plot::UpdateAndRollbackFail,
    Plot::Nothing,
    Plot::Destroy,
    Plot::DestroyFails,
    Plot::CreateTwice,
    Plot::UpdateTwice,
    Plot::DestroyTwice,
];

/// What all schedules came to.
#[derive(Default)]
struct Figures {
    verdicts: BTreeMap<String, usize>,
    faults: BTreeMap<&'static str, usize>,
    calls: usize,
    wrong: Vec<String>,
}

fn play(seeds: std::ops::Range<u64>) {
    let (next, begun) = (AtomicU64::new(seeds.start), Instant::now());
    let figures = Mutex::new(Figures::default());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        break;
                    }
                    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build();
                    let runtime = runtime.expect("a runtime for each schedule");
                    runtime.block_on(Box::pin(schedule(seed, &figures)));
                }
            });
        }
    });
    let Figures { verdicts, faults, calls, wrong } = figures.into_inner().expect("no schedule panics");
    let schedules = seeds.end - seeds.start;
    println!(
        "{schedules} schedules in {:.0?}: {calls} calls; faults {faults:?}; verdicts {verdicts:?}",
        begun.elapsed()
    );
    assert!(wrong.is_empty(), "{} of {schedules} schedules are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

async fn schedule(seed: u64, figures: &Mutex<Figures>) {
    let mut chance = fastrand::Rng::with_seed(seed);
    let plot = PLOTS[chance.usize(..PLOTS.len())];
    let fixture = Fixture::of(world(seed, plot, &mut chance));
    let verdict = run(&fixture, plot, &mut chance).await;
    let wrong = wrong(&fixture, plot, &verdict);
    let world = fixture.served.world();
    let mut figures = figures.lock().expect("no schedule panics");
    *figures.verdicts.entry(format!("{plot:?}: {}", kind(&verdict))).or_default() += 1;
    figures.calls += world.calls.len();
    for (fault, count) in &world.weather.counts {
        *figures.faults.entry(fault).or_default() += count;
    }
    if !wrong.is_empty() {
        let log = if env::var_os("PURLIN_SIM_LOG").is_some() { world.log() + &fixture.log() } else { String::new() };
        figures.wrong.push(format!("seed {seed}, {plot:?}: {} ({verdict:?}){log}", wrong.join("; ")));
    }
}

/// The world of a seed.
fn world(seed: u64, plot: Plot, chance: &mut fastrand::Rng) -> World {
    let mut world = World::new();
    world.clock.shift(chance.i64(-600_000..600_000));
    world.durations = ["A", "B", "C", "D"].map(|name| (name.to_owned(), chance.i64(500..20_000))).into();
    world.planning = chance.i64(500..8_000);
    world.page = chance.usize(4..40);
    world.tells_operations = chance.bool();
    world.says_no_updates = chance.bool();
    match plot {
        Plot::Create | Plot::CreateFails | Plot::CreateFailsAndStays | Plot::CreateTwice => {}
        _ => deployed(&mut world),
    }
    match plot {
        Plot::CreateFails | Plot::CreateFailsAndStays => world.fails("B", Verb::Create, "there are too many queues"),
        Plot::UpdateFails => world.fails("D", Verb::Create, "there are too many queues"),
        Plot::UpdateAndRollbackFail => {
            world.fails("D", Verb::Create, "there are too many queues");
            world.fails("A", Verb::Restore, "it is gone");
        }
        Plot::DestroyFails => world.fails("B", Verb::Delete, "it is in use"),
        _ => {}
    }
    world.weather = Weather::of(seed, chance.u8(0..40));
    world.late_percent = chance.u8(0..30);
    world.twice_percent = chance.u8(0..20);
    world.stale_percent = chance.u8(0..50);
    world.skew = chance.i64(0..200);
    if chance.bool() {
        world.weather.away = chance.i64(1_000..60_000);
    }
    for _ in 0..chance.usize(0..3) {
        let from = world.clock.elapsed() + chance.i64(0..60_000);
        let fault = [Fault::Expired, Fault::Throttled, Fault::Unavailable, Fault::Reset][chance.usize(0..4)];
        world.weather.outages.push((from, from + chance.i64(2_000..30_000), fault));
    }
    world
}

/// The stack as it is before an update or a deletion.
fn deployed(world: &mut World) {
    let id = world.arn("stack", "Web");
    let now = world.clock.now();
    world.stacks.push(Stack::new(id, "Web".to_owned(), now));
    world.begin_forward(0, now, Wanted { keeps: false, ..Wanted::of(chain(&["A", "B", "C"]), Phase::Create) });
    world.skip_to(0, "CREATE_COMPLETE");
    world.stacks[0].begun.clear();
}

/// Queues of which each needs the one before it.
fn chain(names: &[&str]) -> Value {
    let mut template = queues(names);
    for pair in names.windows(2) {
        let [before, after] = [pair[0], pair[1]].map(|name| name.split('=').next().unwrap_or(name));
        template["Resources"][after]["DependsOn"] = json!([before]);
    }
    template["Outputs"] = json!({"First": {"Value": {"Ref": "A"}}});
    template
}

async fn run(fixture: &Fixture, plot: Plot, chance: &mut fastrand::Rng) -> Result<String, DeployError> {
    let is_destroy = matches!(plot, Plot::Destroy | Plot::DestroyFails | Plot::DestroyTwice);
    let template = match plot {
        Plot::Create | Plot::CreateFails | Plot::CreateFailsAndStays | Plot::CreateTwice | Plot::Nothing => {
            chain(&["A", "B", "C"])
        }
        _ => chain(&["A=1", "B", "D"]),
    };
    let on_failure = if plot == Plot::CreateFailsAndStays { OnFailure::Keep } else { OnFailure::RollBack };
    let options = DeployOptions { on_failure, ..options() };
    if matches!(plot, Plot::CreateTwice | Plot::UpdateTwice | Plot::DestroyTwice) {
        let dies = Duration::from_millis(chance.u64(1..60_000));
        if is_destroy {
            let _ = tokio::time::timeout(dies, fixture.destroy()).await;
        } else {
            let _ = tokio::time::timeout(dies, fixture.deploy_with(&template, &options)).await;
        }
    }
    if is_destroy {
        let destroyed = fixture.destroy().await?;
        return Ok(if destroyed == Destroyed::NotThere { "not there" } else { "gone" }.to_owned());
    }
    let deployed = fixture.deploy_with(&template, &options).await?;
    assert!(deployed.outputs.contains_key("First"), "the stack has an output: {deployed:?}");
    Ok(match deployed.outcome {
        Outcome::Created => "created",
        Outcome::Updated => "updated",
        Outcome::Unchanged => "unchanged",
        Outcome::Prepared => "prepared",
    }
    .to_owned())
}

fn kind(verdict: &Result<String, DeployError>) -> String {
    match verdict {
        Ok(outcome) => outcome.clone(),
        Err(DeployError::Failed(failed)) => format!("failed, {}", failed.status),
        Err(DeployError::DeletionFailed { .. }) => "deletion failed".to_owned(),
        Err(other) => other.to_string(),
    }
}

/// What is expected: verdicts, the status that is left, how often each kind of operation was begun.
fn expected(plot: Plot) -> (&'static [&'static str], &'static str, &'static [(&'static str, usize)]) {
    match plot {
        Plot::Create => (&["created"], "CREATE_COMPLETE", &[("create", 1), ("delete", 0)]),
        Plot::CreateFails => {
            (&["failed, ROLLBACK_COMPLETE"], "DELETE_COMPLETE", &[("create", 1), ("rollback", 1), ("delete", 1)])
        }
        Plot::CreateFailsAndStays => (&["failed, CREATE_FAILED"], "CREATE_FAILED", &[("create", 1), ("rollback", 0)]),
        Plot::Update => (&["updated"], "UPDATE_COMPLETE", &[("update", 1), ("rollback", 0)]),
        Plot::UpdateFails => (
            &["failed, UPDATE_ROLLBACK_COMPLETE"],
            "UPDATE_ROLLBACK_COMPLETE",
            &[("update", 1), ("rollback", 1), ("delete", 0)],
        ),
        Plot::UpdateAndRollbackFail => {
            (&["failed, UPDATE_ROLLBACK_FAILED"], "UPDATE_ROLLBACK_FAILED", &[("update", 1), ("rollback", 1)])
        }
        Plot::Nothing => (&["unchanged"], "CREATE_COMPLETE", &[("update", 0)]),
        Plot::Destroy => (&["gone"], "DELETE_COMPLETE", &[("delete", 1)]),
        Plot::DestroyFails => (&["deletion failed"], "DELETE_FAILED", &[("delete", 1)]),
        Plot::CreateTwice => {
            (&["created", "unchanged"], "CREATE_COMPLETE", &[("create", 1), ("update", 0), ("delete", 0)])
        }
        Plot::UpdateTwice => (&["updated", "unchanged"], "UPDATE_COMPLETE", &[("update", 1), ("rollback", 0)]),
        Plot::DestroyTwice => (&["gone", "not there"], "DELETE_COMPLETE", &[("delete", 1)]),
    }
}

fn wrong(fixture: &Fixture, plot: Plot, verdict: &Result<String, DeployError>) -> Vec<String> {
    let (verdicts, status, operations) = expected(plot);
    let mut wrong = Vec::new();
    if !verdicts.contains(&kind(verdict).as_str()) {
        wrong.push(format!("the verdict is not {verdicts:?}"));
    }
    let (left, leftovers) = fixture.left();
    if left != status {
        wrong.push(format!("it is in {left}, not {status}"));
    }
    wrong.extend(leftovers.into_iter().map(|it| format!("left behind: {it}")));
    let world = fixture.served.world();
    for (what, times) in operations {
        let found: usize = world.stacks.iter().map(|stack| stack.count(what)).sum();
        if found != *times {
            wrong.push(format!("{found} times {what}, not {times}"));
        }
    }
    if let Err(DeployError::Failed(failed)) = verdict {
        let cause = failed.diagnosis.cause.as_ref().map_or("nothing", |cause| cause.logical_id.as_str());
        let culprit = if plot == Plot::CreateFails || plot == Plot::CreateFailsAndStays { "B" } else { "D" };
        if cause != culprit {
            wrong.push(format!("`{cause}` is blamed for `{culprit}`"));
        }
    }
    wrong
}
