//! Completes and checks logins: egress of the balancer, callback URLs, and requests that get around the login.

use purlin_cfn::ec2::CfnSecurityGroupEgress;
use purlin_construct::{Expr, HasScope, Scope, Value, sub};

use super::authenticate::HttpsAction;
use super::facts::{BalancerFacts, Facts, Identity, RuleFacts, list};
use super::{reach, wiring};
use crate::ec2::{Peer, Port, SecurityGroup};
use crate::owner::owner;
use crate::route53::domain_name;

const EGRESS_PATCH: &str = "alb-idp-egress";
const CALLBACK_PATCH: &str = "cognito-callback-urls";
const ALLOW_KEY: &str = "purlin:allow-unauthenticated-default";

const EGRESS_DESCRIPTION: &str = "Load balancer to identity provider: logins fetch tokens and user info over HTTPS";

/// Checks a finished tree for balancers that sign users in. Balancers, listeners and rules may be raw resources.
///
/// * Their security groups get egress tcp/443 to 0.0.0.0/0 (patch `alb-idp-egress`), unless they have it. If a group or
///   the balancer does not belong to this app, a warning names the rule to add by hand.
/// * These are reported: services on target groups without a listener, target groups of two balancers, logins on HTTP
///   listeners, balancers that cannot reach the internet, hosts that no callback URL can match, clients without secret
///   or code flow, ways around the login, and rules with the same priority.
///
/// [`App`](crate::App) runs it at synthesis. A second run has no effect.
pub fn authentication_egress_pass(root: &Scope) {
    let facts = Facts::of(root);
    check_priorities(&facts);
    wiring::check(&facts);
    let mut balancers: Vec<Identity> = Vec::new();
    for rule in facts.rules.iter().filter(|rule| rule.login().is_some()) {
        check_hosts(rule);
        check_client(&facts, rule);
        let Some(balancer) = balancer_of(&facts, rule) else { continue };
        let id = Identity::Node(balancer.scope.node());
        if !balancers.contains(&id) {
            balancers.push(id);
            open_egress(&facts, &balancer, rule);
            reach::check(&facts, &balancer);
        }
    }
    check_ways_around(&facts);
}

/// Turns the warning about ways around a login off, here and below.
pub(super) fn allow_unauthenticated(scope: &Scope) {
    scope.set_context(ALLOW_KEY, serde_json::Value::Bool(true));
}

/// Adds the callback URLs of the hosts to the Cognito client, if users sign in with one.
pub(super) fn register_callbacks(scope: &Scope, action: &HttpsAction, hosts: &[Value<String>]) {
    let Some(client) = action.cognito_client() else { return };
    // The pass over the finished tree reports hosts that no callback URL can match.
    for host in hosts.iter().filter(|host| host.as_str().is_none_or(is_matched)) {
        let known = host.as_str().unwrap_or("<host>");
        let what = format!("callback URL `https://{known}/oauth2/idpresponse` of the client");
        let why = "after the login Cognito redirects users to registered URLs only";
        if scope.patch(CALLBACK_PATCH, what, why) {
            client.add_callback_url(sub!("https://{}/oauth2/idpresponse", host));
        }
    }
}

fn has_wildcard(host: &str) -> bool {
    host.contains(['*', '?'])
}

/// Whether a callback URL with this host can match: Cognito compares URLs letter by letter.
fn is_matched(host: &str) -> bool {
    !has_wildcard(host) && host == domain_name::normal(host)
}

/// The balancer of a login. A balancer that is not in the tree is a warning, a login over HTTP is an error.
fn balancer_of(facts: &Facts, rule: &RuleFacts) -> Option<BalancerFacts> {
    let listener = facts.listener(&rule.listener);
    if listener.is_some_and(|listener| listener.is_http) {
        owner(&rule.scope).error(
            "users are signed in on an HTTP listener, but AWS takes logins on HTTPS listeners only",
            "use an HTTPS listener with a certificate, and send browsers there: `alb.add_redirect()`",
        );
    }
    let balancer = listener.and_then(|listener| facts.balancer(&listener.balancer));
    if balancer.is_none() && rule.listener != Identity::Other(Expr::Null) {
        warn_to_open(rule, "the load balancer that signs users in here is not part of this app");
    }
    balancer
}

fn warn_to_open(rule: &RuleFacts, what: &str) {
    owner(&rule.scope).warning(
        format!("{what}, so it may not reach the identity provider"),
        "check that its security group allows outbound tcp/443 to 0.0.0.0/0; logins end in HTTP 500 otherwise",
    );
}

// ---------------------------------------------------------------- egress

/// A security group of a balancer: a handle, or the value in a raw balancer.
enum Group {
    Handle(SecurityGroup),
    Raw(Expr),
}

