//! Amazon API Gateway: HTTP APIs, with fewer features than [REST APIs](crate::apigateway), and faster and cheaper.
//!
//! ```
//! use purlin::apigatewayv2::{Cors, HttpApi, HttpRoute, HttpIntegration, JwtAuthorizer};
//! use purlin::cognito::{OAuthScope, UserPool, UserPoolClient};
//! use purlin::lambda::Function;
//! use purlin::{App, CfnOutput, Stack};
//!
//! let app = App::new();
//! let stack = app.add("Orders", Stack::props());
//! let users = stack.add("Users", UserPool::props());
//! let client = users.add_client("Web", UserPoolClient::props());
//! let handler = Function::from_name(&stack, "Handler", "orders");
//!
//! let api = stack.add("Api", HttpApi::props().cors_preflight(Cors::origins(["https://app.example.com"])));
//! let signed_in = api.add_authorizer("SignedIn", JwtAuthorizer::props(&users, &client));
//! let orders = HttpRoute::get("/orders/{id}", HttpIntegration::lambda("Orders", &handler));
//! api.add_route(orders.authorizer(&signed_in).scopes([OAuthScope::EMAIL]));
//! stack.add("Url", CfnOutput::new(api.url()));
//! # assert!(app.synth().is_ok());
//! ```

mod api;
mod authorizer;
mod domain;
mod integration;
mod route;
mod route_build;
mod stage;

pub use crate::apigateway::{AccessLogFormat, Cors, HttpMethod, IamAuthorization, NoAuthorization, Throttle};
pub use api::{HttpApi, HttpApiProps};
pub use authorizer::{HasJwtAuthorizer, JwtAuthorization, JwtAuthorizer, JwtAuthorizerProps};
pub use domain::{ApiMapping, ApiMappingProps, DomainName, DomainNameProps};
pub use integration::HttpIntegration;
pub use route::{HttpRoute, HttpRouteProps};
pub use stage::{HttpStage, HttpStageProps};
