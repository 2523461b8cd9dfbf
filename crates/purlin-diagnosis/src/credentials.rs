//! Finds credentials in texts such as lines of a log: by the name next to them, by their place in a URL, header or command,
//! or by their own shape. In doubt, a value is a credential.

use std::ops::Range;
use std::sync::LazyLock;

use regex_lite::{Captures, Regex};

/// Parts of names with a secret value, in lower case without separators.
const SECRET_NAMES: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "accountkey",
    "authkey",
    "privatekey",
    "signingkey",
    "encryptionkey",
    "credential",
    "connectionstring",
];

/// Whole names with a secret value, also as the last word of a name.
const SECRET_WORDS: &[&str] = &["pass", "pwd", "pw", "psw", "apipass"];

/// Ends of names that refer to a secret or describe it.
const HARMLESS_ENDS: &[&str] = &[
    "arn",
    "arns",
    "name",
    "id",
    "ids",
    "type",
    "version",
    "stage",
    "units",
    "validity",
    "length",
    "valuefrom",
    "endpoint",
    "url",
    "uri",
    "tokens",
    "policy",
    "count",
    "limit",
    "ttl",
    "expiry",
    "expires",
    "file",
    "path",
    "use",
    "field",
    "column",
];

/// Words after `password: ` and the like that are no password.
const WORDS: &[&str] = &[
    "a",
    "an",
    "and",
    "are",
    "at",
    "be",
    "been",
    "can",
    "cannot",
    "could",
    "does",
    "error",
    "expired",
    "expires",
    "failed",
    "false",
    "for",
    "from",
    "given",
    "has",
    "have",
    "if",
    "in",
    "incorrect",
    "invalid",
    "is",
    "it",
    "length",
    "may",
    "missing",
    "must",
    "needs",
    "nil",
    "no",
    "none",
    "not",
    "null",
    "of",
    "on",
    "only",
    "optional",
    "or",
    "please",
    "required",
    "set",
    "should",
    "string",
    "the",
    "this",
    "to",
    "too",
    "true",
    "undefined",
    "unset",
    "use",
    "wants",
    "was",
    "were",
    "will",
    "with",
    "you",
    "your",
];

/// Whether values of this name are secret: `DB_PASSWORD`, but not `SECRET_ARN`.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let name = name.trim_matches(|letter: char| !letter.is_alphanumeric());
    let last = name.rsplit(|letter: char| !letter.is_ascii_alphanumeric()).next().unwrap_or_default();
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let is_word = SECRET_WORDS.iter().any(|word| last.eq_ignore_ascii_case(word));
    is_word
        || SECRET_NAMES.iter().any(|part| plain.contains(part)) && !HARMLESS_ENDS.iter().any(|end| plain.ends_with(end))
}

/// What a pattern has to be besides its shape.
#[derive(Clone, Copy)]
enum Test {
    /// Nothing: the shape is enough.
    None,
    /// The group `name` is that of a secret, and the value is no ordinary word.
    Named,
    /// The value is no ordinary word.
    Value,
    /// The value has the disorder of a random text.
    Random,
}

