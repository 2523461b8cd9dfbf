//! Finds the name a mistyped one was meant to be.

/// The candidate closest to `given`, if it is close enough to be a typing mistake.
pub fn nearest<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest_within(given, candidates, (given.chars().count() / 3).clamp(1, 3))
}

/// The candidate closest to `given`, if it is that many mistakes away at most.
pub(crate) fn nearest_within<'a>(
    given: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    limit: usize,
) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (distance(given, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The number of mistakes: letters that were added, left out, replaced, or swapped with the next one.
fn distance(a: &str, b: &str) -> usize {
    strsim::osa_distance(&a.to_lowercase(), &b.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_typing_mistakes_only() {
        let names = ["Cluster", "Service", "TaskRole", "synth"];
        for (given, expected) in [
            ("Clutser", Some("Cluster")),
            ("service", Some("Service")),
            ("TaskRoles", Some("TaskRole")),
            ("synht", Some("synth")),
            ("Vpc", None),
            ("", None),
        ] {
            assert_eq!(nearest(given, names), expected, "{given}");
        }
    }
}
