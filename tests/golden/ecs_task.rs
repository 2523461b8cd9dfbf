//! Task definitions and their containers: the CDK's ids, defaults, and mistakes that ECS would refuse.

use core::time::Duration;

use purlin::ecr::Repository;
use purlin::ecs::{
    AppProtocol, ContainerCondition, ContainerDefinition, ContainerDefinitionProps, ContainerImage, Cpu,
    CpuArchitecture, EnvironmentFile, FargateTaskDefinition, FargateTaskDefinitionProps, FirelensRouter, HealthCheck,
    LinuxParameters, LogDriver, MountPoint, OperatingSystemFamily, Platform, PortMapping, Protocol, RestartPolicy,
    Secret, SystemControl, Ulimit, VersionConsistency, Volume,
};
use purlin::iam::{Principal, Role};
use purlin::logs::Retention;
use purlin::ssm::SecureStringParameter;
use purlin::testing::{Template, problems};
use purlin::{RemovalPolicy, SecretValue, Stack, secretsmanager};
use serde_json::json;

use super::check;

const TASK: &str = "AWS::ECS::TaskDefinition";

fn image() -> ContainerImage {
    ContainerImage::from_registry("public.ecr.aws/nginx/nginx:1.29")
}

fn web() -> ContainerDefinitionProps {
    ContainerDefinition::props(image())
}

/// The messages and hints of the problems of a task with these containers.
fn refused(task: FargateTaskDefinitionProps, containers: Vec<(&str, ContainerDefinitionProps)>) -> String {
    let found = problems(|stack| {
        let task = stack.add("Task", task);
        for (id, container) in containers {
            task.add_container(id, container);
        }
    });
    found.into_iter().map(|problem| format!("{}; {}\n", problem.message, problem.hint)).collect::<Vec<_>>().concat()
}

fn one(container: ContainerDefinitionProps) -> String {
    refused(FargateTaskDefinition::props(), vec![("web", container)])
}

/// The warnings about a container.
fn notices(container: ContainerDefinitionProps) -> String {
    let template = Template::of(|stack| {
        stack.add("Task", FargateTaskDefinition::props()).add_container("web", container);
    });
    template.notices().iter().map(|notice| notice.message.clone()).collect()
}

#[test]
fn limits_that_fargate_ignores_are_a_warning() {
    let core = notices(web().ulimit(Ulimit::custom("core", 1, 1)));
    assert!(core.contains("the limit `core` has no effect on Fargate"), "{core}");
}

