//! The conditions of a rule.

use purlin_cfn::elasticloadbalancingv2::{
    ListenerRuleHostHeaderConfig, ListenerRuleHttpHeaderConfig, ListenerRuleHttpRequestMethodConfig,
    ListenerRulePathPatternConfig, ListenerRuleQueryStringConfig, ListenerRuleQueryStringKeyValue,
    ListenerRuleRuleCondition, ListenerRuleSourceIpConfig,
};
use purlin_construct::{IntoValue, Scope, Value};

use crate::check::Checks;

/// A condition of a rule. A request matches a rule if it meets all conditions, and a condition if it has one of the
/// values (<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html>).
///
/// In values, `*` stands for any characters and `?` for one. A rule has up to five values in all.
#[derive(Debug, Clone)]
#[must_use = "a condition does nothing until it is given to a rule"]
pub struct ListenerCondition {
    kind: Kind,
    is_regex: bool,
}

#[derive(Debug, Clone)]
enum Kind {
    Host(Vec<Value<String>>),
    Path(Vec<Value<String>>),
    Method(Vec<Value<String>>),
    SourceIp(Vec<Value<String>>),
    Header(Value<String>, Vec<Value<String>>),
    Query(Vec<QueryString>),
}

/// A key with a value, or a value of any key, in the query of a request.
#[derive(Debug, Clone)]
#[must_use = "a query string does nothing until it is given to a condition"]
pub struct QueryString {
    key: Option<Value<String>>,
    value: Value<String>,
}

impl QueryString {
    /// This value of this key; case does not matter.
    pub fn pair(key: impl IntoValue<String>, value: impl IntoValue<String>) -> Self {
        Self { key: Some(key.into_value()), value: value.into_value() }
    }

    /// This value of any key.
    pub fn value(value: impl IntoValue<String>) -> Self {
        Self { key: None, value: value.into_value() }
    }
}

/// AWS's quota of values of all conditions of a rule, which cannot be raised
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html>).
const MOST_VALUES: usize = 5;

fn values<V: IntoValue<String>>(values: impl IntoIterator<Item = V>) -> Vec<Value<String>> {
    values.into_iter().map(IntoValue::into_value).collect()
}

impl ListenerCondition {
    const fn of(kind: Kind) -> Self {
        Self { kind, is_regex: false }
    }

    fn regex(kind: Kind) -> Self {
        Self { kind, is_regex: true }
    }

    /// These host names; case does not matter, except in a rule that signs users in: callback URLs are in lower case.
    pub fn host_headers<V: IntoValue<String>>(hosts: impl IntoIterator<Item = V>) -> Self {
        Self::of(Kind::Host(values(hosts)))
    }

    /// These paths; case matters.
    pub fn path_patterns<V: IntoValue<String>>(patterns: impl IntoIterator<Item = V>) -> Self {
        Self::of(Kind::Path(values(patterns)))
    }

    /// Host names that match one of these regular expressions.
    pub fn host_header_regexes<V: IntoValue<String>>(regexes: impl IntoIterator<Item = V>) -> Self {
        Self::regex(Kind::Host(values(regexes)))
    }

    /// Paths that match one of these regular expressions.
    pub fn path_regexes<V: IntoValue<String>>(regexes: impl IntoIterator<Item = V>) -> Self {
        Self::regex(Kind::Path(values(regexes)))
    }

    /// A header that matches one of these regular expressions.
    pub fn http_header_regexes<V: IntoValue<String>>(
        name: impl IntoValue<String>,
        regexes: impl IntoIterator<Item = V>,
    ) -> Self {
        Self::regex(Kind::Header(name.into_value(), values(regexes)))
    }

    /// One of these values in a header; case does not matter.
    pub fn http_header<V: IntoValue<String>>(
        name: impl IntoValue<String>,
        any_of: impl IntoIterator<Item = V>,
    ) -> Self {
        Self::of(Kind::Header(name.into_value(), values(any_of)))
    }

    /// These methods, in upper case: `GET`.
    pub fn http_request_methods<V: IntoValue<String>>(methods: impl IntoIterator<Item = V>) -> Self {
        Self::of(Kind::Method(values(methods)))
    }

    /// One of these in the query.
    pub fn query_strings(any_of: impl IntoIterator<Item = QueryString>) -> Self {
        Self::of(Kind::Query(any_of.into_iter().collect()))
    }

    /// Clients in these blocks of IPv4 or IPv6 addresses: `192.0.2.0/24`. A proxy in between hides the client's address.
    pub fn source_ips<V: IntoValue<String>>(blocks: impl IntoIterator<Item = V>) -> Self {
        Self::of(Kind::SourceIp(values(blocks)))
    }

    /// The host names of a condition on them; none of one by regular expressions.
    pub(super) fn hosts(&self) -> &[Value<String>] {
        match &self.kind {
            Kind::Host(hosts) if !self.is_regex => hosts,
            _ => &[],
        }
    }

