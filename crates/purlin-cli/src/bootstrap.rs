//! `purlin bootstrap`: prepares accounts and regions, and prints the permissions of deployments there.

use std::num::NonZeroUsize;

use purlin_assembly::Stack;
use purlin_deploy::bootstrap::{BootstrapOptions, BootstrapPlan, BucketKey, template};
use purlin_deploy::{Batch, DeployOptions, Session};
use purlin_diagnosis::RequireApproval;

use crate::args::Bootstrap;
use crate::failure::Failure;
use crate::runtime::or_interrupted;
use crate::target;
use crate::terminal::{Terminal, Tone};
use crate::view::{Style, View};

pub(crate) async fn run(args: &Bootstrap, terminal: &Terminal) -> Result<(), Failure> {
    if args.show_template {
        let template = template(args.with_operations.unwrap_or_default());
        let text = if args.watch.json { format!("{template:#}") } else { purlin_template::to_yaml(&template) };
        terminal.print_document(text.trim_end());
        return Ok(());
    }
    let places: Vec<Place> = args.environments.iter().map(|it| Place::of(it)).collect::<Result<_, _>>()?;
    let session = or_interrupted(Box::pin(target::connect(&args.place, terminal))).await?;
    for place in &places {
        place.check(&session)?;
    }
    let options = options(args, session.is_local());
    let regions: Vec<Option<&str>> = match places.as_slice() {
        [] => vec![None],
        places => places.iter().map(|place| Some(place.region.as_str())).collect(),
    };
    for region in regions {
        let plan = Box::pin(or_interrupted(async { Ok(session.plan_bootstrap(region, &options).await?) })).await?;
        deploy(&session, &plan, args, terminal).await?;
    }
    Ok(())
}

async fn deploy(session: &Session, plan: &BootstrapPlan, args: &Bootstrap, terminal: &Terminal) -> Result<(), Failure> {
    if !args.watch.quiet && !args.watch.json {
        print(plan, terminal);
    }
    let stacks: Vec<&Stack> = plan.assembly().stacks().iter().collect();
    let view = View::of(terminal, Style::of(args.watch, args.yes), &stacks, session.is_local());
    let batch = Batch::of(plan.assembly(), &stacks);
    let options = [plan.options().clone()];
    let verdicts = view.during(Box::pin(session.deploy_all(&batch, &options, NonZeroUsize::MIN, &view))).await?;
    view.conclusion(&stacks, verdicts, "deployed")
}

/// An account and a region, as in `aws://ACCOUNT/REGION`.
struct Place {
    account: String,
    region: String,
}

impl Place {
    fn of(typed: &str) -> Result<Self, Failure> {
        let parts = typed.strip_prefix("aws://").and_then(|rest| rest.split_once('/'));
        let is_account = |it: &str| it.len() == 12 && it.bytes().all(|digit| digit.is_ascii_digit());
        match parts {
            Some((account, region)) if is_account(account) && !region.is_empty() && !region.contains('/') => {
                Ok(Self { account: account.to_owned(), region: region.to_owned() })
            }
            _ => Err(Failure::usage(format!("`{typed}` is not an account and a region"))
                .hint("write them like `aws://111122223333/eu-central-1`, or leave them out for your own")),
        }
    }

    fn check(&self, session: &Session) -> Result<(), Failure> {
        let account = &session.target().account;
        if self.account == *account || session.is_local() {
            return Ok(());
        }
        let message = format!("account `{}` is to be prepared, but the credentials are of `{account}`", self.account);
        Err(Failure::usage(message).hint("choose the profile of that account with `--profile`"))
    }
}

fn options(args: &Bootstrap, is_local: bool) -> BootstrapOptions {
    let list = |given: &Option<Vec<String>>| {
        let filled = |list: &Vec<String>| list.iter().filter(|it| !it.is_empty()).cloned().collect();
        given.as_ref().map(filled)
    };
    let key = match &args.kms_key_id {
        Some(id) => Some(BucketKey::Existing(id.clone())),
        None => args.customer_key.map(|own| if own { BucketKey::New } else { BucketKey::AwsManaged }),
    };
    BootstrapOptions {
        stack: args.toolkit_stack_name.clone(),
        qualifier: args.qualifier.clone(),
        trust: list(&args.trust),
        trust_for_lookup: list(&args.trust_for_lookup),
        untrust: args.untrust.clone(),
        execution_policies: list(&args.cloudformation_execution_policies),
        key,
        bucket_name: args.bucket_name.clone(),
        blocks_public_access: args.public_access_block_configuration,
        permissions_boundary: args.custom_permissions_boundary.clone(),
        with_operations: args.with_operations,
        force: args.force,
        deploy: DeployOptions {
            tags: args.tags.iter().cloned().collect(),
            role_arn: args.place.role_arn.clone(),
            termination_protection: args.termination_protection,
            // Permissions in an emulator are no risk.
            require_approval: if is_local { RequireApproval::Never } else { RequireApproval::Broadening },
            ..DeployOptions::default()
        },
    }
}

/// Prints which accounts may deploy, and with which permissions.
fn print(plan: &BootstrapPlan, terminal: &Terminal) {
    let list = |names: &[String]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    terminal.eprint(&format!("  other accounts that may deploy:  {}", list(&plan.trusted)));
    terminal.eprint(&format!("  other accounts that may look up resources:  {}", list(&plan.trusted_for_lookup)));
    if plan.with_operations {
        terminal.eprint(
            "  who may deploy may also read all logs, and cancel updates (`--with-operations=false` removes that)",
        );
    }
    if plan.loses_operations {
        terminal.eprint(&format!(
            "  {}: who may deploy may no longer read logs and the state of services, cancel updates or set stack policies; \
             `--with-operations` keeps that",
            terminal.epaint(Tone::Odd, "note")
        ));
    }
    if plan.is_administrator_by_default() {
        terminal.eprint(&format!(
            "  {}: deployments to {}/{} have all permissions (`AdministratorAccess`), the default; \
             `--cloudformation-execution-policies ARN,..` limits them",
            terminal.epaint(Tone::Odd, "note"),
            plan.account,
            plan.region
        ));
    } else {
        terminal.eprint(&format!(
            "  deployments have the permissions of these policies: {}",
            plan.execution_policies.join(", ")
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environments_are_written_as_in_the_cdk() {
        for (typed, expected) in [
            ("aws://111122223333/eu-central-1", Some(("111122223333", "eu-central-1"))),
            ("111122223333/eu-central-1", None),
            ("aws://111122223333", None),
            ("aws://1234/eu-central-1", None),
            ("aws://111122223333/", None),
            ("aws://111122223333/a/b", None),
        ] {
            let place = Place::of(typed).ok();
            let found = place.as_ref().map(|place| (place.account.as_str(), place.region.as_str()));
            assert_eq!(found, expected, "{typed}");
        }
    }
}
