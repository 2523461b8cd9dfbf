//! `purlin destroy`: deletes stacks, the last deployed first, and says what stays.

use std::path::Path;

use purlin_assembly::Stack;
use purlin_deploy::{DestroyOptions, Destroyed, Session};

use crate::args::Destroy;
use crate::failure::Failure;
use crate::progress::{Style, Watcher};
use crate::terminal::{Terminal, Tone};
use crate::{app, confirm, report, target};

pub(crate) async fn run(app: Option<&Path>, args: &Destroy, terminal: &Terminal) -> Result<(), Failure> {
    let assembly = app::read(app)?;
    let chosen = app::chosen(&assembly, &args.selection)?;
    let mut stacks = if args.selection.exclusively { chosen } else { assembly.with_downstream(&chosen) };
    stacks.reverse();
    if !args.yes && !confirm::deletion(&stacks, terminal)? {
        return Err(Failure::usage("nothing was deleted"));
    }
    let session = target::connect(&args.place, terminal).await?;
    let style = Style { progress: args.progress, is_quiet: args.quiet, accepts_loss: true };
    let watcher = Watcher::new(terminal, style);
    for stack in stacks {
        destroy(&session, stack, args, &watcher, terminal).await?;
    }
    Ok(())
}

async fn destroy(
    session: &Session,
    stack: &Stack,
    args: &Destroy,
    watcher: &Watcher<'_>,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let name = stack.display_name();
    let options = DestroyOptions { role_arn: args.place.role_arn.clone(), ..DestroyOptions::default() };
    let work = Box::pin(session.destroy(stack, &options, watcher));
    match watcher.during(work).await? {
        Destroyed::NotThere => {
            terminal.say(&format!("{name}: {}", terminal.paint(Tone::Faint, "there is no such stack")));
        }
        Destroyed::Gone { retained } => {
            terminal.say(&format!("{name}: {}", terminal.paint(Tone::Good, "deleted")));
            for line in report::retained(&retained) {
                terminal.say(&line);
            }
        }
    }
    Ok(())
}
