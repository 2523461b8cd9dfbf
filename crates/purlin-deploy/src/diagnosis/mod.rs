//! Finds the first real cause of a failed operation in the story CloudFormation tells.
//!
//! One resource fails, CloudFormation cancels its neighbours, each stack around it repeats the
//! news, and then the rollback may fail too. Only the first of these is what the user looks for.

pub(crate) mod hints;
pub(crate) mod origin;

use std::collections::BTreeSet;

use crate::model::StackEvent;

/// What went wrong, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnosis {
    /// The first real failure.
    pub cause: Option<Failure>,
    /// Failures that happened independently of it.
    pub others: Vec<Failure>,
    /// How many resources were cancelled because of it.
    pub cancelled: usize,
    /// What failed while CloudFormation took things back.
    pub while_rolling_back: Vec<Failure>,
}

/// One resource that failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// The name of the stack, which may be a nested one.
    pub stack: String,
    /// The resource in the template.
    pub logical_id: String,
    /// The resource in AWS, when it got that far.
    pub physical_id: Option<String>,
    /// Such as `AWS::SQS::Queue`.
    pub resource_type: String,
    /// Such as `CREATE_FAILED`.
    pub status: String,
    /// AWS's reason, without request ids.
    pub reason: String,
    /// AWS's word for the class of failure, such as `AlreadyExists`.
    pub code: Option<String>,
    /// The construct path.
    pub construct: Option<String>,
    /// Where in the user's code.
    pub declared_at: Option<String>,
    /// What usually helps.
    pub hint: Option<&'static str>,
}

/// Sorts the events of one operation, oldest first, those of nested stacks among them.
pub fn diagnose(events: &[StackEvent]) -> Diagnosis {
    let mut rolling_back = BTreeSet::new();
    let mut found = Diagnosis::default();
    let mut failures: Vec<(&StackEvent, Failure)> = Vec::new();
    let mut about_the_stack = None;
    for event in events {
        if event.is_about_its_stack() && event.status.ends_with("ROLLBACK_IN_PROGRESS") {
            rolling_back.insert(event.stack_id.as_str());
        }
        if event.is_about_its_stack() && event.reason.is_some() && is_bad_news(&event.status) {
            about_the_stack.get_or_insert_with(|| Failure::of(event));
        }
        if event.is_about_its_stack() || !event.status.ends_with("_FAILED") {
            continue;
        }
        if is_cancellation(event.reason.as_deref().unwrap_or_default()) {
            found.cancelled += 1;
        } else if rolling_back.contains(event.stack_id.as_str()) {
            found.while_rolling_back.push(Failure::of(event));
        } else {
            failures.push((event, Failure::of(event)));
        }
    }
    let failed_stacks: BTreeSet<&str> = failures.iter().map(|(event, _)| event.stack_id.as_str()).collect();
    let is_echo = |event: &StackEvent| {
        event.resource_type == "AWS::CloudFormation::Stack"
            && event.physical_id.as_deref().is_some_and(|nested| failed_stacks.contains(nested))
    };
    let mut real = failures.iter().filter(|(event, _)| !is_echo(event)).map(|(_, failure)| failure.clone());
    found.cause = real.next().or(about_the_stack);
    found.others = real.collect();
    found
}

impl Failure {
    fn of(event: &StackEvent) -> Self {
        let given = event.reason.as_deref().unwrap_or("AWS gave no reason");
        let code = between(given, "HandlerErrorCode: ", &[')', ',']).or_else(|| between(given, "Error Code: ", &[';']));
        Self {
            stack: event.stack_name().to_owned(),
            logical_id: event.logical_id.clone(),
            physical_id: event.physical_id.clone().filter(|id| !id.is_empty()),
            resource_type: event.resource_type.clone(),
            status: event.status.clone(),
            reason: plain(given),
            hint: hints::for_failure(&event.resource_type, given),
            code,
            construct: None,
            declared_at: None,
        }
    }
}

fn is_bad_news(status: &str) -> bool {
    status.ends_with("_FAILED") || status.ends_with("ROLLBACK_IN_PROGRESS")
}

fn is_cancellation(reason: &str) -> bool {
    let reason = reason.to_ascii_lowercase();
    ["creation", "update", "deletion"].iter().any(|what| reason.starts_with(&format!("resource {what} cancel")))
}

fn between(text: &str, start: &str, ends: &[char]) -> Option<String> {
    let rest = text.split_once(start)?.1;
    let found = rest.split(ends).next()?.trim();
    (!found.is_empty()).then(|| found.to_owned())
}

