//! Rewrites the schemas' patterns, which are Java's, Python's or of no engine, as ECMAScript.

use std::collections::BTreeMap;

use regress::Regex;

/// How a pattern reads in ECMAScript: with the flag `u` if it compiles with it, else without. Nothing if it means
/// nothing there, or something else.
pub fn ecmascript(pattern: &str) -> Option<String> {
    let rewritten = rewrite(pattern)?;
    let unicode = Regex::with_flags(&rewritten, "u").is_ok();
    (unicode || (means_the_same_without_unicode(&rewritten) && Regex::new(&rewritten).is_ok())).then_some(rewritten)
}

/// Looks every pattern up once: many are used a hundred times.
#[derive(Default)]
pub struct Patterns {
    known: BTreeMap<String, Option<String>>,
}

impl Patterns {
    pub fn ecmascript(&mut self, pattern: &str) -> Option<&str> {
        self.known.entry(pattern.to_owned()).or_insert_with(|| ecmascript(pattern)).as_deref()
    }

    /// The patterns that mean nothing in ECMAScript.
    pub fn dropped(&self) -> impl Iterator<Item = &str> {
        self.known.iter().filter(|(_, rewritten)| rewritten.is_none()).map(|(pattern, _)| pattern.as_str())
    }
}

/// Spellings whose meaning is certain, as ECMAScript has them.
fn rewrite(pattern: &str) -> Option<String> {
    let (pattern, dot) = match pattern.strip_prefix("(?s)").or_else(|| pattern.strip_prefix("^(?s)")) {
        Some(rest) if pattern.starts_with('^') => (format!("^{rest}"), r"[\s\S]"),
        Some(rest) => (rest.to_owned(), r"[\s\S]"),
        None => (pattern.to_owned(), "."),
    };
    let chars: Vec<char> = pattern.chars().collect();
    let mut rewriter =
        Rewriter { chars: &chars, at: 0, out: String::new(), dot, class: false, open: Vec::new(), unclosed: 0 };
    while rewriter.at < chars.len() {
        rewriter.step()?;
    }
    rewriter.out.push_str(&")".repeat(rewriter.unclosed));
    Some(rewriter.out)
}

struct Rewriter<'a> {
    chars: &'a [char],
    at: usize,
    out: String,
    /// What any character is.
    dot: &'a str,
    /// Whether this is inside `[..]`.
    class: bool,
    /// For every open group, how many `)` close it: `(?i)` opens a second one inside.
    open: Vec<usize>,
    /// How many `)` are due at the end.
    unclosed: usize,
}

impl Rewriter<'_> {
    fn step(&mut self) -> Option<()> {
        match self.chars[self.at] {
            '\\' => return self.escape(),
            '[' if self.class => return self.nested_class(),
            '[' => self.class = true,
            ']' if self.class => self.class = false,
            '-' if self.class && self.after_class_escape() && self.peek(1) != Some(']') => {
                self.take(1, r"\-");
                return Some(());
            }
            _ if self.class => (),
            '(' if self.rest_starts("(?i)") => return self.ignore_case(),
            '(' => self.open.push(1),
            ')' => {
                let closing = ")".repeat(self.open.pop()?);
                self.take(1, &closing);
                return Some(());
            }
            '.' => {
                self.take(1, self.dot);
                return Some(());
            }
            // An assertion that is repeated is the assertion.
            '$' if self.rest_starts("${1,") => {
                let length = self.chars[self.at..].iter().position(|c| *c == '}')? + 1;
                self.take(length, "$");
                return Some(());
            }
            _ => (),
        }
        self.take(1, &self.chars[self.at].to_string());
        Some(())
    }

    fn take(&mut self, length: usize, written: &str) {
        self.out.push_str(written);
        self.at += length;
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn rest_starts(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(i, c)| self.peek(i) == Some(c))
    }

    /// `[\w-.]`: the `-` after a class is itself.
    fn after_class_escape(&self) -> bool {
        let before: String = self.chars[..self.at].iter().collect();
        ["w", "W", "d", "D", "s", "S"].iter().any(|class| before.ends_with(&format!(r"\{class}")))
            || before.rsplit_once(r"\p{").is_some_and(|(_, name)| name.ends_with('}') && name.matches('}').count() == 1)
    }

    /// In Java a `[` inside of a class opens another; a POSIX class is one in Python and not in Java.
    fn nested_class(&mut self) -> Option<()> {
        let rest: String = self.chars[self.at..].iter().collect();
        let first_end = rest.find(']').unwrap_or(rest.len());
        if rest.starts_with("[:") || rest[first_end..].starts_with("]]") {
            return None;
        }
        self.take(1, r"\[");
        Some(())
    }

    /// `(?i)` holds up to the end of its group. That is what follows it, unless an alternative does that begins before.
    fn ignore_case(&mut self) -> Option<()> {
        let begins = self.out.is_empty() || self.out.ends_with(['|', '(']) || self.out.ends_with("(?!");
        if !begins && self.alternatives_follow() {
            return None;
        }
        *self.open.last_mut().unwrap_or(&mut self.unclosed) += 1;
        self.take(4, "(?i:");
        Some(())
    }

    /// Whether the group goes on with `|`.
    fn alternatives_follow(&self) -> bool {
        let (mut depth, mut class, mut escaped) = (0, false, false);
        for c in &self.chars[self.at + 4..] {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '[' => class = true,
                ']' => class = false,
                _ if class => (),
                '|' if depth == 0 => return true,
                '(' => depth += 1,
                ')' if depth == 0 => return false,
                ')' => depth -= 1,
                _ => (),
            }
        }
        false
    }

    fn escape(&mut self) -> Option<()> {
        let escaped = self.peek(1)?;
        match escaped {
            'A' if !self.class => self.take(2, "^"),
            'Z' | 'z' if !self.class => self.take(2, "$"),
            'p' if self.rest_starts(r"\p{Print}") => self.take(9, r"\P{C}"),
            'p' if self.rest_starts(r"\p{Graph}") => self.take(9, r"\P{C}"),
            'p' | 'P' if self.peek(2) == Some('{') => {
                let length = self.chars[self.at..].iter().position(|c| *c == '}')? + 1;
                let name: String = self.chars[self.at..self.at + length].iter().collect();
                self.take(length, &name);
            }
            '-' if self.class => self.take(2, r"\-"),
            // Escapes that are not needed are errors with the flag `u`.
            c if !c.is_alphanumeric() && !r"^$\.*+?()[]{}|/".contains(c) => self.take(2, &c.to_string()),
            c => self.take(2, &format!(r"\{c}")),
        }
        Some(())
    }
}

