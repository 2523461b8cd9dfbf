//! Finds the one stack that a command is about, and connects to its account and region.

use std::path::Path;

use purlin_assembly::{NamedStack, STACKS_VARIABLE};
use purlin_deploy::Session;

use crate::args::StackRef;
use crate::failure::Failure;
use crate::terminal::Terminal;
use crate::{app, target};

/// A stack, and a session in its account and region.
pub(crate) struct Subject {
    /// Its name or ARN in CloudFormation.
    pub(crate) stack: String,
    pub(crate) session: Session,
}

/// Connects to the region in the stack's ARN, to that of the stack in the assembly, or to the configured one.
pub(crate) async fn subject(app: Option<&Path>, given: &StackRef, terminal: &Terminal) -> Result<Subject, Failure> {
    let mut place = given.place.clone();
    let mut stack = given.stack.clone();
    let mut region = region_of(&stack).map(str::to_owned);
    if region.is_none()
        && let Some((name, wanted)) = in_assembly(app, &stack)?
    {
        (stack, region) = (name, wanted);
    }
    place.region = place.region.or(region);
    let session = Box::pin(target::connect(&place, terminal)).await?;
    Ok(Subject { stack, session })
}

/// The stack of that name in the assembly, and its region. Without one, the name is taken as one in CloudFormation.
fn in_assembly(app: Option<&Path>, given: &str) -> Result<Option<(String, Option<String>)>, Failure> {
    let stacks = match passed().filter(|_| app.is_none()) {
        Some(stacks) => stacks,
        None => match app::read(app) {
            Ok(assembly) => assembly.named_stacks(),
            Err(failure) if app.is_some() => return Err(failure),
            Err(_) => return Ok(None),
        },
    };
    Ok(stacks.into_iter().find(|it| it.is_named(given)).map(|it| (it.name, it.region)))
}

/// The stacks of the app that runs this program.
pub(crate) fn passed() -> Option<Vec<NamedStack>> {
    serde_json::from_str(&std::env::var(STACKS_VARIABLE).ok()?).ok()
}

/// The region in an ARN.
fn region_of(stack: &str) -> Option<&str> {
    stack.strip_prefix("arn:").and_then(|rest| rest.split(':').nth(2)).filter(|region| !region.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_names_its_region() {
        let cases =
            [("arn:aws:cloudformation:eu-west-1:1:stack/Web/x", Some("eu-west-1")), ("Web", None), ("arn:x", None)];
        for (stack, expected) in cases {
            assert_eq!(region_of(stack), expected, "{stack}");
        }
    }
}
