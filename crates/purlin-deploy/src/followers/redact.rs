//! Takes out of a line of log what looks like a secret. It cannot know them all: it errs on the
//! side of hiding.

/// What stands where a secret stood.
const HIDDEN: &str = "***";

/// Names whose value is hidden, however they are written around.
const NAMES: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "secret",
    "token",
    "api_key",
    "apikey",
    "api-key",
    "access_key",
    "accesskey",
    "access-key",
    "private_key",
    "privatekey",
    "credential",
    "authorization",
    "cookie",
    "signature",
];

/// The line without secrets.
pub(crate) fn redact(line: &str) -> String {
    if line.contains("PRIVATE KEY-----") {
        return HIDDEN.to_owned();
    }
    let line = after_names(line);
    line.split_inclusive(|letter: char| letter.is_whitespace() || "\"',;".contains(letter)).map(word).collect()
}

/// Hides what follows `name=`, `name: ` and `"name": "`.
fn after_names(line: &str) -> String {
    let lower = line.to_ascii_lowercase();
    let mut out = String::new();
    let mut from = 0;
    while let Some(value) = next_value(&lower, from) {
        out.push_str(&line[from..value.0]);
        out.push_str(HIDDEN);
        from = value.1;
    }
    out.push_str(&line[from..]);
    out
}

/// Where the next value of a secret name begins and ends.
fn next_value(lower: &str, from: usize) -> Option<(usize, usize)> {
    let ends = |name: &str| lower[from..].match_indices(name).map(|(at, found)| from + at + found.len()).collect();
    let mut ends: Vec<usize> = NAMES.iter().flat_map::<Vec<usize>, _>(|name| ends(name)).collect();
    ends.sort_unstable();
    ends.into_iter().find_map(|end| value_after(lower, end))
}

/// The value that a name has which ends here, when it has one.
fn value_after(lower: &str, end: usize) -> Option<(usize, usize)> {
    // The rest of a longer name, such as that of `DB_PASSWORD_PROD`.
    let rest = lower[end..].trim_start_matches(|it: char| it.is_ascii_alphanumeric() || "_-".contains(it));
    let rest = rest.trim_start_matches(['"', '\'', '\\', ']', ' ']).strip_prefix(['=', ':'])?;
    let rest = rest.trim_start_matches(['>', '=', ' ', '"', '\'', '\\']);
    let rest = ["bearer ", "basic "].iter().find_map(|kind| rest.strip_prefix(kind)).unwrap_or(rest);
    let length = rest.find(|it: char| it.is_whitespace() || "\"',;&}\\".contains(it)).unwrap_or(rest.len());
    let start = lower.len() - rest.len();
    (length > 0).then_some((start, start + length))
}

/// A word that is a secret by its looks, whatever stands before it.
fn word(word: &str) -> String {
    let core = word.trim_end_matches(|letter: char| letter.is_whitespace() || "\"',;".contains(letter));
    let tail = &word[core.len()..];
    let is_upper_id = |start: &str| {
        core.strip_prefix(start)
            .is_some_and(|rest| rest.len() >= 12 && rest.chars().all(|it| it.is_ascii_alphanumeric()))
    };
    let is_jwt = core.starts_with("eyJ") && core.matches('.').count() == 2;
    let is_known = ["ghp_", "gho_", "github_pat_", "xoxb-", "xoxp-", "sk_live_", "glpat-"];
    if is_upper_id("AKIA") || is_upper_id("ASIA") || is_jwt || is_known.iter().any(|start| core.starts_with(start)) {
        return format!("{HIDDEN}{tail}");
    }
    // scheme://user:password@host
    if let Some((scheme, rest)) = core.split_once("://")
        && let Some((user, host)) = rest.split('/').next().unwrap_or_default().rsplit_once('@')
        && let Some((user, _)) = user.split_once(':')
    {
        let path = &rest[rest.find('@').map_or(0, |at| at + 1)..];
        let path = path.strip_prefix(host).unwrap_or_default();
        return format!("{scheme}://{user}:{HIDDEN}@{host}{path}{tail}");
    }
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn what_looks_like_a_secret_is_hidden() {
        let cases = [
            ("connecting to db as shop", "connecting to db as shop"),
            ("DB_PASSWORD=hunter2 HOST=db", "DB_PASSWORD=*** HOST=db"),
            (r#"{"clientSecret": "abc", "port": 80}"#, r#"{"clientSecret": "***", "port": 80}"#),
            ("password: a, token: b", "password: ***, token: ***"),
            ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
            (
                "postgres://shop:hunter2@db.internal:5432/shop refused",
                "postgres://shop:***@db.internal:5432/shop refused",
            ),
            ("key AKIAIOSFODNN7EXAMPLE is old", "key *** is old"),
            ("jwt eyJhbGciOi.eyJzdWIi.c2ln, bad", "jwt ***, bad"),
            ("-----BEGIN PRIVATE KEY-----MIIE", "***"),
            ("token expired", "token expired"),
            ("no password given, secret=x", "no password given, secret=***"),
            ("passwörd=1 password=ü", "passwörd=1 password=***"),
            ("password=", "password="),
        ];
        for (line, expected) in cases {
            assert_eq!(redact(line), expected, "{line}");
        }
    }
}
