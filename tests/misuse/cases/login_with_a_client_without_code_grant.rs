//! A load balancer signs users in only by the code flow.
use purlin::cognito::{DomainProps, UserPool, UserPoolClient};
use purlin::elbv2::Authenticate;
use purlin::{App, Stack};

fn main() {
    let app = App::new();
    let stack = app.add("Web", Stack::props());
    let users = stack.add("Users", UserPool::props());
    let domain = users.add_domain("Domain", DomainProps::prefix("acme"));
    let client = users.add_client("Client", UserPoolClient::props().generate_secret());
    let _ = Authenticate::cognito(&users, &client, &domain);
}
