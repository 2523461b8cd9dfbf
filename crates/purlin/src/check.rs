//! One vocabulary of checks for all constructs: times, numbers, counts, lengths, names and URLs, each with one wording.
//!
//! ```ignore
//! scope.check("the session timeout").whole_seconds(self.timeout, 1..=604_800);
//! scope.check("the function").count("layers", self.layers.len(), ..=5);
//! scope.check("the cluster's name").name(&self.name, 1..=255, "-_");
//! scope.check("the issuer").hint("copy it from the provider's console").https(&self.issuer);
//! ```
//!
//! Values that only the deployment knows pass, and so does what is not set. What AWS's schema says about one property is
//! not checked here again: synthesis reports it from the schema (`schema.rs`). Check what the schema lacks, what would
//! not reach the template (fractions of seconds), and rules between properties.

use std::borrow::Cow;
use std::fmt::Display;
use std::ops::{Bound, RangeBounds};
use std::time::Duration;

use purlin_construct::{Scope, Value};

/// Reports names that are set to two values: none of the two would be what both calls say.
pub(crate) fn set_twice(scope: &Scope, what: &str, all: &[(String, Value<String>)]) {
    for (index, (name, value)) in all.iter().enumerate() {
        let Some((_, first)) = all[..index].iter().find(|(known, given)| known == name && given != value) else {
            continue;
        };
        let given = match (first.as_str(), value.as_str()) {
            (Some(first), Some(second)) => format!(", to `{first}` and to `{second}`"),
            _ => String::new(),
        };
        scope.error(
            format!("the {what} `{name}` is set twice{given}, but takes one value"),
            "leave one of them out, or choose the value before it is set",
        );
    }
}

/// Checks of values, which report to a scope.
pub(crate) trait Checks {
    /// A check of one value; the text names the value in messages, for example `the session timeout`.
    fn check<'a>(&'a self, what: impl Into<Cow<'a, str>>) -> Check<'a>;
}

impl Checks for Scope {
    fn check<'a>(&'a self, what: impl Into<Cow<'a, str>>) -> Check<'a> {
        Check { scope: self, what: what.into(), hint: None }
    }
}

/// A check of one value.
#[must_use = "say what is checked: `.whole_seconds(..)`"]
pub(crate) struct Check<'a> {
    scope: &'a Scope,
    what: Cow<'a, str>,
    hint: Option<Cow<'a, str>>,
}

/// Text that may be known before deployment.
pub(crate) trait Text {
    /// The text; none where only the deployment knows it, or nothing is set.
    fn known(&self) -> Option<&str>;
}

