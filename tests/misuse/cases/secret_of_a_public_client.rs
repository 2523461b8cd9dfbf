//! Only a client with a generated secret has one.
use purlin::cognito::{UserPool, UserPoolClient};
use purlin::{App, Stack};

fn main() {
    let app = App::new();
    let stack = app.add("Login", Stack::props());
    let users = stack.add("Users", UserPool::props());
    let client = users.add_client("Web", UserPoolClient::props());
    client.client_secret();
}
