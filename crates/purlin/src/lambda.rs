//! AWS Lambda: functions, imported.

use purlin_cfn::lambda::CfnPermission;
use purlin_construct::{Construct, HasScope, IntoValue, Ref, Scope, Value, intrinsics, sub};

use crate::iam::{Grant, Grantee};

/// A function that exists already.
#[derive(Debug, Clone)]
pub struct Function {
    scope: Scope,
    arn: Value<String>,
    name: Value<String>,
}

impl Function {
    /// A function by its ARN, with or without a version or an alias at its end.
    #[track_caller]
    pub fn from_arn(scope: &impl HasScope, id: impl AsRef<str>, arn: impl IntoValue<String>) -> Self {
        let (scope, arn) = (scope.scope().child(id), arn.into_value());
        if let Some(known) = arn.as_str()
            && !(known.starts_with("arn:") && known.contains(":lambda:") && known.contains(":function:"))
        {
            scope.error(
                format!(
                    "`{known}` is not the ARN of a function, which is \
                     `arn:aws:lambda:eu-west-1:111122223333:function:name`"
                ),
                "give the function's ARN, or use `Function::from_name`",
            );
        }
        let name = intrinsics::select(6, intrinsics::split(":", &arn));
        Self { scope, arn, name }
    }

    /// A function of the stack's account and region, by its name.
    #[track_caller]
    pub fn from_name(scope: &impl HasScope, id: impl AsRef<str>, name: impl IntoValue<String>) -> Self {
        let (scope, name) = (scope.scope().child(id), name.into_value());
        let arn = scope.arn("lambda", sub!("function:{}", name));
        Self { scope, arn, name }
    }

    /// The function's ARN.
    pub fn arn(&self) -> Value<String> {
        self.arn.clone()
    }

    /// The function's name.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }

    /// Lets a service invoke the function, by the policy of the function (`AWS::Lambda::Permission`).
    #[track_caller]
    pub fn add_permission(&self, id: impl AsRef<str>, permission: Permission) -> Ref<CfnPermission> {
        self.add_permission_to(&self.scope, id, permission)
    }

    /// The same, declared in another scope: that of what invokes the function.
    #[track_caller]
    pub fn add_permission_to(
        &self,
        scope: &impl HasScope,
        id: impl AsRef<str>,
        permission: Permission,
    ) -> Ref<CfnPermission> {
        scope.scope().add(id, permission.of(self))
    }

    /// Permits the grantee to invoke the function, and any version and alias of it.
    pub fn grant_invoke(&self, grantee: &impl Grantee) -> Grant {
        Grant::add_to_principal(grantee, ["lambda:InvokeFunction"], [self.arn(), sub!("{}:*", self.arn)])
    }
}

impl HasScope for Function {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}

/// What a service may do with a function.
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
}

impl Permission {
    /// Lets a service invoke the function, whoever the service acts for: say whom by
    /// [`source_arn`](Self::source_arn) or [`source_account`](Self::source_account).
    pub fn for_service(principal: impl IntoValue<String>) -> Self {
        let action = "lambda:InvokeFunction".into_value();
        Self { principal: principal.into_value(), action, source_arn: None, source_account: None }
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

    fn of(self, function: &Function) -> impl Construct<Handle = Ref<CfnPermission>> {
        let mut permission = CfnPermission::new(self.action, function.arn(), self.principal);
        if let Some(arn) = self.source_arn {
            permission = permission.source_arn(arn);
        }
        if let Some(account) = self.source_account {
            permission = permission.source_account(account);
        }
        permission
    }
}
