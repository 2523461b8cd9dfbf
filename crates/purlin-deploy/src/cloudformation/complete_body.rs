//! Rejects truncated answers. The SDK parses them as far as they go, so that half a stack would look
//! complete.

use aws_sdk_cloudformation::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_cloudformation::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_cloudformation::error::BoxError;

/// Checks every answer.
#[derive(Debug)]
pub(crate) struct CompleteBody;

impl Intercept for CompleteBody {
    fn name(&self) -> &'static str {
        "CompleteBody"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response().body().bytes().unwrap_or_default();
        if is_cut(body) { Err("the answer was cut short".into()) } else { Ok(()) }
    }
}

/// Whether the outermost element of XML is never closed.
fn is_cut(body: &[u8]) -> bool {
    let body = body.trim_ascii();
    let Some(first) = body.windows(2).position(|two| two[0] == b'<' && two[1].is_ascii_alphabetic()) else {
        return body.starts_with(b"<");
    };
    let name = body[first + 1..].split(|byte| !byte.is_ascii_alphanumeric()).next().unwrap_or_default();
    let end = [b"</", name, b">"].concat();
    let is_empty_element = body.ends_with(b"/>") && !body[first + 1..].contains(&b'<');
    !body.ends_with(&end) && !is_empty_element
}

#[cfg(test)]
mod tests {
    use super::is_cut;

    #[test]
    fn an_unterminated_answer_is_cut() {
        let cases: [(&str, bool); 9] = [
            ("", false),
            ("<A><B>1</B></A>", false),
            ("<?xml version=\"1.0\"?>\n<A xmlns=\"x\"><B/></A>\n", false),
            ("<A/>", false),
            ("{\"message\": \"no\"}", false),
            ("<?xml version=\"1.0\"?>", true),
            ("<A><B>1</B>", true),
            ("<A><B/>", true),
            ("<A><B>Stack ", true),
        ];
        for (body, expected) in cases {
            assert_eq!(is_cut(body.as_bytes()), expected, "{body}");
        }
    }
}
