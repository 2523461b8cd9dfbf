//! What a domain name may look like, and which names are in which zone.

/// The longest name, and the longest part between two dots (RFC 1035).
const MAX_NAME: usize = 253;
const MAX_LABEL: usize = 63;

/// What a name may contain beside letters, digits and dashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allowed {
    /// Nothing: host names, zones.
    Host,
    /// `*` as the first part: certificates.
    Wildcard,
    /// `*` as the first part, and underscores: records such as `_acme-challenge`.
    Record,
}

/// What is wrong with a name that has no dot at its end, and what to do; none if it is sound.
pub(crate) fn mistake(name: &str, allowed: Allowed) -> Option<(String, String)> {
    let problem = |message: String, hint: &str| Some((message, hint.to_owned()));
    if name.is_empty() {
        return problem("a domain name is empty".to_owned(), "give a name such as `example.com`");
    }
    if !name.is_ascii() {
        return problem(
            format!("the domain name `{name}` has characters that DNS does not know"),
            "write it in Punycode, which starts with `xn--`",
        );
    }
    if let Some(scheme) = name.find("://") {
        let host = name[scheme + 3..].split(['/', ':']).next().unwrap_or_default();
        return problem(format!("`{name}` is a URL, not a domain name"), &format!("give `{host}`"));
    }
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return problem(
            format!("the domain name `{name}` has upper-case letters; browsers and AWS use lower case"),
            &format!("write `{}`", name.to_ascii_lowercase()),
        );
    }
    if name.len() > MAX_NAME {
        return problem(
            format!("the domain name `{name}` has {} characters; the most is {MAX_NAME}", name.len()),
            "choose a shorter name",
        );
    }
    let sound = |(index, label): (usize, &str)| is_label(label, index == 0, allowed);
    if let Some((_, label)) = name.split('.').enumerate().find(|part| !sound(*part)) {
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
        return first && allowed != Allowed::Host;
    }
    let known = |c: char| c.is_ascii_alphanumeric() || c == '-' || (c == '_' && allowed == Allowed::Record);
    !label.is_empty()
        && label.len() <= MAX_LABEL
        && label.chars().all(known)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// Whether a name is the zone's or below it. Neither has a dot at its end.
pub(crate) fn is_within(name: &str, zone: &str) -> bool {
    name.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::{Allowed, is_within, mistake};

    #[test]
    fn knows_sound_names() {
        let sound = [
            ("app.example.com", Allowed::Host),
            ("xn--bcher-kva.example", Allowed::Host),
            ("*.example.com", Allowed::Wildcard),
            ("_acme-challenge.example.com", Allowed::Record),
            ("localhost", Allowed::Host),
        ];
        for (name, allowed) in sound {
            assert_eq!(mistake(name, allowed), None, "{name}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        let long = format!("{}.com", "a".repeat(64));
        let longer = "abcdefgh.".repeat(30) + "com";
        let cases = [
            ("", Allowed::Host, "is empty"),
            ("App.example.com", Allowed::Host, "upper-case"),
            ("bücher.example", Allowed::Host, "DNS does not know"),
            ("https://app.example.com/x", Allowed::Host, "is a URL"),
            ("app..example.com", Allowed::Host, "an empty part"),
            ("-app.example.com", Allowed::Host, "the part `-app`"),
            ("a b.example.com", Allowed::Host, "the part `a b`"),
            ("*.example.com", Allowed::Host, "the part `*`"),
            ("app.*.example.com", Allowed::Wildcard, "the part `*`"),
            ("_a.example.com", Allowed::Wildcard, "the part `_a`"),
            (&long, Allowed::Host, "the part `aaaa"),
            (&longer, Allowed::Host, "273 characters"),
        ];
        for (name, allowed, expect) in cases {
            let (message, hint) = mistake(name, allowed).unwrap_or_default();
            assert!(message.contains(expect), "{name}: {message}");
            assert!(!hint.is_empty());
        }
        assert_eq!(mistake("https://app.example.com/x", Allowed::Host).unwrap().1, "give `app.example.com`");
    }

    #[test]
    fn knows_what_is_in_a_zone() {
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
