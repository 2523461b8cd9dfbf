//! `purlin preflight`: finds what would make a deployment fail, with read access only.

use std::path::Path;

use purlin_assembly::Stack;
use purlin_deploy::{DeployOptions, Finding, Severity};
use serde_json::{Map, Value, json};

use crate::args::Preflight;
use crate::failure::{Failure, Kind};
use crate::parameters::Parameters;
use crate::terminal::{Terminal, Tone};
use crate::{app, by_hand, check, target};

pub(crate) async fn run(app: Option<&Path>, args: &Preflight, terminal: &Terminal) -> Result<(), Failure> {
    let assembly = app::read(app)?;
    let chosen = app::chosen(&assembly, &args.selection)?;
    app::check_complete(&assembly)?;
    let stacks = if args.selection.exclusively { chosen } else { assembly.with_upstream(&chosen) };
    let parameters = Parameters::of(&args.parameters, &stacks)?;
    let mut of_templates = if args.unchecked { Vec::new() } else { check::findings(&stacks)? };
    of_templates.resize_with(stacks.len(), Vec::new);
    let session = Box::pin(target::connect(&args.place, terminal)).await?;
    let mut all = Vec::new();
    for (position, (stack, mut found)) in stacks.iter().zip(of_templates).enumerate() {
        let options = DeployOptions {
            parameters: parameters.of_stack(stack),
            previous_parameters: args.parameters.previous(),
            ..DeployOptions::default()
        };
        found.extend(Box::pin(session.preflight(stack, &stacks[..position], &options)).await);
        if !args.json {
            print(terminal, stack, &found, args.verbose);
        }
        all.push((*stack, found));
    }
    if args.json {
        terminal.print_document(&by_hand::addressed(&format!("{:#}", as_json(&all))));
    }
    conclusion(&all)
}

fn print(terminal: &Terminal, stack: &Stack, found: &[Finding], verbose: bool) {
    let shown: Vec<_> = found.iter().filter(|it| verbose || it.severity > Severity::Note).collect();
    let count = |severity| found.iter().filter(|it| it.severity == severity).count();
    let (errors, warnings, notes) = (count(Severity::Error), count(Severity::Warning), count(Severity::Note));
    let (tone, verdict) = match (errors, warnings) {
        (0, 0) => (Tone::Good, "no problems found".to_owned()),
        (0, _) => (Tone::Odd, counted(warnings, "warning")),
        (_, 0) => (Tone::Bad, counted(errors, "error")),
        _ => (Tone::Bad, format!("{}, {}", counted(errors, "error"), counted(warnings, "warning"))),
    };
    let hidden = if notes > 0 && !verbose {
        format!(" ({}: `--verbose` shows {})", counted(notes, "note"), if notes == 1 { "it" } else { "them" })
    } else {
        String::new()
    };
    terminal.print(&format!("{}: {}{hidden}", stack.display_name(), terminal.paint(tone, &verdict)));
    for finding in shown {
        for line in lines(terminal, finding) {
            terminal.advise(&line);
        }
    }
}

fn lines(terminal: &Terminal, finding: &Finding) -> Vec<String> {
    let (word, tone) = match finding.severity {
        Severity::Error => ("error", Tone::Bad),
        Severity::Warning => ("warning", Tone::Odd),
        Severity::Note => ("note", Tone::Faint),
    };
    let subject = finding.logical_id.as_ref().map(|id| format!("{id}: ")).unwrap_or_default();
    let mut lines = vec![format!("  {}: {subject}{}", terminal.paint(tone, word), finding.reason)];
    lines.extend(finding.construct.as_ref().map(|path| format!("    construct: {path}")));
    lines.extend(finding.declared_at.as_ref().map(|place| format!("    declared at: {place}")));
    lines.extend(finding.fix.as_ref().map(|fix| format!("    {}: {fix}", terminal.paint(Tone::Good, "hint"))));
    lines
}

fn as_json(all: &[(&Stack, Vec<Finding>)]) -> Value {
    let stack = |(stack, found): &(&Stack, Vec<Finding>)| (stack.name().to_owned(), json!(found));
    Value::Object(all.iter().map(stack).collect::<Map<_, _>>())
}

/// Errors end the command like a deployment that AWS refused.
fn conclusion(all: &[(&Stack, Vec<Finding>)]) -> Result<(), Failure> {
    let is_wrong = |found: &[Finding]| found.iter().any(|it| it.severity == Severity::Error);
    let wrong: Vec<_> = all
        .iter()
        .filter(|(_, found)| is_wrong(found))
        .map(|(stack, _)| format!("`{}`", stack.display_name()))
        .collect();
    match wrong.len() {
        0 => Ok(()),
        1 => Err(Failure::new(Kind::Aws, format!("the deployment of {} would fail", wrong[0]))),
        many => Err(Failure::new(Kind::Aws, format!("{many} deployments would fail: {}", wrong.join(", ")))),
    }
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
