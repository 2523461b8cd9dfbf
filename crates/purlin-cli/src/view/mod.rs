//! Shows deployments while they run: a live tree on a terminal, lines elsewhere, lines of JSON for programs.

mod display;
mod durations;
mod ended;
mod event_lines;
mod interrupts;
pub(crate) mod json;
mod model;
mod observer;
mod path;
mod tree;
mod words;

pub(crate) use self::display::Style;
pub(crate) use self::ended::{plain_outputs, print_outputs};
pub(crate) use self::event_lines::tone;
pub(crate) use self::observer::View;
pub(crate) use self::words::span;
