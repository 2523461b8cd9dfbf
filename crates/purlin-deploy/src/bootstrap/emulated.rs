//! Creates the bootstrap version parameter in an emulator: assemblies of the CDK require it.

use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;

use crate::error::DeployError;
use crate::session::Session;

/// The stack with the parameter. The name shows that it is not a real bootstrap stack.
const EMULATED_STACK: &str = "PretendedBootstrap";

/// A version that is high enough for all assemblies.
const VERSION: &str = "9999";

/// Creates the parameter with the bootstrap version, if the emulator lacks it.
pub(crate) async fn ensure_version(session: &Session, parameter: &str) -> Result<(), DeployError> {
    let cloud = session.cloudformation();
    for stack in [super::STACK, EMULATED_STACK] {
        if cloud.stack(stack).await?.is_some() {
            return wait(session, stack).await;
        }
    }
    let properties = json!({"Type": "String", "Name": parameter, "Value": VERSION});
    let template = json!({"Resources": {"Version": {"Type": "AWS::SSM::Parameter", "Properties": properties}}});
    let body = template.to_string();
    let asked =
        cloud.ask("CreateStack", |client| client.create_stack().stack_name(EMULATED_STACK).template_body(&body).send());
    match asked.await {
        // Concurrent deployments may create it at the same time.
        Err(error) if !error.code().is_some_and(|code| code.starts_with("AlreadyExists")) => Err(error),
        _ => wait(session, EMULATED_STACK).await,
    }
}

/// Deletes the stack with the parameter, before a real bootstrap stack is deployed.
pub(super) async fn delete(session: &Session) -> Result<(), DeployError> {
    let cloud = session.cloudformation();
    let Some(state) = cloud.stack(EMULATED_STACK).await? else { return Ok(()) };
    cloud.ask("DeleteStack", |client| client.delete_stack().stack_name(&state.id).send()).await?;
    wait(session, &state.id).await
}

async fn wait(session: &Session, stack: &str) -> Result<(), DeployError> {
    while session.cloudformation().stack(stack).await?.is_some_and(|stack| stack.status.is_busy()) {
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
