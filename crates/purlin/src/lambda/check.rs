//! Checks of functions against the limits of Lambda
//! (<https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>).

use purlin_construct::{Expr, Scope, SecretValue, Value};

use super::function_props::{FunctionProps, LogFormat, LogLevel};
use crate::check::{Checks, set_twice};
use crate::ec2::{Subnet, SubnetType};

/// The limit of all names and values of environment variables together, in bytes
/// (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
const MOST_ENVIRONMENT: usize = 4096;

pub(super) const VARIABLE: &str = "environment variable";

/// Variables that Lambda sets itself
/// (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime>).
const RESERVED: [&str; 19] = [
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_SECURITY_TOKEN",
];

pub(super) fn function(scope: &Scope, props: &FunctionProps) {
    scope.check("the function's name").name(&props.name, 1..=64, "-_");
    scope.check("the function's memory in MiB").number(props.memory_mib, 128..=10240);
    scope.check("the size of the function's `/tmp` in MiB").number(props.ephemeral_storage_mib, 512..=10240);
    scope.check("the function's timeout").whole_seconds(props.timeout, 1..=900);
    if props.code.is_image() && !props.layers.is_empty() {
        scope.error(
            "the function is a container image and has layers, but AWS takes layers for zip files only",
            "copy the layers' files into the image, or use a zip file",
        );
    }
    props.code.check_handler(scope, !props.layers.is_empty());
    environment(scope, &props.environment);
    log_levels(scope, props);
    if props.log_group.is_some() && (props.log_retention.is_some() || props.log_removal.is_some()) {
        scope.error(
            "the function has a log group, and a retention or removal policy for a new one",
            "set them on the log group",
        );
    }
    let dead_letter = props.dead_letter.as_ref().map(|target| ("dead-letter target", target.arn()));
    for (what, arn) in dead_letter.into_iter().chain(props.async_invoke.destinations_of()) {
        fifo(scope, what, &arn);
    }
    props.async_invoke.check(scope);
}

/// Reports a FIFO queue or topic, by its literal ARN, or by its resource.
fn fifo(scope: &Scope, what: &str, arn: &Value<String>) {
    let resource = arn.expr().target().and_then(|node| scope.scope_of(node));
    let is_flagged = |resource: Scope| {
        ["FifoQueue", "FifoTopic"].iter().any(|name| resource.property(name) == Some(Expr::Bool(true)))
    };
    if arn.as_str().is_some_and(|arn| arn.rsplit('.').next() == Some("fifo")) || resource.is_some_and(is_flagged) {
        scope.error(
            format!("the {what} of the function is a FIFO queue or topic, but AWS takes standard ones"),
            "give a queue or topic without `.fifo` at the end of its name",
        );
    }
}

fn log_levels(scope: &Scope, props: &FunctionProps) {
    let has_levels = props.application_log_level.is_some() || props.system_log_level.is_some();
    if has_levels && props.log_format != Some(LogFormat::Json) {
        scope.error(
            "the function's log lines are filtered by level, but lines of text have no level",
            "add `.log_format(LogFormat::Json)`",
        );
    }
    if let Some(level) = props.system_log_level.filter(|level| !(LogLevel::Debug..=LogLevel::Warn).contains(level)) {
        scope.error(
            format!("the level of Lambda's own log lines is `{}`, but AWS takes `DEBUG` to `WARN`", level.name()),
            "choose one of these levels",
        );
    }
}

/// Checks the whole environment of a function.
pub(super) fn environment(scope: &Scope, variables: &[(String, Value<String>)]) {
    set_twice(scope, VARIABLE, variables);
    for (name, value) in variables {
        variable(scope, name, value);
    }
    let size: usize = variables.iter().map(|(name, value)| name.len() + value.as_str().map_or(0, str::len)).sum();
    let hint = "keep long values in a parameter of Systems Manager or an object of Amazon S3";
    let check = scope.check("the function's environment").hint(hint);
    check.count("bytes", size, ..=MOST_ENVIRONMENT);
}

pub(super) fn variable(scope: &Scope, name: &str, value: &Value<String>) {
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_name = starts_well && name.len() >= 2 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if RESERVED.contains(&name) {
        scope.error(format!("the environment variable `{name}` is set by Lambda itself"), "choose another name");
    } else if !is_name {
        scope.error(
            format!(
                "an environment variable is named `{name}`, but AWS takes a letter and then at least one letter, digit \
                 or `_`"
            ),
            "choose another name",
        );
    }
    if SecretValue::is_referenced_in(value.expr()) {
        scope.error(
            format!("the environment variable `{name}` is a secret, which is then readable in the function's settings"),
            "pass the secret's ARN instead, and let the function read the secret: `secret.grant_read(&function)`",
        );
    }
}

/// Reports public subnets: a function has no public address, so from there it cannot connect out of the VPC
/// (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html>).
pub(super) fn subnets(scope: &Scope, subnets: &[Subnet]) {
    if subnets.iter().any(|subnet| subnet.kind() == SubnetType::Public) {
        scope.error(
            "the function is in public subnets, from which it cannot reach the internet: a function has no public address",
            "select private subnets with `.vpc_subnets(..)`, or add `.allow_public_subnet()` if it needs no internet",
        );
    }
}
