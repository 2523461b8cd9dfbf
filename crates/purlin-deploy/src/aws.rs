//! Turns the SDK's errors into this crate's, so that the code of the error survives.

use std::error::Error;

use aws_sdk_cloudformation::config::http::HttpResponse;
use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};

use crate::error::DeployError;
use crate::network::not_aws;

/// Gives a call's failure the name of the call.
pub(crate) trait Named<T> {
    fn named(self, operation: &'static str) -> Result<T, DeployError>;
}

impl<T, E> Named<T> for Result<T, SdkError<E, HttpResponse>>
where
    E: ProvideErrorMetadata + Error + 'static,
{
    fn named(self, operation: &'static str) -> Result<T, DeployError> {
        self.map_err(|error| match &error {
            SdkError::ServiceError(failed) if failed.raw().status().is_server_error() => DeployError::Unavailable {
                operation,
                detail: failed.err().message().map_or_else(|| status(failed.raw()), str::to_owned),
            },
            SdkError::ServiceError(refused) => DeployError::Aws {
                operation,
                code: refused.err().code().map(str::to_owned),
                message: refused.err().message().map_or_else(|| status(refused.raw()), str::to_owned),
            },
            SdkError::ResponseError(_) => DeployError::Unavailable { operation, detail: innermost(&error) },
            other if not_aws(other) => DeployError::NotAws { operation, detail: innermost(other) },
            other => DeployError::Unreachable { operation, detail: innermost(other) },
        })
    }
}

/// A `HEAD` request is answered without a body, so that the status is all there is.
fn status(response: &HttpResponse) -> String {
    format!("AWS answered with HTTP status {}", response.status().as_u16())
}

/// The SDK wraps what happened in layers of "dispatch failure"; the last layer has the reason.
pub(crate) fn innermost(error: &dyn Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    message_in(&last.to_string())
}

/// The last layer of a refused call is laid out for programmers: `Error { code: .., message: ".." }`.
fn message_in(text: &str) -> String {
    let message = text.strip_prefix("Error {").and_then(|rest| rest.split_once("message: \""));
    message.and_then(|(_, rest)| rest.split('"').next()).unwrap_or(text).to_owned()
}

impl DeployError {
    pub(crate) fn code(&self) -> Option<&str> {
        match self {
            Self::Aws { code, .. } => code.as_deref(),
            _ => None,
        }
    }

    /// Whether AWS throttles.
    pub(crate) fn is_throttling(&self) -> bool {
        const WORDS: [&str; 4] = ["Throttl", "RequestLimitExceeded", "TooManyRequests", "SlowDown"];
        self.code().is_some_and(|code| WORDS.iter().any(|word| code.contains(word)))
    }

    /// Whether waiting and asking again may help.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Unavailable { .. } | Self::NotAws { .. })
            || self.is_throttling()
    }

    /// Whether the credentials have expired: the user may sign in again meanwhile.
    pub(crate) fn is_expired(&self) -> bool {
        const WORDS: [&str; 4] = ["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"];
        self.code().is_some_and(|code| WORDS.contains(&code))
    }

    /// Whether the caller may not do that.
    pub(crate) fn is_denied(&self) -> bool {
        const WORDS: [&str; 5] =
            ["AccessDenied", "UnauthorizedOperation", "NotAuthorized", "UnrecognizedClient", "OptInRequired"];
        self.code().is_some_and(|code| WORDS.iter().any(|word| code.contains(word)))
    }

    /// CloudFormation has no error code for a missing stack.
    pub(crate) fn is_no_such_stack(&self) -> bool {
        matches!(self, Self::Aws { code: Some(code), message, .. }
            if code == "ValidationError" && says_no_such_stack(message))
    }
}

/// `Stack with id NAME does not exist`, or `Stack [NAME] does not exist`: other messages end alike.
pub(crate) fn says_no_such_stack(message: &str) -> bool {
    let message = message.trim().trim_end_matches('.');
    let is_about_a_stack = ["Stack with id ", "Stack ["].iter().any(|start| message.starts_with(start));
    is_about_a_stack && message.ends_with("does not exist")
}

#[cfg(test)]
mod tests {
    use super::message_in;
    use crate::error::DeployError;

    #[test]
    fn a_stack_is_missing_only_where_aws_says_that_of_a_stack() {
        let cases = [
            ("ValidationError", "Stack with id Web does not exist", true),
            ("ValidationError", "Stack with id arn:aws:cloudformation:eu-west-1:1:stack/Web/1 does not exist", true),
            ("ValidationError", "Stack [Web] does not exist", true),
            ("AccessDenied", "the policy version v7 does not exist", false),
            ("AccessDenied", "Stack with id Web does not exist", false),
            ("ValidationError", "Role arn:aws:iam::1:role/x does not exist", false),
            ("ValidationError", "S3 bucket does not exist", false),
            ("ValidationError", "Stack with id Web does not exist in this cell, ask later", false),
            ("ChangeSetNotFound", "ChangeSet [x] does not exist", false),
            ("ResourceNotFoundException", "Stack with id Web does not exist", false),
        ];
        for (code, message, expected) in cases {
            let error = DeployError::Aws {
                operation: "DescribeStacks",
                code: Some(code.to_owned()),
                message: message.to_owned(),
            };
            assert_eq!(error.is_no_such_stack(), expected, "{code}: {message}");
        }
        let error = DeployError::Aws {
            operation: "DescribeStacks",
            code: None,
            message: "Stack with id W does not exist".into(),
        };
        assert!(!error.is_no_such_stack());
    }

    #[test]
    fn people_read_the_message_alone() {
        let laid_out = r#"Error { code: "AccessDenied", message: "not you", aws_request_id: "1" }"#;
        assert_eq!(message_in(laid_out), "not you");
        assert_eq!(message_in("connection refused"), "connection refused");
    }
}
