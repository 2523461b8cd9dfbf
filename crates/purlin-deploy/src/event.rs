//! What a deployment tells whoever shows it. The library never prints.

use crate::model::{Change, StackEvent};

/// Something that happened on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// Work on a stack begins.
    Started {
        /// The name in CloudFormation.
        stack: String,
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
    /// An asset moved on.
    Asset {
        /// What people call it.
        name: String,
        /// What happens to it.
        step: AssetStep,
    },
    /// The change set is ready and about to be executed.
    Planned {
        /// The stack.
        stack: String,
        /// Whether the stack is new.
        is_new: bool,
        /// What is going to happen.
        changes: Vec<Change>,
    },
    /// CloudFormation told something.
    Progress {
        /// What it told.
        event: StackEvent,
        /// How many resources are done.
        done: usize,
        /// How many there are to do.
        total: usize,
    },
}

/// The life of an asset.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// Whoever shows what happens, and answers for the user.
pub trait Observer: Sync {
    /// Hears of something that happened.
    fn hear(&self, event: Event);

    /// Whether to go on although the data in these resources is lost. Yes, unless somebody asks.
    fn accepts_loss(&self, _losses: &[&Change]) -> bool {
        true
    }
}

impl<F: Fn(Event) + Sync> Observer for F {
    fn hear(&self, event: Event) {
        self(event);
    }
}
