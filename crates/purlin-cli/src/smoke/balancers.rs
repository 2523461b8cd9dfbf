//! Checks of a load balancer from outside: it redirects users who are not signed in to the right sign-in page, accepts
//! them on their return, and reaches Cognito itself.
//!
//! Its statuses are explained in [AWS's guide](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html).

use purlin_deploy::{AppClient, Balancer, LoginDomain, LoginRule};

use super::check::{Check, Trouble};
use super::context::Context;
use super::page::{Ask, Page, encoded, parameter, unreachable};
use super::pools;

/// The path where a balancer receives the code.
const CALLBACK: &str = "/oauth2/idpresponse";

/// A rule, and the client that its users sign in with.
pub(super) struct Login<'a> {
    pub(super) rule: &'a LoginRule,
    pub(super) client: &'a AppClient,
    pub(super) domain: &'a LoginDomain,
    pub(super) host: String,
}

pub(super) async fn check(context: &Context, balancer: &Balancer) -> Vec<Check> {
    let mut checks = Vec::new();
    for rule in &balancer.rules {
        let about = format!("rule {} on port {}", rule.priority, rule.port);
        let found = context.pools.iter().find(|it| rule.pool.ends_with(&format!("/{}", it.pool.id)));
        let Some(pool) = found else { continue };
        let client = pool.clients.iter().find(|it| it.id == rule.client);
        let (Some(client), Some(domain)) = (client, &pool.pool.login) else {
            checks.push(Check::of(&about, "its client and domain exist", Err(missing(rule))));
            continue;
        };
        checks.push(Check::of(&about, "its client suits a balancer", suits(rule, client)));
        for host in hosts(context, balancer, rule) {
            let login = Login { rule, client, domain, host };
            checks.extend(Box::pin(of_host(context, &login)).await);
        }
    }
    checks
}

fn missing(rule: &LoginRule) -> Trouble {
    Trouble::new(
        "no one can sign in: the client or pool of the rule does not exist",
        format!("client `{}`, domain `{}`", rule.client, rule.domain),
        "a client and a domain of the rule's pool",
        "deploy the stack again; they were deleted outside CloudFormation (`purlin drift STACK` shows more)",
    )
}

/// The requirements of a balancer on a client.
pub(super) fn suits(rule: &LoginRule, client: &AppClient) -> Result<(), Trouble> {
    let lacks = |what: &str, expected: &str| {
        let has = format!("flows {}, scopes {}", client.flows.join(", "), client.scopes.join(", "));
        let wrong = format!("the balancer cannot sign users in with client `{}`: {what}", client.name);
        Err(Trouble::new(
            wrong,
            has,
            expected,
            "balancers need a client with a secret, the flow `code`, and their scopes, `openid` among them",
        ))
    };
    if client.secret.is_none() {
        return lacks("it has no secret", "a client made with a secret");
    }
    if !client.may("code") {
        return lacks("it lacks the flow `code`", "the authorization code grant");
    }
    let wanted: Vec<&str> = rule.scope.split(' ').filter(|it| !it.is_empty()).collect();
    match wanted.iter().find(|scope| !client.scopes.iter().any(|has| has == *scope)) {
        Some(missing) => lacks(&format!("it may not have the scope `{missing}`"), &rule.scope),
        None => Ok(()),
    }
}

/// The host names of the rule: its own, else those of the balancer.
fn hosts(context: &Context, balancer: &Balancer, rule: &LoginRule) -> Vec<String> {
    let plain: Vec<String> = rule.hosts.iter().filter(|it| !it.contains(['*', '?'])).cloned().collect();
    if !plain.is_empty() {
        return plain;
    }
    let records = context.of_type("AWS::Route53::RecordSet").filter(|it| {
        let kind = it.properties["Type"].as_str();
        !it.properties["AliasTarget"].is_null() && kind == Some("A")
    });
    let named: Vec<String> = records
        .filter_map(|it| it.properties["Name"].as_str())
        .map(|it| it.trim_end_matches('.').to_lowercase())
        .collect();
    if named.is_empty() { vec![balancer.dns_name.to_lowercase()] } else { named }
}

async fn of_host(context: &Context, login: &Login<'_>) -> Vec<Check> {
    let about = &login.host;
    let callback = format!("https://{}{CALLBACK}", login.host);
    let mut checks = vec![Check::of(about, "its callback URL is the client's", registered(login, &callback))];
    let what = "users who are not signed in are sent to the sign-in page";
    if login.rule.otherwise != "authenticate" {
        checks.push(Check::skipped(
            about,
            what,
            format!("the rule is `{}` for users who are not signed in", login.rule.otherwise),
        ));
        return checks;
    }
    let page = match Page::get(&context.http, &ask(context, login, &path(login.rule), Vec::new())).await {
        Ok(page) => page,
        Err(error) => {
            checks.push(Check::of(about, what, Err(unreachable(&format!("`https://{}`", login.host), &error))));
            return checks;
        }
    };
    let sent = sent_to(&page, login, &callback);
    let goes_on = sent.is_ok();
    checks.push(Check::of(about, what, sent));
    if goes_on {
        let scopes: Vec<String> = login.rule.scope.split(' ').map(str::to_owned).collect();
        let opens = pools::opens(&context.http, login.domain, &login.client.id, &callback, &scopes).await;
        checks.push(Check::of(about, "the sign-in page opens for it", opens));
        let what = "the balancer reaches Cognito: it refuses a made-up code";
        checks.push(Check::of(about, what, reaches(context, login, &page).await));
    }
    checks
}

