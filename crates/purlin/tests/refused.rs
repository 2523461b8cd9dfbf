//! Settings of several resources that do not go together: keys of tables, issuers of pools, buckets for logs.

use purlin::apigateway::{CognitoAuthorizer, Integration, Method, RestApi};
use purlin::apigatewayv2::{HttpApi, HttpIntegration, HttpRoute, JwtAuthorizer};
use purlin::certificatemanager::Certificate;
use purlin::cfn::apigatewayv2::{AuthorizerJWTConfiguration, CfnAuthorizer};
use purlin::cognito::{DomainProps, OAuthScope, UserPool, UserPoolClient};
use purlin::ec2::{FlowLog, Peer, Port, SecurityGroup, SubnetConfiguration, Vpc};
use purlin::elbv2::{Action, ApplicationLoadBalancer, Authenticate, FixedResponse, ListenerCondition, LogBucket};
use purlin::kms::Key;
use purlin::lambda::{Code, DeadLetterTarget, Destination, Function, FunctionProps, Runtime};
use purlin::logs::{LogGroup, LogGroupClass, Retention};
use purlin::s3::Bucket;
use purlin::testing::{Template, problems};
use purlin::{App, CfnResource, Environment, HasScope, Problem, Severity, Stack, sub};
use serde_json::{Value, json};

fn line(problem: &Problem) -> String {
    format!("{}: {}", problem.property.as_deref().unwrap_or(&problem.path), problem.message)
}

/// A table with these attribute definitions, keys and other properties.
fn table(defined: &[&str], keys: &[&str], more: Value) -> Vec<String> {
    let kinds = ["HASH", "RANGE"];
    let key = |(at, name): (usize, &&str)| json!({"AttributeName": name, "KeyType": kinds[at]});
    let keys: Value = keys.iter().enumerate().map(key).collect();
    let defined: Value = defined.iter().map(|name| json!({"AttributeName": name, "AttributeType": "S"})).collect();
    let found = problems(|stack| {
        let table = CfnResource::new("AWS::DynamoDB::Table").property("BillingMode", "PAY_PER_REQUEST");
        let table = stack.add("T", table.property("KeySchema", keys).property("AttributeDefinitions", defined));
        for (name, value) in more.as_object().expect("properties are a mapping") {
            table.override_property(name, value.clone());
        }
    });
    found.iter().map(line).collect()
}

/// Defined attributes, keys, other properties, and the problems.
type Case = (&'static [&'static str], &'static [&'static str], Value, Vec<String>);

#[test]
fn the_keys_of_a_table_are_its_attribute_definitions() {
    let index = |hash: &str, range: &str| {
        let keys = json!([{"AttributeName": hash, "KeyType": "HASH"}, {"AttributeName": range, "KeyType": "RANGE"}]);
        json!([{"IndexName": "index", "KeySchema": keys, "Projection": {"ProjectionType": "ALL"}}])
    };
    let undefined = |path: &str, name: &str, defined: &str| {
        format!("{path}: a key of the table is the attribute `{name}`, but its attribute definitions are: {defined}")
    };
    let unused = |at: usize, name: &str| {
        format!(
            "AttributeDefinitions.{at}: the attribute `{name}` is defined, but no key of the table or of an index uses \
             it, and AWS takes definitions of keys only"
        )
    };
    let (global, local) =
        (|it: Value| json!({"GlobalSecondaryIndexes": it}), |it: Value| json!({"LocalSecondaryIndexes": it}));
    let none = Vec::new;
    let cases: Vec<Case> = vec![
        (&["id"], &["id"], json!({}), none()),
        (&["id", "at"], &["id", "at"], json!({}), none()),
        (&["id", "by"], &["id"], global(index("by", "id")), none()),
        (&["id", "at", "by"], &["id", "at"], local(index("id", "by")), none()),
        (&[], &["id"], json!({}), vec![undefined("KeySchema.0.AttributeName", "id", "none")]),
        (
            &["Id"],
            &["id"],
            json!({}),
            vec![undefined("KeySchema.0.AttributeName", "id", "`Id`"), unused(0, "Id")],
        ),
        (&["id", "name"], &["id"], json!({}), vec![unused(1, "name")]),
        (
            &["id"],
            &["id"],
            global(index("by", "id")),
            vec![undefined("GlobalSecondaryIndexes.0.KeySchema.0.AttributeName", "by", "`id`")],
        ),
        (
            &["id", "at"],
            &["id", "at"],
            local(index("id", "by")),
            vec![undefined("LocalSecondaryIndexes.0.KeySchema.1.AttributeName", "by", "`at`, `id`")],
        ),
        (
            &["id", "at", "by"],
            &["id", "at"],
            local(index("by", "id")),
            vec![
                "LocalSecondaryIndexes.0.KeySchema: the partition key of a local index is `by`, but AWS takes that of the \
                 table, which is `id`"
                    .to_owned(),
            ],
        ),
        (
            &["id"],
            &["id"],
            json!({"KeySchema": [{"AttributeNam": "id", "KeyType": "HASH"}]}),
            vec![
                "KeySchema.0: a key of the table has `AttributeNam`, `KeyType`, but AWS takes `AttributeName` and `KeyType`"
                    .to_owned(),
            ],
        ),
        (
            &["id"],
            &["id"],
            json!({"KeySchema.0.KeyType": "hash"}),
            vec!["KeySchema.0.KeyType: `KeyType` is `hash`; it takes `HASH`".to_owned()],
        ),
        // Only the deployment knows: nothing to say.
        (&["id"], &["id"], json!({"AttributeDefinitions": {"Fn::If": ["C", [], []]}}), none()),
        (&["id", "by"], &["id"], json!({"GlobalSecondaryIndexes": {"Fn::If": ["C", [], []]}}), none()),
        (&["id", "by"], &["id"], json!({"AttributeDefinitions.1.AttributeName": {"Ref": "AWS::StackName"}}), none()),
    ];
    for (defined, keys, more, expect) in cases {
        let found: Vec<String> = table(defined, keys, more).into_iter().filter(|it| !it.contains("`C`")).collect();
        assert_eq!(found, expect, "{defined:?} {keys:?}");
    }
}