#[test]
fn a_task_with_every_setting() {
    check("ecs_task", |stack| {
        let repository = stack.add("Repository", Repository::props());
        let task = FargateTaskDefinition::props()
            .cpu(Cpu::HALF_VCPU)
            .memory_mib(2048)
            .cpu_architecture(CpuArchitecture::Arm64)
            .operating_system(OperatingSystemFamily::Linux)
            .ephemeral_storage_gib(30)
            .shared_process_namespace()
            .fault_injection()
            .volume(Volume::ephemeral("scratch"))
            .volume(
                Volume::efs("data", "fs-0123456789abcdef0").access_point("fsap-0123456789abcdef0").iam_authorization(),
            );
        let task = stack.add("Task", task);
        let database = secretsmanager::Secret::from_name(stack, "shop/database");
        let token = SecureStringParameter::from_name(stack, "/shop/token");
        let container = ContainerDefinition::props(ContainerImage::from_ecr_repository(&repository, "1.4"))
            .port_mapping(PortMapping::tcp(8080).name("web").app_protocol(AppProtocol::Http))
            .port_mapping(PortMapping::range(9000, 9010, Protocol::Udp))
            .environment("PORT", "8080")
            .environment_file(EnvironmentFile::from_bucket("arn:aws:s3:::shop-settings", "web.env"))
            .secret("PASSWORD", Secret::from_secrets_manager(&database).field("password"))
            .secret("OLD", Secret::from_secrets_manager(&database).version_stage("AWSPREVIOUS"))
            .secret("TOKEN", Secret::from_ssm_secure_parameter(&token))
            .health_check(HealthCheck::shell("curl -f http://localhost:8080/ || exit 1"))
            .logging(LogDriver::aws_logs("web").retention(Retention::OneWeek).non_blocking().max_buffer_size_mib(25))
            .cpu_units(256)
            .memory_limit_mib(1024)
            .memory_reservation_mib(512)
            .mount_point(MountPoint::read_only("data", "/data"))
            .ulimit(Ulimit::open_files(1024, 4096))
            .system_control(SystemControl::new("net.core.somaxconn", "1024"))
            .docker_label("team", "shop")
            .linux_parameters(LinuxParameters::new().init_process().add_capability("SYS_PTRACE").drop_capability("ALL"))
            .start_timeout(Duration::from_mins(1))
            .stop_timeout(Duration::from_mins(2))
            .version_consistency(VersionConsistency::Enabled)
            .readonly_root_filesystem();
        let web = task.add_container("web", container);
        let registry = secretsmanager::Secret::from_name(stack, "registry");
        let setup = ContainerDefinition::props(ContainerImage::from_private_registry("example.com/setup:2", &registry))
            .name("setup-once")
            .non_essential()
            .entry_point(["/bin/setup"])
            .command(["--once", "--quiet"])
            .user("1000:1000")
            .working_directory("/tmp")
            .interactive()
            .pseudo_terminal()
            .restart_policy(RestartPolicy::new().ignore_exit_code(0).attempt_period(Duration::from_mins(2)))
            .logging(LogDriver::firelens().option("Name", "stdout"));
        let setup = task.add_container("Setup", setup);
        let router = ContainerDefinition::props(ContainerImage::from_registry(
            "public.ecr.aws/aws-observability/aws-for-fluent-bit:3",
        ));
        let router = task.add_container("router", router.firelens_router(FirelensRouter::FluentBit));
        setup.add_dependency(&router, ContainerCondition::Start);
        web.add_dependency(&setup, ContainerCondition::Success);
        web.add_environment("LOGOUT_URL", repository.arn());
        web.add_mount_point(MountPoint::read_write("scratch", "/tmp"));
        let runner = stack.add("Runner", Role::props(Principal::service("events.amazonaws.com")));
        task.grant_run(&runner);
    });
}

#[test]
fn roles_are_created_only_if_they_are_needed() {
    let template = Template::of(|stack| {
        stack.add("Task", FargateTaskDefinition::props()).add_container("web", web());
    });
    assert_eq!(template.resources_of("AWS::IAM::Role").len(), 1);
    let properties = &template.only(TASK)["Properties"];
    assert_eq!(properties["ExecutionRoleArn"], json!(null));
    assert_eq!((&properties["Cpu"], &properties["Memory"]), (&json!("256"), &json!("512")));
    assert_eq!(properties["Family"], "StackTask34B8EBFF");
    let template = Template::of(|stack| {
        let role = Role::from_arn(stack, "Role", "arn:aws:iam::111122223333:role/task");
        let task = FargateTaskDefinition::props().task_role(&role).execution_role(&role).family("shop");
        stack.add("Task", task.cpu(Cpu::VCPU_2)).add_container("web", web());
    });
    assert!(template.resources_of("AWS::IAM::Role").is_empty());
    assert_eq!(template.only(TASK)["Properties"]["Memory"], "4096");
}

/// The program listens on `PORT`; the balancer sends requests to the port of the container definition.
#[test]
fn cdk_21_port_that_differs_from_the_containers_port_is_a_warning() {
    let differs = notices(web().port(80).environment("PORT", "8080"));
    assert!(differs.contains("`PORT` is `8080`, but the container's port is `tcp/80`"), "{differs}");
    assert_eq!(notices(web().port(8080).environment("PORT", "8080")), "");
    assert_eq!(notices(web().environment("PORT", "8080")), "");
}

