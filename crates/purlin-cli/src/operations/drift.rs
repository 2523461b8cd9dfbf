//! `purlin drift`: changes that were made outside CloudFormation.

use std::path::Path;

use purlin_deploy::Drift;
use serde_json::json;

use crate::args;
use crate::failure::{Failure, Kind};
use crate::subject::subject;
use crate::terminal::{Terminal, Tone};
use crate::text::harmless;

pub(crate) async fn drift(app: Option<&Path>, args: &args::Drift, terminal: &Terminal) -> Result<(), Failure> {
    let subject = subject(app, &args.look.stack, terminal).await?;
    let mut drift = Box::pin(subject.session.drift(&subject.stack)).await?;
    if !args.values {
        without_values(&mut drift);
    }
    if args.look.json {
        terminal.print_document(&format!("{:#}", json!(drift)));
    } else {
        lines(&drift, args.values, terminal);
    }
    match (args.fail, drift.resources.len()) {
        (true, 1..) => {
            let what = format!("{} resources of `{}` differ from their template", drift.resources.len(), subject.stack);
            Err(Failure::new(Kind::Differences, what))
        }
        _ => Ok(()),
    }
}

/// Removes the values of properties, which may be secret.
fn without_values(drift: &mut Drift) {
    for (_, expected, found) in drift.resources.iter_mut().flat_map(|it| &mut it.differences) {
        expected.clear();
        found.clear();
    }
}

fn lines(drift: &Drift, has_values: bool, terminal: &Terminal) {
    for it in &drift.resources {
        let status = terminal.paint(Tone::Bad, &it.status);
        let kind = terminal.paint(Tone::Faint, &it.resource_type);
        terminal.print(&format!("{status}  {}  {kind}  {}", it.logical_id, harmless(&it.physical_id)));
        for (path, expected, found) in &it.differences {
            let values = if has_values {
                format!(": `{}` became `{}`", harmless(expected), harmless(found))
            } else {
                String::new()
            };
            terminal.print(&format!("  {path}{values}"));
        }
    }
    if let Some(why) = &drift.incomplete {
        terminal.eprint(&format!(
            "{}: not everything could be compared: {}",
            terminal.epaint(Tone::Odd, "warning"),
            harmless(why)
        ));
    } else if drift.resources.is_empty() {
        terminal.eprint("all that AWS can compare equals its template");
    }
}

#[cfg(test)]
mod tests {
    use purlin_deploy::DriftedResource;

    use super::*;

    #[test]
    fn values_are_shown_on_request_only() {
        let differences = vec![("/Environment".to_owned(), "hush".to_owned(), "hush hush".to_owned())];
        let resources = vec![DriftedResource { differences, ..DriftedResource::default() }];
        let mut drift = Drift { resources, ..Drift::default() };
        without_values(&mut drift);
        let text = json!(drift).to_string();
        assert!(text.contains("/Environment") && !text.contains("hush"), "{text}");
    }
}
