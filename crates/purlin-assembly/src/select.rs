//! Chooses stacks by the names people type.

use std::collections::BTreeSet;

use crate::{Assembly, AssemblyError, Stack};

impl Assembly {
    /// The stacks that the patterns name, in the order they deploy. A pattern is an id, a display
    /// name or a CloudFormation name; `*` stands for anything but a slash, `**` for anything. No
    /// pattern at all means the only stack there is.
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
        let wanted = |stack: &&Stack| patterns.iter().any(|pattern| is_named(stack, pattern.as_ref()));
        Ok(stacks.iter().filter(wanted).collect())
    }

    /// The chosen stacks with those they depend on, in the order they deploy.
    pub fn with_upstream<'a>(&'a self, chosen: &[&Stack]) -> Vec<&'a Stack> {
        let mut wanted = self.indices(chosen);
        for index in wanted.clone() {
            wanted.extend(&self.stacks()[index].upstream);
        }
        wanted.into_iter().map(|index| &self.stacks()[index]).collect()
    }

    /// The chosen stacks with those that depend on them, in the order they deploy.
    pub fn with_downstream<'a>(&'a self, chosen: &[&Stack]) -> Vec<&'a Stack> {
        let chosen = self.indices(chosen);
        let wanted = |(index, stack): &(usize, &Stack)| chosen.contains(index) || !stack.upstream.is_disjoint(&chosen);
        self.stacks().iter().enumerate().filter(wanted).map(|(_, stack)| stack).collect()
    }

    /// Whether a stack of this assembly deploys after another, be it through others.
    pub fn depends(&self, stack: &Stack, on: &Stack) -> bool {
        stack.upstream.iter().any(|index| std::ptr::eq(&raw const self.stacks()[*index], on))
    }

    fn indices(&self, chosen: &[&Stack]) -> BTreeSet<usize> {
        let is_chosen = |stack: &Stack| {
            chosen.iter().any(|it| it.template_path() == stack.template_path() && it.id() == stack.id())
        };
        let all = self.stacks().iter().enumerate();
        all.filter(|(_, stack)| is_chosen(stack)).map(|(index, _)| index).collect()
    }

    fn names(&self) -> Vec<String> {
        self.stacks().iter().map(|stack| stack.display_name().to_owned()).collect()
    }
}

/// Fails for the first pattern that matches none of the stacks. A stack is given as its construct path, its id, and
/// its name in CloudFormation.
pub fn check_patterns<S: AsRef<str>>(patterns: &[S], stacks: &[[&str; 3]]) -> Result<(), AssemblyError> {
    let is_unknown = |pattern: &&str| !stacks.iter().flatten().any(|name| glob(pattern, name));
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

fn is_named(stack: &Stack, pattern: &str) -> bool {
    names(stack).iter().any(|name| glob(pattern, name))
}

fn glob(pattern: &str, name: &str) -> bool {
    if let Some(rest) = pattern.strip_prefix("**") {
        return tails(name).any(|tail| glob(rest, tail));
    }
    if let Some(rest) = pattern.strip_prefix('*') {
        let end = name.find('/').unwrap_or(name.len());
        return tails(name).filter(|tail| name.len() - tail.len() <= end).any(|tail| glob(rest, tail));
    }
    match (pattern.chars().next(), name.chars().next()) {
        (None, None) => true,
        (Some('?'), Some(given)) if given != '/' => glob(&pattern[1..], &name[given.len_utf8()..]),
        (Some(wanted), Some(given)) if wanted == given => {
            glob(&pattern[wanted.len_utf8()..], &name[given.len_utf8()..])
        }
        _ => false,
    }
}

/// The name from each of its characters on, and the empty end.
fn tails(name: &str) -> impl Iterator<Item = &str> {
    let starts = name.char_indices().map(|(index, _)| index).chain([name.len()]);
    starts.map(|start| &name[start..])
}

#[cfg(test)]
mod tests {
    use super::glob;

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
    }
}
