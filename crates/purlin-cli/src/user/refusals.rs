//! Explains Cognito's refusals: what was wrong, and what to do.
//!
//! The codes are those of the [API's reference](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html#API_AdminCreateUser_Errors).

use purlin_deploy::{DeployError, PasswordPolicy, UserPool};

use crate::failure::{Failure, Kind};

/// Whether the list of the pool's groups helps.
pub(crate) fn is_about_groups(error: &DeployError) -> bool {
    matches!(error, DeployError::Aws { operation, code: Some(code), .. }
        if code == "ResourceNotFoundException" && operation.contains("Group"))
}

/// A refusal, explained. `user` is empty if it concerns no user.
pub(crate) fn explain(error: &DeployError, user: &str, pool: &UserPool, groups: Option<&[String]>) -> Failure {
    let DeployError::Aws { code: Some(code), message, operation } = error else { return Failure::of(error) };
    let failure = |message: String| Failure::new(Kind::Aws, message);
    match code.as_str() {
        "InvalidPasswordException" => failure(format!("the password of `{user}` is refused: {}", reason(message)))
            .detail(format!("  user pool `{}` requires {}", pool.id, wanted(&pool.password_policy)))
            .hint("choose another; the pool's construct sets the requirements (`UserPool::props().password_policy(..)`)"),
        "PasswordHistoryPolicyViolationException" => {
            failure(format!("the password of `{user}` is refused: they had it before"))
                .hint("choose one that is not among their last; the pool's `password_policy` sets how many it keeps")
        }
        "UsernameExistsException" => failure(format!("there is a user `{user}` in user pool `{}` already", pool.id))
            .hint(format!("`purlin user password` gives them another password; nothing was changed about `{user}`")),
        "AliasExistsException" => {
            failure(format!("the address of `{user}` belongs to another user of user pool `{}`", pool.id))
                .hint("people sign in with it, so it is one user's alone: `purlin user list` with `--filter 'email = \"..\"'` finds them")
        }
        "UserNotFoundException" => failure(format!("there is no user `{user}` in user pool `{}`", pool.id))
            .hint("`purlin user list` shows who is there; names are taken letter by letter unless the pool is case-insensitive"),
        "ResourceNotFoundException" if is_about_groups(error) => {
            failure(format!("there is no such group in user pool `{}`: {}", pool.id, known(groups)))
                .hint("groups are part of the stack: add a `UserPoolGroup` to it and deploy, or choose one that is there")
        }
        "InvalidParameterException" => invalid(user, pool, message),
        "UnsupportedUserStateException" => {
            failure(format!("`{user}` is not in a state for this: {message}"))
                .hint("users of an external provider have no password here; `purlin user list` shows each one's status")
        }
        "NotAuthorizedException" => failure(format!("Cognito does not allow this for `{user}`: {message}"))
            .hint("a user who is disabled is let in again by `purlin user enable`"),
        "CodeDeliveryFailureException" | "InvalidEmailRoleAccessPolicyException" | "InvalidSmsRoleAccessPolicyException"
        | "InvalidSmsRoleTrustRelationshipException" => {
            failure(format!("Cognito cannot send the invitation to `{user}`: {message}"))
                .hint("check the address and the pool's e-mail settings (SES in its sandbox sends to verified addresses alone), or give a password instead of `--invite`")
        }
        "UserLambdaValidationException" | "UnexpectedLambdaException" | "InvalidLambdaResponseException" => {
            failure(format!("a trigger of the user pool refuses `{user}`: {message}"))
                .hint("the pool runs a function before it adds users; `purlin logs` with the stack shows what it wrote")
        }
        "TooManyRequestsException" | "LimitExceededException" => {
            failure(format!("Cognito is asked too often, or a quota is reached: {message}"))
                .hint("wait and try again; quotas of user pools are raised in the Service Quotas console")
        }
        code if code.contains("AccessDenied") => Failure::of(error).hint(format!(
            "allow `cognito-idp:{operation}` on `arn:aws:cognito-idp:*:*:userpool/{}` for the credentials in use",
            pool.id
        )),
        _ => Failure::of(error),
    }
}

/// One code has many causes; the message tells them apart.
fn invalid(user: &str, pool: &UserPool, message: &str) -> Failure {
    let failure = |message: String| Failure::new(Kind::Aws, message);
    if message.contains("should be an email") || message.contains("should be either an email or a phone") {
        return failure(format!("`{user}` is no address, and user pool `{}` has no other names", pool.id))
            .hint("its users sign in with their address: give that as the user");
    }
    if message.contains("cannot be of email format") {
        return failure(format!("`{user}` is an address, and users of user pool `{}` have a name too", pool.id))
            .hint("give a name as the user, and the address with `--email`; they can sign in with either");
    }
    if message.contains("required") || message.contains("does not conform to the schema") {
        return failure(format!("`{user}` lacks an attribute that user pool `{}` requires: {message}", pool.id))
            .hint("give each with `--attribute NAME=VALUE`; attributes of one's own begin with `custom:`");
    }
    failure(format!("Cognito refuses this: {message}"))
        .hint("a filter is an attribute, `=` or `^=`, and a text in quotes, such as `email ^= \"ada\"`")
}

