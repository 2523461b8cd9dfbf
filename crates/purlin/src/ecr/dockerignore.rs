//! Excludes files of a build context by `.dockerignore`, with Docker's rules: patterns start at the context, the last
//! one that matches decides, and files below an excluded folder are excluded too
//! (<https://docs.docker.com/build/concepts/context/#dockerignore-files>). Crates for `.gitignore` have other rules.

/// The patterns of a `.dockerignore` file.
#[derive(Debug, Clone, Default)]
pub(super) struct DockerIgnore {
    patterns: Vec<Pattern>,
}

#[derive(Debug, Clone)]
struct Pattern {
    segments: Vec<String>,
    /// `!pattern`: its matches are included.
    includes: bool,
}

impl DockerIgnore {
    pub(super) fn parse(text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self { patterns: text.lines().filter(|line| !line.starts_with('#')).filter_map(Pattern::parse).collect() }
    }

    /// Whether a path, relative to the context and with `/` between its parts, is excluded.
    pub(super) fn excludes(&self, path: &str) -> bool {
        let path: Vec<&str> = path.split('/').collect();
        let last = self.patterns.iter().rev().find(|pattern| pattern.matches(&path));
        last.is_some_and(|pattern| !pattern.includes)
    }

    /// Whether no file below an excluded folder can be included: no `!pattern` matches there.
    pub(super) fn prunes(&self, folder: &str) -> bool {
        let folder: Vec<&str> = folder.split('/').collect();
        !self.patterns.iter().any(|pattern| pattern.includes && pattern.leads_below(&folder))
    }
}

impl Pattern {
    fn parse(line: &str) -> Option<Self> {
        let line = line.trim();
        let (line, includes) = match line.strip_prefix('!') {
            Some(rest) => (rest.trim(), true),
            None => (line, false),
        };
        let mut segments: Vec<String> = Vec::new();
        for segment in line.split('/') {
            match segment {
                "" | "." => (),
                ".." => drop(segments.pop()),
                segment => segments.push(segment.to_owned()),
            }
        }
        (!segments.is_empty()).then_some(Self { segments, includes })
    }

    /// Whether it matches the path or a folder around it.
    fn matches(&self, path: &[&str]) -> bool {
        (1..=path.len()).any(|length| matches(&self.segments, &path[..length]))
    }

    /// Whether it can match a file below a folder that it does not match.
    fn leads_below(&self, folder: &[&str]) -> bool {
        let stops = self.segments.iter().zip(folder).find(|(segment, name)| {
            *segment == "**" || !glob(&segment.chars().collect::<Vec<_>>(), &name.chars().collect::<Vec<_>>())
        });
        stops.map_or(self.segments.len() > folder.len(), |(segment, _)| segment == "**")
    }
}

fn matches(pattern: &[String], path: &[&str]) -> bool {
    match pattern.split_first() {
        None => path.is_empty(),
        Some((first, [])) if first == "**" => !path.is_empty(),
        Some((first, rest)) if first == "**" => (0..=path.len()).any(|skipped| matches(rest, &path[skipped..])),
        Some((first, rest)) => path.split_first().is_some_and(|(name, below)| {
            glob(&first.chars().collect::<Vec<_>>(), &name.chars().collect::<Vec<_>>()) && matches(rest, below)
        }),
    }
}

/// `*`, `?`, `[a-z]` and `\` within one part of a path.
fn glob(pattern: &[char], name: &[char]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, _) => name.is_empty(),
        (Some(('*', rest)), _) => (0..=name.len()).any(|skipped| glob(rest, &name[skipped..])),
        (Some(_), None) => false,
        (Some(('?', rest)), Some((_, below))) => glob(rest, below),
        (Some(('[', rest)), Some((letter, below))) => match class(rest, *letter) {
            Some((true, rest)) => glob(rest, below),
            Some((false, _)) => false,
            None => *letter == '[' && glob(rest, below),
        },
        (Some(('\\', [escaped, rest @ ..])), Some((letter, below))) => escaped == letter && glob(rest, below),
        (Some((same, rest)), Some((letter, below))) => same == letter && glob(rest, below),
    }
}

/// Whether a letter is in a class whose `[` has been read, and the rest after its `]`; none if it is not closed.
fn class(pattern: &[char], letter: char) -> Option<(bool, &[char])> {
    let (negated, mut rest) = match pattern {
        ['^', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let (mut found, mut first) = (false, true);
    loop {
        match rest {
            [']', after @ ..] if !first => return Some((found != negated, after)),
            [low, '-', high, after @ ..] if *high != ']' => {
                found |= (*low..=*high).contains(&letter);
                rest = after;
            }
            [one, after @ ..] => {
                found |= *one == letter;
                rest = after;
            }
            [] => return None,
        }
        first = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excludes_what_docker_excludes() {
        let cases = [
            ("target", "target", true),
            ("target", "target/debug/app", true),
            ("target", "crates/target", false),
            ("**/target", "crates/a/target/x", true),
            ("**/target", "target", true),
            ("/target/", "target/x", true),
            ("./docs/../target", "target", true),
            ("*.md", "README.md", true),
            ("*.md", "docs/README.md", false),
            ("*/*.md", "docs/README.md", true),
            ("docs/**", "docs/a/b", true),
            ("docs/**", "docs", false),
            ("**/*.rs", "a/b/c.rs", true),
            ("temp?", "temp1", true),
            ("temp?", "temp", false),
            ("[a-c]x", "bx", true),
            ("[^a-c]x", "bx", false),
            ("[]x", "[]x", true),
            ("a\\*", "a*", true),
            ("a\\*", "ab", false),
            ("*\n!keep", "keep", false),
            ("*\n!keep/this", "keep/this", false),
            ("*\n!keep/this", "keep/that", true),
            ("!a\na", "a", true),
            ("# a comment\n\n.git", "# a comment", false),
            ("# a comment\n\n.git", ".git/HEAD", true),
            (".", "anything", false),
        ];
        for (text, path, expect) in cases {
            assert_eq!(DockerIgnore::parse(text).excludes(path), expect, "`{path}` by `{text}`");
        }
    }

    #[test]
    fn goes_into_excluded_folders_only_where_something_may_be_in_after_all() {
        let allowed = "*\n!crates/auth\n!apps/*/src\n!**/keep/*.rs\n";
        for (text, folder, expect) in [
            ("target\n*.md", "target", true),
            ("*\n!src", "src", true),
            ("*\n!src/main.rs", "src", false),
            ("*\n!src/main.rs", "target", true),
            ("*\n!crates/auth", "crates", false),
            ("*\n!crates/auth", "crates/other", true),
            ("*\n!apps/*/src", "apps", false),
            ("*\n!apps/*/src", "apps/a", false),
            ("*\n!apps/*/src", "apps/a/target", true),
            (allowed, "target", false),
            ("*\n!a/**", "a", false),
            ("*\n!a/**", "b", true),
            ("*\n!**", "b", false),
        ] {
            assert_eq!(DockerIgnore::parse(text).prunes(folder), expect, "`{folder}` by `{text}`");
        }
    }
}
