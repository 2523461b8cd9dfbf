//! Limits and callers of a REST API: keys, plans, IAM, CORS.

use std::time::Duration;

use purlin::apigateway::{
    ApiKey, Cors, GatewayResponse, HttpMethod, Integration, Method, Quota, ResponseType, RestApi, Throttle, UsagePlan,
    UsagePlanProps,
};
use purlin::iam::{Principal, Role};
use purlin::lambda::Function;
use purlin::secretsmanager::Secret;
use purlin::testing::{Template, problems};
use purlin::{CfnParameter, Stack};

use super::check;

#[test]
fn keys_and_plans() {
    check("apigateway_usage", |stack| {
        let function = Function::from_name(stack, "Function", "hello");
        let api = stack.add("Api", RestApi::props());
        let open = Method::get(Integration::lambda(&function)).api_key_required();
        let open = api.root().add_resource("no-auth").add_method(open);
        let signed = Method::get(Integration::lambda(&function)).iam_authorization().api_key_required();
        let signed = api.root().add_resource("require-auth").add_method(signed);
        let role = stack.add("Role", Role::props(Principal::account("111122223333")));
        signed.grant_execute(&role);
        let key = api.add_api_key("Key", ApiKey::props());
        key.grant_read(&role);
        let value = Secret::from_name(stack, "customers/key").value();
        let customer = ApiKey::props().name("customer").description("d").customer_id("c").value(&value).disabled();
        let customer = stack.add("Customer", customer.generate_distinct_id());
        let plan = UsagePlan::props()
            .name("everyone")
            .description("Everyone")
            .throttle(Throttle::per_second(10).burst(20))
            .quota(Quota::per_day(1000).offset(10))
            .method_throttle(&open, Throttle::per_second(0.5))
            .api_key(&key);
        let plan = api.add_usage_plan("Plan", plan);
        plan.add_api_key(&customer);
        plan.add_api_key(&ApiKey::from_id(stack, "Imported", "a1b2c3"));
    });
}

#[test]
fn pages_of_other_origins() {
    check("apigateway_cors", |stack| {
        let page = stack.add("Page", CfnParameter::string());
        let cors = Cors::origins([page.value(), purlin::sub!("https://app.example.com")])
            .methods([HttpMethod::Get])
            .headers(["Authorization"])
            .expose_headers(["ETag"])
            .max_age(Duration::from_mins(10))
            .allow_credentials();
        let api = stack.add("Api", RestApi::props().default_cors_preflight(cors));
        api.root().add_resource("a").add_method(Method::get(Integration::mock()));
        let response = GatewayResponse::props(ResponseType::Unauthorized)
            .status(403)
            .header("Cache-Control", "'no-store'")
            .template("application/json", "{\"message\": $context.error.messageString}");
        api.add_gateway_response("Unauthorized", response);
    });
}

#[test]
fn all_gateway_responses_have_the_origin() {
    const ORIGIN: &str = "gatewayresponse.header.Access-Control-Allow-Origin";
    let origin = |cors: Cors| {
        let template = Template::of(|stack| {
            let api = stack.add("Api", RestApi::props());
            let resource = api.root().add_resource("a");
            resource.add_method(Method::get(Integration::mock()));
            resource.add_cors_preflight(&cors);
            api.add_gateway_response("Own", GatewayResponse::props(ResponseType::Default5xx).status(500));
        });
        let own = &template.resource("ApiOwn428B8F88")["Properties"];
        assert!(own["ResponseParameters"][ORIGIN].is_string(), "{own}");
        let patches: Vec<&str> = template.patches().iter().map(|patch| patch.name).collect();
        assert_eq!(patches, ["cors-on-gateway-errors"; 2]);
        let response = template.resource("ApiCorsDefault4xxE1B08E80")["Properties"]["ResponseParameters"].clone();
        response[ORIGIN].as_str().unwrap().to_owned()
    };
    assert_eq!(origin(Cors::any_origin()), "'*'");
    assert_eq!(origin(Cors::origins(["https://a.example"])), "'https://a.example'");
    assert_eq!(origin(Cors::origins(["https://a.example", "https://b.example"])), "'*'");
    let named = Cors::origins(["https://a.example", "https://b.example"]).allow_credentials();
    assert_eq!(origin(named), "method.request.header.Origin");
}

#[test]
fn plans_and_cors_rules_that_cannot_work_are_problems() {
    let plan = |plan: fn(UsagePlanProps, &Method<purlin::apigateway::NoAuthorization>) -> UsagePlanProps| {
        let found = problems(|stack: &Stack| {
            let api = stack.add("Api", RestApi::props());
            let method = api.root().add_method(Method::get(Integration::mock()));
            api.add_usage_plan("Plan", plan(UsagePlan::props(), &method));
        });
        found.into_iter().map(|problem| problem.message + "; ").collect::<String>()
    };
    let cors = |cors: Cors| {
        let found = problems(|stack: &Stack| {
            let api = stack.add("Api", RestApi::props());
            api.root().add_cors_preflight(&cors);
        });
        found.into_iter().map(|problem| problem.message + "; ").collect::<String>()
    };
    let twice = problems(|stack: &Stack| {
        let api = stack.add("Api", RestApi::props());
        api.root().add_method(Method::get(Integration::mock()));
        for id in ["A", "B"] {
            api.add_gateway_response(id, GatewayResponse::props(ResponseType::Throttled).status(5));
        }
    });
    let twice = twice.into_iter().map(|problem| problem.message + "; ").collect::<String>();
    let cases = [
        (plan(|plan, _| plan.throttle(Throttle::per_second(0))), "`0` calls a second allows no call"),
        (plan(|plan, _| plan.throttle(Throttle::per_second(1).burst(0))), "burst of `0` calls"),
        (plan(|plan, _| plan.quota(Quota::per_week(0))), "a quota of `0` calls"),
        (plan(|plan, _| plan.quota(Quota::per_month(5).offset(5))), "`5` calls less `5` in the first period"),
        (
            plan(|plan, method| {
                plan.method_throttle(method, Throttle::per_second(1)).method_throttle(method, Throttle::per_second(2))
            }),
            "the method `//GET` is throttled twice",
        ),
        (cors(Cors::any_origin().allow_credentials()), "with the user's credentials, which browsers refuse"),
        (cors(Cors::origins(["https://a.example/"])), "an origin is `https://a.example/`, but AWS takes"),
        (cors(Cors::origins(["a.example"])), "an origin is `a.example`, but AWS takes"),
        (cors(Cors::origins(["*", "https://a.example"])), "the origins are `*` and others"),
        (cors(Cors::origins::<&str>([])), "the CORS rules have no origin"),
        (twice.clone(), "two responses of the type `THROTTLED`"),
        (twice, "the status of a response is `5`, but AWS takes"),
    ];
    for (found, expect) in cases {
        assert!(found.contains(expect), "`{expect}` in {found}");
    }
}