/// A reason without what only AWS can use: the ids of requests, the service's status codes.
pub(crate) fn plain(reason: &str) -> String {
    let mut text = reason.to_owned();
    for start in [" (RequestToken: ", " (Service: ", " (SDK Attempt Count: "] {
        if let Some(from) = text.find(start)
            && let Some(length) = text[from..].find(')')
        {
            text.replace_range(from..=from + length, "");
        }
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "arn:aws:cloudformation:eu-west-1:111122223333:stack/Web/1";
    const NESTED: &str = "arn:aws:cloudformation:eu-west-1:111122223333:stack/Web-Db-X/2";

    fn event(stack: &str, id: &str, kind: &str, status: &str, reason: &str) -> StackEvent {
        let physical = match (kind, id) {
            ("AWS::CloudFormation::Stack", "Db") => NESTED.to_owned(),
            ("AWS::CloudFormation::Stack", _) => stack.to_owned(),
            _ => String::new(),
        };
        StackEvent {
            stack_id: stack.into(),
            logical_id: id.into(),
            resource_type: kind.into(),
            status: status.into(),
            physical_id: Some(physical),
            reason: (!reason.is_empty()).then(|| reason.into()),
            ..StackEvent::default()
        }
    }

    const STACK: &str = "AWS::CloudFormation::Stack";
    const QUEUE: &str = "AWS::SQS::Queue";

    #[test]
    fn the_first_failure_is_the_cause_and_cancellations_are_counted() {
        let events = [
            event(ROOT, "Web", STACK, "CREATE_IN_PROGRESS", "User Initiated"),
            event(
                ROOT,
                "Jobs",
                QUEUE,
                "CREATE_FAILED",
                "Resource handler returned message: \"Queue exists\" (RequestToken: 6d-1, HandlerErrorCode: AlreadyExists)",
            ),
            event(ROOT, "Mail", QUEUE, "CREATE_FAILED", "Resource creation cancelled"),
            event(ROOT, "Other", QUEUE, "CREATE_FAILED", "Access denied"),
            event(
                ROOT,
                "Web",
                STACK,
                "ROLLBACK_IN_PROGRESS",
                "The following resource(s) failed to create: [Jobs, Mail].",
            ),
            event(ROOT, "Log", "AWS::S3::Bucket", "DELETE_FAILED", "The bucket you tried to delete is not empty"),
        ];
        let found = diagnose(&events);
        let cause = found.cause.expect("a cause");
        assert_eq!(cause.logical_id, "Jobs");
        assert_eq!(cause.stack, "Web");
        assert_eq!(cause.reason, "Resource handler returned message: \"Queue exists\"");
        assert_eq!(cause.code.as_deref(), Some("AlreadyExists"));
        assert!(cause.hint.is_some());
        assert_eq!(found.cancelled, 1);
        assert_eq!(found.others.len(), 1);
        assert_eq!(found.while_rolling_back.len(), 1);
    }

    #[test]
    fn reasons_keep_what_people_can_use() {
        let given = "Resource handler returned message: \"Domain taken (by you). (Service: Cognito, Status Code: 400, \
                     Request ID: 7f) (SDK Attempt Count: 1)\" (RequestToken: 4d, HandlerErrorCode: InvalidRequest)";
        assert_eq!(plain(given), "Resource handler returned message: \"Domain taken (by you).\"");
        assert_eq!(plain("Rate exceeded"), "Rate exceeded");
    }

    #[test]
    fn a_failure_inside_a_nested_stack_explains_the_stack_around_it() {
        let events = [
            event(ROOT, "Db", STACK, "CREATE_FAILED", "Embedded stack was not successfully created"),
            event(ROOT, "Web", STACK, "ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [Db]."),
            event(NESTED, "Table", "AWS::DynamoDB::Table", "CREATE_FAILED", "no such key"),
            event(NESTED, "Web-Db-X", STACK, "CREATE_FAILED", "The following resource(s) failed to create: [Table]."),
        ];
        let cause = diagnose(&events).cause.expect("a cause");
        assert_eq!((cause.stack.as_str(), cause.logical_id.as_str()), ("Web-Db-X", "Table"));
    }

    #[test]
    fn without_a_failed_resource_the_stack_itself_speaks() {
        let events = [event(ROOT, "Web", STACK, "ROLLBACK_IN_PROGRESS", "Hook denied the operation")];
        assert_eq!(diagnose(&events).cause.expect("a cause").reason, "Hook denied the operation");
        assert_eq!(diagnose(&[]), Diagnosis::default());
    }

    #[test]
    fn a_reason_that_only_speaks_of_cancelling_is_a_reason() {
        let events = [event(ROOT, "S", "AWS::ECS::Service", "CREATE_FAILED", "Deployment was cancelled by an alarm")];
        let found = diagnose(&events);
        assert_eq!(found.cancelled, 0);
        assert!(found.cause.is_some());
    }
}
