//! A client has a secret only if one was generated.
use purlin::cognito::{UserPool, UserPoolClient};
use purlin::{App, Stack};

fn main() {
    let app = App::new();
    let stack = app.add("Login", Stack::props());
    let users = stack.add("Users", UserPool::props());
    let client = users.add_client("Web", UserPoolClient::props());
    client.client_secret();
}
