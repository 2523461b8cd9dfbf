//! Whether an answer is in the form of AWS's: any server of a network can have sent it.

/// How much of a strange answer is shown.
const SHOWN: usize = 100;

/// What is wrong with an answer.
#[derive(Debug)]
pub(super) enum Flaw {
    /// Another server than AWS's sent it, as the message says.
    NotAws(String),
    /// It is not whole.
    Cut,
}

/// Checks that an answer is in the form that belongs to the request: the SDK reads it as far as it goes, so that half a
/// stack would look complete, and a captive portal's page like an empty account. AWS's gateways answer with pages of their
/// own while they are disturbed (5xx), which the status says.
pub(super) fn check(status: u16, form: &str, body: &[u8]) -> Result<(), Flaw> {
    if status >= 500 {
        return Ok(());
    }
    let text = body.trim_ascii();
    let has_begun = |with: &str| text.get(..with.len()).is_some_and(|it| it.eq_ignore_ascii_case(with.as_bytes()));
    let is_page = ["<!doctype html", "<html"].into_iter().any(has_begun);
    // The protocols of most services: a form is answered with XML, JSON with JSON.
    let expected = match form {
        "application/x-www-form-urlencoded" => Some(b'<'),
        _ if form.starts_with("application/x-amz-json") => Some(b'{'),
        _ => None,
    };
    // Calls without output are answered with nothing by some services, in JSON.
    let is_nothing = text.is_empty() && expected == Some(b'{');
    let is_strange = status < 300 && !is_nothing && expected.is_some_and(|first| text.first() != Some(&first));
    let is_other = (300..500).contains(&status)
        && status != 429
        && expected.is_some()
        && !text.is_empty()
        && !matches!(text[0], b'<' | b'{');
    if is_page || is_strange || is_other {
        let shown = beginning(text);
        return Err(Flaw::NotAws(format!("that is not AWS's answer (HTTP {status}): {shown}")));
    }
    if is_cut(text) {
        return Err(Flaw::Cut);
    }
    Ok(())
}

/// The first letters, on one line.
fn beginning(text: &[u8]) -> String {
    if text.is_empty() {
        return "it is empty".to_owned();
    }
    let text = String::from_utf8_lossy(&text[..text.len().min(SHOWN)]);
    let printable: String = text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect();
    format!("`{}`", printable.split_whitespace().collect::<Vec<_>>().join(" ").replace('`', "'"))
}

/// Whether the outermost element of XML, or the object of JSON, is never closed.
fn is_cut(text: &[u8]) -> bool {
    if text.starts_with(b"{") {
        return !text.ends_with(b"}");
    }
    let Some(first) = text.windows(2).position(|two| two[0] == b'<' && two[1].is_ascii_alphabetic()) else {
        return text.starts_with(b"<");
    };
    if !text.starts_with(b"<") {
        return false;
    }
    let name = text[first + 1..].split(|byte| !byte.is_ascii_alphanumeric()).next().unwrap_or_default();
    let end = [b"</", name, b">"].concat();
    let is_empty_element = text.ends_with(b"/>") && !text[first + 1..].contains(&b'<');
    !text.ends_with(&end) && !is_empty_element
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_answers_in_the_form_of_aws_are_passed_on() {
        const QUERY: &str = "application/x-www-form-urlencoded";
        const JSON: &str = "application/x-amz-json-1.1";
        let long = format!("login {}", "x".repeat(10_000));
        let cases = [
            (200, QUERY, "<A><B>1</B></A>", None),
            (200, QUERY, "<?xml version=\"1.0\"?>\n<A xmlns=\"x\"><B/></A>\n", None),
            (200, QUERY, "<A/>", None),
            (400, QUERY, "{\"message\": \"no\"}", None),
            (403, QUERY, "", None),
            (200, JSON, "{}", None),
            (200, JSON, "", None),
            (400, JSON, "{\"__type\": \"X\"}", None),
            (200, "", "", None),
            (200, "", "text of an object", None),
            (503, QUERY, "<html>Service Unavailable", None),
            (503, JSON, "busy", None),
            (200, QUERY, "<?xml version=\"1.0\"?>", Some("cut short")),
            (200, QUERY, "<A><B>1</B>", Some("cut short")),
            (200, QUERY, "<A><B/>", Some("cut short")),
            (200, QUERY, "<A><B>Stack ", Some("cut short")),
            (200, JSON, "{\"a\": [1", Some("cut short")),
            (200, "", "<ListBucketResult><Key>a", Some("cut short")),
            (200, QUERY, "", Some("not AWS's answer (HTTP 200): it is empty")),
            (200, QUERY, "{}", Some("not AWS's answer (HTTP 200): `{}`")),
            (200, JSON, "[]", Some("not AWS's answer (HTTP 200): `[]`")),
            (
                200,
                QUERY,
                "\n <!DOCTYPE html>\r\n<html>\x1b[2J`</html>",
                Some("(HTTP 200): `<!DOCTYPE html> <html> [2J'</html>`"),
            ),
            (302, "", "<HTML>moved</HTML>", Some("(HTTP 302): `<HTML>moved</HTML>`")),
            (404, JSON, "<html></html>", Some("(HTTP 404): `<html></html>`")),
            (407, QUERY, "Proxy Authentication Required", Some("(HTTP 407): `Proxy Authentication Required`")),
            (200, QUERY, long.as_str(), Some("`login xxx")),
        ];
        for (status, form, body, expected) in cases {
            let found = check(status, form, body.as_bytes()).err().map(|flaw| match flaw {
                Flaw::NotAws(message) => message,
                Flaw::Cut => "cut short".to_owned(),
            });
            let is_right = match (&found, expected) {
                (Some(found), Some(expected)) => found.contains(expected) && found.len() < 200,
                (None, None) => true,
                _ => false,
            };
            assert!(is_right, "{status} {form} {body:.40}: {found:?}");
        }
    }
}
