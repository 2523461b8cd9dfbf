//! The HTTP methods of APIs.

use purlin_construct::{IntoValue, Value};

/// An HTTP method of an API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum HttpMethod {
    /// Every method without its own declaration.
    Any,
    Delete,
    Get,
    Head,
    Options,
    Patch,
    Post,
    Put,
}

impl HttpMethod {
    /// The name in API Gateway: `GET`, `ANY`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Any => "ANY",
            Self::Delete => "DELETE",
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Patch => "PATCH",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }
}

impl IntoValue<String> for HttpMethod {
    fn into_value(self) -> Value<String> {
        self.as_str().into_value()
    }
}
