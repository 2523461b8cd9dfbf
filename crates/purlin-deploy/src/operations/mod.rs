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
use crate::event::{Event, EventSink, Interruption, Observer, Operation};
use crate::follow::{Ended, EventReader, Watcher};
use crate::followers::Followers;
use crate::options::{FailFast, IfBusy};
use crate::ownership;
use crate::session::Session;

/// The operation in progress on a stack, from its events.
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

/// How often events that did not arrive are read again.
const ATTEMPTS: usize = 5;

/// Reads the beginning of the operation that is under way.
pub(crate) async fn describe_busy(cloud: &CloudFormation, state: &StackState) -> Busy {
    let mut events = cloud.newest_events(&state.id).await;
    // A busy stack has events: none means that AWS did not answer, and an own operation must not look like another's.
    for _ in 0..ATTEMPTS {
        if !events.is_empty() {
            break;
        }
        events = cloud.newest_events(&state.id).await;
    }
    let began = events.iter().find(|event| is_beginning(event)).or(events.last());
    let token = events.iter().take_while(|event| !is_beginning(event)).chain(began).find_map(|it| it.token.as_ref());
    Busy {
        is_ours: token.is_some_and(|token| ownership::is_ours(token)),
        who: token.and_then(|token| ownership::who(token)),
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

/// Follows the operation in progress to its end, when an earlier run began it or the options say so.
/// Returns the stack afterwards, when there still is one.
pub(crate) async fn wait_for(
    session: &Session,
    state: &StackState,
    if_busy: IfBusy,
    sink: EventSink<'_>,
) -> Result<Option<StackState>, DeployError> {
    let cloud = session.cloudformation();
    let busy = describe_busy(&cloud, state).await;
    if !busy.is_ours && if_busy == IfBusy::Refuse {
        return Err(DeployError::Busy {
            stack: sink.stack.to_owned(),
            status: state.status.clone(),
            who: busy.who,
            since: busy.since,
        });
    }
    let by = busy.who.map(|who| format!(" by {who}")).unwrap_or_default();
    sink.note(format!("`{}` was begun{by}: following it to its end first", state.status));
    let reader = EventReader::since(cloud, session.clock(), &state.id, busy.began_at, sink);
    let mut watcher = Watcher::new(session, reader, sink);
    match watcher.until(state, |status| !status.is_busy()).await? {
        Ended::Interrupted(_) => Err(DeployError::Detached { stack: sink.stack.to_owned(), has_begun: true }),
        Ended::In(after) => Ok(Some(*after)),
        Ended::Gone | Ended::Unrecoverable(_) => Ok(None),
    }
}

impl Session {
    /// Follows the operation in progress to its end, also one of another user, and explains a
    /// failure. A stack at rest is returned as it is. The stack is named by its name or ARN.
    pub async fn attach(&self, stack: &str, observer: &dyn Observer) -> Result<StackState, DeployError> {
        let sink = EventSink::of(stack_name(stack), observer);
        let (cloud, state) = self.begin_with(stack, sink).await?;
        if !state.status.is_busy() || state.status == Status::ReviewInProgress {
            return Ok(state);
        }
        let began_at = describe_busy(&cloud, &state).await.began_at;
        let reader = EventReader::since(cloud, self.clock(), &state.id, began_at, sink);
        let template = self.cloudformation().deployed_template(&state.id).await.unwrap_or_default();
        let followers = Followers::new(self, &template, FailFast::default());
        let mut watcher = Watcher::new(self, reader, sink).with(followers);
        self.see_through(&state, &mut watcher, sink).await
    }

    /// Executes a change set that waits in a stack, and follows it to its end.
    pub async fn execute(&self, stack: &str, name: &str, observer: &dyn Observer) -> Result<StackState, DeployError> {
        let sink = EventSink::of(stack_name(stack), observer);
        let (cloud, state) = self.begin_with(stack, sink).await?;
        let Some(set) = cloud.change_set(&state.id, name).await? else {
            let message = format!("there is no change set `{name}` in it");
            return Err(DeployError::Refused { stack: sink.stack.to_owned(), message });
        };
        if set.execution != "AVAILABLE" {
            let reason = set.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
            let message = format!("change set `{name}` cannot be executed, it is `{}`{reason}", set.execution);
            return Err(DeployError::Refused { stack: sink.stack.to_owned(), message });
        }
        let changes = cloud.changes(&set).await?;
        let is_new = state.status == Status::ReviewInProgress;
        sink.send(Event::Planned { is_new, changes: changes.clone() });
        let token = ownership::token(self.caller());
        let mut reader = EventReader::now(cloud.clone(), self.clock(), &state.id, sink).await.of(&token);
        reader.expect(&changes);
        change_set::execute(&cloud, &set, &token, false).await?;
        let operation = if is_new { Operation::Create } else { Operation::Update };
        sink.send(Event::Begun { stack_id: state.id.clone(), operation });
        self.see_through(&state, &mut Watcher::new(self, reader, sink), sink).await
    }

    /// The stack of a name or ARN, in the region an ARN names.
    async fn begin_with(&self, stack: &str, sink: EventSink<'_>) -> Result<(CloudFormation, StackState), DeployError> {
        let cloud = self.cloudformation();
        let target = self.target();
        let Some(state) = cloud.stack(stack).await? else {
            return Err(DeployError::NoSuchStack {
                stack: stack.to_owned(),
                account: target.account.clone(),
                region: target.region.clone(),
            });
        };
        sink.send(Event::Started { account: target.account.clone(), region: target.region.clone() });
        Ok((cloud, state))
    }

    /// Follows an operation to its end and handles interruptions by the user.
    async fn see_through(
        &self,
        before: &StackState,
        watcher: &mut Watcher<'_>,
        sink: EventSink<'_>,
    ) -> Result<StackState, DeployError> {
        let stack = sink.stack.to_owned();
        loop {
            match watcher.until(before, |status| status.operation_end().is_some()).await? {
                Ended::In(after)
                    if after.status.operation_end() == Some(OperationEnd::Done) || is_deleted(before, &after) =>
                {
                    return Ok(*after);
                }
                Ended::In(after) if watcher.last_request.is_some() => {
                    return Err(DeployError::Cancelled { stack, status: after.status });
                }
                Ended::In(after) => return Err(failed(stack, *after, watcher).await),
                Ended::Gone => {
                    return Ok(StackState { status: Status::DeleteComplete, ..before.clone() });
                }
                Ended::Interrupted(Interruption::Detach) => {
                    return Err(DeployError::Detached { stack, has_begun: true });
                }
                Ended::Interrupted(Interruption::Cancel) => self.cancel(before, sink).await,
                Ended::Unrecoverable(failure) => {
                    sink.note(format!("`{}` cannot become stable: {}", failure.logical_id, failure.reason));
                }
            }
        }
    }

    async fn cancel(&self, before: &StackState, sink: EventSink<'_>) {
        let cloud = self.cloudformation();
        let token = ownership::token(self.caller());
        let begun = match before.status {
            Status::CreateInProgress | Status::ReviewInProgress => {
                cloud.delete(&before.id, &Deletion { token, ..Deletion::default() }).await
            }
            _ => cloud.cancel_update(&before.id, &token).await,
        };
        if let Err(error) = begun {
            sink.note(format!("it cannot be cancelled any more: {error}"));
        }
    }
}

fn is_deleted(before: &StackState, after: &StackState) -> bool {
    before.status.is_deletion() && after.status == Status::DeleteComplete
}

async fn failed(stack: String, after: StackState, watcher: &mut Watcher<'_>) -> DeployError {
    let mut diagnosis = diagnose(watcher.reader.events());
    watcher.add_facts(&mut diagnosis).await;
    let aftermath = if after.status.operation_end() == Some(OperationEnd::RolledBack) {
        Aftermath::AsBefore
    } else {
        Aftermath::FailedStack
    };
    DeployError::Failed(Box::new(FailedDeployment { stack, status: after.status, diagnosis, aftermath }))
}
