//! `purlin synth`: prints the template of a stack in an assembly.

use std::path::Path;

use purlin_assembly::Patch;

use crate::args::Synth;
use crate::failure::{Failure, Kind};
use crate::terminal::{Terminal, Tone};
use crate::{app, check, notices};

pub(crate) fn run(app: Option<&Path>, args: &Synth, terminal: &Terminal) -> Result<(), Failure> {
    let assembly = app::read(app)?;
    let stacks = assembly.select(&args.stacks)?;
    notices::show(&stacks, args.quiet, terminal)?;
    if !args.unchecked {
        check::templates(&stacks, args.quiet, terminal)?;
    }
    if args.quiet {
        return Ok(());
    }
    let patches: Vec<Patch> = stacks.iter().flat_map(|stack| stack.patches()).collect();
    for line in Patch::lines(&patches.iter().collect::<Vec<_>>(), args.verbose, |it| terminal.epaint(Tone::Strong, it))
    {
        terminal.eprint(&line);
    }
    let [stack] = stacks.as_slice() else {
        return Err(Failure::usage(format!("{} stacks match, and one template is printed at a time", stacks.len())));
    };
    let text = stack.template()?;
    if args.json {
        terminal.print_document(text.trim_end());
        return Ok(());
    }
    let template = serde_json::from_str(&text).map_err(|error| {
        let path = stack.template_path();
        Failure::new(Kind::Problems, format!("the template `{}` is not JSON: {error}", path.display()))
    })?;
    terminal.print_document(purlin_template::to_yaml(&template).trim_end());
    Ok(())
}
