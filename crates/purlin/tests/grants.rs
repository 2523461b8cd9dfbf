//! Every pair "a service of AWS writes to or calls a resource of the app": the permission is in the template, and what
//! needs it waits for it. `docs/constructs.md` lists the pairs.

use purlin::apigateway::{AccessLogFormat, Integration, Method, RestApi, StageOptions, TokenAuthorizer};
use purlin::apigatewayv2::{HttpApi, HttpIntegration, HttpRoute};
use purlin::cloudfront::{Distribution, Origin};
use purlin::cognito::{Mfa, SecondFactor, Trigger, UserPool};
use purlin::ec2::{FlowLog, Vpc};
use purlin::ecr::Repository;
use purlin::ecs::{
    Cluster, ContainerDefinition, ContainerDefinitionProps, ContainerImage, EnvironmentFile,
    ExecuteCommandConfiguration, FargateService, FargateTaskDefinition, LogDriver, Secret,
};
use purlin::elbv2::{ApplicationLoadBalancer, ApplicationTargetGroup, LogBucket, TargetType};
use purlin::kms::Key;
use purlin::lambda::{Code, DeadLetterTarget, Destination, Function, FunctionUrl, FunctionUrlAuthType, Runtime};
use purlin::logs::LogGroup;
use purlin::route53::HostedZone;
use purlin::s3::Bucket;
use purlin::testing::Template;
use purlin::{HasScope, Stack, secretsmanager};
use serde_json::{Value, json};

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

// Logical ids of policies and permissions, and what rows share.
const EXECUTION: &str = "TaskExecutionRoleDefaultPolicy72339918";
const LOGS: &str = "LogsPolicy90DB40C9";
const OF_FN: &str = "FnServiceRoleDefaultPolicyC6A839BF";
const INVOKE: &str = "FnInvoke2UTWxhlfyqbT5FTn5jvgbLgjFfJwzswGk55DU1HYE3499D64";
const TASK: &str = "TaskTaskRoleDefaultPolicyC02AED32";
const FN: &str = "${Fn9270CBC0.Arn}";
const CALL: &str = "lambda:InvokeFunction";

fn key() -> Key {
    Key::from_arn(KEY)
}

fn code() -> Code {
    Code::from_inline(Runtime::NODEJS22_X, "index.handler", "x")
}

fn function(stack: &Stack) -> Function {
    stack.add("Fn", Function::props(code()))
}

fn logs(stack: &Stack) -> Bucket {
    stack.add("Logs", Bucket::props())
}

fn container(image: ContainerImage) -> ContainerDefinitionProps {
    ContainerDefinition::props(image).port(80)
}

fn web() -> ContainerDefinitionProps {
    container(ContainerImage::from_registry("example/web:1"))
}

fn service(stack: &Stack, container: ContainerDefinitionProps, exec: Option<ExecuteCommandConfiguration>) {
    let task = stack.add("Task", FargateTaskDefinition::props());
    task.add_container("web", container);
    let cluster = Cluster::props(&stack.add("Vpc", Vpc::props()));
    let Some(exec) = exec else {
        stack.add("Service", FargateService::props(&stack.add("Cluster", cluster), &task));
        return;
    };
    let cluster = stack.add("Cluster", cluster.execute_command_configuration(exec));
    stack.add("Service", FargateService::props(&cluster, &task).enable_execute_command());
}

/// A value with references as in `Fn::Sub`, so that a row of the table can name them.
fn flat(value: &Value) -> Value {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match value {
        Value::Array(items) => items.iter().map(flat).collect(),
        Value::Object(map) => match map.iter().next() {
            Some((key, id)) if key == "Ref" => json!(format!("${{{}}}", text(id))),
            Some((key, path)) if key == "Fn::GetAtt" => {
                json!(format!("${{{}.{}}}", text(&path[0]), text(&path[1])))
            }
            Some((key, join)) if key == "Fn::Join" => {
                let parts = join[1].as_array().into_iter().flatten().map(|part| text(&flat(part)));
                json!(parts.collect::<Vec<_>>().join(join[0].as_str().unwrap_or_default()))
            }
            _ => map.iter().map(|(key, value)| (key.clone(), flat(value))).collect(),
        },
        other => other.clone(),
    }
}

