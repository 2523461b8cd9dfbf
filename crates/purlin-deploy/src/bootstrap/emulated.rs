//! Assemblies of the CDK need a bootstrapped account. An emulator gets the part of the bootstrap
//! stack that CloudFormation reads.

use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;

use crate::error::DeployError;
use crate::session::Session;

/// The name of the emulated bootstrap stack.
const PRETENDED: &str = "PretendedBootstrap";

/// A version that no assembly finds too old.
const VERSION: &str = "9999";

/// Makes the parameter that holds the bootstrap version, in an emulator that lacks it.
pub(crate) async fn pretend(session: &Session, parameter: &str) -> Result<(), DeployError> {
    let cloud = session.cloudformation();
    for stack in [super::STACK, PRETENDED] {
        if cloud.stack(stack).await?.is_some() {
            return wait(session, stack).await;
        }
    }
    let properties = json!({"Type": "String", "Name": parameter, "Value": VERSION});
    let template = json!({"Resources": {"Version": {"Type": "AWS::SSM::Parameter", "Properties": properties}}});
    let body = template.to_string();
    let asked =
        cloud.ask("CreateStack", |client| client.create_stack().stack_name(PRETENDED).template_body(&body).send());
    match asked.await {
        // Several stacks that are deployed at once need it at once.
        Err(error) if !error.code().is_some_and(|code| code.starts_with("AlreadyExists")) => Err(error),
        _ => wait(session, PRETENDED).await,
    }
}

/// Makes room for a real bootstrap stack.
pub(super) async fn stop_pretending(session: &Session) -> Result<(), DeployError> {
    let cloud = session.cloudformation();
    let Some(state) = cloud.stack(PRETENDED).await? else { return Ok(()) };
    cloud.ask("DeleteStack", |client| client.delete_stack().stack_name(&state.id).send()).await?;
    wait(session, &state.id).await
}

async fn wait(session: &Session, stack: &str) -> Result<(), DeployError> {
    while session.cloudformation().stack(stack).await?.is_some_and(|stack| stack.status.is_busy()) {
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
