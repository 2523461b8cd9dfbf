//! Clusters and services of ECS: the CDK's ids, defaults, and mistakes that ECS would refuse.

use core::time::Duration;

use purlin::applicationautoscaling::{Metric, Schedule, ScheduledCapacity, StepScaling, TargetTracking};
use purlin::cfn::elasticloadbalancingv2::{CfnListener, ListenerAction, ListenerActionType, ListenerProtocol};
use purlin::ec2::{InterfaceEndpointService, SubnetConfiguration, SubnetSelection, SubnetType, Vpc};
use purlin::ecs::{
    AvailabilityZoneRebalancing, CapacityProvider, CapacityProviderStrategy, CircuitBreaker, Cluster,
    ContainerDefinition, ContainerImage, ContainerInsights, Cpu, DeploymentAlarms, DeploymentController,
    ExecuteCommandConfiguration, FargatePlatformVersion, FargateService, FargateServiceProps, FargateTaskDefinition,
    LinuxParameters, LogDriver, PropagatedTagSource,
};
use purlin::elbv2::{Action, ApplicationLoadBalancer, ApplicationTargetGroup};
use purlin::kms::Key;
use purlin::logs::{LogGroup, Retention};
use purlin::testing::{Template, problems};
use purlin::{CfnOutput, HasScope, Stack};
use serde_json::json;

use super::check;

const SERVICE: &str = "AWS::ECS::Service";
const TARGET: &str = "AWS::ApplicationAutoScaling::ScalableTarget";

/// A VPC, a cluster and a task that listens on 8080.
struct Base {
    vpc: Vpc,
    cluster: Cluster,
    task: FargateTaskDefinition,
}

impl Base {
    fn of(stack: &Stack) -> Self {
        Self::in_vpc(stack, stack.add("Vpc", Vpc::props().nat_gateways(1)))
    }

    fn in_vpc(stack: &Stack, vpc: Vpc) -> Self {
        let cluster = stack.add("Cluster", Cluster::props(&vpc));
        let task = stack.add("Task", FargateTaskDefinition::props());
        let image = ContainerImage::from_registry("public.ecr.aws/nginx/nginx:1.29");
        task.add_container("web", ContainerDefinition::props(image).port(8080));
        Self { vpc, cluster, task }
    }

    fn service(&self) -> FargateServiceProps {
        FargateService::props(&self.cluster, &self.task)
    }
}

/// The properties of the only service.
fn service(recipe: impl FnOnce(FargateServiceProps) -> FargateServiceProps) -> serde_json::Value {
    let template = Template::of(|stack| drop(stack.add("Service", recipe(Base::of(stack).service()))));
    template.only(SERVICE)["Properties"].clone()
}

/// The messages and hints of the problems of a service.
fn refused(recipe: impl FnOnce(FargateServiceProps) -> FargateServiceProps) -> String {
    let found = problems(|stack| drop(stack.add("Service", recipe(Base::of(stack).service()))));
    found.into_iter().map(|problem| format!("{}; {}\n", problem.message, problem.hint)).collect::<Vec<_>>().concat()
}

#[test]
fn an_empty_subnet_selection_is_a_problem_of_the_service() {
    let found = problems(|stack| {
        let service = Base::of(stack).service().vpc_subnets(SubnetSelection::group("Nope"));
        stack.add("Service", service);
    });
    let lacking = found.iter().find(|problem| problem.message.contains("no subnets in a group `Nope`"));
    assert_eq!(lacking.expect("it is a problem").path, "Stack/Service");
}

