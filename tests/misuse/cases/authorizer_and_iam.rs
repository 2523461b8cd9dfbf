//! A method has one authorization.
use purlin::apigateway::{CognitoAuthorizer, Integration, Method};

fn both(authorizer: &CognitoAuthorizer) {
    let _ = Method::get(Integration::mock()).authorizer(authorizer).iam_authorization();
}

fn main() {}
