//! `purlin destroy`: deletes stacks, each after those that depend on it, and says what stays.

use std::path::Path;

use purlin_assembly::Stack;
use purlin_deploy::{Batch, DestroyOptions, IfBusy};

use crate::args::Destroy;
use crate::failure::Failure;
use crate::terminal::Terminal;
use crate::view::{Style, View};
use crate::{app, confirm, or_interrupted, outcome, target};

pub(crate) async fn run(app: Option<&Path>, args: &Destroy, terminal: &Terminal) -> Result<(), Failure> {
    let assembly = app::read(app)?;
    let chosen = app::chosen(&assembly, &args.selection)?;
    let stacks = if args.selection.exclusively { chosen } else { assembly.with_downstream(&chosen) };
    let last_first: Vec<&Stack> = stacks.iter().rev().copied().collect();
    if !args.yes && !or_interrupted(confirm::deletion(&last_first, terminal)).await? {
        return Err(Failure::usage("nothing was deleted"));
    }
    let session = or_interrupted(Box::pin(target::connect(&args.place, terminal))).await?;
    let options = DestroyOptions {
        role_arn: args.place.role_arn.clone(),
        retain: args.retain.clone(),
        if_busy: if args.wait { IfBusy::Wait } else { IfBusy::Refuse },
    };
    let view = View::of(terminal, Style::of(args.watch, true), &last_first, session.is_local());
    let batch = Batch::of(&assembly, &stacks);
    let work = session.destroy_all(&batch, &options, args.concurrency, &view);
    let verdicts = view.during(Box::pin(work)).await?;
    outcome::conclusion(&view, &stacks, verdicts, "deleted")
}