fn open_egress(facts: &Facts, balancer: &BalancerFacts, rule: &RuleFacts) {
    let groups: Vec<Group> = match &balancer.known {
        Some(known) => {
            if known.is_imported {
                warn_to_open(rule, "the load balancer that signs users in here is imported");
            }
            known.groups.borrow().iter().cloned().map(Group::Handle).collect()
        }
        None => list(balancer.scope.property("SecurityGroups")).into_iter().map(Group::Raw).collect(),
    };
    for group in groups {
        open_group(facts, balancer, rule, &group);
    }
}

fn open_group(facts: &Facts, balancer: &BalancerFacts, rule: &RuleFacts, group: &Group) {
    let resource = match group {
        Group::Handle(group) => group.cfn().map(|cfn| cfn.scope().clone()),
        Group::Raw(id) => facts.target(id, "AWS::EC2::SecurityGroup"),
    };
    if resource.as_ref().is_some_and(|resource| lets_https_out(facts, resource)) {
        return;
    }
    let path = match group {
        Group::Handle(group) if group.allows_all_outbound() => return,
        Group::Handle(group) if group.takes_rules() => group.scope().path(),
        Group::Raw(_) if let Some(resource) = &resource => owner(resource).path(),
        _ => {
            let what = "a security group of the load balancer that signs users in here is not part of this app";
            return warn_to_open(rule, what);
        }
    };
    let what = format!("egress tcp/443 to 0.0.0.0/0 in the security group `{path}`");
    let why = format!(
        "the login at `{}` fetches tokens from the identity provider; without egress it ends in HTTP 500",
        owner(&rule.scope).path()
    );
    if !owner(&balancer.scope).patch(EGRESS_PATCH, what, why) {
        return;
    }
    match (group, resource) {
        (Group::Handle(group), _) => group.add_egress_rule(Peer::any_ipv4(), Port::HTTPS, EGRESS_DESCRIPTION),
        (Group::Raw(id), Some(resource)) => add_raw_egress(&resource, id),
        (Group::Raw(_), None) => (),
    }
}

/// Adds a rule beside a raw group, with the id that a rule of a `SecurityGroup` has.
fn add_raw_egress(resource: &Scope, id: &Expr) {
    let rule = CfnSecurityGroupEgress::new(Value::<String>::new(id.clone()), "tcp")
        .cidr_ip("0.0.0.0/0")
        .from_port(443)
        .to_port(443)
        .description(EGRESS_DESCRIPTION);
    let parent = resource.parent().unwrap_or_else(|| resource.clone());
    let name = "to 0.0.0.0_0:443";
    let id = if resource.id() == "Resource" { name.to_owned() } else { format!("{} {name}", resource.id()) };
    if parent.try_child(&id).is_none() {
        parent.add(id, rule);
    }
}

/// Whether a security group allows egress tcp/443 to any IPv4 address, by inline rules or by rules beside it.
fn lets_https_out(facts: &Facts, group: &Scope) -> bool {
    let all = facts.of_type("AWS::EC2::SecurityGroupEgress");
    let of_group = |rule: &&Scope| rule.property("GroupId").and_then(|id| id.target()) == Some(group.node());
    let beside: Vec<&Scope> = all.filter(of_group).collect();
    let inside = list(group.property("SecurityGroupEgress"));
    if inside.is_empty() && beside.is_empty() {
        // A group without egress rules allows all egress.
        return true;
    }
    inside.iter().any(|rule| is_https_out(|name| rule.get(name).cloned()))
        || beside.iter().any(|rule| is_https_out(|name| rule.property(name)))
}

fn is_https_out(property: impl Fn(&str) -> Option<Expr>) -> bool {
    let text = |name| property(name).and_then(|value| value.as_str().map(str::to_owned));
    let number = |name| property(name).and_then(|value| value.as_int());
    if text("CidrIp").as_deref() != Some("0.0.0.0/0") {
        return false;
    }
    match text("IpProtocol").as_deref() {
        Some("-1") => true,
        Some("tcp" | "6") => {
            number("FromPort").is_some_and(|from| from <= 443) && number("ToPort").is_some_and(|to| 443 <= to)
        }
        _ => false,
    }
}

// ---------------------------------------------------------------- checks

fn check_priorities(facts: &Facts) {
    let mut seen: Vec<(&Identity, i64, &RuleFacts)> = Vec::new();
    for rule in &facts.rules {
        let Some(priority) = rule.priority else { continue };
        let earlier = seen.iter().find(|(listener, taken, _)| **listener == rule.listener && *taken == priority);
        if let Some((_, _, other)) = earlier {
            owner(&rule.scope).error(
                format!(
                    "two rules of a listener have priority `{priority}`, this one and `{}`, but AWS takes each once",
                    owner(&other.scope).path()
                ),
                "give one of them another priority from 1 to 50000; `listener.next_priority()` returns a free one",
            );
        }
        seen.push((&rule.listener, priority, rule));
    }
}