#[test]
fn a_service_behind_a_balancer_that_scales() {
    check("ecs_service", |stack| {
        let Base { vpc, cluster, task } = Base::of(stack);
        let balancer = stack.add("Alb", ApplicationLoadBalancer::props(&vpc).internet_facing());
        let group = stack.add("Group", ApplicationTargetGroup::props(&vpc));
        balancer.add_http_listener("Http", Action::forward(&group));
        let service = FargateService::props(&cluster, &task).enable_execute_command().enable_ecs_managed_tags();
        let service = stack.add("Service", service.propagate_tags(PropagatedTagSource::Service));
        service.attach_to_target_group(&group);
        let tasks = service.auto_scale(2, 20);
        let cpu = TargetTracking::at(60).scale_in_cooldown(Duration::from_mins(1)).policy_name("cpu");
        tasks.scale_on_cpu_utilization("Cpu", cpu);
        tasks.scale_on_memory_utilization("Memory", TargetTracking::at(62.5).without_scale_in());
        tasks.scale_on_request_count("Requests", &group, TargetTracking::at(1000));
        let backlog = Metric::new("Shop", "Backlog").dimension("Service", service.name()).maximum();
        tasks.scale_to_track_custom_metric("Backlog", backlog, TargetTracking::at(10));
        let queue = Metric::new("Shop", "Queue");
        let steps = StepScaling::on(queue).below(10, -1).below(5, -3).above(70, 3).above(50, 1);
        tasks.scale_on_metric(
            "Queue",
            steps.cooldown(Duration::from_secs(90)).evaluation_periods(3).datapoints_to_alarm(2),
        );
        let morning = ScheduledCapacity::on(Schedule::cron("0 7 ? * MON-FRI *")).min(6).time_zone("Europe/Vienna");
        tasks.scale_on_schedule("Morning", morning);
        stack.add("Arn", CfnOutput::new(service.arn()));
    });
}

