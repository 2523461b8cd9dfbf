//! What signing users in needs beyond the action: a way out for the balancer, callback URLs, and nothing around it.

use purlin_cfn::ec2::CfnSecurityGroupEgress;
use purlin_construct::{Expr, HasScope, Scope, Value, sub};

use super::authenticate::HttpsAction;
use super::reach;
use super::survey::{BalancerFacts, Identity, Place, Survey, list, owner};
use crate::ec2::{Peer, Port, SecurityGroup};

const EGRESS_PATCH: &str = "alb-idp-egress";
const CALLBACK_PATCH: &str = "cognito-callback-urls";
const ALLOW_KEY: &str = "purlin:allow-unauthenticated-default";

const EGRESS_DESCRIPTION: &str = "Load balancer to identity provider: logins fetch tokens and user info over HTTPS";

/// Looks over a finished tree for balancers that sign users in, also where they, their listeners or rules are raw
/// resources:
///
/// * their security groups get egress tcp/443 to anywhere over IPv4 (patch `alb-idp-egress`), once, unless it is there.
///   Where a group or the balancer is not of this app, a warning says what to open by hand;
/// * logins on HTTP listeners, balancers that cannot reach the internet, hosts that no callback URL can match, clients
///   without secret or code flow, and ways around the login are reported, and so are rules with the same priority.
///
/// [`App`](crate::App) has it done when it is synthesized, and so has every balancer of this module. Doing it twice
/// does no harm.
pub fn authentication_egress_pass(root: &Scope) {
    let survey = Survey::of(root);
    check_priorities(&survey);
    let mut balancers: Vec<Identity> = Vec::new();
    for place in survey.places.iter().filter(|place| place.login().is_some()) {
        check_hosts(place);
        check_client(&survey, place);
        let Some(balancer) = balancer_of(&survey, place) else { continue };
        let id = Identity::Node(balancer.scope.node());
        if !balancers.contains(&id) {
            balancers.push(id);
            open_egress(&survey, &balancer, place);
            reach::check(&survey, &balancer);
        }
    }
    check_ways_around(&survey);
}

/// Has the pass done when everything else is in the tree.
pub(super) fn finish_with(scope: &Scope) {
    scope.finally(|scope| scope.finally(|scope| authentication_egress_pass(&scope.root())));
}

/// Silences the warning about ways around a login, here and below.
pub(super) fn allow_unauthenticated(scope: &Scope) {
    scope.set_context(ALLOW_KEY, serde_json::Value::Bool(true));
}

/// Tells the Cognito client, if users sign in with one, the callback URLs of the hosts.
pub(super) fn register_callbacks(scope: &Scope, action: &HttpsAction, hosts: &[Value<String>]) {
    let Some(client) = action.cognito_client() else { return };
    // What no callback URL can match is reported by the pass over the finished tree.
    for host in hosts.iter().filter(|host| host.as_str().is_none_or(is_matched)) {
        let known = host.as_str().unwrap_or("the host of the rule");
        let what = format!("`https://{known}/oauth2/idpresponse` is a callback URL of the client");
        let why = "the load balancer has users come back to this address after the login, and Cognito refuses others";
        if scope.patch(CALLBACK_PATCH, what, why) {
            client.add_callback_url(sub!("https://{}/oauth2/idpresponse", host));
        }
    }
}

fn has_wildcard(host: &str) -> bool {
    host.contains(['*', '?'])
}

/// Whether browsers come back from a login to exactly this name.
fn is_matched(host: &str) -> bool {
    !has_wildcard(host) && !host.chars().any(char::is_uppercase)
}

/// The balancer a login is at. Where it is not in the tree, a warning tells what to do; logins over HTTP are reported.
fn balancer_of(survey: &Survey, place: &Place) -> Option<BalancerFacts> {
    let listener = survey.listener(&place.listener);
    if listener.is_some_and(|listener| listener.is_http) {
        owner(&place.scope).error(
            "users are signed in on a listener that takes HTTP, but AWS lets HTTPS listeners only do that",
            "use an HTTPS listener with a certificate, and send browsers there: `alb.add_redirect()`",
        );
    }
    let balancer = listener.and_then(|listener| survey.balancer(&listener.balancer));
    if balancer.is_none() && place.listener != Identity::Other(Expr::Null) {
        warn_to_open(place, "the load balancer that signs users in here is not part of this app");
    }
    balancer
}

