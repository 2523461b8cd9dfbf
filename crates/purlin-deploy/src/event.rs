//! The events of a deployment and its questions to the caller. The library never prints.

use std::future::{self, Future};
use std::pin::Pin;

use purlin_diagnosis::{Approval, Change, StackEvent};
use serde::Serialize;

use crate::error::DeployError;
use crate::outcome::Deployed;
use crate::outcome::Destroyed;
use crate::preflight::finding::Finding;

/// An event of a deployment. `--json` prints its JSON.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Event {
    /// Work on a stack begins.
    Started {
        /// The account it goes to.
        account: String,
        /// The region it goes to.
        region: String,
    },
    /// Something the user should know, such as a step that was left out and why.
    Note {
        /// The text.
        text: String,
    },
    /// A look at the account before anything changes found something.
    Found {
        /// What it found.
        finding: Finding,
    },
    /// An asset moved on.
    Asset {
        /// Its display name.
        name: String,
        /// What happens to it.
        #[serde(flatten)]
        step: AssetStep,
    },
    /// The change set is ready.
    Planned {
        /// Whether the stack is new.
        is_new: bool,
        /// The planned changes.
        changes: Vec<Change>,
    },
    /// CloudFormation has begun: from here on it continues also without this process.
    Begun {
        /// The stack's ARN.
        stack_id: String,
        /// The kind of operation.
        operation: Operation,
    },
    /// CloudFormation reported an event.
    Progress {
        /// The event.
        #[serde(rename = "told")]
        event: StackEvent,
        /// How many resources are done.
        done: usize,
        /// How many there are to do.
        total: usize,
    },
    /// A follower of a resource in progress has an update.
    Followed {
        /// The resource in the template.
        logical_id: String,
        /// Such as `AWS::ECS::Service`.
        resource_type: String,
        /// A line or more for people.
        news: String,
    },
}

/// The operation of CloudFormation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// The stack is made.
    Create,
    /// The stack is changed.
    Update,
    /// Resources that exist are taken into the stack.
    Import,
    /// The operation is rolled back.
    RollBack,
    /// The stack is deleted.
    Delete,
}

/// The life of an asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum AssetStep {
    /// It is there already.
    Present,
    /// A folder is packed or an image is built.
    Building,
    /// It is on its way.
    Uploading {
        /// Its size, where known.
        bytes: Option<u64>,
    },
    /// It is there now.
    Published,
}

/// What the user requests during an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interruption {
    /// Stop watching; CloudFormation goes on.
    Detach,
    /// Cancel the operation, and follow the rollback.
    Cancel,
}

/// A boxed future, as trait objects return them.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Receives events, and answers questions for the user.
pub trait Observer: Sync {
    /// Receives an event of a stack.
    fn on_event(&self, stack: &str, event: Event);

    /// Receives the result of one stack of several, while others go on.
    fn on_deployed(&self, _stack: &str, _result: &Result<Deployed, DeployError>) {}

    /// Receives the result of the deletion of one stack of several.
    fn on_destroyed(&self, _stack: &str, _result: &Result<Destroyed, DeployError>) {}

    /// Whether the user approves these changes. Yes by default.
    fn approve<'a>(&'a self, _stack: &'a str, _approval: &'a Approval) -> BoxFuture<'a, bool> {
        Box::pin(future::ready(true))
    }

    /// Resolves when the user requests an interruption of this stack. The future is dropped and
    /// requested again, so a request in between must not be lost; a request is returned once, so that
    /// a user who cancelled can still detach. The empty name stands for stacks that have not begun.
    /// Pending forever by default.
    fn next_interruption<'a>(&'a self, _stack: &'a str) -> BoxFuture<'a, Interruption> {
        Box::pin(future::pending())
    }
}

impl<F: Fn(&str, Event) + Sync> Observer for F {
    fn on_event(&self, stack: &str, event: Event) {
        self(stack, event);
    }
}

/// Sends events to the observer of one stack.
#[derive(Clone, Copy)]
pub(crate) struct EventSink<'a> {
    pub(crate) stack: &'a str,
    pub(crate) observer: &'a dyn Observer,
}

impl<'a> EventSink<'a> {
    pub(crate) fn of(stack: &'a str, observer: &'a dyn Observer) -> Self {
        Self { stack, observer }
    }

    pub(crate) fn send(self, event: Event) {
        self.observer.on_event(self.stack, event);
    }

    pub(crate) fn note(self, text: impl Into<String>) {
        self.send(Event::Note { text: text.into() });
    }
}
