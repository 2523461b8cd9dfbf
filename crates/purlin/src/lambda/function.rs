//! The handle of a function.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use purlin_cfn::lambda::{CfnFunction, CfnPermission, FunctionEnvironment};
use purlin_construct::{HasScope, IntoValue, Ref, Scope, Value, intrinsics, sub};

use super::check;
use super::code::Code;
use super::environment::EnvironmentValue;
use super::function_props::FunctionProps;
use super::function_url::{FunctionUrl, FunctionUrlProps};
use super::permission::Permission;
use crate::check::set_twice;
use crate::ec2::{Connectable, Connections};
use crate::iam::{Grant, Grantee, PolicyStatement, Principal, Role};
use crate::logs::LogGroup;

/// A function of AWS Lambda, made by the stack or imported.
///
/// ```
/// use purlin::lambda::{Code, Function, Runtime};
/// use purlin::{App, Stack};
///
/// let app = App::new();
/// let stack = app.add("Greeter", Stack::props());
/// let code = Code::from_inline(Runtime::PYTHON3_13, "index.handler", "def handler(event, context):\n    return 'hi'\n");
/// let hello = stack.add("Hello", Function::props(code).memory_size(256).environment("GREETING", "hi"));
/// # assert!(app.synth().is_ok());
/// ```
#[derive(Clone)]
pub struct Function {
    scope: Scope,
    arn: Value<String>,
    name: Value<String>,
    made: Option<Rc<Made>>,
}

/// The parts that only a function of the stack has.
pub(super) struct Made {
    pub cfn: Ref<CfnFunction>,
    pub role: Role,
    pub log_group: LogGroup,
    pub connections: Option<Connections>,
    pub environment: RefCell<Vec<(String, Value<String>)>>,
}

impl Function {
    /// A function with this code.
    ///
    /// It runs on x86-64 with 128 MiB of memory for at most 3 seconds, with its own role, outside of any VPC. It writes to
    /// its own log group, which has a retention of a month and is kept when the stack is deleted.
    pub fn props(code: impl Into<Code>) -> FunctionProps {
        FunctionProps::new(code.into())
    }

    pub(super) fn made(scope: Scope, made: Made) -> Self {
        let (arn, name) = (made.cfn.att(CfnFunction::ATTR_ARN), made.cfn.id());
        Self { scope, arn, name, made: Some(Rc::new(made)) }
    }

    /// A function that exists already, by its ARN, with or without a version or an alias at its end.
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
                "pass the function's ARN, or use `Function::from_name`",
            );
        }
        let name = intrinsics::select(6, intrinsics::split(":", &arn));
        Self { scope, arn, name, made: None }
    }

    /// A function of the stack's account and region that exists already, by its name.
    #[track_caller]
    pub fn from_name(scope: &impl HasScope, id: impl AsRef<str>, name: impl IntoValue<String>) -> Self {
        let (scope, name) = (scope.scope().child(id), name.into_value());
        let arn = scope.arn("lambda", sub!("function:{}", name));
        Self { scope, arn, name, made: None }
    }

    /// The raw resource; none for an imported function.
    pub fn cfn(&self) -> Option<&Ref<CfnFunction>> {
        self.made.as_ref().map(|made| &made.cfn)
    }

    /// The function's ARN.
    pub fn arn(&self) -> Value<String> {
        self.arn.clone()
    }

    /// The function's name.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }

    /// The role it runs with; none for an imported function.
    pub fn role(&self) -> Option<&Role> {
        self.made.as_ref().map(|made| &made.role)
    }

    /// The log group it writes to; none for an imported function.
    pub fn log_group(&self) -> Option<&LogGroup> {
        self.made.as_ref().map(|made| &made.log_group)
    }

    /// Sets an environment variable, once; see [`environment`](FunctionProps::environment).
    pub fn add_environment(&self, name: impl Into<String>, value: impl EnvironmentValue) {
        let (name, value) = (name.into(), value.into_environment());
        let Some(made) = &self.made else {
            self.scope.error(
                format!("the environment variable `{name}` is set on an imported function"),
                "set it where the function is made",
            );
            return;
        };
        check::variable(&self.scope, &name, &value);
        let mut variables = made.environment.borrow_mut();
        if let Some(known) = variables.iter().find(|(known, _)| *known == name).cloned() {
            set_twice(&self.scope, check::VARIABLE, &[known, (name, value)]);
            return;
        }
        variables.push((name, value));
        let added = variables.last().cloned();
        made.cfn.merge("Environment", FunctionEnvironment::new().variables(added.into_iter().collect::<Vec<_>>()));
    }

    /// Adds a statement to the policy of the function's role. `false` for an imported function, whose role the app does
    /// not change.
    pub fn add_to_role_policy(&self, statement: PolicyStatement) -> bool {
        let Some(made) = &self.made else {
            self.scope.warning(
                "no permission is added to an imported function: its role is unknown",
                "add it where the function is made, or import the role with `Role::from_arn` and add it there",
            );
            return false;
        };
        made.role.add_to_policy(statement)
    }

    /// Adds a permission to the function's own policy (`AWS::Lambda::Permission`).
    #[track_caller]
    pub fn add_permission(&self, id: impl AsRef<str>, permission: Permission) -> Ref<CfnPermission> {
        self.add_permission_to(&self.scope, id, permission)
    }

    /// The same, declared in another scope, such as that of the invoking construct.
    #[track_caller]
    pub fn add_permission_to(
        &self,
        scope: &impl HasScope,
        id: impl AsRef<str>,
        permission: Permission,
    ) -> Ref<CfnPermission> {
        scope.scope().add(id, permission.of(self.arn()))
    }

    /// Permits the grantee to invoke the function and all of its versions and aliases.
    pub fn grant_invoke(&self, grantee: &impl Grantee) -> Grant {
        Grant::add_to_principal(grantee, ["lambda:InvokeFunction"], [self.arn(), sub!("{}:*", self.arn)])
    }

    /// Adds an HTTPS address to the function
    /// (<https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html>).
    #[track_caller]
    pub fn add_function_url(&self, url: FunctionUrlProps) -> FunctionUrl {
        FunctionUrl::new(self, url)
    }
}

impl Grantee for Function {
    /// Its role; for an imported function, calls made from within the function.
    fn grant_principal(&self) -> Principal {
        if let Some(made) = &self.made {
            return made.role.grant_principal();
        }
        let account: Value<String> = intrinsics::select(4, intrinsics::split(":", &self.arn));
        let from = self.arn().into_expr();
        Principal::account(account).with_condition("ArnLike", "lambda:SourceFunctionArn", from)
    }

    fn add_to_principal_policy(&self, statement: PolicyStatement) -> bool {
        self.add_to_role_policy(statement)
    }

    fn policy_scope(&self) -> Option<Scope> {
        self.made.as_ref().and_then(|made| made.role.policy_scope())
    }
}

impl Connectable for Function {
    fn connections(&self) -> Connections {
        let known = self.made.as_ref().and_then(|made| made.connections.clone());
        known.unwrap_or_else(|| {
            self.scope.error(
                "the function has no security groups: it is imported, or not in a VPC",
                "run it in a VPC: `Function::props(..).vpc(&vpc)`",
            );
            Connections::default()
        })
    }
}

impl HasScope for Function {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Function").field(&self.scope).finish()
    }
}
