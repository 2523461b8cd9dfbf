//! Names the issuer of user pools with the updated one, and reports what does not accept its tokens
//! (<https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints.html#user-pool-oidc-issuer>).

use std::collections::BTreeMap;

use purlin_cfn::cognito::CfnUserPool;
use purlin_construct::{Expr, NodeId, Scope, Value, intrinsics, sub};

use crate::owner::owner;

const UPDATED: &str = "https://issuer-cognito-idp.<region>.amazonaws.com/<pool id>";

/// Checks a finished tree, raw resources and overrides included: neither load balancers nor Cognito authorizers of REST
/// APIs accept tokens of the updated issuer. A `JwtAuthorizer` of such a pool names it; a raw one has to.
pub fn issuer_pass(root: &Scope) {
    let scopes = root.descendants();
    let of_type = |name: &'static str| scopes.iter().filter(move |scope| scope.has_type(name));
    let is_updated = |pool: &&Scope| {
        let issuer = pool.property("IssuerConfiguration");
        issuer.as_ref().and_then(|issuer| issuer.get("Type")).and_then(Expr::as_str) == Some("UPDATED")
    };
    let pools = of_type("AWS::Cognito::UserPool").filter(is_updated);
    let pools: BTreeMap<NodeId, &Scope> = pools.map(|pool| (pool.node(), pool)).collect();
    if pools.is_empty() {
        return;
    }
    let pool_in = |value: Option<Expr>| {
        let mut found = None;
        if let Some(value) = value {
            value.walk(&mut |part| found = found.or(part.target().filter(|node| pools.contains_key(node))));
        }
        found.map(|node| owner(pools[&node]).path())
    };
    for (kind, property) in [("Listener", "DefaultActions"), ("ListenerRule", "Actions")] {
        let name = ["AWS::ElasticLoadBalancingV2::", kind].concat();
        for rule in scopes.iter().filter(|scope| scope.has_type(&name)) {
            let actions = rule.property(property);
            let actions = actions.as_ref().and_then(Expr::as_list).unwrap_or_default();
            let login = actions.iter().find_map(|action| action.get("AuthenticateCognitoConfig")?.get("UserPoolArn"));
            if let Some(pool) = pool_in(login.cloned()) {
                refuse(rule, "load balancers", &pool, "or sign users in by OpenID Connect with the updated issuer");
            }
        }
    }
    for authorizer in of_type("AWS::ApiGateway::Authorizer") {
        if let Some(pool) = pool_in(authorizer.property("ProviderARNs")) {
            refuse(authorizer, "Cognito authorizers of REST APIs", &pool, "or check tokens by a Lambda authorizer");
        }
    }
    for authorizer in of_type("AWS::ApiGatewayV2::Authorizer") {
        let issuer = authorizer.property("JwtConfiguration").and_then(|jwt| jwt.get("Issuer").cloned());
        if let Some(Expr::Att(node, name)) = &issuer
            && let Some(pool) = pools.get(node)
            && name == CfnUserPool::ATTR_PROVIDER_URL.name()
            && owner(authorizer).node() != authorizer.node()
        {
            authorizer.override_property("JwtConfiguration.Issuer", issuer_of(pool));
            continue;
        }
        let names_it = issuer.as_ref().is_some_and(|issuer| mentions(issuer, "issuer-cognito-idp"));
        if let Some(pool) = pool_in(issuer).filter(|_| !names_it) {
            owner(authorizer).warning(
                format!("the authorizer checks tokens of the user pool `{pool}`, but not for its updated issuer"),
                format!("name the issuer of its tokens: `JwtAuthorizer::of_issuer(..)` with `{UPDATED}`"),
            );
        }
    }
}

fn issuer_of(pool: &Scope) -> Expr {
    let id: Value<String> = Value::new(Expr::Ref(pool.node()));
    sub!("https://issuer-cognito-idp.{}.{}/{}", pool.stack().region(), intrinsics::url_suffix(), id).into_expr()
}

fn refuse(scope: &Scope, what: &str, pool: &str, or: &str) {
    owner(scope).error(
        format!(
            "tokens of the user pool `{pool}` have the updated issuer, which {what} do not accept: AWS takes pools with \
             the original issuer here"
        ),
        format!("leave `IssuerConfiguration` of the pool out, {or}"),
    );
}

fn mentions(expr: &Expr, text: &str) -> bool {
    let mut found = false;
    expr.walk(&mut |part| found |= part.as_str().is_some_and(|part| part.contains(text)));
    found
}
