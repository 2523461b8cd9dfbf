//! The account's role for logs of API Gateway, which every stage with logs requires.

use purlin_cfn::apigateway::{CfnAccount, CfnRestApi};
use purlin_construct::{HasScope, Ref, RemovalPolicy, Scope};

use super::Stage;
use crate::iam::{ManagedPolicy, Principal, Role};

/// Creates the stage after the account's role, which is made if the stack has none.
///
/// It is kept when the stack is deleted: it is the only one of the account and region, and other APIs use it.
pub(super) fn provide(scope: &Scope, api: &Ref<CfnRestApi>, stage: &Stage) {
    let stack = scope.stack();
    let is_account = |it: &Scope| it.resource_type().as_deref() == Some("AWS::ApiGateway::Account");
    if let Some(known) = stack.scope().descendants().into_iter().find(is_account) {
        stage.cfn().depends_on(&known);
        return;
    }
    let what = "log role of API Gateway for the account and region, kept when the stack is deleted";
    let why = "AWS refuses stages with logs in an account without it; other APIs use it too";
    if !scope.patch("api-gateway-log-role", what, why) {
        return;
    }
    let policy = ManagedPolicy::aws("service-role/AmazonAPIGatewayPushToCloudWatchLogs");
    let role = Role::props(Principal::service("apigateway.amazonaws.com")).managed_policy(policy);
    let role = scope.add("CloudWatchRole", role);
    let account = scope.add("Account", CfnAccount::new().cloud_watch_role_arn(role.arn()));
    account.removal_policy(RemovalPolicy::Retain).depends_on(api);
    if let Some(role) = role.cfn() {
        role.removal_policy(RemovalPolicy::Retain);
    }
    stage.cfn().depends_on(&account);
}
