//! Only a Cognito authorizer checks scopes.
use purlin::apigateway::{Integration, Method};
use purlin::cognito::OAuthScope;

fn main() {
    let _ = Method::get(Integration::mock()).scopes([OAuthScope::OPENID]);
}