fn warn_to_open(place: &Place, what: &str) {
    owner(&place.scope).warning(
        format!("{what}, so whether it may reach the identity provider is not known"),
        "make sure that its security group allows outbound tcp/443 to 0.0.0.0/0; logins end in HTTP 500 otherwise",
    );
}

// ---------------------------------------------------------------- egress

/// A security group of a balancer: a handle, or what a raw balancer holds.
enum Group {
    Handle(SecurityGroup),
    Raw(Expr),
}

fn open_egress(survey: &Survey, balancer: &BalancerFacts, place: &Place) {
    let groups: Vec<Group> = match &balancer.known {
        Some(known) => {
            if known.is_imported {
                warn_to_open(place, "the load balancer that signs users in here is imported");
            }
            known.groups.borrow().iter().cloned().map(Group::Handle).collect()
        }
        None => list(balancer.scope.property("SecurityGroups")).into_iter().map(Group::Raw).collect(),
    };
    for group in groups {
        open_group(survey, balancer, place, &group);
    }
}

fn open_group(survey: &Survey, balancer: &BalancerFacts, place: &Place, group: &Group) {
    let resource = match group {
        Group::Handle(group) => group.cfn().map(|cfn| cfn.scope().clone()),
        Group::Raw(id) => survey.target(id, "AWS::EC2::SecurityGroup"),
    };
    if resource.as_ref().is_some_and(|resource| lets_https_out(survey, resource)) {
        return;
    }
    let path = match group {
        Group::Handle(group) if group.allows_all_outbound() => return,
        Group::Handle(group) if group.takes_rules() => group.scope().path(),
        Group::Raw(_) if let Some(resource) = &resource => owner(resource).path(),
        _ => {
            return warn_to_open(
                place,
                "a security group of the load balancer that signs users in here is not this app's",
            );
        }
    };
    let what = format!("the security group `{path}` lets the load balancer connect to tcp/443 of any IPv4 address");
    let why = format!(
        "it signs users in at `{}`, and fetches tokens and user info from the identity provider; without it logins end in HTTP 500",
        owner(&place.scope).path()
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

/// The rule beside a raw group, under the id that a rule of a `SecurityGroup` has.
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

/// Whether a security group lets tcp/443 out to any IPv4 address, by its own list or by rules beside it.
fn lets_https_out(survey: &Survey, group: &Scope) -> bool {
    let all = survey.of_type("AWS::EC2::SecurityGroupEgress");
    let of_group = |rule: &&Scope| rule.property("GroupId").and_then(|id| id.target()) == Some(group.node());
    let beside: Vec<&Scope> = all.filter(of_group).collect();
    let inside = list(group.property("SecurityGroupEgress"));
    if inside.is_empty() && beside.is_empty() {
        // AWS lets everything out of a group without rules for what goes out.
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

// ---------------------------------------------------------------- what is reported

fn check_priorities(survey: &Survey) {
    let mut seen: Vec<(&Identity, i64, &Place)> = Vec::new();
    for place in &survey.places {
        let Some(priority) = place.rule.as_ref().and_then(|rule| rule.priority) else { continue };
        let earlier = seen.iter().find(|(listener, taken, _)| **listener == place.listener && *taken == priority);
        if let Some((_, _, other)) = earlier {
            owner(&place.scope).error(
                format!(
                    "two rules of a listener have priority `{priority}`, this one and `{}`, but AWS takes each once",
                    owner(&other.scope).path()
                ),
                "give one of them another priority from 1 to 50000; `listener.next_priority()` gives a free one",
            );
        }
        seen.push((&place.listener, priority, place));
    }
}

/// Reports hosts that no callback URL can match.
fn check_hosts(place: &Place) {
    let kind = place.login_kind();
    let scope = owner(&place.scope);
    if kind == Some("jwt-validation") {
        return;
    }
    let hosts = place.rule.as_ref().map_or(&[][..], |rule| &rule.hosts);
    for host in hosts.iter().filter_map(Expr::as_str) {
        if host.chars().any(char::is_uppercase) {
            scope.error(
                format!("the host `{host}` has upper-case letters, but browsers come back from a login to the lower-case name"),
                format!("write `{}`: callback URLs are compared letter by letter", host.to_lowercase()),
            );
        }
    }
    if kind != Some("authenticate-cognito") || !scope.patch_enabled(CALLBACK_PATCH) {
        return;
    }
    let hint = "register `https://<host>/oauth2/idpresponse` with the client for every host by hand (`client.add_callback_url(..)`), and call `scope.without_patch(\"cognito-callback-urls\")` to say so";
    let wildcard = hosts.iter().filter_map(Expr::as_str).find(|host| has_wildcard(host));
    if let Some(host) = wildcard {
        scope
            .warning(format!("users are signed in on the hosts `{host}`, of which no callback URLs can be made"), hint);
    }
    if hosts.is_empty() {
        scope.warning("users are signed in on any host, so that no callback URLs can be made", hint);
    }
}

/// Reports a Cognito client a balancer cannot sign users in with; the types keep it from those that are not raw.
fn check_client(survey: &Survey, place: &Place) {
    let config = place.login().and_then(|step| step.get("AuthenticateCognitoConfig"));
    let Some(id) = config.and_then(|config| config.get("UserPoolClientId")) else { return };
    let Some(client) = survey.target(id, "AWS::Cognito::UserPoolClient") else { return };
    let (scope, path) = (owner(&place.scope), owner(&client).path());
    let is_off = |name: &str| matches!(client.property(name), None | Some(Expr::Bool(false)));
    if is_off("GenerateSecret") {
        scope.error(
            format!("users are signed in with the client `{path}`, which has no secret, but AWS wants one"),
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
    check_callbacks(&scope, place, &client);
}

/// Reports callback URLs that a raw rule's client lacks.
fn check_callbacks(scope: &Scope, place: &Place, client: &Scope) {
    let urls = client.property("CallbackURLs").unwrap_or(Expr::List(Vec::new()));
    let Some(urls) = urls.as_list().filter(|urls| urls.iter().all(|url| url.as_str().is_some())) else { return };
    if !scope.patch_enabled(CALLBACK_PATCH) {
        return;
    }
    let hosts = place.rule.iter().flat_map(|rule| &rule.hosts).filter_map(Expr::as_str);
    for host in hosts.filter(|host| is_matched(host)) {
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

/// Reports requests that reach without a login what others reach with one.
fn check_ways_around(survey: &Survey) {
    let guarded: Vec<(Identity, &Place)> = survey
        .places
        .iter()
        .filter(|place| place.login().is_some())
        .flat_map(|place| place.groups().into_iter().map(move |group| (group, place)))
        .collect();
    for place in survey.places.iter().filter(|place| place.login().is_none()) {
        let groups = place.groups();
        let Some((group, guard)) = guarded.iter().find(|(group, _)| groups.contains(group)) else { continue };
        let scope = owner(&place.scope);
        if scope.context(ALLOW_KEY).is_some_and(|allowed| allowed != serde_json::Value::Bool(false)) {
            continue;
        }
        let group = match group {
            Identity::Node(node) => scope.scope_of(*node).map(|group| owner(&group).path()),
            Identity::Other(_) => None,
        };
        let group = group.map_or_else(|| "a target group".to_owned(), |path| format!("the target group `{path}`"));
        let who = if place.rule.is_some() {
            "the requests of this rule"
        } else {
            "requests that no rule of this listener is for"
        };
        scope.warning(
            format!("{who} reach {group} without a login, though `{}` asks for one", owner(&guard.scope).path()),
            "answer them with `FixedResponse::status(404)` or `Redirect::to_host(..)`; if it is meant, say so by `.allow_unauthenticated_default()` on the listener or `.allow_unauthenticated()` on the rule",
        );
    }
}
