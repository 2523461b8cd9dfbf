//! Assemblies of the CDK expect an account that `cdk bootstrap` has prepared. An emulator gets the
//! part of it that CloudFormation looks at.

use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;

use crate::{DeployError, Session};

/// The stack that `cdk bootstrap` makes.
const TOOLKIT: &str = "CDKToolkit";

/// A version that no assembly finds too old.
const VERSION: &str = "9999";

/// Makes the parameter that holds the bootstrap version, in an emulator that lacks it.
pub(crate) async fn pretend(session: &Session, parameter: &str) -> Result<(), DeployError> {
    let cloud = session.cloudformation();
    if cloud.stack(TOOLKIT).await?.is_some() {
        return Ok(());
    }
    let properties = json!({"Type": "String", "Name": parameter, "Value": VERSION});
    let template = json!({"Resources": {"Version": {"Type": "AWS::SSM::Parameter", "Properties": properties}}});
    let body = template.to_string();
    cloud.ask("CreateStack", |client| client.create_stack().stack_name(TOOLKIT).template_body(&body).send()).await?;
    while cloud.stack(TOOLKIT).await?.is_some_and(|stack| stack.is_busy()) {
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