impl<'a> Check<'a> {
    /// What to do, instead of the check's general hint.
    pub(crate) fn hint(self, hint: impl Into<Cow<'a, str>>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// A time without fractions of a second. Without limits (`..`) where the schema has them.
    pub(crate) fn whole_seconds(self, time: impl Into<Option<Duration>>, allowed: impl RangeBounds<u64>) {
        self.whole(time.into(), 1, "seconds", &allowed);
    }

    /// A time without fractions of a minute; the limits are in minutes.
    pub(crate) fn whole_minutes(self, time: impl Into<Option<Duration>>, allowed: impl RangeBounds<u64>) {
        self.whole(time.into(), 60, "minutes", &allowed);
    }

    /// A time without fractions of a day; the limits are in days.
    pub(crate) fn whole_days(self, time: impl Into<Option<Duration>>, allowed: impl RangeBounds<u64>) {
        self.whole(time.into(), 24 * 60 * 60, "days", &allowed);
    }

    fn whole(self, time: Option<Duration>, seconds: u64, unit: &str, allowed: &impl RangeBounds<u64>) {
        let Some(time) = time else { return };
        let is_whole = time.subsec_nanos() == 0 && time.as_secs().is_multiple_of(seconds);
        if !is_whole || !allowed.contains(&(time.as_secs() / seconds)) {
            let limits = format!("{}whole {unit}", limits(allowed));
            let hint = format!("give a `Duration` of {limits}");
            self.report(&format!("is `{time:?}`"), &limits, hint);
        }
    }

    /// A number within limits.
    pub(crate) fn number<N: PartialOrd + Display + Copy>(
        self,
        given: impl Into<Option<N>>,
        allowed: impl RangeBounds<N>,
    ) {
        if let Some(given) = given.into().filter(|given| !allowed.contains(given)) {
            let limits = limits(&allowed);
            let hint = format!("give {}", limits.trim_end());
            self.report(&format!("is `{given}`"), limits.trim_end(), hint);
        }
    }

    /// How many of something there are: `scope.check("the function").count("layers", layers.len(), ..=5)`.
    pub(crate) fn count(self, of: &str, given: usize, allowed: impl RangeBounds<usize>) {
        if !allowed.contains(&given) {
            let is_few = matches!(allowed.start_bound(), Bound::Included(least) if given < *least);
            let hint = if is_few { "add some" } else { "remove some" };
            let of = if given == 1 { of.strip_suffix('s').unwrap_or(of) } else { of };
            self.report(&format!("has {given} {of}"), limits(&allowed).trim_end(), hint);
        }
    }

    /// The length of a text in characters. The message does not show the text.
    pub(crate) fn length(self, text: &(impl Text + ?Sized), allowed: impl RangeBounds<usize>) {
        if let Some(text) = text.known() {
            let is_short = matches!(allowed.start_bound(), Bound::Included(least) if text.chars().count() < *least);
            let hint = self.hint.clone().unwrap_or_else(|| if is_short { "lengthen it" } else { "shorten it" }.into());
            self.hint(hint).count("characters", text.chars().count(), allowed);
        }
    }

    /// A name of ASCII letters, digits and the given characters.
    pub(crate) fn name(self, text: &(impl Text + ?Sized), length: impl RangeBounds<usize>, more: &str) {
        let words = if more.is_empty() { "letters and digits".into() } else { format!("letters, digits and `{more}`") };
        self.characters(text, length, |c| c.is_ascii_alphanumeric() || more.contains(c), &words);
    }

    /// A text of allowed characters; the words say which: `lower-case letters, digits and dashes`.
    pub(crate) fn characters(
        self,
        text: &(impl Text + ?Sized),
        length: impl RangeBounds<usize>,
        is_allowed: impl Fn(char) -> bool,
        words: &str,
    ) {
        let Some(text) = text.known() else { return };
        if !length.contains(&text.chars().count()) || !text.chars().all(is_allowed) {
            let allowed = format!("{}{words}", limits(&length)).replace("at least 1 ", "one or more ");
            self.report(&format!("is `{text}`"), &allowed, "choose another");
        }
    }

    /// An `https` URL with a host, and without blanks.
    pub(crate) fn https(self, url: &(impl Text + ?Sized)) {
        self.url(url, &["https"]);
    }

    /// An `https` or `http` URL with a host, and without blanks.
    pub(crate) fn https_or_http(self, url: &(impl Text + ?Sized)) {
        self.url(url, &["https", "http"]);
    }

    fn url(self, url: &(impl Text + ?Sized), schemes: &[&str]) {
        let Some(url) = url.known() else { return };
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        let has_host = !rest.is_empty() && !rest.starts_with(['/', '?', '#', ':']);
        if !schemes.contains(&scheme) || !has_host || url.contains(char::is_whitespace) {
            let hint = if has_host { format!("write `https://{rest}`") } else { "write it in full".to_owned() };
            let schemes: Vec<String> = schemes.iter().map(|scheme| format!("`{scheme}://`")).collect();
            self.report(&format!("is `{url}`"), &format!("{} URLs", schemes.join(" and ")), hint);
        }
    }

    fn report(self, given: &str, allowed: &str, hint: impl Into<Cow<'static, str>>) {
        let hint = self.hint.unwrap_or_else(|| hint.into());
        self.scope.error(format!("{} {given}, but AWS takes {allowed}", self.what), hint);
    }
}

/// `1 to 5 `, `at most 5 `, `at least 1 `; empty without limits.
fn limits<N: PartialEq + Display>(range: &impl RangeBounds<N>) -> String {
    match (range.start_bound(), range.end_bound()) {
        (Bound::Included(least), Bound::Included(most)) if least == most => format!("{least} "),
        (Bound::Included(least), Bound::Included(most)) => format!("{least} to {most} "),
        (Bound::Unbounded, Bound::Included(most)) => format!("at most {most} "),
        (Bound::Included(least), Bound::Unbounded) => format!("at least {least} "),
        (Bound::Unbounded, Bound::Unbounded) => String::new(),
        _ => unreachable!("no check excludes the end of its range"),
    }
}

impl Text for str {
    fn known(&self) -> Option<&str> {
        Some(self)
    }
}

impl Text for String {
    fn known(&self) -> Option<&str> {
        Some(self)
    }
}

impl Text for Value<String> {
    fn known(&self) -> Option<&str> {
        self.as_str()
    }
}

impl<T: Text + ?Sized> Text for &T {
    fn known(&self) -> Option<&str> {
        (**self).known()
    }
}

impl<T: Text> Text for Option<T> {
    fn known(&self) -> Option<&str> {
        self.as_ref().and_then(Text::known)
    }
}

#[cfg(test)]
mod tests {
    use purlin_construct::{App, CfnResource, Stack};

    use super::*;