/// A service and what it uses; the permissions; the resource that waits, and for what.
struct Pair {
    name: &'static str,
    build: fn(&Stack),
    /// Resource, principal (none in policies of roles), action and resource of a statement.
    permits: &'static [(&'static str, &'static str, &'static str, &'static str)],
    waits: Option<(&'static str, &'static str)>,
}

fn pairs() -> Vec<Pair> {
    vec![
        Pair {
            name: "flow log → bucket",
            build: |s| {
                let vpc = s.add("Vpc", Vpc::props());
                vpc.scope().add("ToS3", FlowLog::props(&vpc).to_s3(&logs(s)));
            },
            permits: &[
                (
                    LOGS,
                    "delivery.logs.amazonaws.com",
                    "s3:PutObject",
                    "${Logs6819BB44.Arn}/AWSLogs/${AWS::AccountId}/*",
                ),
                (LOGS, "delivery.logs.amazonaws.com", "s3:GetBucketAcl", "${Logs6819BB44.Arn}"),
                (LOGS, "delivery.logs.amazonaws.com", "s3:ListBucket", "${Logs6819BB44.Arn}"),
            ],
            waits: Some(("VpcToS3FlowLogD2AD9289", LOGS)),
        },
        Pair {
            name: "flow log → folder of a bucket, by its ARN",
            build: |s| {
                let vpc = s.add("Vpc", Vpc::props());
                let logs = logs(s);
                vpc.scope().add("ToS3", FlowLog::props(&vpc).to_s3(logs.arn_for_objects("pre/")));
            },
            permits: &[(
                LOGS,
                "delivery.logs.amazonaws.com",
                "s3:PutObject",
                "${Logs6819BB44.Arn}/pre/AWSLogs/${AWS::AccountId}/*",
            )],
            waits: Some(("VpcToS3FlowLogD2AD9289", LOGS)),
        },
        Pair {
            name: "flow log → log group",
            build: |s| {
                let vpc = s.add("Vpc", Vpc::props());
                vpc.scope().add("Flow", FlowLog::props(&vpc));
            },
            permits: &[(
                "VpcFlowIAMRoleDefaultPolicyF31067C0",
                "",
                "logs:PutLogEvents",
                "${VpcFlowLogGroupE9786E81.Arn}",
            )],
            waits: Some(("VpcFlowFlowLogC8A17D78", "VpcFlowIAMRoleDefaultPolicyF31067C0")),
        },
        Pair {
            name: "load balancer → log bucket",
            build: |s| {
                let vpc = s.add("Vpc", Vpc::props());
                let logs = logs(s);
                let balancer = ApplicationLoadBalancer::props(&vpc)
                    .access_logs(LogBucket::named(logs.name()))
                    .connection_logs(LogBucket::of(&logs).prefix("con"))
                    .health_check_logs(LogBucket::of(&logs).prefix("health"));
                s.add("LB", balancer);
            },
            permits: &[
                (
                    LOGS,
                    "logdelivery.elasticloadbalancing.amazonaws.com",
                    "s3:PutObject",
                    "${Logs6819BB44.Arn}/AWSLogs/${AWS::AccountId}/*",
                ),
                (
                    LOGS,
                    "logdelivery.elasticloadbalancing.amazonaws.com",
                    "s3:PutObject",
                    "${Logs6819BB44.Arn}/con/AWSLogs/${AWS::AccountId}/*",
                ),
                (
                    LOGS,
                    "delivery.logs.amazonaws.com",
                    "s3:PutObject",
                    "${Logs6819BB44.Arn}/health/AWSLogs/${AWS::AccountId}/*",
                ),
                (LOGS, "delivery.logs.amazonaws.com", "s3:GetBucketAcl", "${Logs6819BB44.Arn}"),
            ],
            waits: Some(("LB8A12904C", LOGS)),
        },
        Pair {
            name: "load balancer → function",
            build: |s| {
                let (vpc, f) = (s.add("Vpc", Vpc::props()), function(s));
                s.add("Tg", ApplicationTargetGroup::props(&vpc).function(&f));
            },
            permits: &[(INVOKE, "elasticloadbalancing.amazonaws.com", CALL, FN)],
            waits: Some(("TgBB611D2A", INVOKE)),
        },
        Pair {
            name: "load balancer → function, by its ARN",
            build: |s| {
                let (vpc, f) = (s.add("Vpc", Vpc::props()), function(s));
                s.add("Tg2", ApplicationTargetGroup::props(&vpc).target_type(TargetType::Lambda).target(f.arn()));
            },
            permits: &[(INVOKE, "elasticloadbalancing.amazonaws.com", CALL, FN)],
            waits: Some(("Tg2A7B408E4", INVOKE)),
        },
        Pair {
            name: "bucket → log bucket",
            build: |s| {
                let logs = logs(s);
                s.add("B", Bucket::props().access_logs(&logs, "b/"));
            },
            permits: &[(LOGS, "logging.s3.amazonaws.com", "s3:PutObject", "${Logs6819BB44.Arn}/b/*")],
            // The policy names the source bucket, so neither can wait for the policy.
            waits: None,
        },
        Pair {
            name: "CloudFront → bucket",
            build: |s| {
                let site = s.add("Site", Bucket::props());
                s.add("D", Distribution::props(Origin::bucket(&site)));
            },
            permits: &[("SitePolicyC4000D7D", "cloudfront.amazonaws.com", "s3:GetObject", "${SiteE53D7754.Arn}/*")],
            // The policy names the distribution, which so cannot wait for it.
            waits: None,
        },
        Pair {
            name: "REST API → function",
            build: |s| {
                let (f, api) = (function(s), s.add("Api", RestApi::props()));
                let authorizer = s.add("Au", TokenAuthorizer::props(&f));
                api.root().add_method(Method::get(Integration::lambda(&f)).authorizer(&authorizer));
            },
            permits: &[
                ("ApiGETApiPermissionStackApiDBBEC0DBGET401B178C", "apigateway.amazonaws.com", CALL, FN),
                ("FnStackAu643405E4PermissionsE2A66C71", "apigateway.amazonaws.com", CALL, FN),
            ],
            // Permissions name the API.
            waits: None,
        },
        Pair {
            name: "REST API → log group",
            build: |s| {
                let stage = StageOptions::new().access_log(&s.add("Lines", LogGroup::props()), AccessLogFormat::json());
                let api = s.add("Api", RestApi::props().stage(stage));
                api.root().add_method(Method::get(Integration::mock()));
            },
            permits: &[],
            waits: Some(("ApiDeploymentStageprod3EB9684E", "ApiAccountA18C9B29")),
        },
        Pair {
            name: "HTTP API → function",
            build: |s| {
                let api = s.add("Api", HttpApi::props());
                api.add_route(HttpRoute::default(HttpIntegration::lambda("Hello", &function(s))));
            },
            permits: &[("ApiDefaultRouteHelloPermission6F3622BE", "apigateway.amazonaws.com", CALL, FN)],
            // The permission names the API.
            waits: None,
        },
        Pair {
            name: "hosted zone → log group of queries",
            build: |s| {
                let lines = s.add("Lines", LogGroup::props());
                s.add("Z", HostedZone::props("example.com").query_logs(lines.arn()));
                s.add("Y", HostedZone::props("example.org").query_logs(lines.arn()));
            },
            permits: &[(
                "LinesPolicyResourcePolicy75BC3101",
                "route53.amazonaws.com",
                "logs:PutLogEvents",
                "${Lines0CB763DA.Arn}",
            )],
            waits: Some(("Z1BAC85DC", "LinesPolicyResourcePolicy75BC3101")),
        },
        Pair {
            name: "user pool → trigger",
            build: |s| {
                s.add("P", UserPool::props().trigger(Trigger::PreSignUp, &function(s)));
            },
            permits: &[("PPreSignUpCognitoBE9C64A8", "cognito-idp.amazonaws.com", CALL, FN)],
            // The permission names the pool.
            waits: None,
        },
        Pair {
            name: "user pool → custom sender",
            build: |s| {
                let pool =
                    UserPool::props().custom_sender_key(&key()).trigger(Trigger::CustomEmailSender, &function(s));
                s.add("P", pool);
            },
            permits: &[
                ("PCustomEmailSenderCognito8CFAB6F3", "cognito-idp.amazonaws.com", CALL, FN),
                (OF_FN, "", "kms:Decrypt", KEY),
            ],
            waits: Some(("Fn9270CBC0", OF_FN)),
        },
        Pair {
            name: "user pool → text messages",
            build: |s| {
                s.add("P", UserPool::props().mfa(Mfa::Required, [SecondFactor::Sms]));
            },
            permits: &[("PsmsRole38E9143A", "", "sns:Publish", "*")],
            // The policy is in the role, which the pool refers to.
            waits: None,
        },
        Pair {
            name: "ECS Exec → log group, bucket and key",
            build: |s| {
                let (group, bucket) =
                    (s.add("Lines", LogGroup::props()), s.add("B", Bucket::props().encryption_key(&key())));
                let exec = ExecuteCommandConfiguration::log_group(&group);
                let exec = exec
                    .encrypted_bucket(bucket.name())
                    .encryption_key(&Key::from_arn("arn:aws:kms:eu-west-1:111122223333:key/exec"));
                service(s, container(ContainerImage::from_registry("example/web:1")), Some(exec));
            },
            permits: &[
                (
                    TASK,
                    "",
                    "logs:PutLogEvents",
                    "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${Lines0CB763DA}:*",
                ),
                (TASK, "", "s3:PutObject", "arn:${AWS::Partition}:s3:::${B08E7C7AF}/*"),
                (TASK, "", "kms:GenerateDataKey", KEY),
                (TASK, "", "kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/exec"),
            ],
            waits: Some(("ServiceD69D759B", TASK)),
        },
        Pair {
            name: "ECS → image",
            build: |s| {
                let image = ContainerImage::from_ecr_repository(&s.add("Repo", Repository::props()), "1");
                service(s, container(image), None);
            },
            permits: &[
                (EXECUTION, "", "ecr:BatchGetImage", "${Repo02AC86CF.Arn}"),
                (EXECUTION, "", "ecr:GetAuthorizationToken", "*"),
            ],
            waits: Some(("ServiceD69D759B", EXECUTION)),
        },
        Pair {
            name: "ECS → log group",
            build: |s| {
                service(s, web().logging(LogDriver::aws_logs("web")), None);
            },
            permits: &[(EXECUTION, "", "logs:PutLogEvents", "${TaskwebLogGroupBC277B9F.Arn}")],
            waits: Some(("ServiceD69D759B", EXECUTION)),
        },
        Pair {
            name: "ECS → secret",
            build: |s| {
                let secret = s.add(
                    "Sec",
                    secretsmanager::Secret::props(secretsmanager::GeneratedString::plain()).encryption_key(&key()),
                );
                service(s, web().secret("PASSWORD", Secret::from_secrets_manager(&secret)), None);
            },
            permits: &[
                (EXECUTION, "", "secretsmanager:GetSecretValue", "${Sec2765B176}"),
                (EXECUTION, "", "kms:Decrypt", KEY),
            ],
            waits: Some(("ServiceD69D759B", EXECUTION)),
        },
        Pair {
            name: "ECS → environment file",
            build: |s| {
                let bucket = s.add("B", Bucket::props().encryption_key(&key()));
                service(s, web().environment_file(EnvironmentFile::from_bucket(bucket.arn(), "web.env")), None);
            },
            permits: &[
                (EXECUTION, "", "s3:GetObject", "${B08E7C7AF.Arn}/web.env"),
                (EXECUTION, "", "kms:Decrypt", KEY),
            ],
            waits: Some(("ServiceD69D759B", EXECUTION)),
        },
        Pair {
            name: "Lambda → image",
            build: |s| {
                s.add("Fn", Function::props(Code::from_ecr_image(&s.add("Repo", Repository::props()), "1")));
            },
            permits: &[("Repo02AC86CF", "lambda.amazonaws.com", "ecr:BatchGetImage", "")],
            // The policy is in the repository, which the function refers to.
            waits: None,
        },
        Pair {
            name: "Lambda → dead letters and destinations",
            build: |s| {
                let props = Function::props(code())
                    .dead_letter(DeadLetterTarget::queue("arn:aws:sqs:eu-west-1:111122223333:dead"))
                    .on_failure(Destination::topic("arn:aws:sns:eu-west-1:111122223333:failed"));
                s.add("Fn", props);
            },
            permits: &[
                (OF_FN, "", "sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:dead"),
                (OF_FN, "", "sns:Publish", "arn:aws:sns:eu-west-1:111122223333:failed"),
            ],
            waits: Some(("Fn9270CBC0", OF_FN)),
        },
        Pair {
            name: "Lambda → key of its environment",
            build: |s| {
                s.add("Fn", Function::props(code()).environment_encryption(&key()));
            },
            permits: &[(OF_FN, "", "kms:Decrypt", KEY)],
            waits: Some(("Fn9270CBC0", OF_FN)),
        },
        Pair {
            name: "function URL → everyone",
            build: |s| {
                function(s).add_function_url(FunctionUrl::props(FunctionUrlAuthType::None));
            },
            permits: &[
                ("Fninvokefunctionurl993E5E7C", "*", "lambda:InvokeFunctionUrl", FN),
                ("Fninvokefunction5F592A77", "*", CALL, FN),
            ],
            // Calls begin after the deployment.
            waits: None,
        },
        Pair {
            name: "put into a bucket with a key",
            build: |s| {
                s.add("B", Bucket::props().encryption_key(&key())).grant_put(&function(s), "*");
            },
            permits: &[
                (OF_FN, "", "s3:PutObject", "${B08E7C7AF.Arn}/*"),
                (OF_FN, "", "kms:Decrypt", KEY),
                (OF_FN, "", "kms:GenerateDataKey*", KEY),
            ],
            waits: Some(("Fn9270CBC0", OF_FN)),
        },
    ]
}

