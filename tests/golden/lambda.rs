//! Functions: the CDK's ids, roles, permissions, and mistakes.

use core::time::Duration;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use purlin::ec2::{Connectable, Port, SubnetSelection, SubnetType, Vpc};
use purlin::ecr::Repository;
use purlin::iam::{Grantee, PolicyStatement, Principal, Role};
use purlin::kms::Key;
use purlin::lambda::{
    Architecture, Code, DeadLetterTarget, Destination, Function, FunctionProps, FunctionUrl, FunctionUrlAuthType,
    FunctionUrlCors, InvokeMode, LogFormat, LogLevel, Permission, Runtime, Tracing,
};
use purlin::logs::{LogGroup, Retention};
use purlin::testing::{Template, problems};
use purlin::{HasScope, RemovalPolicy, SecretValue, Stack, Word};
use serde_json::json;

use super::check;

const HELLO: &str = "def handler(event, context):\n    return 'hello'\n";

fn hello() -> Code {
    Code::from_inline(Runtime::PYTHON3_13, "index.handler", HELLO)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn functions() {
    check("lambda", |stack| {
        let plain = stack.add("Plain", Function::props(hello()));
        let vpc = stack.add("Vpc", Vpc::props().max_azs(1));
        let key = Key::from_arn("arn:aws:kms:eu-west-1:111122223333:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
        let logs = stack.add("Logs", LogGroup::props().retention(Retention::OneWeek));
        let code =
            Code::from_bucket(Runtime::NODEJS24_X, "app.handler", "code-of-ours", "api/1.zip").object_version("v1");
        let full = Function::props(code)
            .name("orders-api")
            .description("Takes orders")
            .environment("STAGE", "production")
            .environment_encryption(&key)
            .memory_size(512)
            .ephemeral_storage_size(1024)
            .timeout(seconds(10))
            .architecture(Architecture::Arm64)
            .vpc(&vpc)
            .log_group(&logs)
            .log_format(LogFormat::Json)
            .application_log_level(LogLevel::Warn)
            .system_log_level(LogLevel::Debug)
            .retry_attempts(0)
            .max_event_age(seconds(3600))
            .on_failure(Destination::topic("arn:aws:sns:eu-west-1:111122223333:failed"))
            .on_success(Destination::function(&plain))
            .reserved_concurrent_executions(3)
            .dead_letter(DeadLetterTarget::queue("arn:aws:sqs:eu-west-1:111122223333:failed"))
            .layer("arn:aws:lambda:eu-west-1:111122223333:layer:tools:4")
            .tracing(Tracing::Active)
            .initial_policy(PolicyStatement::allow().action("s3:GetObject").resource("arn:aws:s3:::orders/*"));
        let full = stack.add("Full", full);
        full.add_environment("LIMIT", "10");
        full.connections().allow_from_any_ipv4(Port::HTTPS, "No caller uses a function this way");
        let cors = FunctionUrlCors::origins(["https://app.example.com"])
            .methods(["GET", "POST"])
            .headers(["content-type"])
            .exposed_headers(["etag"])
            .allow_credentials()
            .max_age(seconds(600));
        let open = FunctionUrl::props(FunctionUrlAuthType::None).cors(cors).invoke_mode(InvokeMode::ResponseStream);
        full.add_function_url(open);
        let caller = stack.add("Caller", Role::props(Principal::service("ecs-tasks.amazonaws.com")));
        let signed = plain.add_function_url(FunctionUrl::props(FunctionUrlAuthType::AwsIam));
        signed.grant_invoke_url(&caller);
        plain.grant_invoke(&caller);
        plain.grant_invoke(&full);
        plain.add_permission("Events", Permission::for_service("events.amazonaws.com").source_account("111122223333"));
        plain.add_permission("Partner", Permission::for_principal("444455556666"));
        plain.add_permission("Everybody", Permission::for_organization("o-exampleorgid"));
    });
}

#[test]
fn a_given_role_gets_only_the_permissions_that_the_function_requires() {
    check("lambda_given_role", |stack| {
        let role = stack.add("Role", Role::props(Principal::service("lambda.amazonaws.com")));
        let vpc = stack.add("Vpc", Vpc::props().max_azs(1).nat_gateways(0));
        let images = stack.add("Images", Repository::props());
        let function = Function::props(Code::from_ecr_image(&images, "1.4"))
            .role(&role)
            .vpc(&vpc)
            .vpc_subnets(SubnetSelection::of_type(SubnetType::Public))
            .allow_public_subnet()
            .log_retention(Retention::OneDay)
            .log_removal_policy(RemovalPolicy::Destroy);
        stack.add("Function", function);
    });
}

/// With the CDK, functions keep their logs forever, in groups outside the stack, or through a custom resource.
#[test]
fn a_function_has_a_log_group_in_the_stack_with_a_retention() {
    let template = Template::of(|stack| drop(stack.add("F", Function::props(hello()))));
    assert_eq!(template.only("AWS::Logs::LogGroup")["Properties"]["RetentionInDays"], 30);
    let function = template.only("AWS::Lambda::Function");
    let group = template.resources_of("AWS::Logs::LogGroup")[0].0;
    assert_eq!(function["Properties"]["LoggingConfig"]["LogGroup"], json!({"Ref": group}));
    assert!(template.resources_of("Custom::LogRetention").is_empty());
}

#[test]
fn imported_functions_have_permissions_too() {
    let template = Template::of(|stack| {
        let made = stack.add("Made", Function::props(hello()));
        let imported = Function::from_name(stack, "Imported", "orders");
        assert!(imported.cfn().is_none() && imported.role().is_none() && imported.log_group().is_none());
        for function in [&made, &imported] {
            let permission = Permission::for_service("apigateway.amazonaws.com");
            function.add_permission_to(&function.scope().child("Api"), "Permission", permission);
        }
        assert!(!imported.add_to_role_policy(PolicyStatement::allow().action("s3:GetObject").all_resources()));
        assert!(imported.policy_scope().is_none());
    });
    assert_eq!(template.resources_of("AWS::Lambda::Permission").len(), 2);
    assert!(
        template
            .notices()
            .iter()
            .any(|notice| notice.message.contains("no permission is added to an imported function"))
    );
}

#[test]
fn folders_are_uploaded_and_named_by_their_content() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("app.py"), HELLO).unwrap();
    let key = || {
        let code = Code::from_asset(Runtime::PYTHON3_13, "app.handler", folder.path());
        let template = Template::of(|stack| drop(stack.add("F", Function::props(code))));
        let code = template.only("AWS::Lambda::Function")["Properties"]["Code"].clone();
        assert_eq!(code["S3Bucket"]["Fn::Join"][1][0], "cdk-hnb659fds-assets-");
        code["S3Key"].as_str().unwrap().to_owned()
    };
    let before = key();
    assert!(before.strip_suffix(".zip").is_some_and(|hash| hash.len() == 64), "{before}");
    assert_eq!(before, key());
    fs::write(folder.path().join("app.py"), "def handler(event, context): pass\n").unwrap();
    assert_ne!(before, key());
}