/// An image for another architecture fails at its start: `exec format error`.
#[test]
fn cdk_22_images_are_built_for_the_tasks_platform() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("Dockerfile"), "FROM scratch\n").unwrap();
    let arm = || FargateTaskDefinition::props().cpu_architecture(CpuArchitecture::Arm64);
    let asset = || ContainerImage::from_asset(directory.path()).build_arg("A", "b").target("app");
    let wrong = refused(arm(), vec![("web", ContainerDefinition::props(asset().platform(Platform::LinuxAmd64)))]);
    assert!(wrong.contains("is built for `linux/amd64`, but its task runs on `linux/arm64`"), "{wrong}");

    for (task, expect) in [(FargateTaskDefinition::props(), "linux/amd64"), (arm(), "linux/arm64")] {
        let app = purlin::App::new();
        let stack = app.add("Stack", Stack::props());
        stack.add("Task", task).add_container("web", ContainerDefinition::props(asset()));
        let synthesis = app.synth().unwrap();
        let (_, assets) = synthesis.assembly.files().find(|(path, _)| path.ends_with("Stack.assets.json")).unwrap();
        let assets: serde_json::Value = serde_json::from_slice(assets).unwrap();
        let (hash, image) = assets["dockerImages"].as_object().unwrap().iter().next().unwrap();
        let source = &image["source"];
        assert_eq!((&source["platform"], &source["dockerBuildTarget"]), (&json!(expect), &json!("app")));
        let template = &synthesis.stacks[0].template;
        assert!(template.to_string().contains(&format!(":{hash}\"")), "{template}");
        assert!(template.to_string().contains("ecr:GetAuthorizationToken"));
    }
    let missing = one(ContainerDefinition::props(ContainerImage::from_asset("no/such/folder")));
    assert!(missing.contains("`no/such/folder` (looked up from the current directory) is not a folder"), "{missing}");
}

/// The unit tests of `purlin::ecs::size` have the whole table.
#[test]
fn cdk_23_sizes_that_fargate_does_not_offer_are_problems() {
    let task = FargateTaskDefinition::props().cpu(Cpu::of_units(256)).memory_mib(16384);
    let found = refused(task, vec![("web", web())]);
    assert!(found.contains("AWS takes 512, 1024 or 2048 MiB for this CPU"), "{found}");
}

/// The CDK's group keeps entries forever.
#[test]
fn cdk_27_logs_of_a_task_are_kept_for_a_month() {
    let group = |driver: LogDriver| {
        let template = Template::of(|stack| {
            stack.add("Task", FargateTaskDefinition::props()).add_container("web", web().logging(driver));
        });
        template.resource("TaskwebLogGroupBC277B9F").clone()
    };
    let default = group(LogDriver::aws_logs("web"));
    assert_eq!((&default["Properties"]["RetentionInDays"], &default["DeletionPolicy"]), (&json!(30), &json!("Retain")));
    let own = LogDriver::aws_logs("web").retention(Retention::OneDay).removal_policy(RemovalPolicy::Destroy);
    let own = group(own);
    assert_eq!((&own["Properties"]["RetentionInDays"], &own["DeletionPolicy"]), (&json!(1), &json!("Delete")));
}