/// Reports hosts that no callback URL can match.
fn check_hosts(rule: &RuleFacts) {
    let (kind, scope) = (rule.login_kind(), owner(&rule.scope));
    if kind == Some("jwt-validation") {
        return;
    }
    let hosts = || rule.hosts.iter().filter_map(Expr::as_str);
    for host in hosts() {
        let normal = domain_name::normal(host);
        if normal != host {
            scope.error(
                format!("users are signed in on the host `{host}`, but browsers send `{normal}`, and callback URLs are compared letter by letter"),
                format!("write `{normal}`"),
            );
        }
    }
    if kind != Some("authenticate-cognito") || !scope.patch_enabled(CALLBACK_PATCH) {
        return;
    }
    let hint = "register `https://<host>/oauth2/idpresponse` with the client for every host (`client.add_callback_url(..)`), and call `scope.without_patch(\"cognito-callback-urls\")`";
    if let Some(host) = hosts().find(|host| has_wildcard(host)) {
        scope.warning(
            format!("users are signed in on the hosts `{host}`, so their callback URLs cannot be registered"),
            hint,
        );
    }
    if rule.hosts.is_empty() {
        scope.warning("users are signed in on any host, so its callback URL cannot be registered", hint);
    }
}

/// Reports a raw Cognito client that cannot sign users in; the types prevent it for other clients.
fn check_client(facts: &Facts, rule: &RuleFacts) {
    let config = rule.login().and_then(|step| step.get("AuthenticateCognitoConfig"));
    let Some(id) = config.and_then(|config| config.get("UserPoolClientId")) else { return };
    let Some(client) = facts.target(id, "AWS::Cognito::UserPoolClient") else { return };
    let (scope, path) = (owner(&rule.scope), owner(&client).path());
    let is_off = |name: &str| matches!(client.property(name), None | Some(Expr::Bool(false)));
    if is_off("GenerateSecret") {
        scope.error(
            format!("users are signed in with the client `{path}`, which has no secret, but AWS requires one"),
            "let the client generate a secret (`generate_secret`); that replaces it",
        );
    }
    let flows = client.property("AllowedOAuthFlows");
    let has_code =
        flows.as_ref().is_some_and(|flows| flows.as_list().is_none_or(|flows| flows.contains(&Expr::from("code"))));
    if !has_code || is_off("AllowedOAuthFlowsUserPoolClient") {
        scope.error(
            format!("users are signed in with the client `{path}`, which is not allowed the code flow"),
            "allow the client the `code` flow and the `openid` scope (`authorization_code_grant`)",
        );
    }
    check_callbacks(&scope, rule, &client);
}

/// Reports callback URLs that the client of a raw rule lacks.
fn check_callbacks(scope: &Scope, rule: &RuleFacts, client: &Scope) {
    let urls = client.property("CallbackURLs").unwrap_or(Expr::List(Vec::new()));
    let Some(urls) = urls.as_list().filter(|urls| urls.iter().all(|url| url.as_str().is_some())) else { return };
    if !scope.patch_enabled(CALLBACK_PATCH) {
        return;
    }
    for host in rule.hosts.iter().filter_map(Expr::as_str).filter(|host| is_matched(host)) {
        let wanted = format!("https://{host}/oauth2/idpresponse");
        if !urls.iter().any(|url| url.as_str() == Some(wanted.as_str())) {
            scope.warning(
                format!(
                    "the client `{}` lacks the callback URL `{wanted}`, so logins end in `redirect_mismatch`",
                    owner(client).path()
                ),
                "add it to the client's callback URLs",
            );
        }
    }
}

/// Warns of rules without a login that forward to a target group that another rule protects by a login.
fn check_ways_around(facts: &Facts) {
    let guarded: Vec<(Identity, &RuleFacts)> = facts
        .rules
        .iter()
        .filter(|rule| rule.login().is_some())
        .flat_map(|rule| rule.groups().into_iter().map(move |group| (group, rule)))
        .collect();
    for rule in facts.rules.iter().filter(|rule| rule.login().is_none()) {
        let groups = rule.groups();
        let Some((group, guard)) = guarded.iter().find(|(group, _)| groups.contains(group)) else { continue };
        let scope = owner(&rule.scope);
        if scope.context(ALLOW_KEY).is_some_and(|allowed| allowed != serde_json::Value::Bool(false)) {
            continue;
        }
        let group = match group {
            Identity::Node(node) => scope.scope_of(*node).map(|group| owner(&group).path()),
            Identity::Other(_) => None,
        };
        let group = group.map_or_else(|| "a target group".to_owned(), |path| format!("the target group `{path}`"));
        let requests =
            if rule.is_default { "requests that match no rule of this listener" } else { "the requests of this rule" };
        scope.warning(
            format!("{requests} reach {group} without a login, but `{}` requires one", owner(&guard.scope).path()),
            "answer them with `FixedResponse::status(404)` or `Redirect::to_host(..)`; if you mean it, call `.allow_unauthenticated_default()` on the listener or `.allow_unauthenticated()` on the rule",
        );
    }
}