/// Cognito's reason without its beginning.
fn reason(message: &str) -> String {
    let reason = message.strip_prefix("Password did not conform with policy:").unwrap_or(message).trim();
    let mut letters = reason.trim_end_matches('.').chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// The requirements on a password.
fn wanted(policy: &PasswordPolicy) -> String {
    let kinds = [
        (policy.upper_case, "an upper-case letter"),
        (policy.lower_case, "a lower-case letter"),
        (policy.digits, "a digit"),
        (policy.symbols, "a symbol"),
    ];
    let kinds: Vec<&str> = kinds.iter().filter_map(|(is_wanted, name)| is_wanted.then_some(*name)).collect();
    let length = format!("{} characters at least", policy.minimum_length);
    if kinds.is_empty() { length } else { format!("{length}, with {}", kinds.join(", ")) }
}

fn known(groups: Option<&[String]>) -> String {
    match groups {
        None => "which it has is not known".to_owned(),
        Some([]) => "it has none".to_owned(),
        Some(groups) => {
            let groups: Vec<String> = groups.iter().map(|it| format!("`{it}`")).collect();
            format!("it has {}", groups.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool() -> UserPool {
        UserPool {
            id: "eu-west-1_Abc".into(),
            name: "users".into(),
            issuer: "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Abc".into(),
            keys_url: "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Abc/.well-known/jwks.json".into(),
            login: None,
            sign_in_with: vec!["email".into()],
            password_policy: PasswordPolicy {
                minimum_length: 8,
                upper_case: true,
                lower_case: true,
                digits: true,
                symbols: false,
            },
        }
    }

    #[test]
    fn every_refusal_has_a_hint() {
        let policy = "8 characters at least, with an upper-case letter, a lower-case letter, a digit";
        let cases = [
            (
                "AdminCreateUser",
                "InvalidPasswordException",
                "Password did not conform with policy: Password must have uppercase characters",
                ["the password of `ada` is refused: password must have uppercase characters", policy, "choose another"],
            ),
            (
                "AdminSetUserPassword",
                "PasswordHistoryPolicyViolationException",
                "x",
                ["had it before", "", "not among"],
            ),
            (
                "AdminCreateUser",
                "UsernameExistsException",
                "User account already exists",
                ["already", "", "`purlin user password`"],
            ),
            ("AdminCreateUser", "AliasExistsException", "x", ["belongs to another user", "", "--filter"]),
            (
                "AdminDisableUser",
                "UserNotFoundException",
                "User does not exist.",
                ["no user `ada`", "", "`purlin user list`"],
            ),
            (
                "AdminAddUserToGroup",
                "ResourceNotFoundException",
                "Group not found.",
                ["no such group in user pool `eu-west-1_Abc`: it has `admin`, `user`", "", "`UserPoolGroup`"],
            ),
            (
                "AdminCreateUser",
                "InvalidParameterException",
                "Username should be an email.",
                ["`ada` is no address", "", "sign in with their address"],
            ),
            (
                "AdminCreateUser",
                "InvalidParameterException",
                "Username cannot be of email format, since user pool is configured for email alias.",
                ["is an address", "", "`--email`"],
            ),
            (
                "AdminCreateUser",
                "InvalidParameterException",
                "Attributes did not conform to the schema: name: The attribute name is required\n",
                ["lacks an attribute", "", "--attribute"],
            ),
            (
                "ListUsers",
                "InvalidParameterException",
                "Error while parsing filter.",
                ["Cognito refuses this", "", "email ^="],
            ),
            ("AdminSetUserPassword", "UnsupportedUserStateException", "x", ["not in a state", "", "external provider"]),
            ("AdminCreateUser", "CodeDeliveryFailureException", "x", ["cannot send the invitation", "", "sandbox"]),
            ("AdminCreateUser", "UserLambdaValidationException", "PreSignUp failed", ["a trigger", "", "purlin logs"]),
            ("ListUsers", "TooManyRequestsException", "Rate exceeded", ["too often", "", "wait"]),
            (
                "ListUsers",
                "AccessDeniedException",
                "not you",
                ["ListUsers failed", "", "allow `cognito-idp:ListUsers`"],
            ),
            ("AdminEnableUser", "NotAuthorizedException", "x", ["does not allow", "", "purlin user enable"]),
        ];
        for (operation, code, message, [what, detail, hint]) in cases {
            let error = DeployError::Aws { operation, code: Some(code.into()), message: message.into() };
            let groups = ["admin".to_owned(), "user".to_owned()];
            let failure = explain(&error, "ada", &pool(), Some(&groups));
            assert_eq!(failure.kind as u8, 4, "{code}");
            assert!(failure.message.contains(what), "{code}: {}", failure.message);
            assert!(failure.details.concat().contains(detail), "{code}: {:?}", failure.details);
            assert!(failure.hints.iter().any(|it| it.contains(hint)), "{code}: {:?}", failure.hints);
        }
    }

    #[test]
    fn the_requirements_on_a_password_are_listed() {
        let policy = PasswordPolicy { minimum_length: 12, symbols: true, ..PasswordPolicy::default() };
        assert_eq!(wanted(&policy), "12 characters at least, with a symbol");
        assert_eq!(wanted(&PasswordPolicy { minimum_length: 6, ..PasswordPolicy::default() }), "6 characters at least");
        assert_eq!(known(None), "which it has is not known");
        assert_eq!(known(Some(&[])), "it has none");
    }
}