#[test]
fn containers_that_ecs_refuses_are_problems() {
    let seconds = Duration::from_secs;
    let check = || HealthCheck::shell("true");
    let secret = SecretValue::secrets_manager("db").dynamic_reference();
    let cases = [
        (
            one(web().health_check(check().interval(seconds(301)))),
            "interval of the health check is `301s`, but AWS takes 5 to 300 whole seconds",
        ),
        (one(web().health_check(check().timeout(seconds(1)))), "is `1s`, but AWS takes 2 to 60"),
        (one(web().health_check(check().retries(11))), "is `11`, but AWS takes 1 to 10"),
        (one(web().health_check(check().start_period(seconds(301)))), "is `301s`, but AWS takes 0 to 300"),
        (one(web().stop_timeout(seconds(121))), "stop timeout is `121s`, but AWS takes 2 to 120"),
        (one(web().start_timeout(seconds(1))), "start timeout is `1s`"),
        (one(web().memory_limit_mib(5)), "memory limit in MiB is `5`, but AWS takes at least 6"),
        (
            one(web().memory_reservation_mib(300).memory_limit_mib(200)),
            "reserves 300 MiB of memory, above its limit of 200 MiB",
        ),
        (one(web().memory_limit_mib(600)), "a limit of 600 MiB of memory, but its task has 512"),
        (one(web().cpu_units(512)), "have 512 CPU units together, but the task has 256"),
        (one(web().port(80).port(80)), "maps the port tcp/80 twice"),
        (one(web().port(0)), "the container's ports are 0 to 0"),
        (one(web().port_mapping(PortMapping::tcp(80).app_protocol(AppProtocol::Grpc))), "but no name, or is not TCP"),
        (one(web().name("we b")), "the name of the container is `we b`"),
        (
            one(ContainerDefinition::props(ContainerImage::from_registry("https://ghcr.io/app:1"))),
            "the name of the image is the URL `https://ghcr.io/app:1`",
        ),
        (one(ContainerDefinition::props(ContainerImage::from_registry(""))), "the name of the image is ``"),
        (one(ContainerDefinition::props(ContainerImage::from_registry("my app"))), "the name of the image is `my app`"),
        (one(web().environment("PASSWORD", secret)), "the environment variable `PASSWORD` contains a secret"),
        (
            one(web().logging(LogDriver::custom("json-file"))),
            "the log driver is `json-file`, but AWS takes awslogs, splunk",
        ),
        (
            one(web().logging(LogDriver::splunk("https://splunk.test").retention(Retention::OneDay))),
            "the log driver `splunk` has no `retention`",
        ),
        (one(web().logging(LogDriver::aws_logs("web").option("tag", "x"))), "the log driver `awslogs` has no `option`"),
        (one(web().logging(LogDriver::firelens())), "no container of the task routes the output"),
        (
            one(web().mount_point(MountPoint::read_only("data", "/data"))),
            "mounts the volume `data`, but the volumes of its task are: none",
        ),
        (one(web().ulimit(Ulimit::open_files(2, 1))), "the soft limit of `nofile` is 2, above its hard limit of 1"),
        (
            one(web().linux_parameters(LinuxParameters::new().add_capability("NET_ADMIN"))),
            "`NET_ADMIN` is added, but AWS takes only `SYS_PTRACE`",
        ),
        (one(web().restart_policy(RestartPolicy::new().attempt_period(seconds(10)))), "AWS takes 60 to 1800"),
        (
            one(web().environment_file(EnvironmentFile::from_bucket("arn:aws:s3:::b", "x.txt"))),
            "names that end with `.env`",
        ),
        (one(web().non_essential()), "the task definition has no essential container"),
    ];
    for (found, expect) in cases {
        assert!(found.contains(expect), "`{expect}` in {found}");
    }
}

#[test]
fn tasks_that_ecs_refuses_are_problems() {
    let task = FargateTaskDefinition::props;
    let two = |one: ContainerDefinitionProps, other: ContainerDefinitionProps| {
        refused(task(), vec![("one", one), ("other", other)])
    };
    let windows = task().operating_system(OperatingSystemFamily::WindowsServer2022Core).cpu(Cpu::VCPU_1);
    let unencrypted = Volume::efs("data", "fs-1").iam_authorization().without_transit_encryption();
    let cases = [
        (refused(task(), vec![]), "the task definition has no container"),
        (two(web().name("web"), web().name("web")), "two containers of the task definition are named `web`"),
        (two(web().port(80), web().port(80)), "containers of a task share one network interface"),
        (
            two(web().memory_limit_mib(300), web().memory_reservation_mib(300)),
            "reserve 600 MiB of memory together, but the task has 512",
        ),
        (refused(task().ephemeral_storage_gib(20), vec![("web", web())]), "is `20`, but AWS takes 21 to 200"),
        (refused(task().family("my.family"), vec![("web", web())]), "the family of the task definition is `my.family`"),
        (
            refused(windows.shared_process_namespace(), vec![("web", web())]),
            "shares a process namespace, but its operating system is Windows",
        ),
        (refused(task().volume(unencrypted), vec![("web", web())]), "without encryption in transit"),
        (
            refused(task().volume(Volume::ephemeral("a").root_directory("/x")), vec![("web", web())]),
            "the volume `a` is ephemeral, and has no `root_directory`",
        ),
        (
            refused(task().volume(Volume::ephemeral("a")).volume(Volume::ephemeral("a")), vec![("web", web())]),
            "two volumes of the task definition are named `a`",
        ),
    ];
    for (found, expect) in cases {
        assert!(found.contains(expect), "`{expect}` in {found}");
    }
}

