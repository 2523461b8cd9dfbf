//! Asynchronous invocations: retries, the age of events, and destinations
//! (<https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html>).

use std::time::Duration;

use purlin_cfn::lambda::{
    CfnEventInvokeConfig, EventInvokeConfigDestinationConfig, EventInvokeConfigOnFailure, EventInvokeConfigOnSuccess,
};
use purlin_construct::{IntoValue, Ref, Scope, Value};

use super::function::Function;
use super::function_props::FunctionProps;
use crate::check::Checks;
use crate::iam::{PolicyStatement, Role};
use crate::time::seconds;

/// Where Lambda sends the record of an asynchronous invocation: the event and its result
/// (<https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-async-destinations>).
#[derive(Debug, Clone)]
#[must_use = "a destination does nothing until it is given to a function"]
pub struct Destination {
    arn: Value<String>,
    action: &'static str,
}

impl Destination {
    /// A queue of Amazon SQS, by its ARN; not a FIFO queue. If the queue is encrypted with a key of AWS KMS, grant the
    /// function [`Key::grant_encrypt_decrypt`](crate::kms::Key::grant_encrypt_decrypt).
    pub fn queue(arn: impl IntoValue<String>) -> Self {
        Self { arn: arn.into_value(), action: "sqs:SendMessage" }
    }

    /// A topic of Amazon SNS, by its ARN; not a FIFO topic. For a topic with a key, see [`queue`](Self::queue).
    pub fn topic(arn: impl IntoValue<String>) -> Self {
        Self { arn: arn.into_value(), action: "sns:Publish" }
    }

    /// Another function.
    pub fn function(function: &Function) -> Self {
        Self { arn: function.arn(), action: "lambda:InvokeFunction" }
    }

    /// A bus of Amazon EventBridge, by its ARN.
    pub fn event_bus(arn: impl IntoValue<String>) -> Self {
        Self { arn: arn.into_value(), action: "events:PutEvents" }
    }
}

/// The settings of a recipe for asynchronous invocations.
#[derive(Debug, Clone, Default)]
pub(super) struct AsyncInvoke {
    retry_attempts: Option<u8>,
    max_event_age: Option<Duration>,
    on_failure: Option<Destination>,
    on_success: Option<Destination>,
}

impl FunctionProps {
    /// How often an asynchronous invocation is retried after a failure: 0 to 2 times; twice unless given.
    pub fn retry_attempts(mut self, count: u8) -> Self {
        self.async_invoke.retry_attempts = Some(count);
        self
    }

    /// The maximum time that an event waits for an asynchronous invocation: 1 minute to 6 hours in whole seconds; 6 hours
    /// unless given.
    pub fn max_event_age(mut self, age: Duration) -> Self {
        self.async_invoke.max_event_age = Some(age);
        self
    }

    /// Where Lambda sends the record of an asynchronous invocation whose retries all failed; nowhere unless given. The
    /// function is permitted to send there. The record has the error, too; a [dead-letter target](Self::dead_letter)
    /// gets only the event.
    pub fn on_failure(mut self, destination: Destination) -> Self {
        self.async_invoke.on_failure = Some(destination);
        self
    }

    /// Where Lambda sends the record of an asynchronous invocation that succeeded; nowhere unless given. The function is
    /// permitted to send there.
    pub fn on_success(mut self, destination: Destination) -> Self {
        self.async_invoke.on_success = Some(destination);
        self
    }
}

impl AsyncInvoke {
    /// Permits the role to send to the destinations.
    pub(super) fn permit(&self, role: &Role) {
        for destination in [&self.on_failure, &self.on_success].into_iter().flatten() {
            role.add_to_policy(PolicyStatement::allow().action(destination.action).resource(&destination.arn));
        }
    }

    /// The ARNs of the destinations, with what they are for.
    pub(super) fn destinations_of(&self) -> impl Iterator<Item = (&'static str, Value<String>)> {
        let failure = self.on_failure.as_ref().map(|it| ("destination of failures", it.arn.clone()));
        failure.into_iter().chain(self.on_success.as_ref().map(|it| ("destination of successes", it.arn.clone())))
    }

    pub(super) fn check(&self, scope: &Scope) {
        scope.check("the maximum age of events").whole_seconds(self.max_event_age, ..);
    }

    /// Adds the configuration, if the recipe has any setting.
    #[track_caller]
    pub(super) fn declare(&self, scope: &Scope, name: Value<String>) -> Option<Ref<CfnEventInvokeConfig>> {
        let destinations = self.destinations();
        if destinations.is_none() && self.retry_attempts.is_none() && self.max_event_age.is_none() {
            return None;
        }
        let mut config = CfnEventInvokeConfig::new(name, "$LATEST");
        if let Some(destinations) = destinations {
            config = config.destination_config(destinations);
        }
        if let Some(count) = self.retry_attempts {
            config = config.maximum_retry_attempts(count);
        }
        if let Some(age) = self.max_event_age {
            config = config.maximum_event_age_in_seconds(seconds(age));
        }
        Some(scope.child("EventInvokeConfig").add("Resource", config))
    }

    fn destinations(&self) -> Option<EventInvokeConfigDestinationConfig> {
        let failure = self.on_failure.as_ref().map(|it| EventInvokeConfigOnFailure::new(&it.arn));
        let success = self.on_success.as_ref().map(|it| EventInvokeConfigOnSuccess::new(&it.arn));
        let config = EventInvokeConfigDestinationConfig::new();
        match (failure, success) {
            (None, None) => None,
            (Some(failure), None) => Some(config.on_failure(failure)),
            (None, Some(success)) => Some(config.on_success(success)),
            (Some(failure), Some(success)) => Some(config.on_failure(failure).on_success(success)),
        }
    }
}
