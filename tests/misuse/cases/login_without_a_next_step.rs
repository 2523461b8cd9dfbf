//! Signing users in is not a whole action: it needs a step that answers the request.
use purlin::certificatemanager::Certificate;
use purlin::cognito::{CodeGrant, Confidential, UserPool, UserPoolClient, UserPoolDomain};
use purlin::elbv2::{ApplicationLoadBalancer, Authenticate};

type Client = UserPoolClient<Confidential, CodeGrant>;

fn listen(
    balancer: &ApplicationLoadBalancer,
    certificate: &Certificate,
    (users, client, domain): (&UserPool, &Client, &UserPoolDomain),
) {
    balancer.add_https_listener("Public", certificate, Authenticate::cognito(users, client, domain));
}

fn main() {}