#[test]
fn the_conditions_of_dependencies_can_occur() {
    let waiting = |other: ContainerDefinitionProps, condition: ContainerCondition| {
        let found = problems(|stack| {
            let task = stack.add("Task", FargateTaskDefinition::props());
            let other = task.add_container("other", other);
            task.add_container("web", web()).add_dependency(&other, condition);
        });
        found.into_iter().map(|problem| problem.message).collect::<String>()
    };
    let healthy = waiting(web(), ContainerCondition::Healthy);
    assert!(healthy.contains("until `other` is healthy, but that container has no health check"), "{healthy}");
    let success = waiting(web(), ContainerCondition::Success);
    assert!(success.contains("until `other` exits, but then the whole task stops"), "{success}");
    assert_eq!(waiting(web().non_essential(), ContainerCondition::Complete), "");
    assert_eq!(waiting(web().health_check(HealthCheck::command(["/check"])), ContainerCondition::Healthy), "");
}

#[test]
fn containers_that_wait_for_each_other_are_a_problem() {
    let cycles = |waits: &[(usize, usize)]| {
        let found = problems(|stack| {
            let task = stack.add("Task", FargateTaskDefinition::props());
            let containers = ["a", "b", "c", "d"].map(|id| task.add_container(id, web()));
            for (container, on) in waits {
                containers[*container].add_dependency(&containers[*on], ContainerCondition::Start);
            }
        });
        found.into_iter().map(|problem| problem.message).collect::<Vec<_>>()
    };
    let none: [&str; 0] = [];
    assert_eq!(cycles(&[(0, 1), (0, 2), (1, 3), (2, 3)]), none);
    assert_eq!(cycles(&[(1, 1)]), ["the containers wait for each other, so none can start: `b` waits for `b`"]);
    let two = ["`a` waits for `c` waits for `a`", "`b` waits for `d` waits for `b`"]
        .map(|cycle| format!("the containers wait for each other, so none can start: {cycle}"));
    assert_eq!(cycles(&[(0, 2), (1, 3), (2, 0), (3, 1)]), two);
    let round = cycles(&[(3, 1), (1, 2), (2, 3), (0, 1)]);
    assert_eq!(
        round,
        ["the containers wait for each other, so none can start: `b` waits for `c` waits for `d` waits for `b`"]
    );
}

#[test]
fn a_start_timeout_before_the_first_health_check_is_a_warning() {
    let messages = |check: HealthCheck| {
        let app = purlin::App::new();
        let stack = app.add("Stack", Stack::props());
        let task = stack.add("Task", FargateTaskDefinition::props());
        let other = web().health_check(check).start_timeout(Duration::from_secs(20));
        let other = task.add_container("other", other);
        task.add_container("web", ContainerDefinition::props(image()))
            .add_dependency(&other, ContainerCondition::Healthy);
        let notices = app.synth().unwrap().notices;
        notices.into_iter().map(|notice| notice.message).collect::<String>()
    };
    let late = messages(HealthCheck::command(["/check"]));
    assert!(late.contains("waits 20s until `other` is healthy, but its first health check is after 30s"), "{late}");
    assert_eq!(messages(HealthCheck::command(["/check"]).interval(Duration::from_secs(10))), "");
    assert_eq!(messages(HealthCheck::command(["/check"]).start_period(Duration::from_secs(10))), "");
}
