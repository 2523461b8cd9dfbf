//! Signing users in is no action by itself: the request has to go somewhere afterwards.
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