#[test]
fn a_cluster_with_spot_and_logged_sessions() {
    check("ecs_cluster", |stack| {
        let vpc = stack.add("Vpc", Vpc::props().nat_gateways(1));
        let sessions = stack.add("Sessions", LogGroup::props().retention(Retention::OneYear));
        let key = Key::from_arn("arn:aws:kms:eu-west-1:111122223333:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
        let exec = ExecuteCommandConfiguration::encrypted_log_group(&sessions)
            .encrypted_bucket("session-records")
            .bucket_prefix("exec")
            .encryption_key(&key);
        let spot = || CapacityProviderStrategy::new(CapacityProvider::FARGATE_SPOT).weight(3);
        let on_demand = || CapacityProviderStrategy::new(CapacityProvider::FARGATE).base(1);
        let cluster = Cluster::props(&vpc)
            .name("shop")
            .container_insights(ContainerInsights::Enhanced)
            .fargate_capacity_providers()
            .default_capacity_provider_strategy([spot(), on_demand()])
            .execute_command_configuration(exec)
            .fargate_ephemeral_storage_key(&key);
        let cluster = stack.add("Cluster", cluster);
        let task = stack.add("Task", FargateTaskDefinition::props().cpu(Cpu::VCPU_8));
        let image = ContainerImage::from_registry("public.ecr.aws/docker/library/busybox:1.37");
        task.add_container("worker", ContainerDefinition::props(image).logging(LogDriver::aws_logs("worker")));
        let worker = FargateService::props(&cluster, &task)
            .name("worker")
            .desired_count(4)
            .capacity_provider_strategy(spot())
            .capacity_provider_strategy(on_demand())
            .min_healthy_percent(50)
            .max_percent(150)
            .circuit_breaker(CircuitBreaker::Fail)
            .deployment_controller(DeploymentController::Ecs)
            .deployment_alarms(DeploymentAlarms::rollback_on(["worker-errors"]))
            .platform_version(FargatePlatformVersion::VERSION_1_4)
            .health_check_grace_period(Duration::from_secs(30))
            .availability_zone_rebalancing(AvailabilityZoneRebalancing::Enabled)
            .force_new_deployment("2026-11-21")
            .enable_execute_command();
        stack.add("Worker", worker);
        cluster.grant_task_protection(&task);
    });
}

#[test]
fn cdk_26_deployments_roll_back_and_keep_every_task() {
    let deployment = &service(|service| service)["DeploymentConfiguration"];
    assert_eq!(
        *deployment,
        json!({
            "DeploymentCircuitBreaker": {"Enable": true, "Rollback": true},
            "MaximumPercent": 200,
            "MinimumHealthyPercent": 100,
        })
    );
    let off = service(|service| service.circuit_breaker(CircuitBreaker::Off));
    assert_eq!(off["DeploymentConfiguration"]["DeploymentCircuitBreaker"], json!(null));
    let code_deploy = service(|service| service.deployment_controller(DeploymentController::CodeDeploy));
    assert_eq!(code_deploy["DeploymentConfiguration"]["DeploymentCircuitBreaker"], json!(null));
    assert_eq!(code_deploy["TaskDefinition"], "StackTask34B8EBFF");
    let stuck = refused(|service| service.min_healthy_percent(100).max_percent(100));
    assert!(stuck.contains("between 100 % and 100 % of the service's tasks run during a deployment"), "{stuck}");
}

/// With a number of tasks in the template, every deployment resets the number that scaling has set.
#[test]
fn a_service_that_scales_has_no_desired_count() {
    let scaled = |stack: &Stack| {
        let service = stack.add("Service", Base::of(stack).service().desired_count(3));
        service.auto_scale(2, 8);
    };
    let template = Template::of(scaled);
    assert_eq!(template.only(SERVICE)["Properties"]["DesiredCount"], json!(null));
    assert_eq!(template.only(TARGET)["Properties"]["MinCapacity"], 2);
    assert_eq!(template.patches()[0].name, "desired-count-left-to-scaling");
    let template = Template::of(|stack| {
        stack.without_patch("desired-count-left-to-scaling");
        scaled(stack);
    });
    assert_eq!(template.only(SERVICE)["Properties"]["DesiredCount"], 3);
    assert_eq!(service(|service| service)["DesiredCount"], json!(null));
    let bounds = problems(|stack| drop(stack.add("Service", Base::of(stack).service()).auto_scale(5, 2)));
    assert!(bounds[0].message.contains("a minimum capacity of 5, above its maximum of 2"), "{bounds:?}");
}

#[test]
fn a_service_depends_on_permissions_routes_and_its_listener() {
    let template = Template::of(|stack| {
        let base = Base::of(stack);
        let balancer = stack.add("Alb", ApplicationLoadBalancer::props(&base.vpc).internet_facing());
        let group = stack.add("Group", ApplicationTargetGroup::props(&base.vpc));
        let service = stack.add("Service", base.service());
        service.attach_to_target_group(&group);
        balancer.add_http_listener("Http", Action::forward(&group));
        let logs = LogDriver::aws_logs("late");
        let image = ContainerImage::from_registry("public.ecr.aws/docker/library/busybox:1.37");
        base.task.add_container("late", ContainerDefinition::props(image).non_essential().logging(logs));
    });
    let waits_for = template.only(SERVICE)["DependsOn"].to_string();
    for id in ["AlbHttp", "TaskTaskRole", "TaskExecutionRoleDefaultPolicy", "VpcPrivateSubnet1DefaultRoute"] {
        assert!(waits_for.contains(id), "{id} in {waits_for}");
    }
    let opened = template.resources_of("AWS::EC2::SecurityGroupIngress");
    let ports: Vec<_> = opened.iter().map(|(_, rule)| &rule["Properties"]["ToPort"]).collect();
    assert!(ports.contains(&&json!(8080)), "{ports:?}");
    let properties = &template.only(SERVICE)["Properties"];
    assert_eq!(properties["HealthCheckGracePeriodSeconds"], 60);
    assert_eq!(properties["LoadBalancers"][0]["ContainerName"], "web");
}

#[test]
fn tasks_that_cannot_pull_their_images_are_a_warning() {
    let notice = |build: &dyn Fn(&Stack)| {
        let template = Template::of(build);
        template
            .notices()
            .iter()
            .map(|notice| format!("{}; {}\n", notice.message, notice.hint))
            .collect::<Vec<_>>()
            .concat()
    };
    let isolated = |stack: &Stack, endpoint: bool| {
        let groups = [SubnetConfiguration::isolated("App")];
        let vpc = stack.add("Vpc", Vpc::props().max_azs(1).subnet_configuration(groups));
        if endpoint {
            vpc.add_interface_endpoint("Ecr", InterfaceEndpointService::ECR_DOCKER);
        }
        stack.add("Service", Base::in_vpc(stack, vpc).service());
    };
    let cut_off = notice(&|stack| isolated(stack, false));
    assert!(cut_off.contains("has no route to the internet, and the VPC has no endpoint for `ecr.dkr`"), "{cut_off}");
    assert_eq!(notice(&|stack| isolated(stack, true)), "");
    let public = |stack: &Stack, address: bool| {
        let base = Base::of(stack);
        let service = base.service().vpc_subnets(SubnetSelection::of_type(SubnetType::Public));
        stack.add("Service", if address { service.assign_public_ip() } else { service });
    };
    let unaddressed = notice(&|stack| public(stack, false));
    assert!(unaddressed.contains("public subnet `Stack/Vpc/PublicSubnet1` without public addresses"), "{unaddressed}");
    assert_eq!(notice(&|stack| public(stack, true)), "");
}

#[test]
fn public_addresses_mean_public_subnets() {
    let public = service(FargateServiceProps::assign_public_ip);
    let network = &public["NetworkConfiguration"]["AwsvpcConfiguration"];
    assert_eq!(network["AssignPublicIp"], "ENABLED");
    assert_eq!(network["Subnets"][0]["Ref"], "VpcPublicSubnet1Subnet5C2D37C4");
}

#[test]
fn sessions_without_an_init_process_are_a_notice() {
    let notices = |container: fn(ContainerImage) -> purlin::ecs::ContainerDefinitionProps| {
        let template = Template::of(|stack| {
            let vpc = stack.add("Vpc", Vpc::props().nat_gateways(1));
            let cluster = stack.add("Cluster", Cluster::props(&vpc));
            let task = stack.add("Task", FargateTaskDefinition::props());
            task.add_container("web", container(ContainerImage::from_registry("nginx")));
            stack.add("Service", FargateService::props(&cluster, &task).enable_execute_command());
        });
        template.notices().iter().map(|notice| notice.message.clone()).collect::<String>()
    };
    assert!(notices(ContainerDefinition::props).contains(".init_process()"));
    let init = |image| ContainerDefinition::props(image).linux_parameters(LinuxParameters::new().init_process());
    assert_eq!(notices(init), "");
    let read_only = |image| ContainerDefinition::props(image).readonly_root_filesystem();
    assert!(notices(read_only).contains("ECS Exec does not work in `web`: its root file system is read-only"));
}

#[test]
fn services_that_ecs_refuses_are_problems() {
    let spot = || CapacityProviderStrategy::new(CapacityProvider::FARGATE_SPOT);
    let rebalanced = |service: FargateServiceProps| {
        service.availability_zone_rebalancing(AvailabilityZoneRebalancing::Enabled).min_healthy_percent(0)
    };
    let cases = [
        (
            refused(|service| service.capacity_provider_strategy(spot())),
            "`FARGATE_SPOT`, which its cluster does not have",
        ),
        (
            refused(|service| service.capacity_provider_strategy(spot().weight(0))),
            "every capacity provider has the weight 0",
        ),
        (refused(|service| rebalanced(service).max_percent(100)), "but at most 100 % of the tasks may run"),
        (refused(|service| service.name("web/app")), "the name of the service is `web/app`"),
        (refused(|service| service.health_check_grace_period(Duration::from_millis(1500))), "period is `1.5s`"),
        (
            refused(|service| {
                let alarms = DeploymentAlarms::fail_on(["errors"]);
                service.deployment_controller(DeploymentController::CodeDeploy).deployment_alarms(alarms)
            }),
            "deployment alarms, but is deployed by CodeDeploy",
        ),
    ];
    for (found, expect) in cases {
        assert!(found.contains(expect), "`{expect}` in {found}");
    }
}

#[test]
fn steps_that_overlap_are_problems() {
    let refused = |scaling: StepScaling| {
        let found = problems(|stack| {
            let service = stack.add("Service", Base::of(stack).service());
            service.auto_scale(1, 9).scale_on_metric("Queue", scaling);
        });
        found.into_iter().map(|problem| problem.message).collect::<String>()
    };
    let steps = || StepScaling::on(Metric::new("Shop", "Queue"));
    let cases = [
        (refused(steps()), "has no steps"),
        (refused(steps().below(50, -1).above(50, 1)), "below 50 and above 50"),
        (refused(steps().above(50, 1).above(50, 2)), "the step at 50 is not a number, or given twice"),
        (refused(steps().above(50, 1).datapoints_to_alarm(2)), "2 of 1 evaluated periods"),
        (refused(steps().above(50, 1).period(Duration::from_secs(45))), "the period of the metric is `45s`"),
        (refused(steps().above(50, 1).min_adjustment_magnitude(2)), "its steps are not percentages"),
        (refused(steps().above(50, 1).cooldown(Duration::from_millis(900))), "cooldown of the step scaling is `900ms`"),
    ];
    for (found, expect) in cases {
        assert!(found.contains(expect), "`{expect}` in {found}");
    }
}

#[test]
fn cooldowns_without_effect_or_with_fractions_are_problems() {
    let cases = [
        (TargetTracking::at(60).without_scale_in().scale_in_cooldown(Duration::from_mins(1)), "does not scale in"),
        (
            TargetTracking::at(60).scale_out_cooldown(Duration::from_millis(1500)),
            "cooldown is `1.5s`, but AWS takes whole",
        ),
    ];
    for (tracking, expect) in cases {
        let found = problems(|stack| {
            let service = stack.add("Service", Base::of(stack).service());
            service.auto_scale(1, 9).scale_on_cpu_utilization("Cpu", tracking);
        });
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.contains(expect), "{found:?}");
    }
}

