//! Branding styles: managed login shows no page of a client that has none.

use std::rc::Rc;

use purlin_cfn::cognito::CfnManagedLoginBranding;
use purlin_construct::{HasScope, Scope, Value};

use super::UserPool;

/// When the tree is finished, gives Cognito's own style to the clients that the app declares no style for.
pub(super) fn complete(domain: &Scope, pool: &UserPool) {
    let (shared, pool) = (Rc::clone(pool.shared_rc()), pool.id());
    domain.finally(move |domain| {
        for (client, id) in shared.clients() {
            if is_branded(&domain.root(), &id) {
                continue;
            }
            let what = "Cognito's own branding style is assigned to the client";
            let why = "the domain shows managed login, which has no pages for a client without a style";
            if client.patch("managed-login-branding", what, why) {
                let style = CfnManagedLoginBranding::new(&pool).client_id(id).use_cognito_provided_values(true);
                client.add("Branding", style);
            } else {
                client.warning(
                    "the client has no branding style, so managed login shows none of its pages",
                    "declare a `CfnManagedLoginBranding` for it, or leave the patch `managed-login-branding` on",
                );
            }
        }
    });
}

fn is_branded(root: &Scope, client: &Value<String>) -> bool {
    root.scope().descendants().into_iter().any(|scope| {
        scope.resource_type().as_deref() == Some("AWS::Cognito::ManagedLoginBranding")
            && scope.property("ClientId").as_ref() == Some(client.expr())
    })
}