    const fn field(&self) -> &'static str {
        match self.kind {
            Kind::Host(_) => "host-header",
            Kind::Path(_) => "path-pattern",
            Kind::Method(_) => "http-request-method",
            Kind::SourceIp(_) => "source-ip",
            Kind::Header(..) => "http-header",
            Kind::Query(_) => "query-string",
        }
    }

    fn count(&self) -> usize {
        match &self.kind {
            Kind::Host(values)
            | Kind::Path(values)
            | Kind::Method(values)
            | Kind::SourceIp(values)
            | Kind::Header(_, values) => values.len(),
            Kind::Query(values) => values.len(),
        }
    }

    fn check(&self, scope: &Scope) {
        match &self.kind {
            Kind::Host(values) | Kind::Path(values) | Kind::Header(_, values) => {
                let what = format!("a value of the `{}` condition", self.field());
                for value in values {
                    scope.check(what.as_str()).length(value, ..=128);
                }
            }
            Kind::Query(values) => {
                for part in values.iter().flat_map(|pair| pair.key.iter().chain([&pair.value])) {
                    scope.check("a value of the `query-string` condition").length(part, ..=128);
                }
            }
            Kind::Method(methods) => methods.iter().for_each(|method| check_method(scope, method)),
            Kind::SourceIp(blocks) => blocks.iter().for_each(|block| check_block(scope, block)),
        }
        if let Kind::Header(name, _) = &self.kind {
            check_header(scope, name);
        }
    }

    fn render(&self) -> ListenerRuleRuleCondition {
        let to = ListenerRuleRuleCondition::new().field(self.field());
        match &self.kind {
            Kind::Host(regexes) if self.is_regex => {
                to.host_header_config(ListenerRuleHostHeaderConfig::new().regex_values(regexes.clone()))
            }
            Kind::Path(regexes) if self.is_regex => {
                to.path_pattern_config(ListenerRulePathPatternConfig::new().regex_values(regexes.clone()))
            }
            Kind::Host(values) => to.host_header_config(ListenerRuleHostHeaderConfig::new().values(values.clone())),
            Kind::Path(values) => to.path_pattern_config(ListenerRulePathPatternConfig::new().values(values.clone())),
            Kind::Method(values) => {
                to.http_request_method_config(ListenerRuleHttpRequestMethodConfig::new().values(values.clone()))
            }
            Kind::SourceIp(values) => to.source_ip_config(ListenerRuleSourceIpConfig::new().values(values.clone())),
            Kind::Header(name, values) => {
                let config = ListenerRuleHttpHeaderConfig::new().http_header_name(name);
                let values = values.clone();
                to.http_header_config(if self.is_regex { config.regex_values(values) } else { config.values(values) })
            }
            Kind::Query(values) => {
                let values: Vec<_> = values.iter().map(QueryString::render).collect();
                to.query_string_config(ListenerRuleQueryStringConfig::new().values(values))
            }
        }
    }
}

impl QueryString {
    fn render(&self) -> ListenerRuleQueryStringKeyValue {
        let to = ListenerRuleQueryStringKeyValue::new().value(&self.value);
        match &self.key {
            Some(key) => to.key(key),
            None => to,
        }
    }
}

/// The conditions of a rule in CloudFormation's form; reports mistakes at the scope.
pub(super) fn render(scope: &Scope, conditions: &[ListenerCondition]) -> Vec<ListenerRuleRuleCondition> {
    let count: usize = conditions.iter().map(ListenerCondition::count).sum();
    if conditions.is_empty() || conditions.iter().any(|condition| condition.count() == 0) {
        scope.error(
            "the rule has no condition, or a condition without a value, but AWS takes at least one of each",
            "give the rule a condition; the default action of the listener is for all other requests",
        );
    }
    if count > MOST_VALUES {
        scope.error(
            format!("the conditions of the rule have {count} values in all, but AWS takes {MOST_VALUES}"),
            "divide them among several rules with the same action, or use a wildcard: `*.example.com`",
        );
    }
    for (index, condition) in conditions.iter().enumerate() {
        let field = condition.field();
        let is_single = !matches!(condition.kind, Kind::Header(..) | Kind::Query(_));
        if is_single && conditions[..index].iter().any(|earlier| earlier.field() == field) {
            scope.error(
                format!("the rule has two `{field}` conditions, but AWS takes one"),
                "put the values into one condition: a request then needs one of them",
            );
        }
        condition.check(scope);
    }
    conditions.iter().map(ListenerCondition::render).collect()
}

fn check_method(scope: &Scope, method: &Value<String>) {
    let is_allowed = |c: char| c.is_ascii_uppercase() || c == '-' || c == '_';
    let check = scope.check("the request method").hint("write it in upper case, such as `GET`");
    check.characters(method, 1..=40, is_allowed, "upper-case letters, `-` and `_`");
}

fn check_block(scope: &Scope, block: &Value<String>) {
    let is_block = |text: &str| {
        text.split_once('/').is_some_and(|(address, bits)| {
            let most = if address.contains(':') { 128 } else { 32 };
            address.parse::<std::net::IpAddr>().is_ok() && bits.parse::<u8>().is_ok_and(|bits| bits <= most)
        })
    };
    if let Some(block) = block.as_str().filter(|text| !is_block(text)) {
        scope.error(
            format!("`{block}` is not a block of addresses, such as `192.0.2.0/24` or `2001:db8::/32`"),
            "for a single address write `/32`, or `/128` for IPv6",
        );
    }
}

fn check_header(scope: &Scope, name: &Value<String>) {
    scope.check("the name of the header").length(name, ..=40);
    let Some(name) = name.as_str() else { return };
    if name.eq_ignore_ascii_case("host") {
        scope.error(
            "the rule has a condition on the `Host` header, but AWS takes other headers only",
            "use `ListenerCondition::host_headers`",
        );
    }
    if name.is_empty() || name.contains(['*', '?']) {
        scope.error(
            format!("`{name}` is not the name of a header: wildcards are allowed in values only"),
            "write the name in full; case does not matter",
        );
    }
}