#[test]
fn a_target_group_needs_a_port_of_the_container() {
    let found = problems(|stack| {
        let base = Base::of(stack);
        let group = stack.add("Group", ApplicationTargetGroup::props(&base.vpc));
        let balancer = stack.add("Alb", ApplicationLoadBalancer::props(&base.vpc));
        balancer.add_http_listener("Http", Action::forward(&group));
        let service = stack.add("Service", base.service());
        let web = base.task.default_container().unwrap();
        service.attach_container_to_target_group(&group, &web, 9090);
    });
    assert!(found[0].message.contains("by the port 9090, which `web` does not have"), "{found:?}");
    let found = problems(|stack| {
        let vpc = stack.add("Vpc", Vpc::props());
        let cluster = stack.add("Cluster", Cluster::props(&vpc));
        let task = stack.add("Task", FargateTaskDefinition::props());
        let group = stack.add("Group", ApplicationTargetGroup::props(&vpc));
        stack.add("Service", FargateService::props(&cluster, &task)).attach_to_target_group(&group);
    });
    assert!(found.iter().any(|problem| problem.message.contains("has no essential container yet")), "{found:?}");
}

#[test]
fn a_target_group_without_a_listener_is_a_problem() {
    let found = |raw: bool| {
        let found = problems(|stack| {
            let base = Base::of(stack);
            let group = stack.add("Group", ApplicationTargetGroup::props(&base.vpc));
            stack.add("Service", base.service()).attach_to_target_group(&group);
            if raw {
                let balancer = stack.add("Alb", ApplicationLoadBalancer::props(&base.vpc));
                let forward = ListenerAction::new(ListenerActionType::FORWARD).target_group_arn(group.arn());
                stack.add(
                    "Listener",
                    CfnListener::new([forward], balancer.arn()).port(80).protocol(ListenerProtocol::HTTP),
                );
            }
        });
        found.iter().filter(|problem| problem.message.contains("which no listener forwards to")).count()
    };
    assert_eq!((found(false), found(true)), (1, 0));
}

