//! A method needs something that answers it.
use purlin::apigateway::{Method, RestApi};

fn silent(api: &RestApi) {
    api.root().add_method(Method::get());
}

fn main() {}