#[test]
fn a_table_that_a_macro_or_the_author_vouches_for_is_left_alone() {
    let unused = |change: fn(&Stack, &purlin::Ref<CfnResource>)| {
        let found = problems(|stack| {
            let keys = json!([{"AttributeName": "id", "KeyType": "HASH"}]);
            let defined =
                json!([{"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "x", "AttributeType": "S"}]);
            let table = CfnResource::new("AWS::DynamoDB::Table").property("BillingMode", "PAY_PER_REQUEST");
            let table = table.property("KeySchema", keys).property("AttributeDefinitions", defined);
            change(stack, &stack.add("T", table));
        });
        found.len()
    };
    assert_eq!(unused(|_, _| ()), 1);
    assert_eq!(unused(|stack, _| stack.add_transform("My::Macro")), 0);
    assert_eq!(unused(|_, table| drop(table.unchecked("AttributeDefinitions").clone())), 0);
    assert_eq!(unused(|_, table| drop(table.unchecked_entirely().clone())), 0);
}

/// Users with a pool that has the updated issuer, and something that reads their tokens.
fn updated(build: impl FnOnce(&Stack, &UserPool)) -> Vec<String> {
    let app = App::new();
    let stack = app.add("Stack", Stack::props());
    let pool = app.add("Auth", Stack::props()).add("Users", UserPool::props());
    pool.cfn().expect("the pool is made").override_property("IssuerConfiguration.Type", "UPDATED");
    build(&stack, &pool);
    match app.synth() {
        Ok(synthesis) => {
            let warnings = synthesis.notices.iter().filter(|it| it.severity == Severity::Warning);
            warnings.map(line).filter(|it| it.contains("issuer")).collect()
        }
        Err(problems) => problems.iter().map(line).collect(),
    }
}

#[test]
fn tokens_of_the_updated_issuer_are_read_only_where_aws_does() {
    let refused = |path: &str, what: &str| {
        format!(
            "{path}: tokens of the user pool `Auth/Users` have the updated issuer, which {what} do not accept: AWS takes \
             pools with the original issuer here"
        )
    };
    let login = updated(|stack, pool| {
        let vpc = stack.add("Vpc", Vpc::props());
        let domain = pool.add_domain("Domain", DomainProps::prefix("acme"));
        let client = UserPoolClient::props().generate_secret().authorization_code_grant([OAuthScope::OPENID]);
        let client = pool.add_client("Client", client);
        let balancer = stack.add("LB", ApplicationLoadBalancer::props(&vpc).internet_facing());
        let certificate = Certificate::from_arn("arn:aws:acm:eu-west-1:111122223333:certificate/a");
        let answer = || Action::fixed_response(FixedResponse::status(404));
        let listener = balancer.add_https_listener("L", &certificate, answer());
        let host = [ListenerCondition::host_headers(["app.example.com"])];
        listener.add_rule("App", 1, host, Authenticate::cognito(pool, &client, &domain).then(answer()));
    });
    assert_eq!(login, [refused("Stack/LB/L/AppRule", "load balancers")]);
    let rest = updated(|stack, pool| {
        let authorizer = stack.add("Au", CognitoAuthorizer::props(pool));
        let api = stack.add("Api", RestApi::props());
        api.root().add_method(Method::get(Integration::mock()).authorizer(&authorizer).id_tokens());
    });
    assert_eq!(rest, [refused("Stack/Au", "Cognito authorizers of REST APIs")]);
    let http = |issuer: fn(&Stack, &UserPool) -> purlin::apigatewayv2::JwtAuthorizerProps| {
        updated(|stack, pool| {
            let code = Code::from_inline(Runtime::NODEJS22_X, "index.handler", "x");
            let function = stack.add("Fn", Function::props(code));
            let api = stack.add("Api", HttpApi::props());
            let authorizer = api.add_authorizer("Au", issuer(stack, pool));
            let route = HttpRoute::default(HttpIntegration::lambda("Hello", &function));
            api.add_route(route.authorizer(&authorizer));
        })
    };
    let by_pool = http(|_, pool| JwtAuthorizer::props(pool, &pool.add_client("Web", UserPoolClient::props())));
    assert_eq!(by_pool, [""; 0], "it names the updated issuer itself");
    let raw = updated(|stack, pool| {
        let jwt = AuthorizerJWTConfiguration::new().issuer(pool.provider_url());
        let api = stack.add("Api", HttpApi::props());
        stack.add("Au", CfnAuthorizer::new(api.id(), "JWT", "a").identity_source(["$x"]).jwt_configuration(jwt));
    });
    assert!(raw.len() == 1 && raw[0].contains("but not for its updated issuer"), "{raw:?}");
    let template = Template::of(|stack| {
        let pool = stack.add("Users", UserPool::props());
        pool.cfn().expect("the pool is made").override_property("IssuerConfiguration.Type", "UPDATED");
        let client = pool.add_client("Web", UserPoolClient::props());
        let code = Code::from_inline(Runtime::NODEJS22_X, "index.handler", "x");
        let function = stack.add("Fn", Function::props(code));
        let api = stack.add("Api", HttpApi::props());
        let authorizer = api.add_authorizer("Au", JwtAuthorizer::props(&pool, &client));
        api.add_route(HttpRoute::default(HttpIntegration::lambda("Hello", &function)).authorizer(&authorizer));
    });
    let issuer = &template.only("AWS::ApiGatewayV2::Authorizer")["Properties"]["JwtConfiguration"]["Issuer"];
    let (pool, _) = template.resources_of("AWS::Cognito::UserPool")[0];
    let (region, suffix) = (json!({"Ref": "AWS::Region"}), json!({"Ref": "AWS::URLSuffix"}));
    let parts = json!(["https://issuer-cognito-idp.", region, ".", suffix, "/", {"Ref": pool}]);
    assert_eq!(*issuer, json!({"Fn::Join": ["", parts]}));
    let by_issuer = http(|stack, pool| {
        let issuer = sub!("https://issuer-cognito-idp.{}.amazonaws.com/{}", stack.region(), pool.id());
        JwtAuthorizer::of_issuer(issuer, "client")
    });
    assert_eq!(by_issuer, [""; 0]);
    assert_eq!(
        updated(|stack, pool| drop(stack.add(
            "P",
            CfnResource::new("AWS::SSM::Parameter").property("Type", "String").property("Value", pool.id())
        ))),
        [""; 0]
    );
}

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

#[test]
fn buckets_for_logs_have_the_permissions_that_their_region_takes() {
    for (region, expect) in [
        ("us-west-2", ":iam::797873946194:root"),
        ("eu-west-3", ":iam::009996457667:root"),
        ("ap-southeast-4", "logdelivery.elasticloadbalancing.amazonaws.com"),
    ] {
        let app = App::new();
        let stack = app.add("Stack", Stack::props().env(Environment::of("111122223333", region)));
        let vpc = stack.add("Vpc", Vpc::props());
        let logs = stack.add("Logs", Bucket::props());
        stack.add("LB", ApplicationLoadBalancer::props(&vpc).access_logs(LogBucket::of(&logs)));
        let synthesis = app.synth().unwrap_or_else(|problems| panic!("{problems:#?}"));
        let policy = &synthesis.stacks[0].template["Resources"]["LogsPolicy90DB40C9"];
        let delivery = &policy["Properties"]["PolicyDocument"]["Statement"][1]["Principal"];
        assert!(delivery.to_string().contains(expect), "{region}: {delivery}");
    }
}

#[test]
fn buckets_of_others_and_with_keys_are_left_or_refused() {
    let imported = Template::of(|stack| {
        let logs = Bucket::from_name(stack, "Logs", "logs");
        let vpc = stack.add("Vpc", Vpc::props());
        stack.add("LB", ApplicationLoadBalancer::props(&vpc).access_logs(LogBucket::of(&logs)));
        vpc.scope().add("Flow", FlowLog::props(&vpc).to_s3(&logs));
        vpc.scope().add("Folder", FlowLog::props(&vpc).to_s3("arn:aws:s3:::logs/vpc"));
        stack.add("B", Bucket::props().access_logs(&logs, "b/"));
    });
    assert_eq!(imported.resources_of("AWS::S3::BucketPolicy").len(), 1, "of the bucket `B`");
    let with_key = problems(|stack| {
        let logs = stack.add("Logs", Bucket::props().encryption_key(&Key::from_arn(KEY)));
        stack.add(
            "LB",
            ApplicationLoadBalancer::props(&stack.add("Vpc", Vpc::props())).access_logs(LogBucket::of(&logs)),
        );
    });
    let expect = "Stack/LB: logs of the load balancer go to `Stack/Logs`, which is encrypted with a key of AWS KMS, but AWS \
                  takes buckets that are encrypted by S3's keys";
    assert_eq!(with_key.iter().map(line).collect::<Vec<_>>(), [expect]);
    let written = Template::of(|stack| {
        let logs = stack.add("Logs", Bucket::props().encryption_key(&Key::from_arn(KEY)));
        stack.add("B", Bucket::props().access_logs(&logs, "b/"));
        let vpc = stack.add("Vpc", Vpc::props());
        vpc.scope().add("Flow", FlowLog::props(&vpc).to_s3(&logs));
    });
    for expect in ["S3 writes no logs there", "the key's policy has to permit the delivery"] {
        assert!(written.notices().iter().any(|it| it.message.contains(expect)), "{expect}");
    }
}

#[test]
fn a_log_bucket_of_another_stack_makes_no_circle() {
    let app = App::new();
    let shared = app.add("Shared", Stack::props());
    let logs = shared.add("Logs", Bucket::props());
    let web = app.add("Web", Stack::props());
    let vpc = web.add("Vpc", Vpc::props());
    web.add("B", Bucket::props().access_logs(&logs, "b/"));
    vpc.scope().add("Flow", FlowLog::props(&vpc).to_s3(&logs));
    web.add("LB", ApplicationLoadBalancer::props(&vpc).access_logs(LogBucket::of(&logs)));
    let synthesis = app.synth().unwrap_or_else(|problems| panic!("{problems:#?}"));
    let policy = synthesis.stacks[0].template["Resources"]["LogsPolicy90DB40C9"].to_string();
    for service in ["logging.s3.", "delivery.logs.", "logdelivery.elasticloadbalancing."] {
        assert!(policy.contains(service), "{service} {policy}");
    }
}

/// Adds a resource with subnets of a VPC and this group of another one.
type Placed = fn(&Stack, &Vpc, &SecurityGroup);

#[test]
fn a_resource_is_in_one_vpc_and_a_balancer_once_in_each_zone() {
    let vpcs = |stack: &Stack| (stack.add("One", Vpc::props()), stack.add("Two", Vpc::props()));
    let two = |path: &str, first: &str, second: &str| {
        format!(
            "{path}: it is in two VPCs: `Stack/{first}` is in `Stack/One`, and `Stack/{second}` is in `Stack/Two`, but AWS \
             takes subnets and security groups of one"
        )
    };
    let cases: Vec<(Placed, String)> = vec![
        (
            |stack, one, group| drop(stack.add("LB", ApplicationLoadBalancer::props(one).security_group(group))),
            two("Stack/LB", "One/PrivateSubnet1", "Group"),
        ),
        (
            |stack, one, group| {
                let code = Code::from_inline(Runtime::NODEJS22_X, "index.handler", "x");
                stack.add("Fn", Function::props(code).vpc(one).security_group(group));
            },
            two("Stack/Fn", "Group", "One/PrivateSubnet1")
                .replace("`Stack/One`", "`?`")
                .replace("`Stack/Two`", "`Stack/One`")
                .replace("`?`", "`Stack/Two`"),
        ),
        (
            |stack, one, group| {
                let subnets: Vec<_> = one.private_subnets().iter().map(|subnet| subnet.id().into_expr()).collect();
                let mount = CfnResource::new("AWS::EFS::MountTarget").property("FileSystemId", "fs-0f1e2d3c");
                let mount = mount.property("SubnetId", subnets[0].clone());
                let mount = stack.add("Mount", mount.property("SecurityGroups", json!([])));
                mount.override_property("SecurityGroups.0", group.id());
            },
            two("Stack/Mount", "One/PrivateSubnet1", "Group"),
        ),
    ];
    for (build, expect) in cases {
        let found = problems(|stack| {
            let (one, two) = vpcs(stack);
            build(stack, &one, &stack.add("Group", SecurityGroup::props(&two)));
        });
        assert_eq!(found.iter().map(line).collect::<Vec<_>>(), [expect]);
    }
    let zones = problems(|stack| {
        let groups = [SubnetConfiguration::public("Web"), SubnetConfiguration::public("More")];
        let vpc = stack.add("Vpc", Vpc::props().subnet_configuration(groups));
        stack.add("LB", ApplicationLoadBalancer::props(&vpc).internet_facing());
    });
    let expect = "Stack/LB: the load balancer is in the subnets `Stack/Vpc/WebSubnet1` and `Stack/Vpc/MoreSubnet1` of one \
                  availability zone, but AWS takes one for each zone";
    assert_eq!(zones.iter().map(line).collect::<Vec<_>>(), [expect]);
    // Peered VPCs may name each other's groups.
    let peered = problems(|stack| {
        let (one, two) = vpcs(stack);
        let (here, there) = (SecurityGroup::props(&one), SecurityGroup::props(&two));
        stack.add("Here", here).add_ingress_rule(
            Peer::security_group(&stack.add("There", there)),
            Port::HTTPS,
            "from the other VPC",
        );
    });
    assert_eq!(peered, []);
}

type Build = fn(&Stack, FunctionProps);

#[test]
fn settings_that_would_be_lost_or_refused_are_problems() {
    let code = || Code::from_inline(Runtime::NODEJS22_X, "index.handler", "x");
    let cases: [(Build, &str); 5] = [
        (
            |stack, function| {
                drop(stack.add(
                    "Fn",
                    function.log_group(&stack.add("L", LogGroup::props())).log_retention(Retention::OneDay),
                ));
            },
            "the function has a log group, and a retention or removal policy for a new one",
        ),
        (
            |stack, function| {
                let target = DeadLetterTarget::queue("arn:aws:sqs:eu-west-1:111122223333:dead.fifo");
                stack.add("Fn", function.dead_letter(target));
            },
            "the dead-letter target of the function is a FIFO queue or topic, but AWS takes standard ones",
        ),
        (
            |stack, function| {
                let queue = CfnResource::new("AWS::SQS::Queue").property("FifoQueue", true);
                let queue = stack.add("Q", queue);
                stack.add("Fn", function.on_failure(Destination::queue(queue.get_att("Arn"))));
            },
            "the destination of failures of the function is a FIFO queue or topic, but AWS takes standard ones",
        ),
        (
            |stack, function| {
                let topic = Destination::topic("arn:aws:sns:eu-west-1:111122223333:done.fifo");
                stack.add("Fn", function.on_success(topic));
            },
            "the destination of successes of the function is a FIFO queue or topic, but AWS takes standard ones",
        ),
        (
            |stack, _| {
                let group = LogGroup::props().class(LogGroupClass::Delivery).retention(Retention::OneDay);
                stack.add("L", group);
            },
            "the log group has the class `Delivery` and a retention, but AWS sets the retention of this class",
        ),
    ];
    for (build, expect) in cases {
        let found = problems(|stack| build(stack, Function::props(code())));
        assert_eq!(found.iter().map(|it| it.message.as_str()).collect::<Vec<_>>(), [expect]);
    }
    let delivery = Template::of(|stack| drop(stack.add("L", LogGroup::props().class(LogGroupClass::Delivery))));
    assert_eq!(delivery.only("AWS::Logs::LogGroup")["Properties"], json!({"LogGroupClass": "DELIVERY"}));
}