/// Without the flag, letters that mean nothing after `\` are themselves, and so are brackets that close nothing.
fn means_the_same_without_unicode(pattern: &str) -> bool {
    let mut class = false;
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.next().is_some_and(|c| c.is_ascii_alphabetic() && !"bBcdDfnrsStuvwWx".contains(c)) => {
                return false;
            }
            '[' => class = true,
            ']' if !class => return false,
            ']' => class = false,
            _ => (),
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_other_languages() {
        let table = [
            ("^[a-z]+$", Some("^[a-z]+$")),
            (r"\A[0-9a-f]+\Z", Some("^[0-9a-f]+$")),
            (r"^[a-z\-]*:x\-y\_z$", Some(r"^[a-z\-]*:x-y_z$")),
            (r"[\w-.~]+", Some(r"[\w\-.~]+")),
            (r"^[\p{L}\p{Z}-_]*$", Some(r"^[\p{L}\p{Z}\-_]*$")),
            (r"[\w-]+", Some(r"[\w-]+")),
            ("(?s).*", Some(r"[\s\S]*")),
            ("^(?s).+$", Some(r"^[\s\S]+$")),
            ("^(?!(?i)(stop|help)$)[ \\S]+", Some("^(?!(?i:(stop|help)$))[ \\S]+")),
            ("^(?:a|(?i)[0-9a-f]{8}|c)$", Some("^(?:a|(?i:[0-9a-f]{8}|c))$")),
            (r"^(\.25|1)\s*(?i)vCpu$", Some(r"^(\.25|1)\s*(?i:vCpu$)")),
            ("^(a(?i)b)$", Some("^(a(?i:b))$")),
            ("^(a(?i)b|c)$", None),
            (r"^[\p{Print}]*$", Some(r"^[\P{C}]*$")),
            (r"^[\p{Print}&&[^|:/]]+$", None),
            ("^[[:alpha:]]+$", None),
            ("^[a-z[A-Z]]+$", None),
            ("^[a[b]$", Some(r"^[a\[b]$")),
            ("^([a-z]*)${1,128}", Some("^([a-z]*)$")),
            (r"^\{year}$", Some(r"^\{year}$")),
            (r"^\hx$", None),
            ("a++", None),
            ("^(a", None),
        ];
        for (pattern, expected) in table {
            assert_eq!(ecmascript(pattern).as_deref(), expected, "{pattern}");
        }
    }

    #[test]
    fn what_is_rewritten_matches_as_before() {
        let table = [
            (r"\A(25[0-5]|\d{1,2})\Z", "17", "256"),
            (r"[\w-.~]+", "~-", "!"),
            ("^(?!(?i)(stop|help)$)[a-zA-Z]+$", "Other", "STOP"),
            ("(?s)^a.b$", "a\nb", "ab"),
        ];
        for (pattern, good, bad) in table {
            let rewritten = ecmascript(pattern).expect("the pattern is known");
            let regex = Regex::with_flags(&rewritten, "u").expect("it compiles");
            assert!(regex.find(good).is_some() && regex.find(bad).is_none(), "{pattern} -> {rewritten}");
        }
    }
}
