//! What can be done with a stack without its assembly: follow it, execute a change set, take a
//! failure back, look at it.

mod drift;
mod look;
mod rollback;

use aws_sdk_cloudformation::primitives::{DateTime, DateTimeFormat};
use purlin_diagnosis::{OperationEnd, StackEvent, StackState, Status, diagnose, stack_name};

pub use self::drift::{Drift, DriftedResource};
pub use self::look::StackReport;
pub use self::rollback::RollbackOptions;
use crate::change_set;
use crate::cloudformation::{CloudFormation, Deletion};
use crate::error::{Aftermath, DeployError, FailedDeployment};
use crate::event::{Event, Interruption, Observer, Operation, Voice};
use crate::follow::{Ended, Story, Watch};
use crate::followers::Followers;
use crate::mark;
use crate::options::{FailFast, IfBusy};
use crate::session::Session;

/// Whoever has CloudFormation at work on a stack, as far as its events tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Busy {
    /// Whether it was this tool, in whatever process.
    pub(crate) is_ours: bool,
    pub(crate) who: Option<String>,
    /// When, in UTC.
    pub(crate) since: Option<String>,
    /// The same, in milliseconds since 1970.
    pub(crate) began_at: i64,
}

/// Reads the beginning of the operation that is under way.
pub(crate) async fn describe_busy(cloud: &CloudFormation, state: &StackState) -> Busy {
    let events = cloud.newest_events(&state.id).await;
    let began = events.iter().find(|event| is_beginning(event)).or(events.last());
    let token = events.iter().take_while(|event| !is_beginning(event)).chain(began).find_map(|it| it.token.as_ref());
    Busy {
        is_ours: token.is_some_and(|token| mark::is_ours(token)),
        who: token.and_then(|token| mark::who(token)),
        since: began.and_then(|event| utc(event.at)),
        began_at: began.map_or_else(|| state.updated_at.unwrap_or(state.created_at), |event| event.at),
    }
}

/// Whether an event of a stack begins an operation. A rollback belongs to what failed before it.
fn is_beginning(event: &StackEvent) -> bool {
    event.is_about_its_stack() && event.status.starts_operation()
}

fn utc(millis: i64) -> Option<String> {
    DateTime::from_secs(millis.div_euclid(1000)).fmt(DateTimeFormat::DateTime).ok()
}

/// Follows what is under way to its end when an earlier run of ours began it, or when it is asked
/// to. Returns the stack afterwards, when there still is one.
pub(crate) async fn wait_for(
    session: &Session,
    state: &StackState,
    if_busy: IfBusy,
    voice: Voice<'_>,
) -> Result<Option<StackState>, DeployError> {
    let cloud = session.cloudformation();
    let busy = describe_busy(&cloud, state).await;
    if !busy.is_ours && if_busy == IfBusy::Refuse {
        return Err(DeployError::Busy {
            stack: voice.stack.to_owned(),
            status: state.status.clone(),
            who: busy.who,
            since: busy.since,
        });
    }
    let by = busy.who.map(|who| format!(" by {who}")).unwrap_or_default();
    voice.note(format!("`{}` was begun{by}: following it to its end first", state.status));
    let story = Story::since(cloud, session.tempo(), &state.id, busy.began_at, voice);
    let mut watch = Watch::new(session, story, voice);
    match watch.until(state, |status| !status.is_busy()).await? {
        Ended::Interrupted(_) => Err(DeployError::Detached { stack: voice.stack.to_owned(), has_begun: true }),
        Ended::In(after) => Ok(Some(*after)),
        Ended::Gone | Ended::Unrecoverable(_) => Ok(None),
    }
}

impl Session {
    /// Follows what CloudFormation is at work on to its end, whoever began it, and explains a
    /// failure. A stack at rest is returned as it is. The stack is named by its name or ARN.
    pub async fn attach(&self, stack: &str, observer: &dyn Observer) -> Result<StackState, DeployError> {
        let voice = Voice::of(stack_name(stack), observer);
        let (cloud, state) = self.begin_with(stack, voice).await?;
        if !state.status.is_busy() || state.status == Status::ReviewInProgress {
            return Ok(state);
        }
        let began_at = describe_busy(&cloud, &state).await.began_at;
        let story = Story::since(cloud, self.tempo(), &state.id, began_at, voice);
        let template = self.cloudformation().deployed_template(&state.id).await.unwrap_or_default();
        let followers = Followers::new(self, &template, FailFast::default());
        let mut watch = Watch::new(self, story, voice).with(followers);
        self.see_through(&state, &mut watch, voice).await
    }

