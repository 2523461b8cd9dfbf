//! Only a JWT authorizer checks the scopes of a route.
use purlin::apigatewayv2::{HttpIntegration, HttpRoute};
use purlin::cognito::OAuthScope;

fn main() {
    let _ = HttpRoute::get("/", HttpIntegration::url("Url", "https://example.org")).scopes([OAuthScope::OPENID]);
}
