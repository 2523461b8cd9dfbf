//! Client credentials need a client with a secret.
use purlin::cognito::{UserPool, UserPoolClient, UserPoolResourceServer};
use purlin::{App, Stack};

fn main() {
    let app = App::new();
    let stack = app.add("Login", Stack::props());
    let users = stack.add("Users", UserPool::props());
    let orders = users.add_resource_server("Orders", UserPoolResourceServer::props("orders").scope("read", "Look"));
    users.add_client("Machine", UserPoolClient::props().client_credentials([orders.scope("read")]));
}
