//! Access logs: a line for each call.

use purlin_construct::{IntoValue, Scope, Value};

/// The format of lines in an access log
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html>).
#[derive(Debug, Clone)]
#[must_use = "a format does nothing until it is given to a stage"]
pub struct AccessLogFormat(Value<String>);

/// The fields of [`AccessLogFormat::json`]: caller, request, result and errors.
const FIELDS: [(&str, &str); 16] = [
    ("requestId", "$context.requestId"),
    ("extendedRequestId", "$context.extendedRequestId"),
    ("requestTime", "$context.requestTime"),
    ("ip", "$context.identity.sourceIp"),
    ("user", "$context.identity.user"),
    ("caller", "$context.identity.caller"),
    ("httpMethod", "$context.httpMethod"),
    ("resourcePath", "$context.resourcePath"),
    ("path", "$context.path"),
    ("protocol", "$context.protocol"),
    ("status", "$context.status"),
    ("responseLength", "$context.responseLength"),
    ("responseLatency", "$context.responseLatency"),
    ("authorizerError", "$context.authorizer.error"),
    ("integrationStatus", "$context.integration.status"),
    ("error", "$context.error.message"),
];

impl AccessLogFormat {
    /// JSON with the caller, the request, the result, the latency, and errors.
    pub fn json() -> Self {
        Self::json_of(FIELDS)
    }

    /// JSON with these fields, each with a variable such as `$context.status`.
    pub fn json_of<K: AsRef<str>, V: AsRef<str>>(fields: impl IntoIterator<Item = (K, V)>) -> Self {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let fields =
            fields.into_iter().map(|(key, value)| format!("{}:{}", quoted(key.as_ref()), quoted(value.as_ref())));
        Self(format!("{{{}}}", fields.collect::<Vec<_>>().join(",")).into_value())
    }

    /// The Common Log Format of web servers, with the request's id.
    pub fn clf() -> Self {
        Self::custom(
            "$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] \
             \"$context.httpMethod $context.resourcePath $context.protocol\" $context.status $context.responseLength \
             $context.requestId",
        )
    }

    /// A line of text with variables, among them `$context.requestId` or `$context.extendedRequestId`.
    pub fn custom(line: impl IntoValue<String>) -> Self {
        Self(line.into_value())
    }

    pub(crate) fn text(&self) -> Value<String> {
        self.0.clone()
    }

    /// Reports mistakes in the format.
    pub(crate) fn check(&self, scope: &Scope) {
        let Some(line) = self.0.as_str() else { return };
        if !line.contains("$context.requestId") && !line.contains("$context.extendedRequestId") {
            scope.error(
                format!("the access log's format `{line}` has no id of the request, which AWS requires"),
                "add `$context.requestId`",
            );
        }
        if line.contains('\n') {
            scope.error("the access log's format has more than one line", "write it as one line");
        }
    }
}
