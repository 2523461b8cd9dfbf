//! `purlin ls`: the stacks of an assembly.

use std::fmt::Write as _;
use std::path::Path;

use crate::app;
use crate::args::List;
use crate::failure::Failure;
use crate::terminal::Terminal;

pub(crate) fn run(app: Option<&Path>, args: &List, terminal: &Terminal) -> Result<(), Failure> {
    let assembly = app::read(app)?;
    let stacks = match args.stacks.as_slice() {
        [] => assembly.stacks().iter().collect(),
        patterns => assembly.select(patterns)?,
    };
    for stack in stacks {
        let mut line = stack.display_name().to_owned();
        if stack.name() != stack.display_name() {
            let _ = write!(line, " ({})", stack.name());
        }
        if args.long {
            let _ = write!(line, "  {}", stack.environment());
        }
        terminal.print(&line);
    }
    Ok(())
}
