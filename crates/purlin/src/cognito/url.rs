//! The URLs of clients: checks, and encoding for query strings.

use purlin_construct::{Expr, Scope, Value, intrinsics};

/// Reports a literal callback or sign-out URL that Cognito refuses, or that never matches.
pub(super) fn check(scope: &Scope, what: &str, url: &Value<String>) {
    let Some(url) = url.as_str() else { return check_references(scope, what, url) };
    let Some((scheme, rest)) = url.split_once("://") else {
        scope.error(
            format!("the {what} `{url}` is not an absolute URL"),
            "write it with its scheme: `https://app.example.com/..`",
        );
        return;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_loopback = ["localhost", "127.0.0.1", "[::1]"]
        .iter()
        .any(|name| host == *name || host.strip_prefix(name).is_some_and(|port| port.starts_with(':')));
    if scheme == "http" && !is_loopback {
        scope.error(
            format!("the {what} `{url}` is plain `http`, but AWS takes it for `localhost` only"),
            "use `https`, or an app's own scheme such as `myapp://`",
        );
    }
    if ["http", "https"].contains(&scheme) && host.is_empty() {
        scope.error(format!("the {what} `{url}` has no host"), "write it in full: `https://app.example.com/..`");
    }
    if host.chars().any(|c| c.is_ascii_uppercase()) {
        scope.error(
            format!("the host of the {what} `{url}` has capital letters, but URLs are compared case-sensitively"),
            format!("browsers send host names in lower case: write `{}`", url.replacen(host, &host.to_lowercase(), 1)),
        );
    }
    if url.contains('#') {
        scope.error(format!("the {what} `{url}` has a fragment, but AWS takes none"), "remove the part from `#`");
    }
    if url.contains('*') {
        scope.error(format!("the {what} `{url}` has a wildcard, but AWS takes full URLs only"), "register each URL");
    }
    if url.chars().any(char::is_whitespace) {
        scope.error(format!("the {what} `{url}` has blanks"), "write blanks as `%20`");
    }
}

/// Warns of references to names with capital letters: browsers send host names in lower case.
fn check_references(scope: &Scope, what: &str, url: &Value<String>) {
    let mut has_balancer = false;
    url.expr().walk(&mut |part| {
        let Expr::Att(node, name) = part else { return };
        let is_balancer = |at: Scope| {
            at.resource_type().as_deref() == Some("AWS::ElasticLoadBalancingV2::LoadBalancer")
                && !at.property("Name").as_ref().and_then(Expr::as_str).is_some_and(is_lower_case)
        };
        has_balancer |= name == "DNSName" && scope.scope_of(*node).is_some_and(is_balancer);
    });
    if has_balancer {
        scope.warning(
            format!(
                "the {what} has the DNS name of a load balancer whose name CloudFormation generates with capital letters; \
                 browsers send it in lower case, and Cognito compares case-sensitively"
            ),
            "use your own domain name, or give the load balancer a name in lower case",
        );
    }
}

fn is_lower_case(name: &str) -> bool {
    !name.chars().any(|c| c.is_ascii_uppercase())
}

/// The value in a query string: literal text is encoded, references are not.
pub(super) fn encoded(value: &Value<String>) -> Value<String> {
    match value.expr() {
        Expr::Str(text) | Expr::Custom(text) => Value::new(Expr::from(percent_encoded(text))),
        Expr::Join(delimiter, parts) => {
            let parts: Vec<Expr> = parts.iter().map(|part| encoded(&Value::new(part.clone())).into_expr()).collect();
            intrinsics::join(&percent_encoded(delimiter), Value::<Vec<String>>::new(Expr::List(parts)))
        }
        _ => value.clone(),
    }
}

/// Every byte except the unreserved ones of RFC 3986, as `%XX`.
fn percent_encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("writing to a `String` does not fail");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use purlin_construct::{App, CfnResource, IntoValue, Stack, sub};

    use super::*;

    fn problems(url: &str) -> Vec<String> {
        let app = App::new();
        let stack = app.add("S", Stack::props());
        stack.add("R", CfnResource::new("AWS::SQS::Queue"));
        check(&stack, "callback URL", &url.into_value());
        app.synth().err().unwrap_or_default().into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn takes_what_cognito_takes() {
        for url in [
            "https://app.example.com/oauth2/idpresponse",
            "http://localhost:3000/cb",
            "http://127.0.0.1/cb",
            "http://[::1]:8080/cb",
            "myapp://callback",
        ] {
            assert_eq!(problems(url), [""; 0], "{url}");
        }
    }

    #[test]
    fn refuses_what_cognito_refuses() {
        for (url, expect) in [
            ("app.example.com", "not an absolute URL"),
            ("http://app.example.com/cb", "plain `http`"),
            ("http://localhost.example.com/cb", "plain `http`"),
            ("https://App.example.com/cb", "capital letters"),
            ("https://app.example.com/#/cb", "fragment"),
            ("https://*.example.com/cb", "wildcard"),
            ("https:///cb", "has no host"),
            ("https://app.example.com/a b", "blanks"),
        ] {
            let found = problems(url);
            assert!(found.len() == 1 && found[0].contains(expect), "{url}: {found:?}");
        }
    }

    #[test]
    fn encodes_text_and_leaves_references() {
        let plain = encoded(&"https://a.b/c?d=e f".into_value());
        assert_eq!(plain.as_str(), Some("https%3A%2F%2Fa.b%2Fc%3Fd%3De%20f"));
        let mixed = encoded(&sub!("https://{}/", intrinsics::region()));
        assert_eq!(mixed, sub!("https%3A%2F%2F{}%2F", intrinsics::region()));
    }
}