/// The statements of a resource: of its document, of its inline policies, or the permission that it is.
fn statements(resource: &Value) -> Vec<Value> {
    let properties = flat(&resource["Properties"]);
    let inline = properties["Policies"].as_array().into_iter().flatten().map(|policy| &policy["PolicyDocument"]);
    let documents = [&properties["PolicyDocument"], &properties["RepositoryPolicyText"]].into_iter().chain(inline);
    let text = properties["PolicyDocument"].as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let listed: Vec<Value> =
        documents.chain(&text).filter_map(|document| document["Statement"].as_array()).flatten().cloned().collect();
    if resource["Type"] == "AWS::Lambda::Permission" { vec![properties] } else { listed }
}

/// Whether a statement's value, which is a text, a list or a map of kinds to them, has the text.
fn has(value: &Value, text: &str) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| has(item, text)),
        Value::Object(map) => map.values().any(|item| has(item, text)),
        Value::Null => text.is_empty(),
        other => other == text,
    }
}

#[test]
fn every_service_may_use_what_it_is_given_and_waits_for_the_permission() {
    for Pair { name, build, permits, waits } in pairs() {
        let template = Template::of(build);
        for (id, principal, action, on) in permits {
            let statements = statements(template.resource(id));
            let found = statements.iter().any(|statement| {
                let target = [&statement["Resource"], &statement["FunctionName"]];
                has(&statement["Action"], action)
                    && has(&statement["Principal"], principal)
                    && target.iter().any(|target| has(target, on))
            });
            assert!(found, "{name}: {principal} {action} {on} in {id}: {statements:#?}");
        }
        if let Some((waiting, on)) = waits {
            let depends_on = &template.resource(waiting)["DependsOn"];
            assert!(has(depends_on, on), "{name}: {waiting} waits for {depends_on}");
        }
    }
}

#[test]
fn the_manual_lists_the_pairs() {
    let manual = include_str!("../../../docs/constructs.md");
    for Pair { name, .. } in pairs() {
        let name = name.trim_end_matches(", by its ARN").replace(" folder of a bucket", " bucket");
        assert!(manual.contains(&format!("| {name} |")), "docs/constructs.md lacks `{name}`");
    }
}
