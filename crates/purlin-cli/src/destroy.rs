//! `purlin destroy`: deletes stacks, each after those that depend on it, and lists what is retained.

use std::path::Path;

use purlin_assembly::Stack;
use purlin_deploy::{Batch, DestroyOptions, IfBusy, Session};

use crate::args::{Approve, Destroy};
use crate::failure::{Failure, Kind};
use crate::runtime::or_interrupted;
use crate::terminal::Terminal;
use crate::view::{Style, View};
use crate::{app, confirm, target};

pub(crate) async fn run(app: Option<&Path>, args: &Destroy, terminal: &Terminal) -> Result<(), Failure> {
    let assembly = app::read(app)?;
    let chosen = app::chosen(&assembly, &args.selection)?;
    let stacks = if args.selection.exclusively { chosen } else { assembly.with_downstream(&chosen) };
    let last_first: Vec<&Stack> = stacks.iter().rev().copied().collect();
    let asks = match args.require_approval {
        Some(Approve::Never) => false,
        Some(_) => !args.yes,
        // Nothing of value is lost in an emulator.
        None => !args.yes && !args.place.local,
    };
    if asks {
        confirm::requires_terminal(terminal)?;
    }
    let session = or_interrupted(Box::pin(target::connect(&args.place, terminal))).await?;
    if asks && !or_interrupted(Box::pin(is_confirmed(&session, &last_first, terminal))).await? {
        return Err(Failure::new(Kind::Aws, "nothing was deleted: the deletion was not confirmed"));
    }
    let options = DestroyOptions {
        role_arn: args.place.role_arn.clone(),
        retain: args.retain.clone(),
        if_busy: if args.wait { IfBusy::Wait } else { IfBusy::Refuse },
    };
    let view = View::of(terminal, Style::of(args.watch, true), &last_first, session.is_local());
    let batch = Batch::of(&assembly, &stacks);
    let work = session.destroy_all(&batch, &options, args.concurrency, &view);
    let verdicts = view.during(Box::pin(work)).await?;
    view.conclusion(&stacks, verdicts, "deleted")
}

/// Asks the user with a list of what is deleted and retained. Where no stack exists, no confirmation is needed.
async fn is_confirmed(session: &Session, stacks: &[&Stack], terminal: &Terminal) -> Result<bool, Failure> {
    let mut deletions = Vec::new();
    for stack in stacks {
        deletions.extend(session.deletion_plan(stack).await?.map(|plan| (*stack, plan)));
    }
    Ok(deletions.is_empty() || confirm::deletion(&deletions, terminal).await)
}
