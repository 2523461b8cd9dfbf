//! Chooses stacks by the names people type.

use std::path::Path;

use crate::{Assembly, AssemblyError, Stack};

impl Assembly {
    /// The stacks that the patterns name, in the order they deploy. A pattern is a construct path, in which `*` stands
    /// for anything but a slash and `**` for anything; or an id or a CloudFormation name, without wildcards. No pattern
    /// at all means the only stack there is.
    pub fn select<S: AsRef<str>>(&self, patterns: &[S]) -> Result<Vec<&Stack>, AssemblyError> {
        let stacks = self.stacks();
        match (patterns, stacks) {
            (_, []) => {
                return Err(AssemblyError::NoStacks { directory: self.directory().to_owned() });
            }
            ([], [only]) => return Ok(vec![only]),
            ([], _) => return Err(AssemblyError::ChooseStacks { stacks: self.names() }),
            _ => {}
        }
        check_patterns(patterns, &stacks.iter().map(names).collect::<Vec<_>>())?;
        let wanted = |stack: &&Stack| patterns.iter().any(|pattern| is_named(names(stack), pattern.as_ref()));
        Ok(stacks.iter().filter(wanted).collect())
    }

    fn names(&self) -> Vec<String> {
        self.stacks().iter().map(|stack| stack.display_name().to_owned()).collect()
    }
}

/// Fails for the first pattern that matches none of the stacks. A stack is given as its construct path, its id, and
/// its name in CloudFormation.
pub fn check_patterns<S: AsRef<str>>(patterns: &[S], stacks: &[[&str; 3]]) -> Result<(), AssemblyError> {
    let is_unknown = |pattern: &&str| !stacks.iter().any(|names| is_named(*names, pattern));
    match patterns.iter().map(AsRef::as_ref).find(is_unknown) {
        Some(pattern) => Err(AssemblyError::NoSuchStack {
            pattern: pattern.to_owned(),
            stacks: stacks.iter().map(|[path, ..]| (*path).to_owned()).collect(),
        }),
        None => Ok(()),
    }
}

fn names(stack: &Stack) -> [&str; 3] {
    [stack.display_name(), stack.id(), stack.name()]
}

/// Whether a pattern selects a stack with this construct path, id and CloudFormation name. As in the CDK, wildcards match
/// the path alone: by the name `Prod-Web`, `*` would select `Prod/Web` too.
fn is_named(names: [&str; 3], pattern: &str) -> bool {
    names.contains(&pattern) || glob(pattern, names[0])
}

pub(crate) fn has_wildcards(pattern: &str) -> bool {
    pattern.contains(['*', '?'])
}

/// Why a pattern that selects no stack does not, where it can be said: what to type instead.
pub(crate) fn advice(pattern: &str, stacks: &[String]) -> Option<String> {
    if Path::new(pattern).exists() {
        return Some(format!(
            "`{pattern}` is a file or folder here: the shell replaces `*` by their names, so put patterns in quotes: `'*'`"
        ));
    }
    if !has_wildcards(pattern) {
        return None;
    }
    let paths = pattern.replace('-', "/");
    let deeper = format!("**/{pattern}");
    let meant = [paths, pattern.replace('*', "**"), deeper].into_iter();
    let meant = meant.filter(|it| it != pattern).find(|it| stacks.iter().any(|path| glob(it, path)));
    let meant = meant.map(|it| format!(": `'{it}'` selects some")).unwrap_or_default();
    Some(format!("wildcards match construct paths, and `*` stands for anything but a slash{meant}"))
}

/// In the time of one pass over the name for each letter of the pattern.
fn glob(pattern: &str, name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    // Whether the pattern so far matches the name up to here.
    let mut reached = vec![false; name.len() + 1];
    reached[0] = true;
    let mut rest = pattern;
    while let Some(wanted) = rest.chars().next() {
        let goes_deeper = rest.starts_with("**");
        rest = &rest[if goes_deeper { 2 } else { wanted.len_utf8() }..];
        if wanted == '*' {
            for (at, letter) in name.iter().enumerate() {
                reached[at + 1] |= reached[at] && (goes_deeper || *letter != '/');
            }
            continue;
        }
        for (at, letter) in name.iter().enumerate().rev() {
            reached[at + 1] = reached[at] && (*letter == wanted || (wanted == '?' && *letter != '/'));
        }
        reached[0] = false;
    }
    reached[name.len()]
}

#[cfg(test)]
mod tests {
    use super::{advice, glob, is_named};

    #[test]
    fn wildcards_match_construct_paths_and_names_match_whole() {
        let shared = ["Shared", "Shared", "shared-of-team"];
        let web = ["Prod/Web", "ProdWeb1A2B3C4D", "Prod-Web"];
        for (pattern, selects_shared, selects_web) in [
            ("*", true, false),
            ("**", true, true),
            ("Prod/*", false, true),
            ("*/Web", false, true),
            ("**/Web", false, true),
            ("P*", false, false),
            ("Prod*", false, false),
            ("Prod-*", false, false),
            ("*-Web", false, false),
            ("?rod-Web", false, false),
            ("ProdWeb*", false, false),
            ("shared*", false, false),
            ("S*", true, false),
            ("Prod-Web", false, true),
            ("ProdWeb1A2B3C4D", false, true),
            ("Prod/Web", false, true),
            ("shared-of-team", true, false),
            ("prod-web", false, false),
            ("Web", false, false),
        ] {
            assert_eq!(is_named(shared, pattern), selects_shared, "`{pattern}` on Shared");
            assert_eq!(is_named(web, pattern), selects_web, "`{pattern}` on Prod/Web");
        }
    }

    #[test]
    fn a_pattern_that_selects_nothing_gets_advice() {
        let stacks = ["Prod/Web".to_owned(), "Shared".to_owned()];
        for (pattern, expected) in [
            ("Cargo.toml", Some("put patterns in quotes: `'*'`")),
            ("src", Some("`src` is a file or folder here")),
            ("Prod-*", Some(": `'Prod/*'` selects some")),
            ("Pro*", Some(": `'Pro**'` selects some")),
            ("W*", Some(": `'**/W*'` selects some")),
            ("x*", Some("`*` stands for anything but a slash")),
            ("Wbe", None),
        ] {
            let advice = advice(pattern, &stacks);
            assert_eq!(advice.is_some(), expected.is_some(), "{pattern}: {advice:?}");
            assert!(advice.is_none_or(|it| it.contains(expected.unwrap())), "{pattern}");
        }
    }

    #[test]
    fn patterns_match_as_in_a_shell() {
        let cases = [
            ("Web", "Web", true),
            ("Web", "Website", false),
            ("W*", "Website", true),
            ("*", "Web", true),
            ("*", "Prod/Web", false),
            ("**", "Prod/Web", true),
            ("Prod/*", "Prod/Web", true),
            ("Prod/*", "Prod/Web/Inner", false),
            ("**/Web", "Prod/Web", true),
            ("?eb", "Web", true),
            ("*e*", "Web", true),
            ("*é", "Café", true),
            ("", "Web", false),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(glob(pattern, name), expected, "{pattern} on {name}");
        }
        assert!(!glob(&"*a".repeat(200), &"a".repeat(199)), "and in no time");
    }
}
