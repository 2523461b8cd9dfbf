//! `purlin attach`, `execute` and `rollback`: follows an operation of CloudFormation on one stack to its end.

use std::path::Path;

use purlin_deploy::{DeployError, RollbackOptions};
use purlin_diagnosis::{StackState, stack_name};

use crate::args::{Attach, Execute, Rollback, StackRef, Watch};
use crate::failure::Failure;
use crate::runtime::or_interrupted;
use crate::subject::{Subject, subject};
use crate::terminal::Terminal;
use crate::view::{Style, View};

pub(crate) async fn attach(app: Option<&Path>, args: &Attach, terminal: &Terminal) -> Result<(), Failure> {
    let work = async |it: &Subject, view: &View<'_>| it.session.attach(&it.stack, view).await;
    followed(app, &args.stack, args.watch, terminal, work).await
}

pub(crate) async fn execute(app: Option<&Path>, args: &Execute, terminal: &Terminal) -> Result<(), Failure> {
    let work = async |it: &Subject, view: &View<'_>| it.session.execute(&it.stack, &args.change_set, view).await;
    followed(app, &args.stack, args.watch, terminal, work).await
}

pub(crate) async fn rollback(app: Option<&Path>, args: &Rollback, terminal: &Terminal) -> Result<(), Failure> {
    let options =
        RollbackOptions { role_arn: args.stack.place.role_arn.clone(), orphan: args.orphan.clone(), force: args.force };
    let work = async |it: &Subject, view: &View<'_>| it.session.roll_back(&it.stack, &options, view).await;
    followed(app, &args.stack, args.watch, terminal, work).await
}

async fn followed(
    app: Option<&Path>,
    stack: &StackRef,
    watch: Watch,
    terminal: &Terminal,
    work: impl AsyncFn(&Subject, &View<'_>) -> Result<StackState, DeployError>,
) -> Result<(), Failure> {
    let subject = or_interrupted(subject(app, stack, terminal)).await?;
    let name = stack_name(&subject.stack).to_owned();
    let view = View::of_name(terminal, Style::of(watch, true), &name, subject.session.is_local());
    let result = view.during(Box::pin(work(&subject, &view))).await?;
    view.settled(&name, result)
}
