//! Deploys or deletes several stacks concurrently: each as soon as its
//! dependencies are done, those with the most dependents first.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use futures_util::stream::{FuturesUnordered, StreamExt};
use purlin_assembly::{Assembly, Stack};

use crate::destroy::DestroyOptions;
use crate::error::DeployError;
use crate::event::Observer;
use crate::options::DeployOptions;
use crate::outcome::Deployed;
use crate::outcome::Destroyed;
use crate::session::Session;

/// The result of one stack of several.
#[derive(Debug)]
pub enum Verdict<T> {
    /// It is done.
    Done(T),
    /// It failed.
    Failed(DeployError),
    /// It was never begun, because of this stack, by its display name; `None` is because the user
    /// went away.
    Skipped(Option<String>),
}

/// Stacks and their dependencies.
#[derive(Clone, Debug)]
pub struct Batch<'a> {
    stacks: Vec<&'a Stack>,
    /// By stack, the indices of its dependencies.
    needs: Vec<BTreeSet<usize>>,
}

impl<'a> Batch<'a> {
    /// Stacks of an assembly. Dependencies on stacks outside of the batch are taken as deployed.
    pub fn of(assembly: &Assembly, stacks: &[&'a Stack]) -> Self {
        Self { stacks: stacks.to_vec(), needs: assembly.needs(stacks) }
    }

    /// The same, each before those it depends on: the order in which they are deleted.
    fn reversed(&self) -> Self {
        let mut needs = vec![BTreeSet::new(); self.stacks.len()];
        for (index, needed) in self.needs.iter().enumerate() {
            for needed in needed {
                needs[*needed].insert(index);
            }
        }
        Self { stacks: self.stacks.clone(), needs }
    }

    /// The stacks, in the order they were given.
    pub fn stacks(&self) -> &[&'a Stack] {
        &self.stacks
    }
}

impl Session {
    /// Deploys stacks, with a limit of concurrent ones. A failed stack stops only those that depend on it.
    /// The verdicts are in the order of the stacks.
    pub async fn deploy_all(
        &self,
        batch: &Batch<'_>,
        options: &[DeployOptions],
        concurrency: NonZeroUsize,
        observer: &dyn Observer,
    ) -> Vec<Verdict<Deployed>> {
        let work = async |index: usize| {
            let result = self.deploy(batch.stacks[index], &options[index], observer).await;
            observer.on_deployed(batch.stacks[index].name(), &result);
            result
        };
        run(batch, concurrency, observer, work).await
    }

    /// Deletes stacks, each after those that depend on it. The verdicts are in the order of the
    /// stacks.
    pub async fn destroy_all(
        &self,
        batch: &Batch<'_>,
        options: &DestroyOptions,
        concurrency: NonZeroUsize,
        observer: &dyn Observer,
    ) -> Vec<Verdict<Destroyed>> {
        let reversed = batch.reversed();
        let work = async |index: usize| {
            let result = self.destroy(batch.stacks[index], options, observer).await;
            observer.on_destroyed(batch.stacks[index].name(), &result);
            result
        };
        run(&reversed, concurrency, observer, work).await
    }
}

async fn run<T>(
    batch: &Batch<'_>,
    concurrency: NonZeroUsize,
    observer: &dyn Observer,
    work: impl AsyncFn(usize) -> Result<T, DeployError>,
) -> Vec<Verdict<T>> {
    let weights = weights(&batch.needs);
    let mut verdicts: Vec<Option<Verdict<T>>> = batch.stacks.iter().map(|_| None).collect();
    let mut waiting: BTreeSet<usize> = (0..batch.stacks.len()).collect();
    let mut running = FuturesUnordered::new();
    let mut is_stopped = false;
    loop {
        while !is_stopped && running.len() < concurrency.get() {
            let Some(next) = ready(batch, &waiting, &verdicts, &weights) else { break };
            waiting.remove(&next);
            let work = Box::pin(work(next));
            running.push(async move { (next, work.await) });
        }
        if running.is_empty() {
            break;
        }
        let finished = tokio::select! {
            biased;
            finished = running.next() => finished,
            _ = observer.next_interruption(""), if !is_stopped => {
                is_stopped = true;
                continue;
            }
        };
        let Some((index, result)) = finished else { break };
        verdicts[index] = Some(match result {
            Ok(done) => Verdict::Done(done),
            Err(error) => {
                skip_dependents(batch, index, &mut waiting, &mut verdicts);
                Verdict::Failed(error)
            }
        });
    }
    verdicts.into_iter().map(|verdict| verdict.unwrap_or(Verdict::Skipped(None))).collect()
}

/// The stack to begin with next: all it needs is done, and the most waits for it.
fn ready<T>(
    batch: &Batch<'_>,
    waiting: &BTreeSet<usize>,
    verdicts: &[Option<Verdict<T>>],
    weights: &[usize],
) -> Option<usize> {
    let is_done = |index: &usize| matches!(verdicts[*index], Some(Verdict::Done(_)));
    let ready = waiting.iter().copied().filter(|index| batch.needs[*index].iter().all(is_done));
    ready.max_by_key(|index| (weights[*index], usize::MAX - index))
}

fn skip_dependents<T>(
    batch: &Batch<'_>,
    failed: usize,
    waiting: &mut BTreeSet<usize>,
    verdicts: &mut [Option<Verdict<T>>],
) {
    let mut lost = vec![failed];
    while let Some(index) = lost.pop() {
        let dependents: Vec<usize> =
            waiting.iter().copied().filter(|other| batch.needs[*other].contains(&index)).collect();
        for dependent in dependents {
            waiting.remove(&dependent);
            verdicts[dependent] = Some(Verdict::Skipped(Some(batch.stacks[failed].display_name().to_owned())));
            lost.push(dependent);
        }
    }
}

/// By stack, the length of the longest chain of its dependents.
fn weights(needs: &[BTreeSet<usize>]) -> Vec<usize> {
    let mut dependents = vec![0_usize; needs.len()];
    needs.iter().flatten().for_each(|needed| dependents[*needed] += 1);
    let mut weights = vec![1; needs.len()];
    let mut settled: Vec<usize> = (0..needs.len()).filter(|index| dependents[*index] == 0).collect();
    while let Some(index) = settled.pop() {
        for needed in &needs[index] {
            weights[*needed] = weights[*needed].max(weights[index] + 1);
            dependents[*needed] -= 1;
            settled.extend((dependents[*needed] == 0).then_some(*needed));
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_chain_has_the_most_weight() {
        // 0 <- 1 <- 2, 0 <- 3
        let needs: Vec<BTreeSet<usize>> = vec![[].into(), [0].into(), [0, 1].into(), [0].into()];
        assert_eq!(weights(&needs), [3, 2, 1, 1]);
        let dense: Vec<BTreeSet<usize>> = (0..1000).map(|index| (index + 1..1000).collect()).collect();
        assert_eq!(weights(&dense), (1..=1000).collect::<Vec<_>>(), "in one pass, whatever the order");
    }
}
