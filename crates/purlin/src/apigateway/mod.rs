//! Amazon API Gateway: REST APIs.
//!
//! ```
//! use purlin::apigateway::{CognitoAuthorizer, Integration, Method, RestApi};
//! use purlin::cognito::{UserPool, UserPoolResourceServer};
//! use purlin::lambda::Function;
//! use purlin::{App, CfnOutput, Stack};
//!
//! let app = App::new();
//! let stack = app.add("Orders", Stack::props());
//! let users = stack.add("Users", UserPool::props());
//! let server = users.add_resource_server("Server", UserPoolResourceServer::props("orders").scope("read", "Look at orders"));
//! let handler = Function::from_name(&stack, "Handler", "orders");
//!
//! let api = stack.add("Api", RestApi::props());
//! let machines = stack.add("Machines", CognitoAuthorizer::props(&users));
//! let orders = api.root().resource_for_path("orders/{id}");
//! orders.add_method(Method::get(Integration::lambda(&handler)).authorizer(&machines).scopes([server.scope("read")]));
//! stack.add("Url", CfnOutput::new(api.url()));
//! # assert!(app.synth().is_ok());
//! ```

mod access_log;
mod account;
mod api;
mod api_build;
mod api_props;
mod attachment;
mod authorization;
mod cognito;
mod cors;
mod domain;
mod gateway_response;
mod integration;
mod integration_build;
mod key;
mod lambda_authorizer;
mod method;
mod method_build;
mod method_settings;
mod model;
mod of_api;
mod resource;
mod shared;
mod stage;
mod stage_options;
mod throttle;
mod usage_plan;
mod verb;

pub use access_log::AccessLogFormat;
pub use api::RestApi;
pub(crate) use api::without_variables;
pub use api_props::{ApiKeySource, EndpointType, RestApiProps};
pub use authorization::{
    Authorizer, CognitoAuthorization, HasNoAuthorization, IamAuthorization, IsIamAuthorized, LambdaAuthorization,
    NoAuthorization, TakesScopes,
};
pub use cognito::{CognitoAuthorizer, CognitoAuthorizerProps};
pub use cors::Cors;
pub(crate) use domain::check_certificate;
pub use domain::{BasePathMapping, DomainName, DomainNameProps};
pub use gateway_response::{GatewayResponse, GatewayResponseProps, ResponseType};
pub use integration::{Custom, Integration, IntegrationResponse, PassthroughBehavior, Proxy};
pub use key::{ApiKey, ApiKeyProps};
pub use lambda_authorizer::{
    IdentitySource, RequestAuthorizer, RequestAuthorizerProps, TokenAuthorizer, TokenAuthorizerProps,
};
pub use method::{Method, MethodProps, MethodResponse};
pub use method_settings::{LoggingLevel, MethodSettings};
pub use model::{Model, ModelProps, RequestValidator, RequestValidatorProps};
pub use resource::Resource;
pub use stage::Stage;
pub use stage_options::{CacheSize, StageOptions};
pub use throttle::Throttle;
pub use usage_plan::{Quota, UsagePlan, UsagePlanProps};
pub use verb::HttpMethod;
