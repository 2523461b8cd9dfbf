//! Only an identity pool with guests has a role for them.
use purlin::cognito_identity::{IdentityPool, Provider};
use purlin::{App, Stack};

fn main() {
    let app = App::new();
    let stack = app.add("Web", Stack::props());
    let provider = Provider::google("shop.apps.googleusercontent.com");
    let identities = stack.add("Identities", IdentityPool::props().provider(provider));
    identities.guest_role();
}
