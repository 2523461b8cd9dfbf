//! The commands about one deployed stack, with or without an assembly.

mod drift;
mod logs;
mod look;
mod work;

pub(crate) use drift::drift;
pub(crate) use logs::logs;
pub(crate) use look::{events, outputs, status};
pub(crate) use work::{attach, execute, rollback};
