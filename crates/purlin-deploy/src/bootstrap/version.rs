//! Finds the version of the bootstrap stack in an account and region, and checks that a stack can use it.
//!
//! The version is an output of the bootstrap stack, and the stack is found by its export, which has the qualifier in its
//! name. An account that was bootstrapped in another way (Terraform, an own template) has only the parameter of Systems
//! Manager that the CDK reads: it is asked for where CloudFormation knows of none, or of an older version.

use purlin_assembly::{Stack, StackAssets};
use purlin_diagnosis::StackState;

use super::{QUALIFIER, STACK};
use crate::error::DeployError;
use crate::event::EventSink;
use crate::network::{self, Pages};
use crate::session::Session;

/// The version in a bootstrap stack's outputs.
pub(super) fn of(state: &StackState) -> Option<u32> {
    state.outputs.get("BootstrapVersion")?.trim().parse().ok()
}

/// Checks that the account and region have the bootstrap version that the stack and its assets require. An emulator needs
/// none.
pub(crate) async fn check(
    session: &Session,
    stack: &Stack,
    assets: &[StackAssets],
    has_work: bool,
    sink: EventSink<'_>,
) -> Result<(), DeployError> {
    let properties = stack.properties();
    let of_stack = (properties.requires_bootstrap_stack_version, &properties.bootstrap_stack_version_ssm_parameter);
    let of_assets = assets.iter().map(|it| {
        (it.properties.requires_bootstrap_stack_version, &it.properties.bootstrap_stack_version_ssm_parameter)
    });
    let required = of_assets.chain([of_stack]).filter_map(|(version, parameter)| Some((version?, parameter)));
    let Some((required, parameter)) = required.max_by_key(|(version, _)| *version) else { return Ok(()) };
    if session.is_local() {
        return Ok(());
    }
    let qualifier = parameter.as_deref().and_then(qualifier).unwrap_or(QUALIFIER);
    let place = session.target();
    let named = parameter.as_deref().unwrap_or_default();
    let name = format!("{} {} {qualifier} {named} {required}", place.account, place.region);
    let look = async {
        let found = find(session, qualifier).await?.as_ref().and_then(of);
        match parameter {
            Some(named) if found.is_none_or(|found| found < required) => {
                Ok(found.max(by_parameter(session, named, found.is_some()).await?))
            }
            _ => Ok(found),
        }
    };
    let found = match session.publishing().bootstraps.get(&name, look).await {
        // Without permission to read it, the deployment continues: CloudFormation checks the version too.
        Err(refused) if refused.is_denied() => {
            sink.note(format!("the version of the bootstrap stack is not known: {refused}"));
            return Ok(());
        }
        found => found?,
    };
    let target = session.target();
    match found {
        Some(found) if found >= required => Ok(()),
        None if !has_work => Ok(()),
        found => Err(DeployError::NotBootstrappedFor {
            stack: stack.name().to_owned(),
            account: target.account.clone(),
            region: target.region.clone(),
            qualifier: Some(qualifier).filter(|it| *it != QUALIFIER).map(str::to_owned),
            required,
            found,
        }),
    }
}

/// The version in the parameter, if there is one.
async fn by_parameter(session: &Session, name: &str, is_optional: bool) -> Result<Option<u32>, DeployError> {
    match network::parameter(session, name).await {
        Ok(value) => Ok(value.and_then(|value| value.trim().parse().ok())),
        Err(error) if is_optional && error.is_denied() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The bucket of the bootstrap stack with a qualifier, if there is one.
pub(crate) async fn bucket(session: &Session, qualifier: &str) -> Result<Option<String>, DeployError> {
    Ok(find(session, qualifier).await?.and_then(|state| state.outputs.get("BucketName").cloned()))
}

/// The bootstrap stack with a qualifier, if there is one.
async fn find(session: &Session, qualifier: &str) -> Result<Option<StackState>, DeployError> {
    let cloud = session.cloudformation();
    let is_it = |state: &StackState| state.parameters.get("Qualifier").is_some_and(|it| it == qualifier);
    if let Some(state) = cloud.stack(STACK).await?.filter(is_it) {
        return Ok(Some(state));
    }
    let wanted = format!("CdkBootstrap-{qualifier}-FileAssetKeyArn");
    let mut pages = Pages::of("ListExports");
    loop {
        let call = cloud.ask("ListExports", |client| client.list_exports().set_next_token(pages.token()).send());
        let response = call.await?;
        let export = response.exports().iter().find(|export| export.name() == Some(wanted.as_str()));
        if let Some(stack) = export.and_then(|export| export.exporting_stack_id()) {
            return cloud.stack(stack).await;
        }
        if !pages.turn(response.next_token())? {
            return Ok(None);
        }
    }
}

/// The qualifier of the bootstrap stack that a stack uses.
pub(crate) fn qualifier_of(stack: &Stack) -> &str {
    stack.properties().bootstrap_stack_version_ssm_parameter.as_deref().and_then(qualifier).unwrap_or(QUALIFIER)
}

/// ` --qualifier X` for a command that creates the bucket or repository of this name; nothing with the default.
pub(crate) fn option_for(name: &str) -> String {
    let rest = name.strip_prefix("cdk-").unwrap_or_default();
    option(rest.split_once("-container-assets-").or_else(|| rest.split_once("-assets-")).map(|(it, _)| it))
}

/// The same for the parameter `/cdk-bootstrap/QUALIFIER/version` in a message of CloudFormation.
pub(crate) fn option_in(message: &str) -> String {
    option(message.split_once("/cdk-bootstrap/").and_then(|(_, rest)| rest.split_once("/version")).map(|(it, _)| it))
}

fn option(qualifier: Option<&str>) -> String {
    qualifier.filter(|it| *it != QUALIFIER).map(|it| format!(" --qualifier {it}")).unwrap_or_default()
}

/// The qualifier in `/cdk-bootstrap/QUALIFIER/version`.
fn qualifier(parameter: &str) -> Option<&str> {
    parameter.strip_prefix("/cdk-bootstrap/")?.strip_suffix("/version").filter(|it| !it.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_qualifier_is_in_the_names_of_bucket_and_repository() {
        for (name, expected) in [
            ("cdk-team-assets-111122223333-eu-west-1", " --qualifier team"),
            ("cdk-a-b-container-assets-111122223333-eu-west-1", " --qualifier a-b"),
            ("cdk-hnb659fds-assets-111122223333-eu-west-1", ""),
            ("cdk-hnb659fds-container-assets-1-eu-west-1", ""),
            ("own-bucket", ""),
        ] {
            assert_eq!(option_for(name), expected, "{name}");
        }
        let refused = |qualifier| DeployError::Refused {
            stack: "Web".to_owned(),
            message: format!("Unable to fetch parameters [/cdk-bootstrap/{qualifier}/version] from parameter store"),
        };
        assert!(
            refused("team").hint().is_some_and(|hint| hint.contains("run `purlin bootstrap --qualifier team` once"))
        );
        assert!(refused(QUALIFIER).hint().is_some_and(|hint| hint.contains("run `purlin bootstrap` once")));
    }

    #[test]
    fn the_qualifier_is_in_the_parameters_name() {
        assert_eq!(qualifier("/cdk-bootstrap/hnb659fds/version"), Some("hnb659fds"));
        assert_eq!(qualifier("/own/version"), None);
    }
}
