//! A JWT authorizer needs an audience.
use purlin::apigatewayv2::JwtAuthorizer;
use purlin::cognito::UserPool;

fn for_everyone(users: &UserPool) {
    let _ = JwtAuthorizer::props(users);
}

fn main() {}
