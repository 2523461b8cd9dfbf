//! Parses AWS's reasons: their readable text, error code, cancellations, and lists of failed resources.

/// A reason without request ids and HTTP status codes.
pub(crate) fn plain(reason: &str) -> String {
    let mut text = reason.to_owned();
    for start in [" (RequestToken: ", " (Service: ", " (SDK Attempt Count: "] {
        if let Some(from) = text.find(start)
            && let Some(length) = text[from..].find(')')
        {
            text.replace_range(from..=from + length, "");
        }
    }
    text.trim().to_owned()
}

/// AWS's error code: that of the resource handler, else that of the service.
pub(crate) fn code(reason: &str) -> Option<String> {
    between(reason, "HandlerErrorCode: ", &[')', ',']).or_else(|| between(reason, "Error Code: ", &[';', ')']))
}

/// Whether a resource was cancelled because another one failed.
pub fn is_cancellation(reason: &str) -> bool {
    let words: Vec<String> = reason.split_whitespace().take(3).map(str::to_ascii_lowercase).collect();
    let is_cancelled = |word: &String| word.starts_with("cancelled") || word.starts_with("canceled");
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["resource", ..] => words.iter().skip(1).any(is_cancelled),
        _ => false,
    }
}

/// The beginning of each list of resources in a stack's reason.
const LISTS: &str = "The following resource(s) failed to ";

/// The failed resources in a stack's reason: `The following resource(s) failed to create: [Jobs, Mail].`
pub fn blamed(reason: &str) -> Vec<&str> {
    let lists = reason.split(LISTS).skip(1).filter_map(|list| list.split_once('[')?.1.split_once(']'));
    lists.flat_map(|(names, _)| names.split(',')).map(str::trim).filter(|name| !name.is_empty()).collect()
}

/// A stack's reason without the lists of failed resources and without the note that the operation was requested.
pub(crate) fn own(reason: &str) -> String {
    const REQUESTS: &[&str] = &[
        "Rollback requested by user",
        "Delete requested by user",
        "User Initiated",
        "Resource creation Initiated",
        "Resource update Initiated",
    ];
    let mut text = reason.to_owned();
    while let Some(from) = text.find(LISTS) {
        let to = text[from..].find(']').map_or(text.len(), |length| from + length + 1);
        text.replace_range(from..to, "");
    }
    for request in REQUESTS {
        text = text.replace(request, "");
    }
    text.trim_matches(|letter: char| letter.is_whitespace() || letter == '.').to_owned()
}

/// The hooks in a reason: `The following hook(s) failed: [A::B::C]`.
pub(crate) fn hook(reason: &str) -> Option<String> {
    let is_about_hooks = reason.contains("hook(s) failed") || reason.contains("hook(s)/validation failed");
    is_about_hooks.then(|| between(reason, "failed: [", &[']'])).flatten()
}

/// Whether a change set failed only because it has no changes.
pub fn is_no_change(reason: &str) -> bool {
    reason.contains("didn't contain changes") || reason.contains("No updates are to be performed")
}

fn between(text: &str, start: &str, ends: &[char]) -> Option<String> {
    let rest = text.split_once(start)?.1;
    let found = rest.split(ends).next()?.trim();
    (!found.is_empty()).then(|| found.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_ids_and_status_codes_are_removed() {
        let given = "Resource handler returned message: \"Domain taken (by you). (Service: Cognito, Status Code: 400, \
                     Request ID: 7f) (SDK Attempt Count: 1)\" (RequestToken: 4d, HandlerErrorCode: InvalidRequest)";
        assert_eq!(plain(given), "Resource handler returned message: \"Domain taken (by you).\"");
        assert_eq!(code(given).as_deref(), Some("InvalidRequest"));
        assert_eq!(plain("Rate exceeded"), "Rate exceeded");
        let old = "Priority '26' is currently in use (Service: AmazonElasticLoadBalancingV2; Status Code: 400; Error \
                   Code: PriorityInUse; Request ID: 8)";
        assert_eq!(
            (plain(old).as_str(), code(old).as_deref()),
            ("Priority '26' is currently in use", Some("PriorityInUse"))
        );
    }

    #[test]
    fn a_cancellation_is_distinguished_from_a_reason_with_the_same_word() {
        for cancelled in [
            "Resource creation cancelled",
            "Resource update cancelled",
            "Resource deletion cancelled",
            "Resource creation canceled",
            "resource update canceled.",
            "Resource cancelled",
        ] {
            assert!(is_cancellation(cancelled), "{cancelled}");
        }
        for real in ["Deployment was cancelled by an alarm", "Resource is not in the state stackUpdateComplete", ""] {
            assert!(!is_cancellation(real), "{real}");
        }
    }

    #[test]
    fn only_a_stacks_own_reason_remains() {
        for (reason, expected) in [
            ("The following resource(s) failed to create: [Jobs, Mail]. . Rollback requested by user.", ""),
            ("The following resource(s) failed to delete: [Vpc]. ", ""),
            ("The following resource(s) failed to update: [A]. The following resource(s) failed to create: [B].", ""),
            ("User Initiated", ""),
            (
                "Export Web:Vpc cannot be deleted as it is in use by Api",
                "Export Web:Vpc cannot be deleted as it is in use by Api",
            ),
            (
                "Stack creation time exceeded the specified timeout. The following resource(s) failed to create: [Wait]. . \
                 Rollback requested by user.",
                "Stack creation time exceeded the specified timeout",
            ),
        ] {
            assert_eq!(own(reason), expected, "{reason}");
        }
        let both =
            "The following resource(s) failed to update: [A, B]. The following resource(s) failed to create: [C].";
        assert_eq!(blamed(both), ["A", "B", "C"]);
        // A list without its end is ignored.
        assert!(blamed("The following resource(s) failed to create: [A, B").is_empty());
        assert!(blamed("User Initiated").is_empty());
        assert_eq!(hook("The following hook(s) failed: [A::B::C]").as_deref(), Some("A::B::C"));
        assert_eq!(hook("it failed: [A]"), None);
    }
    #[test]
    fn a_change_set_without_changes_has_two_reasons() {
        let nothing = [
            "The submitted information didn't contain changes. Submit different information to create a change set.",
            "No updates are to be performed.",
        ];
        assert!(nothing.into_iter().all(is_no_change));
        assert!(!is_no_change("Template error: unresolved condition dependency X in Fn::If"));
    }
}
