//! A stack's life: deployed, deployed again, changed, broken, destroyed. And the emulator's.

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
    assert_eq!(again.code, Some(0), "{}", again.said);
    assert!(again.said.contains("nothing to do"), "{}", again.said);
    let outputs: Value = serde_json::from_str(&fs::read_to_string(outputs).unwrap()).unwrap();
    let balancer = balancer(world.aws);
    let told = outputs["CognitoAlbFargate"].as_object().expect("the stack has outputs");
    assert!(told.values().any(|value| *value == balancer["DNSName"]), "{outputs:#}");

    let settings = world.settings(&[("\nenvironment:\n", "\nenvironment:\n  GREETING: hello\n")]);
    let changed = world.deploy(&["--settings", &settings]);
    assert_eq!(changed.code, Some(0), "{}", changed.said);
    assert_eq!(environment(&container(world.aws))["GREETING"], "hello", "{}", changed.said);

    let destroyed = world.destroy();
    assert_eq!(destroyed.code, Some(0), "{}", destroyed.said);
    assert!(
        destroyed.said.contains("retained: ") && destroyed.said.contains("AWS::Cognito::UserPool"),
        "{}",
        destroyed.said
    );
    nothing_runs(world.aws);
    let pools = world.aws.cognito("ListUserPools", &json!({ "MaxResults": 10 }));
    assert_eq!(list(&pools["UserPools"]).len(), 1, "the users are still there");
}

#[test]
fn a_broken_setting_fails_with_the_reason_and_leaves_nothing_half_made() {
    let world = World::new();
    // Somebody else has the prefix: login pages share their names within a region.
    let other = world.aws.cognito("CreateUserPool", &json!({ "PoolName": "somebody else's" }));
    world.aws.cognito("CreateUserPoolDomain", &json!({ "UserPoolId": other["UserPool"]["Id"], "Domain": PREFIX }));

    let failed = world.deploy(&[]);
    assert_eq!(failed.code, Some(4), "{}", failed.said);
    assert!(failed.said.contains("Domain already associated with another user pool"), "{}", failed.said);
    assert!(failed.said.contains("AWS::Cognito::UserPoolDomain"), "{}", failed.said);
    nothing_runs(world.aws);

    // And the way is free: with another prefix the same command succeeds.
    let settings = world.settings(&[(PREFIX, "purlin-another-login")]);
    let mended = world.deploy(&["--settings", &settings]);
    assert_eq!(mended.code, Some(0), "{}", mended.said);
}

#[test]
fn a_broken_change_fails_with_the_reason_and_leaves_what_was_there() {
    let world = World::deployed();
    let other = world.aws.cognito("CreateUserPool", &json!({ "PoolName": "somebody else's" }));
    let taken = json!({ "UserPoolId": other["UserPool"]["Id"], "Domain": "purlin-taken-login" });
    world.aws.cognito("CreateUserPoolDomain", &taken);

    let settings = world.settings(&[(PREFIX, "purlin-taken-login")]);
    let failed = world.deploy(&["--settings", &settings]);
    assert_eq!(failed.code, Some(4), "{}", failed.said);
    assert!(failed.said.contains("Domain already associated with another user pool"), "{}", failed.said);
    let domain = world.aws.cognito("DescribeUserPoolDomain", &json!({ "Domain": PREFIX }));
    assert_eq!(domain["DomainDescription"]["Domain"], PREFIX, "the old login is still there");

    let unchanged = world.deploy(&[]);
    assert_eq!(unchanged.code, Some(0), "{}", unchanged.said);
}

#[test]
fn the_emulator_runs_until_it_is_told_to_stop() {
    let world = World::new();
    let endpoint = format!("http://127.0.0.1:{}", world.aws.port);
    let status = world.local("status");
    assert!(status.said.contains(&endpoint), "{}", status.said);
    assert!(world.local("start").said.contains(&endpoint), "a second start finds the first");

    world.aws.cognito("CreateUserPool", &json!({ "PoolName": "mine" }));
    assert_eq!(world.local("reset").code, Some(0));
    let pools = world.aws.cognito("ListUserPools", &json!({ "MaxResults": 10 }));
    assert!(list(&pools["UserPools"]).is_empty(), "a reset forgets");

    assert_eq!(world.local("stop").code, Some(0));
    let status = world.local("status");
    assert!(status.code == Some(0) && status.said.contains("no local emulator is running"), "{}", status.said);
}

#[test]
fn an_emulator_that_crashed_is_replaced_by_one_even_if_two_ask() {
    let world = World::new();
    let status = world.local("status").said;
    let process = status.split("process ").nth(1).and_then(|rest| rest.split(',').next()).expect("the status names it");
    assert!(Command::new("kill").args(["-KILL", process]).status().unwrap().success());
    while std::net::TcpStream::connect(("127.0.0.1", world.aws.port)).is_ok() {
        thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(world.local("status").said.contains("no local emulator is running"));

    let endpoint = |said: &str| said.lines().find(|line| line.starts_with("http://")).map(str::to_owned);
    let [one, other] = thread::scope(|scope| {
        [(); 2].map(|()| scope.spawn(|| world.local("start"))).map(|start| start.join().unwrap())
    });
    assert_eq!((one.code, other.code), (Some(0), Some(0)), "{}{}", one.said, other.said);
    assert!(endpoint(&one.said).is_some());
    assert_eq!(endpoint(&one.said), endpoint(&other.said));
}

/// Nothing that costs money or stands in the way of the next attempt.
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