    fn problems(check: impl FnOnce(&Stack)) -> String {
        let app = App::new();
        let stack = app.add("S", Stack::props());
        stack.add("R", CfnResource::new("AWS::SQS::Queue"));
        check(&stack);
        let problems = app.synth().err().unwrap_or_default().into_iter();
        problems.map(|problem| [problem.message, problem.hint].join("; ")).collect()
    }

    #[track_caller]
    fn reports(of: impl FnOnce(Check<'_>), expect: &str) {
        assert_eq!(problems(|stack| of(stack.check("the value"))), expect);
    }

    #[test]
    fn times_are_whole_and_within_limits() {
        let seconds = Duration::from_secs;
        reports(|it| it.whole_seconds(seconds(60), 1..=60), "");
        reports(|it| it.whole_seconds(None, 1..=60), "");
        let expect =
            "the value is `61s`, but AWS takes 1 to 60 whole seconds; give a `Duration` of 1 to 60 whole seconds";
        reports(|it| it.whole_seconds(Some(seconds(61)), 1..=60), expect);
        let expect = "the value is `1.5s`, but AWS takes at most 60 whole seconds; use 1 s";
        reports(|it| it.hint("use 1 s").whole_seconds(Duration::from_millis(1500), ..=60), expect);
        let expect = "the value is `1.5s`, but AWS takes whole seconds; give a `Duration` of whole seconds";
        reports(|it| it.whole_seconds(Duration::from_millis(1500), ..), expect);
        reports(|it| it.whole_minutes(seconds(300), 5..=10), "");
        let expect = "the value is `330s`, but AWS takes 5 to 10 whole minutes; x";
        reports(|it| it.hint("x").whole_minutes(seconds(330), 5..=10), expect);
        reports(|it| it.whole_days(seconds(86_400), 1..), "");
        let expect = "the value is `0ns`, but AWS takes at least 1 whole days; x";
        reports(|it| it.hint("x").whole_days(Duration::ZERO, 1..), expect);
    }

    #[test]
    fn numbers_and_counts_are_within_limits() {
        reports(|it| it.number(5_u32, 0..=5), "");
        reports(|it| it.number(None::<i64>, 0..=5), "");
        let expect = "the value is `6`, but AWS takes 0 to 5; give 0 to 5";
        reports(|it| it.number(Some(6_u8), 0..=5), expect);
        reports(|it| it.count("rules", 5, 1..=5), "");
        reports(|it| it.count("rules", 6, 1..=5), "the value has 6 rules, but AWS takes 1 to 5; remove some");
        reports(|it| it.count("rules", 1, 2..), "the value has 1 rule, but AWS takes at least 2; add some");
        reports(|it| it.count("rules", 2, 1..=1), "the value has 2 rules, but AWS takes 1; remove some");
    }

    #[test]
    fn texts_have_their_length_and_characters() {
        reports(|it| it.length("äöü", ..=3), "");
        reports(|it| it.length("four", ..=3), "the value has 4 characters, but AWS takes at most 3; shorten it");
        reports(|it| it.length(&String::new(), 1..=3), "the value has 0 characters, but AWS takes 1 to 3; lengthen it");
        reports(|it| it.name("a-1", 1..=3, "-"), "");
        let expect = "the value is `a_1`, but AWS takes 1 to 3 letters, digits and `-`; choose another";
        reports(|it| it.name("a_1", 1..=3, "-"), expect);
        let expect = "the value is ``, but AWS takes 1 to 3 letters and digits; choose another";
        reports(|it| it.name("", 1..=3, ""), expect);
        let expect = "the value is `Ab`, but AWS takes at most 3 lower-case letters; choose another";
        reports(|it| it.characters("Ab", ..=3, |c| c.is_ascii_lowercase(), "lower-case letters"), expect);
    }

    #[test]
    fn urls_have_a_scheme_and_a_host() {
        reports(|it| it.https("https://login.example.com/keys"), "");
        reports(|it| it.https_or_http("http://example.com"), "");
        let expect = "the value is `http://a.example`, but AWS takes `https://` URLs; write `https://a.example`";
        reports(|it| it.https("http://a.example"), expect);
        let expect =
            "the value is `a.example/x`, but AWS takes `https://` and `http://` URLs; write `https://a.example/x`";
        reports(|it| it.https_or_http("a.example/x"), expect);
        for url in ["https://", "https:///x", "https://?q", "https://a b"] {
            reports(|it| it.hint("x").https(url), &format!("the value is `{url}`, but AWS takes `https://` URLs; x"));
        }
    }

    #[test]
    fn what_is_unset_or_not_known_yet_passes() {
        let found = problems(|stack| {
            stack.check("a").length(&stack.region(), ..=1);
            stack.check("b").name(&Some(stack.region()), ..=1, "");
            stack.check("c").https(&stack.region());
            stack.check("d").name(&None::<Value<String>>, 1..=1, "");
        });
        assert_eq!(found, "");
    }
}
