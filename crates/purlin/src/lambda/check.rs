//! What Lambda would refuse of a function
//! (<https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>).

use std::collections::BTreeMap;

use purlin_construct::{Scope, SecretValue, Value};

use super::function_props::{FunctionProps, LogFormat, LogLevel};
use crate::check::Checks;
use crate::ec2::{Subnet, SubnetType};

/// All names and values of environment variables together, in bytes
/// (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
const MOST_ENVIRONMENT: usize = 4096;

const MOST_LAYERS: usize = 5;

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
    name(scope, props.name.as_ref());
    sizes(scope, props);
    if let Some(text) = props.description.as_ref().and_then(Value::as_str)
        && text.chars().count() > 256
    {
        scope.error(
            format!("the function's description has {} characters, Lambda takes 256", text.chars().count()),
            "shorten it",
        );
    }
    if props.code.is_image() && !props.layers.is_empty() {
        scope.error(
            "the function is a container image and has layers, which Lambda refuses",
            "copy the layers' files into the image, or keep the code in a zip file",
        );
    }
    if props.layers.len() > MOST_LAYERS {
        scope.error(
            format!("the function has {} layers, Lambda takes {MOST_LAYERS}", props.layers.len()),
            "join some layers",
        );
    }
    environment(scope, &props.environment);
    log_levels(scope, props);
    props.async_invoke.check(scope);
}

fn log_levels(scope: &Scope, props: &FunctionProps) {
    let has_levels = props.application_log_level.is_some() || props.system_log_level.is_some();
    if has_levels && props.log_format != Some(LogFormat::Json) {
        scope.error(
            "the function's log lines are picked by their level, but they are text, which has none",
            "add `.log_format(LogFormat::Json)`",
        );
    }
    if let Some(level) = props.system_log_level.filter(|level| !(LogLevel::Debug..=LogLevel::Warn).contains(level)) {
        scope.error(
            format!("Lambda's own log lines are kept from the level `{}` on, it takes `DEBUG` to `WARN`", level.name()),
            "choose a level between",
        );
    }
}

fn name(scope: &Scope, name: Option<&Value<String>>) {
    scope.check("the function's name").name(&name, 1..=64, "-_");
}

fn sizes(scope: &Scope, props: &FunctionProps) {
    if let Some(mib) = props.memory_mib.filter(|mib| !(128..=10240).contains(mib)) {
        scope.error(
            format!("the function has `{mib}` MiB of memory, Lambda takes 128 to 10240"),
            "choose a size between",
        );
    }
    if let Some(mib) = props.ephemeral_storage_mib.filter(|mib| !(512..=10240).contains(mib)) {
        scope.error(
            format!("the function's `/tmp` has `{mib}` MiB, Lambda takes 512 to 10240"),
            "choose a size between",
        );
    }
    if let Some(timeout) = props.timeout
        && (timeout.subsec_nanos() != 0 || !(1..=900).contains(&timeout.as_secs()))
    {
        scope.error(
            format!("the function's timeout is `{timeout:?}`, Lambda takes whole seconds from 1 to 900"),
            "choose one of 1 second to 15 minutes; what takes longer is no work for a function",
        );
    }
}

/// Checks the whole environment of a function.
pub(super) fn environment(scope: &Scope, variables: &BTreeMap<String, Value<String>>) {
    for (name, value) in variables {
        variable(scope, name, value);
    }
    let size: usize = variables.iter().map(|(name, value)| name.len() + value.as_str().map_or(0, str::len)).sum();
    if size > MOST_ENVIRONMENT {
        scope.error(
            format!("the function's environment variables have {size} bytes together, Lambda takes {MOST_ENVIRONMENT}"),
            "keep long values in a parameter of Systems Manager or an object of Amazon S3",
        );
    }
}

pub(super) fn variable(scope: &Scope, name: &str, value: &Value<String>) {
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_name = starts_well && name.len() >= 2 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if RESERVED.contains(&name) {
        scope.error(format!("the environment variable `{name}` is set by Lambda itself"), "choose another name");
    } else if !is_name {
        scope.error(
            format!(
                "`{name}` is not a name of an environment variable of Lambda: a letter, then at least one letter, digit \
                 or `_`"
            ),
            "choose another name",
        );
    }
    if SecretValue::is_referenced_in(value.expr()) {
        scope.error(
            format!("the environment variable `{name}` is a secret: whoever may look at the function would read it"),
            "give the function the secret's ARN instead, and let it read the secret: `secret.grant_read(&function)`",
        );
    }
}

/// A function has no public address: in a public subnet it reaches nothing outside of the VPC
/// (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html>).
pub(super) fn subnets(scope: &Scope, subnets: &[Subnet]) {
    if subnets.iter().any(|subnet| subnet.kind() == SubnetType::Public) {
        scope.error(
            "the function is in public subnets, from which it cannot reach the internet: a function has no public address",
            "select private subnets by `.vpc_subnets(..)`, or say `.allow_public_subnet()` if it stays inside the VPC",
        );
    }
}
