//! A client has one OAuth flow.
use purlin::cognito::{OAuthScope, UserPool, UserPoolClient, UserPoolResourceServer};
use purlin::{App, Stack};

fn main() {
    let app = App::new();
    let stack = app.add("Login", Stack::props());
    let users = stack.add("Users", UserPool::props());
    let orders = users.add_resource_server("Orders", UserPoolResourceServer::props("orders").scope("read", "Look"));
    let both = UserPoolClient::props()
        .generate_secret()
        .authorization_code_grant([OAuthScope::OPENID])
        .client_credentials([orders.scope("read")]);
    users.add_client("Both", both);
}
