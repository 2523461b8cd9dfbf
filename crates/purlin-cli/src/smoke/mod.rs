//! `purlin smoke`: checks after a deployment that users and machines can sign in and call the APIs. Changes nothing.

mod apis;
mod balancers;
mod check;
mod context;
mod page;
mod pools;

use std::path::Path;

use serde_json::json;

use self::check::{Check, Outcome};
use self::context::Context;
use crate::args::Smoke;
use crate::by_hand;
use crate::failure::{Failure, Kind};
use crate::subject::subject;
use crate::target;
use crate::terminal::{Terminal, Tone};

pub(crate) async fn run(app: Option<&Path>, args: &Smoke, terminal: &Terminal) -> Result<(), Failure> {
    let subject = Box::pin(subject(app, &args.stack, terminal)).await?;
    let http = target::http(&args.stack.place).await?;
    let context = Box::pin(Context::read(http, subject.session, &subject.stack)).await?;
    let mut all = Vec::new();
    let mut report = |checks: Vec<Check>| {
        if !args.json {
            checks.iter().flat_map(|check| lines(check, terminal)).for_each(|line| terminal.advise(&line));
        }
        all.extend(checks);
    };
    for pool in &context.pools {
        report(Box::pin(pools::check(&context, pool)).await);
    }
    for balancer in &context.balancers {
        report(Box::pin(balancers::check(&context, balancer)).await);
    }
    report(Box::pin(apis::check(&context)).await);
    if args.json {
        let report = format!("{:#}", json!({ "stack": subject.stack, "checks": all }));
        terminal.print_document(&by_hand::addressed(&report));
    }
    conclude(&subject.stack, &all, terminal)
}

/// The lines of a check: its result, and the parts of a failure.
fn lines(check: &Check, terminal: &Terminal) -> Vec<String> {
    let (tone, word) = match &check.outcome {
        Outcome::Passed => (Tone::Good, "ok  "),
        Outcome::Skipped { .. } => (Tone::Faint, "skip"),
        Outcome::Failed(_) => (Tone::Bad, "FAIL"),
    };
    let mut lines = vec![format!("{}  {}: {}", terminal.paint(tone, word), check.about, check.what)];
    match &check.outcome {
        Outcome::Passed => {}
        Outcome::Skipped { why } => lines.push(format!("        {why}")),
        Outcome::Failed(trouble) => {
            lines.push(format!("        wrong:    {}", trouble.wrong));
            lines.push(format!("        found:    {}", trouble.found));
            lines.push(format!("        expected: {}", trouble.expected));
            lines.push(format!("        do:       {}", trouble.hint));
        }
    }
    lines
}

fn conclude(stack: &str, checks: &[Check], terminal: &Terminal) -> Result<(), Failure> {
    let count = |is: fn(&Outcome) -> bool| checks.iter().filter(|check| is(&check.outcome)).count();
    let failed = count(|it| matches!(it, Outcome::Failed(_)));
    let passed = count(|it| matches!(it, Outcome::Passed));
    if checks.is_empty() {
        return Err(Failure::usage(format!(
            "stack `{stack}` has nothing to sign in to: no user pool, balancer or API"
        ))
        .hint("name the stack that has it"));
    }
    if failed > 0 {
        return Err(Failure::new(Kind::Aws, format!("stack `{stack}`: {failed} of {} checks failed", checks.len())));
    }
    terminal.eprint(&format!("stack `{stack}`: {passed} checks passed, {} were not made", checks.len() - passed));
    Ok(())
}

#[cfg(test)]
mod tests;
