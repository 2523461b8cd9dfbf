//! What a deployment tells whoever shows it, and what it asks. The library never prints.

use std::future::{self, Future};
use std::pin::Pin;

use purlin_diagnosis::{Approval, Change, StackEvent};
use serde::Serialize;

use crate::error::DeployError;
use crate::outcome::Deployed;
use crate::outcome::Destroyed;
use crate::preflight::finding::Finding;

/// Something that happened on the way. Serialized, it is what `--json` prints.
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
        /// What people call it.
        name: String,
        /// What happens to it.
        #[serde(flatten)]
        step: AssetStep,
    },
    /// The change set is ready.
    Planned {
        /// Whether the stack is new.
        is_new: bool,
        /// What is going to happen.
        changes: Vec<Change>,
    },
    /// CloudFormation is at work: from here on it goes on without us.
    Begun {
        /// The stack's ARN.
        stack_id: String,
        /// What it does.
        operation: Operation,
    },
    /// CloudFormation told something.
    Progress {
        /// What it told.
        #[serde(rename = "told")]
        event: StackEvent,
        /// How many resources are done.
        done: usize,
        /// How many there are to do.
        total: usize,
    },
    /// Somebody who looks after a resource while it is made has news of it.
    Followed {
        /// The resource in the template.
        logical_id: String,
        /// Such as `AWS::ECS::Service`.
        resource_type: String,
        /// A line or more for people.
        news: String,
    },
}

/// What CloudFormation is at work on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// The stack is made.
    Create,
    /// The stack is changed.
    Update,
    /// Resources that exist are taken into the stack.
    Import,
    /// What was done is taken back.
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

/// What whoever watches wants, in the middle of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interruption {
    /// Stop watching; CloudFormation goes on.
    Detach,
    /// Stop CloudFormation, and watch it take things back.
    Cancel,
}

/// A future of somebody else's.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Whoever shows what happens, and answers for the user.
pub trait Observer: Sync {
    /// Hears of something that happened to a stack.
    fn hear(&self, stack: &str, event: Event);

    /// Hears that a stack of several is done with, while others go on.
    fn deployed(&self, _stack: &str, _result: &Result<Deployed, DeployError>) {}

    /// The same of a stack that was to be deleted.
    fn destroyed(&self, _stack: &str, _result: &Result<Destroyed, DeployError>) {}

    /// Whether to go on although this is about to happen. Yes, unless somebody asks.
    fn approves<'a>(&'a self, _stack: &'a str, _approval: &'a Approval) -> Later<'a, bool> {
        Box::pin(future::ready(true))
    }

    /// Ends when the user wants something else for this stack. It is dropped and called again, so it
    /// must not lose a wish in between; a wish that was given out is not given out again, so that
    /// one who cancelled can still detach. The empty name is whoever begins stacks. Never, unless
    /// somebody listens.
    fn interrupts<'a>(&'a self, _stack: &'a str) -> Later<'a, Interruption> {
        Box::pin(future::pending())
    }
}

impl<F: Fn(&str, Event) + Sync> Observer for F {
    fn hear(&self, stack: &str, event: Event) {
        self(stack, event);
    }
}

/// Speaks to the observer of one stack.
#[derive(Clone, Copy)]
pub(crate) struct Voice<'a> {
    pub(crate) stack: &'a str,
    pub(crate) observer: &'a dyn Observer,
}

impl<'a> Voice<'a> {
    pub(crate) fn of(stack: &'a str, observer: &'a dyn Observer) -> Self {
        Self { stack, observer }
    }

    pub(crate) fn hear(self, event: Event) {
        self.observer.hear(self.stack, event);
    }

    pub(crate) fn note(self, text: impl Into<String>) {
        self.hear(Event::Note { text: text.into() });
    }
}