#[test]
fn existing_clusters_and_services_are_imported() {
    let template = Template::of(|stack| {
        let vpc = stack.add("Vpc", Vpc::props());
        let cluster = Cluster::from_arn(stack, "Cluster", "arn:aws:ecs:eu-west-1:111122223333:cluster/shop", &vpc);
        assert_eq!(cluster.name().as_str(), Some("shop"));
        assert!(cluster.cfn().is_none() && cluster.scope().path().ends_with("Cluster"));
        let service = FargateService::from_name(stack, "Service", "web", &cluster);
        stack.add("Arn", CfnOutput::new(service.arn()));
        let arn = "arn:aws:ecs:eu-west-1:111122223333:service/shop/api";
        assert_eq!(FargateService::from_arn(stack, "Api", arn, &cluster).name().as_str(), Some("api"));
        let spot = CapacityProviderStrategy::new(CapacityProvider::FARGATE_SPOT);
        let task = stack.add("Task", FargateTaskDefinition::props());
        task.add_container("web", ContainerDefinition::props(ContainerImage::from_registry("nginx")));
        stack.add("Own", FargateService::props(&cluster, &task).capacity_provider_strategy(spot));
    });
    let arn = template.json()["Outputs"]["Arn"]["Value"].to_string();
    assert!(arn.contains(":service/shop/web"), "{arn}");
    assert_eq!(template.only(SERVICE)["Properties"]["Cluster"], "shop");
}