#[test]
fn images_are_built_for_the_architecture() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Dockerfile"), "FROM public.ecr.aws/lambda/python:3.13\n").unwrap();
    let template = Template::of(|stack| {
        let image = Code::from_asset_image(folder.path()).command(["app.handler"]).working_directory("/srv");
        stack.add("F", Function::props(image).architecture(Architecture::Arm64));
    });
    let function = &template.only("AWS::Lambda::Function")["Properties"];
    assert_eq!(function["PackageType"], "Image");
    assert_eq!(function["ImageConfig"], json!({"Command": ["app.handler"], "WorkingDirectory": "/srv"}));
    assert!(function.get("Runtime").is_none() && function.get("Handler").is_none());
    assert!(function["Code"]["ImageUri"].to_string().contains("container-assets"));
}

/// The start of a 64-bit ELF program for the machine of this number.
fn program(folder: &Path, machine: u8) {
    let mut start = vec![0; 64];
    start[..6].copy_from_slice(b"\x7fELF\x02\x01");
    start[18] = machine;
    let file = folder.join("bootstrap");
    fs::write(&file, start).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn rust_folders_have_a_program_for_the_architecture() {
    const X86_64: u8 = 0x3e;
    const ARM64: u8 = 0xb7;
    let folder = tempfile::tempdir().unwrap();
    let refused = |path: &Path, architecture| {
        let function = Function::props(Code::from_rust(path)).architecture(architecture);
        let found = problems(|stack: &Stack| drop(stack.add("F", function)));
        found.into_iter().map(|problem| [problem.message, problem.hint].join("; ")).collect::<String>()
    };
    let missing = refused(&folder.path().join("api"), Architecture::X86_64);
    assert!(missing.contains("is not a folder") && missing.contains("cargo lambda build"), "{missing}");
    fs::write(folder.path().join("README"), "x").unwrap();
    let empty = refused(folder.path(), Architecture::X86_64);
    assert!(empty.contains("has no file `bootstrap`; build it first"), "{empty}");
    fs::write(folder.path().join("bootstrap"), "#!/bin/sh\n").unwrap();
    let script = refused(folder.path(), Architecture::X86_64);
    assert!(script.contains("is not a program that Lambda can start"), "{script}");
    program(folder.path(), ARM64);
    let other = refused(folder.path(), Architecture::X86_64);
    assert!(other.contains("is built for `arm64`, but the function runs on `x86_64`"), "{other}");
    assert_eq!(refused(folder.path(), Architecture::Arm64), "");
    program(folder.path(), X86_64);
    assert_eq!(refused(folder.path(), Architecture::X86_64), "");

    let template = Template::of(|stack| drop(stack.add("F", Function::props(Code::from_rust(folder.path())))));
    let function = &template.only("AWS::Lambda::Function")["Properties"];
    assert_eq!((&function["Runtime"], &function["Handler"]), (&json!("provided.al2023"), &json!("bootstrap")));
}

fn refused(build: impl FnOnce(&Stack)) -> String {
    problems(build).into_iter().map(|problem| problem.message).collect()
}

#[test]
fn functions_that_lambda_refuses_are_problems() {
    let of = |change: &dyn Fn(FunctionProps) -> FunctionProps| {
        let function = change(Function::props(hello()));
        refused(move |stack| drop(stack.add("F", function)))
    };
    let code = |code: Code| refused(move |stack| drop(stack.add("F", Function::props(code))));
    let layer = |number: u8| format!("arn:aws:lambda:eu-west-1:111122223333:layer:tools:{number}");
    let secret = SecretValue::secrets_manager("prod/database").dynamic_reference();
    let cases = [
        (
            of(&|f| f.name("orders api")),
            "the function's name is `orders api`, but AWS takes 1 to 64 letters, digits and `-_`",
        ),
        (of(&|f| f.description("x".repeat(257))), "`Description` has 257 characters; it takes at most 256"),
        (of(&|f| f.memory_size(64)), "memory in MiB is `64`, but AWS takes 128 to 10240"),
        (of(&|f| f.ephemeral_storage_size(100)), "`/tmp` in MiB is `100`, but AWS takes 512 to 10240"),
        (of(&|f| f.timeout(seconds(901))), "timeout is `901s`, but AWS takes 1 to 900 whole seconds"),
        (of(&|f| f.timeout(Duration::from_millis(1500))), "timeout is `1.5s`"),
        (of(&|f| f.environment("AWS_REGION", "x")), "`AWS_REGION` is set by Lambda itself"),
        (of(&|f| f.environment("A", "x")), "an environment variable is named `A`, but AWS takes"),
        (of(&|f| f.environment("BIG", "x".repeat(4096))), "environment has 4099 bytes, but AWS takes at most 4096"),
        (of(&|f| f.environment("PASSWORD", &secret)), "the environment variable `PASSWORD` is a secret"),
        (of(&|f| (0..6).fold(f, |f, n| f.layer(layer(n)))), "`Layers` has 6 items; it takes at most 5"),
        (of(&|f| f.application_log_level(LogLevel::Warn)), "lines of text have no level"),
        (
            of(&|f| f.log_format(LogFormat::Json).system_log_level(LogLevel::Error)),
            "is `ERROR`, but AWS takes `DEBUG` to `WARN`",
        ),
        (of(&|f| f.retry_attempts(3)), "`MaximumRetryAttempts` is 3; it takes at most 2"),
        (of(&|f| f.max_event_age(seconds(59))), "`MaximumEventAgeInSeconds` is 59; it takes at least 60"),
        (of(&|f| f.max_event_age(Duration::from_millis(60_500))), "of events is `60.5s`, but AWS takes whole seconds"),
        (of(&|f| f.allow_public_subnet()), "but is not in a VPC"),
        (code(Code::from_inline(Runtime::JAVA21, "a.B", "x")), "has the runtime `java21`, but AWS takes it for"),
        (code(Code::from_inline(Runtime::PYTHON3_13, "index.handler", " ")), "the function's code is empty"),
        (
            code(Code::from_inline(Runtime::PYTHON3_13, "index handler", "x")),
            "the handler is `index handler`, but AWS takes",
        ),
        (
            code(Code::from_asset(Runtime::PYTHON3_13, "a.b", "/nowhere")),
            "the function's code `/nowhere` is not a folder",
        ),
    ];
    for (found, expect) in cases {
        assert!(found.contains(expect), "`{expect}` in {found}");
    }
}

#[test]
fn functions_in_the_wrong_network_or_with_wrong_cors_are_problems() {
    let public = refused(|stack| {
        let vpc = stack.add("Vpc", Vpc::props().max_azs(1));
        let public = SubnetSelection::of_type(SubnetType::Public);
        stack.add("F", Function::props(hello()).vpc(&vpc).vpc_subnets(public));
    });
    assert!(public.contains("in public subnets, from which it cannot reach the internet"), "{public}");
    let nowhere = refused(|stack| {
        let function = stack.add("F", Function::props(hello()));
        function.connections().allow_from_any_ipv4(Port::HTTPS, "x");
    });
    assert!(nowhere.contains("the function has no security groups"), "{nowhere}");
    let layered = refused(|stack| {
        let images = stack.add("Images", Repository::props());
        stack.add("F", Function::props(Code::from_ecr_image(&images, "1")).layer("arn:aws:lambda:x"));
    });
    assert!(layered.contains("is a container image and has layers"), "{layered}");
    let cors = refused(|stack| {
        let cors = FunctionUrlCors::origins(["*"])
            .allow_credentials()
            .methods(["OPTIONS"])
            .max_age(Duration::from_millis(500));
        let url = FunctionUrl::props(FunctionUrlAuthType::AwsIam).cors(cors);
        stack.add("F", Function::props(hello())).add_function_url(url);
    });
    for expect in [
        "credentials from the origin `*`",
        "a method of CORS is `OPTIONS`",
        "age of CORS is `500ms`, but AWS takes whole",
    ] {
        assert!(cors.contains(expect), "`{expect}` in {cors}");
    }
    let imported = refused(|stack| Function::from_name(stack, "F", "f").add_environment("NAME", "x"));
    assert!(imported.contains("`NAME` is set on an imported function"), "{imported}");
}

#[test]
fn deprecated_runtimes_are_warnings() {
    let warns = |runtime: Word<Runtime>| {
        let code = Code::from_inline(runtime, "index.handler", HELLO);
        let template = Template::of(|stack| drop(stack.add("F", Function::props(code))));
        template.notices().iter().any(|notice| notice.message.contains("is deprecated"))
    };
    let cases = [
        (Runtime::PYTHON3_8, true),
        (Runtime::NODEJS18_X, true),
        (Runtime::PYTHON3_13, false),
        (Word::custom("python3.99"), false),
    ];
    for (runtime, expect) in cases {
        assert_eq!(warns(runtime.clone()), expect, "{runtime}");
    }
}
