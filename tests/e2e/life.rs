//! The life cycle of a stack: deployed, deployed again, changed, broken, destroyed. And that of the emulator.

use std::fs;
use std::process::Command;
use std::thread;

use serde_json::{Value, json};

use super::PREFIX;
use super::aws::{Aws, list};
use super::readback::{balancer, container, environment};
use super::world::World;

#[test]
fn a_stack_is_deployed_again_changed_and_destroyed() {
    let world = World::deployed();

    let outputs = world.path("outputs.json");
    let again = world.deploy(&["--outputs-file", &outputs]);
    assert_eq!(again.code, Some(0), "{}", again.output);
    assert!(again.output.contains("nothing to do"), "{}", again.output);
    let outputs: Value = serde_json::from_str(&fs::read_to_string(outputs).unwrap()).unwrap();
    let balancer = balancer(world.aws);
    let values = outputs["CognitoAlbFargate"].as_object().expect("the stack has outputs");
    assert!(values.values().any(|value| *value == balancer["DNSName"]), "{outputs:#}");

    let settings = world.settings(&[("\nenvironment:\n", "\nenvironment:\n  GREETING: hello\n")]);
    let changed = world.deploy(&["--settings", &settings]);
    assert_eq!(changed.code, Some(0), "{}", changed.output);
    assert_eq!(environment(&container(world.aws))["GREETING"], "hello", "{}", changed.output);

    let destroyed = world.destroy();
    assert_eq!(destroyed.code, Some(0), "{}", destroyed.output);
    assert!(
        destroyed.output.contains("retained: ") && destroyed.output.contains("AWS::Cognito::UserPool"),
        "{}",
        destroyed.output
    );
    nothing_runs(world.aws);
    let pools = world.aws.cognito("ListUserPools", &json!({ "MaxResults": 10 }));
    assert_eq!(list(&pools["UserPools"]).len(), 1, "the users still exist");
}

#[test]
fn a_failed_creation_has_the_reason_and_leaves_nothing() {
    let world = World::new();
    // Another pool has the prefix: prefixes are unique in a region.
    let other = world.aws.cognito("CreateUserPool", &json!({ "PoolName": "other" }));
    world.aws.cognito("CreateUserPoolDomain", &json!({ "UserPoolId": other["UserPool"]["Id"], "Domain": PREFIX }));

    let failed = world.deploy(&[]);
    assert_eq!(failed.code, Some(4), "{}", failed.output);
    assert!(failed.output.contains("Domain already associated with another user pool"), "{}", failed.output);
    assert!(failed.output.contains("AWS::Cognito::UserPoolDomain"), "{}", failed.output);
    nothing_runs(world.aws);

    // With another prefix the same command succeeds.
    let settings = world.settings(&[(PREFIX, "purlin-another-login")]);
    let mended = world.deploy(&["--settings", &settings]);
    assert_eq!(mended.code, Some(0), "{}", mended.output);
}

#[test]
fn a_failed_update_has_the_reason_and_restores_the_stack() {
    let world = World::deployed();
    let other = world.aws.cognito("CreateUserPool", &json!({ "PoolName": "other" }));
    let taken = json!({ "UserPoolId": other["UserPool"]["Id"], "Domain": "purlin-taken-login" });
    world.aws.cognito("CreateUserPoolDomain", &taken);

    let settings = world.settings(&[(PREFIX, "purlin-taken-login")]);
    let failed = world.deploy(&["--settings", &settings]);
    assert_eq!(failed.code, Some(4), "{}", failed.output);
    assert!(failed.output.contains("Domain already associated with another user pool"), "{}", failed.output);
    let domain = world.aws.cognito("DescribeUserPoolDomain", &json!({ "Domain": PREFIX }));
    assert_eq!(domain["DomainDescription"]["Domain"], PREFIX, "the old login still exists");

    let unchanged = world.deploy(&[]);
    assert_eq!(unchanged.code, Some(0), "{}", unchanged.output);
}

#[test]
fn the_emulator_runs_until_it_is_stopped() {
    let world = World::new();
    let endpoint = format!("http://127.0.0.1:{}", world.aws.port);
    let status = world.local("status");
    assert!(status.output.contains(&endpoint), "{}", status.output);
    assert!(world.local("start").output.contains(&endpoint), "a second start finds the running emulator");

    world.aws.cognito("CreateUserPool", &json!({ "PoolName": "mine" }));
    assert_eq!(world.local("reset").code, Some(0));
    let pools = world.aws.cognito("ListUserPools", &json!({ "MaxResults": 10 }));
    assert!(list(&pools["UserPools"]).is_empty(), "a reset removes everything");

    assert_eq!(world.local("stop").code, Some(0));
    let status = world.local("status");
    assert!(status.code == Some(0) && status.output.contains("no local emulator is running"), "{}", status.output);
}

#[test]
fn a_crashed_emulator_is_replaced_once_by_two_concurrent_starts() {
    let world = World::new();
    let status = world.local("status").output;
    let process =
        status.split("process ").nth(1).and_then(|rest| rest.split(',').next()).expect("the status has the process");
    assert!(Command::new("kill").args(["-KILL", process]).status().unwrap().success());
    while std::net::TcpStream::connect(("127.0.0.1", world.aws.port)).is_ok() {
        thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(world.local("status").output.contains("no local emulator is running"));

    let endpoint = |output: &str| output.lines().find(|line| line.starts_with("http://")).map(str::to_owned);
    let [one, other] = thread::scope(|scope| {
        [(); 2].map(|()| scope.spawn(|| world.local("start"))).map(|start| start.join().unwrap())
    });
    assert_eq!((one.code, other.code), (Some(0), Some(0)), "{}{}", one.output, other.output);
    assert!(endpoint(&one.output).is_some());
    assert_eq!(endpoint(&one.output), endpoint(&other.output));
}

/// Checks that nothing remains that costs money or blocks the next attempt.
fn nothing_runs(aws: Aws) {
    let balancers = aws.elbv2("DescribeLoadBalancers", &[]);
    assert!(list(&balancers["LoadBalancers"]).is_empty(), "{balancers:#}");
    let groups = aws.elbv2("DescribeTargetGroups", &[]);
    assert!(list(&groups["TargetGroups"]).is_empty(), "{groups:#}");
    let clusters = aws.ecs("ListClusters", &json!({}));
    assert!(list(&clusters["clusterArns"]).is_empty(), "{clusters:#}");
    let gateways = aws.ec2("DescribeNatGateways", &[]);
    assert!(list(&gateways["natGatewaySet"]).is_empty(), "{gateways:#}");
    let addresses = aws.ec2("DescribeAddresses", &[]);
    assert!(list(&addresses["addressesSet"]).is_empty(), "{addresses:#}");
    let networks = aws.ec2("DescribeVpcs", &[]);
    assert!(list(&networks["vpcSet"]).iter().all(|network| network["isDefault"] == "true"), "{networks:#}");
    let certificates = aws.acm("ListCertificates", &json!({}));
    assert!(list(&certificates["CertificateSummaryList"]).is_empty(), "{certificates:#}");
}
