//! A change set from its creation to its execution. On every path our own change sets are deleted.

use purlin_diagnosis::{Change, Status, is_no_change, stack_name};
use tokio::time::sleep;

use crate::clock::Clock;
use crate::cloudformation::{ChangeSetState, CloudFormation, NewChangeSet};
use crate::error::DeployError;
use crate::ownership;

/// How often a new change set may be unknown.
const STALE_LOOKS: u32 = 5;

/// A change set that can be executed, or that there is nothing to execute.
#[derive(Debug)]
pub(crate) enum Planned {
    Changes { set: ChangeSetState, changes: Vec<Change> },
    Nothing,
}

/// Creates a change set and waits for it. A failed or empty one is deleted.
pub(crate) async fn plan(cloud: &CloudFormation, clock: Clock, new: &NewChangeSet) -> Result<Planned, DeployError> {
    cloud.create_change_set(new).await.map_err(|error| refused(&new.stack, error))?;
    let planned = finished(cloud, clock, new).await;
    if !matches!(planned, Ok(Planned::Changes { .. })) {
        discard(cloud, clock, new).await;
    }
    planned
}

async fn finished(cloud: &CloudFormation, clock: Clock, new: &NewChangeSet) -> Result<Planned, DeployError> {
    let mut backoff = clock.change_set();
    let mut looks = 0;
    loop {
        match cloud.change_set(&new.stack, &new.name).await? {
            Some(set) if set.status == Status::CreateComplete => {
                let changes = cloud.changes(&set).await?;
                return Ok(Planned::Changes { set, changes });
            }
            Some(set) if set.status == Status::Failed => {
                let reason = set.reason.as_deref().unwrap_or("AWS gave no reason");
                if is_no_change(reason) {
                    return Ok(Planned::Nothing);
                }
                let mut lines = vec![reason.to_owned()];
                lines.extend(cloud.failed_validations(&set.id).await);
                return Err(DeployError::Refused { stack: new.stack.clone(), message: lines.join("\n  ") });
            }
            Some(set) if set.status.is_deletion() => {
                return Err(DeployError::Replaced { stack: new.stack.clone() });
            }
            None if looks >= STALE_LOOKS => return Err(DeployError::Replaced { stack: new.stack.clone() }),
            _ => {}
        }
        looks += 1;
        sleep(backoff.wait()).await;
    }
}

/// Begins the deployment. After a lost answer AWS is asked whether it began.
pub(crate) async fn execute(
    cloud: &CloudFormation,
    set: &ChangeSetState,
    token: &str,
    keeps_failures: bool,
) -> Result<(), DeployError> {
    match cloud.execute(set, token, keeps_failures).await {
        Ok(()) => Ok(()),
        Err(error) => match cloud.change_set(&set.stack_id, &set.id).await? {
            Some(now) if now.execution.starts_with("EXECUTE_") => Ok(()),
            Some(_) => Err(error),
            None => match cloud.stack(&set.stack_id).await? {
                Some(stack) if stack.change_set_id.as_ref() == Some(&set.id) => Ok(()),
                Some(stack) => Err(DeployError::Replaced { stack: stack_name(&stack.id).to_owned() }),
                None => Err(error),
            },
        },
    }
}

/// Deletes a change set, and the stack when it only held that. Errors are ignored, as they must not
/// hide the reason for the cleanup.
pub(crate) async fn discard(cloud: &CloudFormation, clock: Clock, new: &NewChangeSet) {
    let shell = if new.is_new { shell_of(cloud, new).await } else { None };
    let mut backoff = clock.change_set();
    for _ in 0..STALE_LOOKS {
        match cloud.delete_change_set(&new.stack, &new.name).await {
            // One in creation cannot be deleted yet.
            Err(error) if error.code().is_some_and(|code| code.starts_with("InvalidChangeSetStatus")) => {
                sleep(backoff.wait()).await;
            }
            _ => break,
        }
    }
    if let Some(shell) = shell
        && has_only_ours(cloud, &shell, &new.name).await == Some(true)
    {
        let deletion = crate::cloudformation::Deletion { token: ownership::token("shell"), ..Default::default() };
        let _ = cloud.delete(&shell, &deletion).await;
    }
}

/// The same for a change set whose making was broken off: AWS may make it a little later.
pub(crate) async fn discard_late(cloud: &CloudFormation, clock: Clock, new: &NewChangeSet) {
    discard(cloud, clock, new).await;
    sleep(clock.change_set().wait() * 2).await;
    if matches!(cloud.change_set(&new.stack, &new.name).await, Ok(Some(_))) {
        discard(cloud, clock, new).await;
    }
}

/// The id of the stack that holds this change set and no other. CloudFormation deletes all others when it executes one, so
/// the stack of a set that is gone may be in creation for another user, whatever status it shows.
async fn shell_of(cloud: &CloudFormation, new: &NewChangeSet) -> Option<String> {
    let shell = cloud.stack(&new.stack).await.ok()??;
    let is_there = cloud.waiting(&shell.id).await.ok()?.iter().any(|it| it.name == new.name);
    is_there.then_some(shell.id)
}

/// Whether a stack has no resources, and no change set but this one and abandoned ones.
async fn has_only_ours(cloud: &CloudFormation, stack: &str, name: &str) -> Option<bool> {
    let waiting = cloud.waiting(stack).await.ok()?;
    let is_alone = waiting.iter().all(|it| it.name == name || ownership::is_abandoned(it, 0));
    // The status last: it is the later look at a stack that is being created.
    Some(is_alone && cloud.stack(stack).await.ok()??.status == Status::ReviewInProgress)
}

/// Deletes what earlier runs left when they were killed, and names change sets of others.
pub(crate) async fn clear_leftovers(cloud: &CloudFormation, stack: &str) -> Vec<String> {
    let waiting = cloud.waiting(stack).await.unwrap_or_default();
    let newest = waiting.iter().map(|it| it.created_at).max().unwrap_or_default();
    let (dead, others): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|it| ownership::is_abandoned(it, newest));
    for it in dead {
        let _ = cloud.delete_change_set(stack, &it.id).await;
    }
    others.into_iter().map(|it| it.name).collect()
}

/// An error about the template is the user's to correct; other errors stay as they are.
fn refused(stack: &str, error: DeployError) -> DeployError {
    match (error.code(), &error) {
        (
            Some(
                "ValidationError"
                | "InsufficientCapabilitiesException"
                | "InsufficientCapabilities"
                | "LimitExceeded"
                | "LimitExceededException",
            ),
            DeployError::Aws { message, .. },
        ) => DeployError::Refused { stack: stack.to_owned(), message: message.clone() },
        _ => error,
    }
}
