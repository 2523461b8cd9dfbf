//! Only clients with the code grant have sign-out URLs.
use purlin::cognito::{DomainProps, UserPool, UserPoolClient};
use purlin::{App, Stack};

fn main() {
    let app = App::new();
    let stack = app.add("Login", Stack::props());
    let users = stack.add("Users", UserPool::props());
    let domain = users.add_domain("Domain", DomainProps::prefix("acme"));
    let client = users.add_client("Web", UserPoolClient::props().generate_secret());
    drop(domain.sign_out_url(&client, "https://app.example.com/"));
}