/// Patterns with the credential as the group `s`.
const PATTERNS: &[(Test, &str)] = &[
    // Keys in blocks.
    (
        Test::None,
        r"(?s)(?P<s>-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|$))",
    ),
    (Test::None, r"Private-Lines: [0-9]+\s+(?P<s>[A-Za-z0-9+/=\s]{20,})"),
    // URLs: user and password, and signatures or tokens in a query.
    (Test::None, r"[a-zA-Z][a-zA-Z0-9+.-]*://[^/\s:@]*:(?P<s>[^/\s]+)@"),
    (Test::None, r"https?://(?P<s>[0-9a-f]{32}|[A-Za-z0-9_-]{36,})@"),
    (
        Test::Value,
        r#"[?&#](?i:sig|signature|x-amz-(?:signature|security-token|credential)|x-goog-signature|(?:access|id|refresh|auth|session|csrf)_?token|token|code_verifier|api_?key|pass(?:word)?|secret|client_secret|assertion|sas|jwt)=(?P<s>[^&\s"'<>]+)"#,
    ),
    (Test::None, r#"[?&]code=(?P<s>[^&\s"'<>]{8,})"#),
    (Test::None, r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<s>[A-Za-z0-9_/-]+)"),
    (Test::None, r"discord(?:app)?\.com/api/webhooks/[0-9]+/(?P<s>[\w-]+)"),
    (Test::None, r"webhook\.office\.com/webhookb2/(?P<s>\S+)"),
    (Test::None, r"/bot(?P<s>[0-9]{6,}:[\w-]{20,})"),
    // Headers.
    (Test::Value, r#"(?i:\bcookie)\\?["']?\s*[:=]\s*\\?["']?(?P<s>[^"'\r\n\\]+)"#),
    (
        Test::Value,
        r#"(?i:authorization)\\?["']?\s*[:=]\s*\[?\\?["']?(?:(?i:bearer|basic|digest|token|negotiate|apikey|dpop|aws4-hmac-sha256)\s+)?(?P<s>[^"'\r\n\\]+)"#,
    ),
    (Test::Value, r"\b(?i:bearer|basic|dpop) +(?P<s>[A-Za-z0-9+/._~=-]{16,})"),
    // Options of commands.
    (Test::Named, r#"(?:^|[\s"'])--?(?P<name>[A-Za-z][A-Za-z-]*)[ =]\\?["']?(?P<s>[^\s"'\\-][^\s"'\\]*)"#),
    (Test::None, r"\b(?:mysql|mysqldump|mysqladmin|mariadb)\b[^|;\r\n]*?\s-p(?P<s>[^\s'\x22]+)"),
    (Test::None, r"\bsshpass\s+-p\s*(?P<s>\S+)"),
    (Test::None, r"\bredis-cli\b[^|;\r\n]*?\s-a\s+(?P<s>\S+)"),
    (Test::None, r#"\bcurl\b[^|;\r\n]*?\s(?:-u|--user)[ =]?["']?[^\s:"']+:(?P<s>[^\s"']+)"#),
    (Test::None, r"\bmachine\s+\S+\s+login\s+\S+\s+password\s+(?P<s>\S+)"),
    // Elements.
    (Test::Named, r"<(?:\w+:)?(?P<name>[\w.-]+)(?:\s[^<>]*)?>(?P<s>[^<>]+)</"),
    // `NAME=value`, `name: value`, `"name":"value"`, `:name => "value"`, `{"name": ["value"]}`; not the `secret:Name` of an ARN.
    (Test::Named, r#"(?P<name>[\w.-]+)\\*["']?\s*(?:=>|:=|=|%3D|:\s)\s*\[?\s*\\*"(?P<s>[^"\\\r\n]+)"#),
    (Test::Named, r#"(?P<name>[\w.-]+)\\*["']?\s*(?:=>|:=|=|%3D|:\s)\s*\[?\s*\\*'(?P<s>[^'\\\r\n]+)"#),
    (Test::Named, r#"(?P<name>[\w.-]+)\\*["']\s*:\s*\[?\s*\\*["'](?P<s>[^"'\\\r\n]+)"#),
    (Test::Named, r#"(?P<name>[\w.-]+)\\*["']?\s*(?:=>|:=|=|%3D|:\s)\s*(?P<s>[^\s"'\\,;&<>{}\[\]]+)"#),
    (Test::Value, r#"\b(?i:\w*password|passwd|passphrase|pwd):(?P<s>[^\s"'\\,;&<>{}\[\]]+)"#),
    // Tokens that show their kind.
    (Test::None, r"\b(?P<s>(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,})\b"),
    (Test::None, r"\b(?P<s>eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_.-]*)"),
    (
        Test::None,
        r"\b(?P<s>(?:gh[pousr]_|github_pat_|glpat-|gldt-|glrt-|xox[abeprs]-|xapp-|[sr]k_(?:live|test)_|whsec_|npm_|pypi-|rubygems_|dckr_[po]at_|dop_v1_|doo_v1_|hf_|glsa_|glc_|lin_api_|ntn_|shp(?:at|ca|pa|ss)_|sq0[a-z]{3}-|NRAK-|ATATT3x|ATCTT3x|dp\.(?:pt|st|ct)\.|dapi[0-9a-f]|sk-(?:ant-|proj-|or-)?|hv[sbr]\.|SG\.|AIza|ya29\.|GOCSPX-|AGE-SECRET-KEY-1|PMAK-|EAACEdEose0cBA|sbp_|figd_|pat-na1-|key-)[A-Za-z0-9_.=-]{12,})",
    ),
    (Test::None, r"\b(?P<s>[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{20,})"),
    (Test::None, r"\b(?P<s>[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34})"),
    // A secret access key of AWS: 40 letters without a name.
    (Test::Random, r"(?:^|[^A-Za-z0-9/+=_.-])(?P<s>[A-Za-z0-9/+]{40})(?:$|[^A-Za-z0-9/+=_-])"),
];

static CREDENTIALS: LazyLock<Vec<(Test, Regex)>> = LazyLock::new(|| {
    let compile =
        |(test, pattern): &(Test, &str)| (*test, Regex::new(pattern).expect("a test compiles these patterns"));
    PATTERNS.iter().map(compile).collect()
});

/// The text with `hidden` in place of each credential.
pub(crate) fn replace(text: &str, hidden: &str) -> String {
    let mut text = text.to_owned();
    for (test, pattern) in CREDENTIALS.iter() {
        let mut at = 0;
        while let Some(found) = pattern.captures_at(&text, at) {
            let (Some(whole), Some(secret)) = (found.get(0), found.name("s")) else { break };
            let span = secret.range();
            // A value that stays may hold another name: `cause: password=X`.
            at = if passes(*test, &found, secret.as_str()) {
                let next = span.start + hidden.len();
                text.replace_range(span, hidden);
                next
            } else {
                next_start(&text, whole.range(), &span)
            };
        }
    }
    text
}

/// Where to search after a match that stays.
fn next_start(text: &str, whole: Range<usize>, secret: &Range<usize>) -> usize {
    let at = secret.start.max(whole.start + 1);
    (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

fn passes(test: Test, found: &Captures<'_>, secret: &str) -> bool {
    match test {
        Test::None => true,
        Test::Named => found.name("name").is_some_and(|name| is_secret_name(name.as_str())) && is_value(secret),
        Test::Value => is_value(secret),
        Test::Random => is_random(secret),
    }
}

/// Whether a value can be a secret: not a word of a sentence, nor a reference to one.
fn is_value(value: &str) -> bool {
    let word = value.trim_end_matches(['.', ',', ':', ';', '!', '?', ')']);
    let is_reference =
        ["{{resolve:", "${", "$(", "arn:", "***", "(hidden"].iter().any(|start| value.starts_with(start));
    !is_reference && !matches!(word, "" | "$") && !WORDS.contains(&word.to_ascii_lowercase().as_str())
}

/// Whether letters, capitals, digits and signs change as often as in a random text; names and paths do so less.
fn is_random(text: &str) -> bool {
    let class = |letter: u8| match letter {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    let classes: Vec<u8> = text.bytes().map(class).collect();
    let changes = classes.windows(2).filter(|pair| pair[0] != pair[1]).count();
    changes * 5 >= classes.len() * 2 && (0..3).all(|class| classes.contains(&class))
}
