//! A JWT authorizer takes tokens that were made for someone.
use purlin::apigatewayv2::JwtAuthorizer;
use purlin::cognito::UserPool;

fn for_everyone(users: &UserPool) {
    let _ = JwtAuthorizer::props(users);
}

fn main() {}
