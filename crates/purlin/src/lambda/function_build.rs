//! Makes the resources of a function from its recipe.

use std::cell::RefCell;

use purlin_cfn::lambda::{
    CfnFunction, FunctionArchitectures, FunctionDeadLetterConfig, FunctionEnvironment, FunctionEphemeralStorage,
    FunctionLoggingConfig, FunctionLoggingConfigLogFormat, FunctionPackageType, FunctionTracingConfig,
    FunctionTracingConfigMode, FunctionVpcConfig,
};
use purlin_construct::{Construct, RemovalPolicy, Scope, Value, Word};

use super::check;
use super::function::{Function, Made};
use super::function_props::{Architecture, FunctionProps, LogFormat, Network, Tracing};
use crate::ec2::{Connections, SecurityGroup, Subnet};
use crate::iam::{ManagedPolicy, PolicyStatement, Principal, Role};
use crate::logs::{LogGroup, Retention};
use crate::time::seconds;

/// The permissions of `AWSLambdaVPCAccessExecutionRole` on network interfaces
/// (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions>).
const INTERFACES: [&str; 6] = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
];

/// A group's description has at most 255 characters, 45 of them around the name.
const LONGEST_NAME: usize = 200;

impl Construct for FunctionProps {
    type Handle = Function;

    fn build(mut self, scope: Scope) -> Function {
        check::function(&scope, &self);
        let placed = Placed::of(&scope, std::mem::take(&mut self.network));
        let given = self.role.take();
        let role = given.clone().unwrap_or_else(|| own_role(&scope, placed.is_some()));
        let log_group = self.log_group.take().unwrap_or_else(|| {
            let group = LogGroup::props().retention(self.log_retention.unwrap_or(Retention::OneMonth));
            let group = group.removal_policy(self.log_removal.unwrap_or(RemovalPolicy::Retain));
            scope.add("LogGroup", group)
        });
        if given.is_some() {
            log_group.grant_write(&role);
        }
        if given.is_some() && placed.is_some() {
            role.add_to_policy(PolicyStatement::allow().actions(INTERFACES).all_resources());
        }
        self.permit(&role);
        let environment = RefCell::new(self.environment.clone());
        let async_invoke = std::mem::take(&mut self.async_invoke);
        let function = self.render(&scope, &role, &log_group, placed.as_ref());
        let cfn = scope.add("Resource", function);
        // Lambda uses the role while it creates the function, and code can run immediately.
        cfn.depends_on(&role);
        for route in placed.iter().flat_map(|placed| &placed.subnets).flat_map(Subnet::internet_connectivity) {
            cfn.depends_on(&route);
        }
        async_invoke.declare(&scope, cfn.id());
        let connections = placed.map(|placed| Connections::new(placed.groups));
        Function::made(scope, Made { cfn, role, log_group, connections, environment })
    }
}

/// The place of the function in a VPC, with its security groups.
struct Placed {
    subnets: Vec<Subnet>,
    groups: Vec<SecurityGroup>,
}

impl Placed {
    fn of(scope: &Scope, network: Network) -> Option<Self> {
        let Some(vpc) = network.vpc else {
            let is_placed = network.subnets.is_some() || !network.groups.is_empty() || network.in_public;
            if is_placed {
                scope.error("the function has subnets or security groups, but is not in a VPC", "add `.vpc(&vpc)`");
            }
            return None;
        };
        let subnets = vpc.select_subnets_for(scope, &network.subnets.unwrap_or_default());
        if !network.in_public {
            check::subnets(scope, &subnets);
        }
        let mut groups = network.groups;
        if groups.is_empty() {
            // The CDK's text: another one would replace the group of a stack that was made with the CDK.
            let name = scope.stack().unique_name_of(scope, "", LONGEST_NAME);
            let description = format!("Automatic security group for Lambda Function {name}");
            groups.push(scope.add("SecurityGroup", SecurityGroup::props(&vpc).description(description)));
        }
        Some(Self { subnets, groups })
    }

    fn render(&self) -> FunctionVpcConfig {
        let groups: Vec<Value<String>> = self.groups.iter().map(SecurityGroup::id).collect();
        let subnets: Vec<Value<String>> = self.subnets.iter().map(Subnet::id).collect();
        FunctionVpcConfig::new().security_group_ids(groups).subnet_ids(subnets)
    }
}

