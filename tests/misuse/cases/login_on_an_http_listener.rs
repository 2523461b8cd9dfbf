//! Only HTTPS listeners sign users in.
use purlin::cognito::{CodeGrant, Confidential, UserPool, UserPoolClient, UserPoolDomain};
use purlin::elbv2::{Action, ApplicationLoadBalancer, ApplicationTargetGroup, Authenticate};

type Client = UserPoolClient<Confidential, CodeGrant>;

fn listen(
    balancer: &ApplicationLoadBalancer,
    app: &ApplicationTargetGroup,
    (users, client, domain): (&UserPool, &Client, &UserPoolDomain),
) {
    let login = Authenticate::cognito(users, client, domain).then(Action::forward(app));
    balancer.add_http_listener("Public", login);
}

fn main() {}
