//! Says what an update of the schemas brings: types, properties and attributes that came, went and changed.

mod registry;
mod service_spec;

use std::collections::BTreeMap;
use std::fmt::Write;

use super::schema::Source;

/// What can change, for the comparison of two versions of one source.
pub trait Knowledge {
    fn source(&self) -> &Source;

    /// Everything that the generated code depends on, by type and by a name that tells where it is.
    fn details(&self) -> BTreeMap<&str, BTreeMap<String, String>>;
}

/// A line for each change, and the counts last.
pub fn between(old: &impl Knowledge, new: &impl Knowledge) -> String {
    let source = new.source();
    let mut report = format!("{} {} -> {}\n", source.package, old.source().version, source.version);
    let (old, new) = (old.details(), new.details());
    let (came, went, changed) = (counted("+", &old, &new), counted("-", &new, &old), changed(&old, &new));
    for line in came.iter().chain(&went).chain(&changed) {
        report.push_str(line);
        report.push('\n');
    }
    let _ = write!(report, "{} types came, {} went, {} details changed", came.len(), went.len(), changed.len());
    report
}

fn counted<K: Ord + std::fmt::Display, T>(sign: &str, without: &BTreeMap<K, T>, with: &BTreeMap<K, T>) -> Vec<String> {
    with.keys().filter(|name| !without.contains_key(*name)).map(|name| format!("{sign} {name}")).collect()
}

type Details<'a> = BTreeMap<&'a str, BTreeMap<String, String>>;

fn changed(old: &Details<'_>, new: &Details<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, new) in new {
        let Some(old) = old.get(name) else { continue };
        lines.extend(counted("  +", old, new));
        lines.extend(counted("  -", new, old));
        let both = new.iter().filter_map(|(name, new)| Some((name, old.get(name)?, new)));
        lines.extend(
            both.filter(|(_, old, new)| old != new).map(|(name, old, new)| format!("  ~ {name}: {old} -> {new}")),
        );
    }
    lines
}
