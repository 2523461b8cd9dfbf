//! `purlin explain`: why a stack failed, from the recorded evidence or from AWS.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use purlin_assembly::Stack;
use purlin_diagnosis::{Evidence, Summary};

use crate::args::Explain;
use crate::failure::Failure;
use crate::terminal::{Terminal, Tone};
use crate::view::json::rfc_3339;
use crate::{app, by_hand, report, subject, target};

/// The default folder for evidence, beside the assembly, which the next synthesis replaces.
const DEFAULT_FOLDER: &str = "purlin.evidence";

pub(crate) async fn run(app: Option<&Path>, args: &Explain, terminal: &Terminal) -> Result<(), Failure> {
    let folder = Path::new(&args.subject);
    let evidence = if folder.is_dir() { read(folder)? } else { ask(app, args, terminal).await? };
    if evidence.summary.account == purlin_local::ACCOUNT {
        // The emulator may be another one by now.
        by_hand::is_for("\"$AWS_ENDPOINT_URL\"");
    }
    if let Some(save) = &args.save {
        let path = evidence.write(save, &[])?;
        terminal.eprint(&format!(
            "the evidence of the failure is in `{}`; what looks like a secret is hidden",
            path.display()
        ));
    }
    if args.json {
        let json = serde_json::to_string_pretty(&evidence.summary);
        let json = json.map_err(|error| Failure::bug(format!("the summary is no JSON: {error}")))?;
        terminal.print_document(&by_hand::addressed(&json));
        return Ok(());
    }
    let lines = explanation(&evidence.summary, terminal);
    for line in &lines {
        terminal.advise(line);
    }
    if let Some(note) = by_hand::key_note(&lines) {
        terminal.print(&note);
    }
    Ok(())
}

/// The folder for a failure of a stack: `given`, or one beside the assembly.
pub(crate) fn folder(given: Option<&Path>, assembly: &Path, stack: &str, at: SystemTime) -> PathBuf {
    let time: String = rfc_3339(at).chars().take(19).map(|it| if it == ':' { '-' } else { it }).collect();
    let all = given.map_or_else(|| assembly.with_file_name(DEFAULT_FOLDER), Path::to_path_buf);
    all.join(format!("{stack}-{time}"))
}

fn read(folder: &Path) -> Result<Evidence, Failure> {
    Evidence::read(folder).map_err(|error| {
        Failure::usage(format!("`{}` is not what a failed deployment left: {error}", folder.display()))
            .hint("name the folder itself, such as `purlin.evidence/STACK-TIME`, or a stack")
    })
}

/// Reads from AWS. For a stack of the assembly, the explanation names lines of its code.
async fn ask(app: Option<&Path>, args: &Explain, terminal: &Terminal) -> Result<Evidence, Failure> {
    let assembly = app::read(app);
    let given = args.subject.as_str();
    let name = purlin_diagnosis::stack_name(given);
    let is_meant = |stack: &&Stack| [stack.name(), stack.display_name(), stack.id()].contains(&name);
    let declared = assembly.as_ref().ok().and_then(|assembly| assembly.stacks().iter().find(is_meant));
    let session = target::connect(&args.place, terminal).await?;
    let asked = declared.filter(|_| name == given).map_or(given, Stack::name);
    let passed = subject::passed().unwrap_or_default();
    let asked = passed.iter().find(|it| it.is_named(asked)).map_or(asked, |it| &it.name);
    Ok(session.explain(asked, declared).await?)
}

fn explanation(summary: &Summary, terminal: &Terminal) -> Vec<String> {
    let Summary { stack, status, account, region, diagnosis, .. } = summary;
    let mut lines = vec![format!("{stack}: `{status}` in account {account}, region {region}")];
    if diagnosis.failures().next().is_none() {
        lines.push("  no failure in the events that CloudFormation keeps".to_owned());
        return lines;
    }
    lines.extend(report::diagnosis(diagnosis));
    if let Some(hint) = diagnosis.cause.as_ref().and_then(|cause| cause.hint) {
        lines.push(format!("{}: {hint}", terminal.paint(Tone::Good, "hint")));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_kept_beside_the_assembly_by_stack_and_time() {
        let at = SystemTime::UNIX_EPOCH;
        let beside = folder(None, Path::new("/app/purlin.out"), "Web", at);
        assert_eq!(beside, Path::new("/app/purlin.evidence/Web-1970-01-01T00-00-00"));
        assert_eq!(folder(Some(Path::new("/e")), Path::new("x"), "Web", at), Path::new("/e/Web-1970-01-01T00-00-00"));
    }
}
