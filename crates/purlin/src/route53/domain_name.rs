//! Checks and compares domain names.

use purlin_construct::{IntoValue, Scope, Value};

/// The longest name, and the longest part between two dots (RFC 1035).
const MAX_NAME: usize = 253;
const MAX_LABEL: usize = 63;

/// The characters of a name besides letters, digits and dashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allowed {
    /// `*` as the first part: certificates.
    Wildcard,
    /// `*` as the first part, and underscores: records such as `_acme-challenge`.
    Record,
}

/// The form in which names are compared: lower case, without a dot at the end. DNS, ACM and the host conditions of load
/// balancers ignore case; Cognito's URLs do not (<https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html>).
pub(crate) fn normal(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// The normal form of a literal name. A name that DNS does not allow is a problem.
pub(crate) fn checked(scope: &Scope, name: &Value<String>, allowed: Allowed) -> Value<String> {
    let Some(text) = name.as_str().map(normal) else { return name.clone() };
    if let Some((message, hint)) = mistake(&text, allowed) {
        scope.error(message, hint);
    }
    text.into_value()
}

/// The mistake in a name in its normal form, and what to do; none if DNS allows the name.
pub(crate) fn mistake(name: &str, allowed: Allowed) -> Option<(String, String)> {
    let problem = |message: String, hint: &str| Some((message, hint.to_owned()));
    if name.is_empty() {
        return problem("a domain name is empty".to_owned(), "give a name such as `example.com`");
    }
    if !name.is_ascii() {
        return problem(
            format!("the domain name `{name}` has characters other than ASCII, which DNS does not allow"),
            "write it in Punycode, with parts that start with `xn--`",
        );
    }
    if let Some(scheme) = name.find("://") {
        let host = name[scheme + 3..].split(['/', ':']).next().unwrap_or_default();
        return problem(format!("`{name}` is a URL, not a domain name"), &format!("give `{host}`"));
    }
    if name.len() > MAX_NAME {
        return problem(
            format!("the domain name `{name}` has {} characters, but DNS allows {MAX_NAME}", name.len()),
            "choose a shorter name",
        );
    }
    let is_allowed = |(index, label): (usize, &str)| is_label(label, index == 0, allowed);
    if let Some((_, label)) = name.split('.').enumerate().find(|part| !is_allowed(*part)) {
        let what = if label.is_empty() { "an empty part".to_owned() } else { format!("the part `{label}`") };
        return problem(
            format!("the domain name `{name}` has {what}, which DNS does not allow here"),
            "each part has 1 to 63 letters, digits and dashes, and neither starts nor ends with a dash",
        );
    }
    None
}

fn is_label(label: &str, first: bool, allowed: Allowed) -> bool {
    if label == "*" {
        return first;
    }
    let known = |c: char| c.is_ascii_alphanumeric() || c == '-' || (c == '_' && allowed == Allowed::Record);
    !label.is_empty()
        && label.len() <= MAX_LABEL
        && label.chars().all(known)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// Whether a name is the zone's or below it. Both are in their normal form.
pub(crate) fn is_within(name: &str, zone: &str) -> bool {
    name.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::{Allowed, is_within, mistake, normal};

    #[test]
    fn allowed_names_have_no_mistake() {
        let names = [
            ("app.example.com", Allowed::Wildcard),
            ("xn--bcher-kva.example", Allowed::Wildcard),
            ("*.example.com", Allowed::Wildcard),
            ("_acme-challenge.example.com", Allowed::Record),
            ("localhost", Allowed::Wildcard),
        ];
        for (name, allowed) in names {
            assert_eq!(mistake(name, allowed), None, "{name}");
        }
    }

    #[test]
    fn names_are_compared_in_lower_case_without_the_last_dot() {
        let cases = [
            ("App.Example.com", "app.example.com"),
            ("app.example.com.", "app.example.com"),
            ("*.EXAMPLE.com.", "*.example.com"),
            ("xn--Bcher-kva.example", "xn--bcher-kva.example"),
        ];
        for (name, expect) in cases {
            assert_eq!(normal(name), expect);
        }
    }

    #[test]
    fn every_mistake_has_a_message_and_a_hint() {
        let long = format!("{}.com", "a".repeat(64));
        let longer = "abcdefgh.".repeat(30) + "com";
        let cases = [
            ("", Allowed::Wildcard, "is empty"),
            ("bücher.example", Allowed::Wildcard, "other than ASCII"),
            ("https://app.example.com/x", Allowed::Wildcard, "is a URL"),
            ("app..example.com", Allowed::Wildcard, "an empty part"),
            ("-app.example.com", Allowed::Wildcard, "the part `-app`"),
            ("a b.example.com", Allowed::Record, "the part `a b`"),
            ("app.*.example.com", Allowed::Wildcard, "the part `*`"),
            ("_a.example.com", Allowed::Wildcard, "the part `_a`"),
            (&long, Allowed::Record, "the part `aaaa"),
            (&longer, Allowed::Record, "273 characters"),
        ];
        for (name, allowed, expect) in cases {
            let (message, hint) = mistake(name, allowed).unwrap_or_default();
            assert!(message.contains(expect), "{name}: {message}");
            assert!(!hint.is_empty());
        }
        assert_eq!(mistake("https://app.example.com/x", Allowed::Record).unwrap().1, "give `app.example.com`");
    }

    #[test]
    fn a_zone_contains_its_name_and_the_names_below_it() {
        let cases = [
            ("example.com", "example.com", true),
            ("app.example.com", "example.com", true),
            ("notexample.com", "example.com", false),
            ("example.org", "example.com", false),
        ];
        for (name, zone, expect) in cases {
            assert_eq!(is_within(name, zone), expect, "{name} in {zone}");
        }
    }
}