    /// Executes a change set that waits in a stack, and follows it to its end.
    pub async fn execute(&self, stack: &str, name: &str, observer: &dyn Observer) -> Result<StackState, DeployError> {
        let voice = Voice::of(stack_name(stack), observer);
        let (cloud, state) = self.begin_with(stack, voice).await?;
        let Some(set) = cloud.change_set(&state.id, name).await? else {
            let message = format!("there is no change set `{name}` in it");
            return Err(DeployError::Refused { stack: voice.stack.to_owned(), message });
        };
        if set.execution != "AVAILABLE" {
            let reason = set.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
            let message = format!("change set `{name}` cannot be executed, it is `{}`{reason}", set.execution);
            return Err(DeployError::Refused { stack: voice.stack.to_owned(), message });
        }
        let changes = cloud.changes(&set).await?;
        let is_new = state.status == Status::ReviewInProgress;
        voice.hear(Event::Planned { is_new, changes: changes.clone() });
        let token = mark::token(self.caller());
        let mut story = Story::now(cloud.clone(), self.tempo(), &state.id, voice).await.of(&token);
        story.expect(&changes);
        change_set::execute(&cloud, &set, &token, false).await?;
        let operation = if is_new { Operation::Create } else { Operation::Update };
        voice.hear(Event::Begun { stack_id: state.id.clone(), operation });
        self.see_through(&state, &mut Watch::new(self, story, voice), voice).await
    }

    /// The stack of a name or ARN, in the region an ARN names.
    async fn begin_with(&self, stack: &str, voice: Voice<'_>) -> Result<(CloudFormation, StackState), DeployError> {
        let cloud = self.cloudformation();
        let site = self.site();
        let Some(state) = cloud.stack(stack).await? else {
            return Err(DeployError::NoSuchStack {
                stack: stack.to_owned(),
                account: site.account.clone(),
                region: site.region.clone(),
            });
        };
        voice.hear(Event::Started { account: site.account.clone(), region: site.region.clone() });
        Ok((cloud, state))
    }

    /// Follows an operation to its end, through whatever the user wants meanwhile.
    async fn see_through(
        &self,
        before: &StackState,
        watch: &mut Watch<'_>,
        voice: Voice<'_>,
    ) -> Result<StackState, DeployError> {
        let stack = voice.stack.to_owned();
        loop {
            match watch.until(before, |status| status.operation_end().is_some()).await? {
                Ended::In(after)
                    if after.status.operation_end() == Some(OperationEnd::Done) || is_deleted(before, &after) =>
                {
                    return Ok(*after);
                }
                Ended::In(after) if watch.heeded.is_some() => {
                    return Err(DeployError::Cancelled { stack, status: after.status });
                }
                Ended::In(after) => return Err(failed(stack, *after, watch).await),
                Ended::Gone => {
                    return Ok(StackState { status: Status::DeleteComplete, ..before.clone() });
                }
                Ended::Interrupted(Interruption::Detach) => {
                    return Err(DeployError::Detached { stack, has_begun: true });
                }
                Ended::Interrupted(Interruption::Cancel) => self.cancel(before, voice).await,
                Ended::Unrecoverable(failure) => {
                    voice.note(format!("`{}` comes to no good end: {}", failure.logical_id, failure.reason));
                }
            }
        }
    }

    async fn cancel(&self, before: &StackState, voice: Voice<'_>) {
        let cloud = self.cloudformation();
        let token = mark::token(self.caller());
        let begun = match before.status {
            Status::CreateInProgress | Status::ReviewInProgress => {
                cloud.delete(&before.id, &Deletion { token, ..Deletion::default() }).await
            }
            _ => cloud.cancel_update(&before.id, &token).await,
        };
        if let Err(error) = begun {
            voice.note(format!("it cannot be cancelled any more: {error}"));
        }
    }
}

fn is_deleted(before: &StackState, after: &StackState) -> bool {
    before.status.is_deletion() && after.status == Status::DeleteComplete
}

async fn failed(stack: String, after: StackState, watch: &mut Watch<'_>) -> DeployError {
    let mut diagnosis = diagnose(watch.story.told());
    watch.add_facts(&mut diagnosis).await;
    let aftermath = if after.status.operation_end() == Some(OperationEnd::RolledBack) {
        Aftermath::AsBefore
    } else {
        Aftermath::FailedStack
    };
    DeployError::Failed(Box::new(FailedDeployment { stack, status: after.status, diagnosis, aftermath }))
}