fn own_role(scope: &Scope, in_vpc: bool) -> Role {
    let mut role = Role::props(Principal::service("lambda.amazonaws.com"))
        .managed_policy(ManagedPolicy::aws("service-role/AWSLambdaBasicExecutionRole"));
    if in_vpc {
        role = role.managed_policy(ManagedPolicy::aws("service-role/AWSLambdaVPCAccessExecutionRole"));
    }
    scope.add("ServiceRole", role)
}

impl FunctionProps {
    /// Adds the permissions of the recipe to the role.
    fn permit(&mut self, role: &Role) {
        for statement in std::mem::take(&mut self.statements) {
            role.add_to_policy(statement);
        }
        if let Some(target) = &self.dead_letter {
            role.add_to_policy(PolicyStatement::allow().action(target.action()).resource(target.arn()));
        }
        self.async_invoke.permit(role);
        if self.tracing.is_some() {
            let actions = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"];
            role.add_to_policy(PolicyStatement::allow().actions(actions).all_resources());
        }
        if let Some(key) = &self.environment_key {
            key.grant_decrypt(role);
        }
    }

    fn render(self, scope: &Scope, role: &Role, logs: &LogGroup, placed: Option<&Placed>) -> CfnFunction {
        let bound = self.code.clone().bind(scope, self.architecture.unwrap_or(Architecture::X86_64));
        let mut function = CfnFunction::new(bound.code, role.arn());
        function = match bound.runtime {
            Some((runtime, handler)) => function.runtime(runtime).handler(handler),
            None => function.package_type(FunctionPackageType::IMAGE),
        };
        if let Some(image) = bound.image {
            function = function.image_config(image);
        }
        if let Some(placed) = placed {
            function = function.vpc_config(placed.render());
        }
        let logging = self.logging(logs);
        self.render_options(function.logging_config(logging))
    }

    fn logging(&self, logs: &LogGroup) -> FunctionLoggingConfig {
        let mut logging = FunctionLoggingConfig::new().log_group(logs.name());
        if let Some(format) = self.log_format {
            logging = logging.log_format(match format {
                LogFormat::Text => FunctionLoggingConfigLogFormat::TEXT,
                LogFormat::Json => FunctionLoggingConfigLogFormat::JSON,
            });
        }
        if let Some(level) = self.application_log_level {
            logging = logging.application_log_level(Word::known(level.name()));
        }
        match self.system_log_level {
            Some(level) => logging.system_log_level(Word::known(level.name())),
            None => logging,
        }
    }

    fn render_options(self, mut function: CfnFunction) -> CfnFunction {
        if let Some(name) = self.name {
            function = function.function_name(name);
        }
        if let Some(description) = self.description {
            function = function.description(description);
        }
        if !self.environment.is_empty() {
            function = function.environment(FunctionEnvironment::new().variables(self.environment));
        }
        if let Some(key) = self.environment_key {
            function = function.kms_key_arn(key.arn());
        }
        if let Some(mib) = self.memory_mib {
            function = function.memory_size(mib);
        }
        if let Some(mib) = self.ephemeral_storage_mib {
            function = function.ephemeral_storage(FunctionEphemeralStorage::new(mib));
        }
        if let Some(timeout) = self.timeout {
            function = function.timeout(seconds(timeout));
        }
        if let Some(architecture) = self.architecture {
            function = function.architectures([match architecture {
                Architecture::X86_64 => FunctionArchitectures::X86_64,
                Architecture::Arm64 => FunctionArchitectures::ARM64,
            }]);
        }
        if let Some(count) = self.reserved_concurrency {
            function = function.reserved_concurrent_executions(count);
        }
        if let Some(target) = self.dead_letter {
            function = function.dead_letter_config(FunctionDeadLetterConfig::new().target_arn(target.arn()));
        }
        if !self.layers.is_empty() {
            function = function.layers(self.layers);
        }
        match self.tracing {
            Some(tracing) => function.tracing_config(FunctionTracingConfig::new().mode(match tracing {
                Tracing::Active => FunctionTracingConfigMode::ACTIVE,
                Tracing::PassThrough => FunctionTracingConfigMode::PASS_THROUGH,
            })),
            None => function,
        }
    }
}
