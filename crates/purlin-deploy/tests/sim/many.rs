//! Thirty stacks in a graph full of diamonds: as fast as the longest way through it, and no more calls than AWS bears.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use purlin_deploy::{Batch, Event, Verdict};

use crate::fixture::{Fixture, options, stacks};
use crate::operation::Verb;
use crate::setup::queues;
use crate::world::World;

/// How many calls a minute the engine may make, all stacks together.
const MOST_CALLS: usize = 305;

/// Six layers of five stacks; each needs three of the layer before, so that every two of them meet again.
fn graph() -> BTreeMap<String, Vec<String>> {
    let name = |layer: usize, place: usize| format!("L{layer}N{place}");
    let needs = |layer: usize, place: usize| match layer {
        0 => Vec::new(),
        _ => [0, 1, 3].map(|step| name(layer - 1, (place + step) % 5)).to_vec(),
    };
    (0..30).map(|number| (name(number / 5, number % 5), needs(number / 5, number % 5))).collect()
}

/// What a stack's queue takes, in milliseconds: from two to nine minutes.
fn duration(stack: &str) -> i64 {
    120_000 + stack.bytes().fold(7_i64, |sum, byte| (sum * 31 + i64::from(byte)) % 420) * 1_000
}

/// The queue of a stack has the stack's name, so that it can have its own duration.
fn written(graph: &BTreeMap<String, Vec<String>>) -> crate::fixture::Written {
    let all = graph
        .iter()
        .map(|(name, needs)| (name.as_str(), (queues(&[name]), needs.iter().map(String::as_str).collect())));
    stacks(&all.collect())
}

fn world(graph: &BTreeMap<String, Vec<String>>) -> World {
    let mut world = World::new();
    world.durations = graph.keys().map(|name| (name.clone(), duration(name))).collect();
    world
}

/// The longest way through the graph, in milliseconds.
fn critical_path(graph: &BTreeMap<String, Vec<String>>) -> i64 {
    let mut done = BTreeMap::new();
    for (name, needs) in graph {
        let begin = needs.iter().map(|needed| done[needed]).max().unwrap_or(0);
        done.insert(name, begin + duration(name));
    }
    done.into_values().max().expect("there are stacks")
}

/// The most calls in any minute. They are in the order of their time.
fn busiest_minute(world: &World) -> usize {
    let times: Vec<i64> = world.calls.iter().map(|call| call.at).collect();
    let until = |from: i64| times.partition_point(|at| *at < from + 60_000);
    times.iter().enumerate().map(|(index, from)| until(*from) - index).max().unwrap_or(0)
}

#[tokio::test(start_paused = true)]
async fn thirty_stacks_take_as_long_as_the_critical_path() {
    let graph = graph();
    let fixture = Fixture::of(world(&graph));
    let written = written(&graph);
    let stacks: Vec<_> = written.assembly.stacks().iter().collect();
    let batch = Batch::of(&written.assembly, &stacks);
    let options = vec![options(); stacks.len()];
    let session = fixture.session().await;
    let begun = fixture.served.world().clock.elapsed();
    let all = NonZeroUsize::new(30).expect("not zero");
    let verdicts = Box::pin(session.deploy_all(&batch, &options, all, &|_: &str, _: Event| {})).await;
    assert!(verdicts.iter().all(|verdict| matches!(verdict, Verdict::Done(_))), "{verdicts:?}");
    let world = fixture.served.world();
    let (took, longest) = (world.clock.elapsed() - begun, critical_path(&graph));
    let (calls, busiest) = (world.calls.len(), busiest_minute(&world));
    println!(
        "30 stacks: {:.1} simulated minutes, the critical path has {:.1}; {calls} calls, {busiest} in the busiest minute",
        minutes(took),
        minutes(longest)
    );
    assert!(took * 100 <= longest * 105, "{took} ms are more than 1.05 times the critical path of {longest} ms");
    assert!(busiest <= MOST_CALLS, "{busiest} calls in a minute");
    assert_eq!(world.stacks.iter().filter(|stack| stack.status == "CREATE_COMPLETE").count(), 30);
    assert_eq!(world.leftovers(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_stack_that_fails_stops_those_that_need_it_and_no_others() {
    let graph = graph();
    let fixture = Fixture::of(world(&graph));
    fixture.served.world().fails("L2N0", Verb::Create, "there are too many queues");
    let written = written(&graph);
    let stacks: Vec<_> = written.assembly.stacks().iter().collect();
    let batch = Batch::of(&written.assembly, &stacks);
    let options = vec![options(); stacks.len()];
    let session = fixture.session().await;
    let four = NonZeroUsize::new(4).expect("not zero");
    let verdicts = Box::pin(session.deploy_all(&batch, &options, four, &|_: &str, _: Event| {})).await;
    for (stack, verdict) in stacks.iter().zip(&verdicts) {
        let name = stack.name();
        let expected = match name {
            "L2N0" => matches!(verdict, Verdict::Failed(_)),
            _ if needs(&graph, name).contains("L2N0") => matches!(verdict, Verdict::Skipped(Some(_))),
            _ => matches!(verdict, Verdict::Done(_)),
        };
        assert!(expected, "{name}: {verdict:?}");
    }
    assert_eq!(fixture.served.world().leftovers(), Vec::<String>::new());
}

/// Everything a stack needs, near and far.
fn needs<'a>(graph: &'a BTreeMap<String, Vec<String>>, stack: &str) -> BTreeSet<&'a str> {
    let near = graph[stack].iter().map(String::as_str);
    near.clone().chain(near.flat_map(|needed| needs(graph, needed))).collect()
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn minutes(millis: i64) -> f64 {
    millis as f64 / 60_000.0
}
