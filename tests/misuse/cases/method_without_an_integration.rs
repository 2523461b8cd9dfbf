//! A method needs an integration.
use purlin::apigateway::{Method, RestApi};

fn silent(api: &RestApi) {
    api.root().add_method(Method::get());
}

fn main() {}
