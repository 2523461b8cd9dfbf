//! Only clients with the code grant have callback URLs.
use purlin::cognito::{UserPool, UserPoolClient};
use purlin::{App, Stack};

fn main() {
    let app = App::new();
    let stack = app.add("Login", Stack::props());
    let users = stack.add("Users", UserPool::props());
    users.add_client("Web", UserPoolClient::props().callback_url("https://app.example.com/callback"));
}
