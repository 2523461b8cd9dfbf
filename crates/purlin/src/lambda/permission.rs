//! Permissions of services and other accounts to invoke a function.

use purlin_cfn::lambda::{CfnPermission, PermissionFunctionUrlAuthType};
use purlin_construct::{Construct, IntoValue, Ref, Value};

const INVOKE: &str = "lambda:InvokeFunction";

/// A permission of a service, or of another account, on a function
/// (<https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html>).
///
/// ```
/// # use purlin::lambda::Permission;
/// let permission = Permission::for_service("events.amazonaws.com").source_account("111122223333");
/// ```
#[derive(Debug, Clone)]
#[must_use = "a permission does nothing until it is added to a function"]
pub struct Permission {
    principal: Value<String>,
    action: Value<String>,
    source_arn: Option<Value<String>>,
    source_account: Option<Value<String>>,
    organization: Option<Value<String>>,
    by_url: Option<ByUrl>,
}

/// Only through the function's URL, which requires two permissions.
#[derive(Debug, Clone, Copy)]
enum ByUrl {
    OfUrl,
    OfFunction,
}

impl Permission {
    /// Permits a service to invoke the function on behalf of any caller. Restrict it with
    /// [`source_arn`](Self::source_arn) or [`source_account`](Self::source_account).
    pub fn for_service(principal: impl IntoValue<String>) -> Self {
        Self::of_principal(principal.into_value(), INVOKE)
    }

    /// Permits an account, by its id, or a role or user, by ARN, to invoke the function.
    pub fn for_principal(account_or_arn: impl IntoValue<String>) -> Self {
        Self::of_principal(account_or_arn.into_value(), INVOKE)
    }

    /// Permits all principals of an organization to invoke the function, by the organization's id: `o-exampleorgid`.
    pub fn for_organization(id: impl IntoValue<String>) -> Self {
        Self { organization: Some(id.into_value()), ..Self::of_principal("*".into_value(), INVOKE) }
    }

    pub(super) fn for_all_by_url() -> Self {
        let permission = Self::of_principal("*".into_value(), "lambda:InvokeFunctionUrl");
        Self { by_url: Some(ByUrl::OfUrl), ..permission }
    }

    pub(super) fn for_all_invoked_by_url() -> Self {
        Self { by_url: Some(ByUrl::OfFunction), ..Self::of_principal("*".into_value(), INVOKE) }
    }

    fn of_principal(principal: Value<String>, action: &str) -> Self {
        let action = action.into_value();
        Self { principal, action, source_arn: None, source_account: None, organization: None, by_url: None }
    }

    /// Another action than `lambda:InvokeFunction`.
    pub fn action(self, action: impl IntoValue<String>) -> Self {
        Self { action: action.into_value(), ..self }
    }

    /// Only on behalf of this resource.
    pub fn source_arn(self, arn: impl IntoValue<String>) -> Self {
        Self { source_arn: Some(arn.into_value()), ..self }
    }

    /// Only on behalf of this account.
    pub fn source_account(self, account: impl IntoValue<String>) -> Self {
        Self { source_account: Some(account.into_value()), ..self }
    }

    pub(super) fn of(self, function_arn: Value<String>) -> impl Construct<Handle = Ref<CfnPermission>> {
        let mut permission = CfnPermission::new(self.action, function_arn, self.principal);
        if let Some(arn) = self.source_arn {
            permission = permission.source_arn(arn);
        }
        if let Some(account) = self.source_account {
            permission = permission.source_account(account);
        }
        if let Some(organization) = self.organization {
            permission = permission.principal_org_id(organization);
        }
        match self.by_url {
            Some(ByUrl::OfUrl) => permission.function_url_auth_type(PermissionFunctionUrlAuthType::NONE),
            Some(ByUrl::OfFunction) => permission.invoked_via_function_url(true),
            None => permission,
        }
    }
}
