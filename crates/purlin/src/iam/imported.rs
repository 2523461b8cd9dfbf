//! Roles that exist already.

use purlin_construct::{HasScope, IntoValue, Value, intrinsics, sub};

use super::Role;

impl Role {
    /// A role that exists already, by its ARN.
    ///
    /// Statements added to it become an inline policy of the stack, attached to the role. If the role is known to be in
    /// another account than the stack, statements are not added.
    #[track_caller]
    pub fn from_arn(scope: &impl HasScope, id: impl AsRef<str>, arn: impl IntoValue<String>) -> Self {
        let (scope, arn) = (scope.scope().child(id), arn.into_value());
        let Some(known) = arn.as_str() else {
            let resource = intrinsics::select(5, intrinsics::split(":", &arn));
            let name = intrinsics::select(1, intrinsics::split("/", resource));
            return Self::imported(scope, arn, name, false);
        };
        let parts: Vec<&str> = known.split(':').collect();
        let name = match parts[..] {
            [_, _, "iam", _, _, resource] if resource.starts_with("role/") => resource.rsplit('/').next(),
            _ => None,
        };
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            scope.error(
                format!("`{known}` is not the ARN of a role, which is `arn:aws:iam::111122223333:role/name`"),
                "pass the role's ARN, or use `Role::from_name`",
            );
            return Self::imported(scope, arn.clone(), arn, true);
        };
        let environment = scope.stack().environment();
        let is_elsewhere = environment.account.as_deref().is_some_and(|account| account != parts[4]);
        let name: Value<String> = name.into_value();
        Self::imported(scope, arn, name, is_elsewhere)
    }

    /// A role of the stack's account that exists already, by its name.
    #[track_caller]
    pub fn from_name(scope: &impl HasScope, id: impl AsRef<str>, name: impl IntoValue<String>) -> Self {
        let (scope, name) = (scope.scope().child(id), name.into_value());
        let stack = scope.stack();
        let arn = sub!("arn:{}:iam::{}:role/{}", stack.partition(), stack.account(), name);
        Self::imported(scope, arn, name, false)
    }
}
