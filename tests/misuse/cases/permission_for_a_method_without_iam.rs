//! A permission to call a method needs a method with IAM authorization.
use purlin::apigateway::{Integration, Method, RestApi};
use purlin::iam::Role;

fn without_effect(api: &RestApi, role: &Role) {
    api.root().add_method(Method::get(Integration::mock())).grant_execute(role);
}

fn main() {}