pub(super) fn registered(login: &Login<'_>, callback: &str) -> Result<(), Trouble> {
    if login.client.callback_urls.iter().any(|url| url == callback) {
        return Ok(());
    }
    let near = login.client.callback_urls.iter().find(|url| url.eq_ignore_ascii_case(callback));
    let hint = match near {
        Some(near) => format!("`{near}` differs in its letters: balancers send users back in lower case"),
        None => format!("add `{callback}` to the client's callback URLs in the stack, and deploy it"),
    };
    Err(Trouble::new(
        "users will see `redirect_mismatch` instead of the sign-in page",
        format!("the client's callback URLs are {}", listed(&login.client.callback_urls)),
        format!("`{callback}` among them"),
        hint,
    ))
}

/// The first path of a rule.
fn path(rule: &LoginRule) -> String {
    let plain = rule.paths.first().map_or("/", |path| path.split(['*', '?']).next().unwrap_or("/"));
    if plain.is_empty() { "/".to_owned() } else { plain.to_owned() }
}

/// A request for the host. The emulator serves every host, each listener on a port of its own.
fn ask(context: &Context, login: &Login<'_>, path: &str, cookies: Vec<String>) -> Ask {
    let port = login.rule.port;
    match context.session.emulator_endpoint() {
        Some(here) => Ask { address: format!("{here}{path}"), host: Some(format!("{}:{port}", login.host)), cookies },
        None if port == 443 => Ask { address: format!("https://{}{path}", login.host), host: None, cookies },
        None => Ask { address: format!("https://{}:{port}{path}", login.host), host: None, cookies },
    }
}

/// Whether a balancer redirects to the sign-in page of the right pool, for the right client.
pub(super) fn sent_to(page: &Page, login: &Login<'_>, callback: &str) -> Result<(), Trouble> {
    let expected = format!("status 302, leading to `{}/oauth2/authorize`", login.domain.url);
    let wrong = |wrong: &str, hint: &str| Err(Trouble::new(wrong, page.seen(), &expected, hint));
    let location = page.location.clone().unwrap_or_default();
    let is_login = [&login.domain.url, &login.domain.endpoint]
        .iter()
        .any(|url| location.starts_with(&format!("{url}/oauth2/authorize")));
    if is_login {
        let given = |name: &str| parameter(&location, name).unwrap_or_default();
        if given("client_id") != login.client.id {
            return wrong(
                "users are sent to sign in with another client",
                "another rule comes first: look at the priorities",
            );
        }
        if given("redirect_uri") != callback {
            let found = format!("the way back is `{}`", given("redirect_uri"));
            return Err(Trouble::new(
                "users come back to another address",
                found,
                callback,
                "a proxy before the balancer has to keep the host and `https`",
            ));
        }
        return Ok(());
    }
    match page.status {
        200..=299 => wrong(
            "users who are not signed in reach the app",
            "another rule or the default action answers first, without signing users in",
        ),
        300..=399 => wrong(
            "users are sent elsewhere",
            "another rule answers first; is the host or path in the rule's conditions?",
        ),
        401 => wrong(
            "the balancer rejects users who are not signed in",
            "the rule's `OnUnauthenticatedRequest` is `deny`, or another rule answers first",
        ),
        404 => wrong(
            "no rule of the balancer is for this host and path",
            "compare the rule's conditions with the name users type; the default action answered",
        ),
        _ => Err(failed(page, &expected)),
    }
}

/// The meaning of a balancer's own statuses.
fn failed(page: &Page, expected: &str) -> Trouble {
    let (wrong, hint) = match page.status {
        500 => (
            "the balancer cannot ask Cognito, and shows 500",
            "let its security group connect to tcp/443 anywhere (Purlin's patch `alb-idp-egress`), and give its subnets a way \
             out by IPv4: an internet gateway, or NAT for an internal balancer; the pool's domain has to resolve publicly",
        ),
        561 => (
            "Cognito refuses what the balancer asks, and the balancer shows 561",
            "client, secret and domain of the rule have to be of one pool, and its scopes the client's; the balancer's access log \
             says more in its `error_reason`",
        ),
        502 | 503 => (
            "nothing healthy stands behind the balancer",
            "`purlin status STACK` and `purlin logs STACK` show how the service is",
        ),
        504 => (
            "what stands behind the balancer does not answer",
            "its security group has to let the balancer in, at the target group's port",
        ),
        464 => ("the protocol is not the target's", "compare the protocol versions of listener and target group"),
        _ => ("the balancer does not send users to the sign-in page", "its access log names the rule"),
    };
    Trouble::new(wrong, page.seen(), expected, hint)
}

/// Sends an invalid code. A balancer that reaches Cognito responds 561 or 401, one that does not, 500.
async fn reaches(context: &Context, login: &Login<'_>, page: &Page) -> Result<(), Trouble> {
    let state = page.location.as_deref().and_then(|it| parameter(it, "state")).unwrap_or_default();
    let path = format!("{CALLBACK}?code=00000000-0000-0000-0000-000000000000&state={}", encoded(&state));
    let answer = Page::get(&context.http, &ask(context, login, &path, page.cookies.clone())).await;
    let answer = answer.map_err(|error| unreachable(&format!("`https://{}{CALLBACK}`", login.host), &error))?;
    refuses(&answer)
}

pub(super) fn refuses(answer: &Page) -> Result<(), Trouble> {
    let expected = "status 561 or 401: Cognito was reached, and rejected the code";
    match answer.status {
        561 | 400..=499 => Ok(()),
        200..=399 => Err(Trouble::new(
            "a made-up code is taken",
            answer.seen(),
            expected,
            "the path is answered by something else than the rule: no other rule may take `/oauth2/idpresponse` before it",
        )),
        _ => Err(failed(answer, expected)),
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")
    }
}
