//! Tests the checks with canned responses of AWS, over loopback through the real SDK.

mod aws;

use std::net::SocketAddr;

use purlin_assembly::{Artifact, Assembly, CloudAssembly, Environment, MetadataEntry, StackProperties};
use serde_json::{Value, json};

use self::aws::Answer::Refused;
use self::aws::{Answer, Answers, Aws, form, records, zone};
use super::{Context, Existing, Finding, Severity, run_checks};
use crate::followers::dns::Dns;
use crate::followers::tests::names::serve;
use crate::options::DeployOptions;
use crate::session::{Connection, Session};

/// The findings, and the requests made for them.
struct Checked {
    found: Vec<Finding>,
    requests: Vec<String>,
}

impl Checked {
    /// `severity check logical-id: reason` of all findings except notes.
    fn lines(&self) -> Vec<String> {
        let line = |it: &Finding| {
            format!("{:?} {} {}: {}", it.severity, it.check, it.logical_id.as_deref().unwrap_or("-"), it.reason)
        };
        self.found.iter().filter(|it| it.severity > Severity::Note).map(line).collect()
    }
}

/// Checks a template of resources with these responses.
async fn check(resources: &Value, answers: Answers) -> Checked {
    check_with(&json!({"Resources": resources}), answers, None, None).await
}

async fn check_with(
    template: &Value,
    answers: Answers,
    existing: Option<Existing>,
    name_server: Option<SocketAddr>,
) -> Checked {
    check_with_options(template, answers, existing, name_server, &DeployOptions::default()).await
}

async fn check_with_options(
    template: &Value,
    mut answers: Answers,
    existing: Option<Existing>,
    name_server: Option<SocketAddr>,
    options: &DeployOptions,
) -> Checked {
    let identity = "<Account>111122223333</Account><Arn>arn:aws:iam::111122223333:root</Arn>";
    answers.entry("GetCallerIdentity").or_insert_with(|| form("GetCallerIdentity", identity));
    let aws = Aws::answering(answers);
    let connection = Connection::Local { endpoint: aws.url.clone(), region: "eu-west-1".into() };
    let session = Session::connect(&connection).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut out = CloudAssembly::new();
    out.json("Web.template.json", template);
    let stack = Artifact::of_stack(&Environment::agnostic(), &StackProperties::new("Web.template.json"));
    let entry = MetadataEntry::new(MetadataEntry::LOGICAL_ID, "It").at("src/main.rs:12:9");
    out.artifact("Web", stack.with_metadata("/Web/It", entry));
    out.write(folder.path()).unwrap();
    let assembly = Assembly::read(folder.path()).unwrap();
    let size = template.to_string().len();
    let mut context = Context::new(&session, &assembly.stacks()[0], template, size, existing, options);
    context.dns = name_server.and_then(Dns::at);
    let found = Box::pin(run_checks(&context)).await;
    Checked { found, requests: aws.requests() }
}

/// An existing stack, deployed from a template of resources.
fn existing(resources: &Value) -> Existing {
    let id = "arn:aws:cloudformation:eu-west-1:111122223333:stack/Web/1".to_owned();
    Existing { id, template: json!({"Resources": resources}), ..Existing::default() }
}

fn record(name: &str) -> Value {
    json!({"Type": "AWS::Route53::RecordSet", "Properties": {"Name": name, "Type": "A", "HostedZoneId": "Z1"}})
}

fn certificate(name: &str) -> Value {
    let options = json!([{"DomainName": name, "HostedZoneId": "Z1"}]);
    json!({"Type": "AWS::CertificateManager::Certificate", "Properties": {"DomainName": name, "DomainValidationOptions": options}})
}

/// Name and type of a record.
type NameAndType<'a> = (&'a str, &'a str);

const SERVERS: [&str; 2] = ["ns-1.awsdns-01.org", "ns-2.awsdns-02.net"];

fn no_certificates() -> (&'static str, Answer) {
    ("ListCertificates", aws::json(&json!({"CertificateSummaryList": []})))
}

#[tokio::test]
async fn hosted_zones_exist_contain_the_name_and_are_public() {
    let cases = [
        (
            Refused("NoSuchHostedZone"),
            certificate("app.example.com"),
            vec!["Error hosted-zone It: hosted zone `Z1` does not exist in account `111122223333`"],
        ),
        (zone("example.com", false, &[]), certificate("app.example.com"), vec![]),
        (zone("example.com", false, &[]), certificate("*.example.com"), vec![]),
        (
            zone("example.org", false, &[]),
            record("app.example.com."),
            vec!["Error hosted-zone It: `app.example.com` is not within hosted zone `example.org` (`Z1`)"],
        ),
        (
            zone("ample.com", false, &[]),
            record("app.example.com."),
            vec!["Error hosted-zone It: `app.example.com` is not within hosted zone `ample.com` (`Z1`)"],
        ),
        (
            zone("example.com", true, &[]),
            certificate("app.example.com"),
            vec![
                "Error hosted-zone It: the certificate for `app.example.com` is validated in hosted zone `example.com` (`Z1`), which is private: ACM cannot read it",
            ],
        ),
        (zone("example.com", true, &[]), record("app.example.com"), vec![]),
    ];
    for (zone, resource, expected) in cases {
        let answers =
            Answers::from([("hostedzone/Z1", zone), ("hostedzone/Z1/rrset", records(&[])), no_certificates()]);
        assert_eq!(check(&json!({"It": resource}), answers).await.lines(), expected);
    }
}

#[tokio::test]
async fn a_zone_without_delegation_is_found_before_the_certificate_waits() {
    let cases = [
        (SERVERS.to_vec(), None),
        (vec![SERVERS[0]], None),
        (
            vec![],
            Some(
                "Error hosted-zone It: hosted zone `example.com` (`Z1`) is not delegated: public DNS has no name servers for it: the certificate would wait for its validation",
            ),
        ),
        (
            vec!["ns.registrar.example"],
            Some(
                "Error hosted-zone It: public DNS does not delegate to hosted zone `example.com` (`Z1`): it has `ns.registrar.example`: the certificate would wait for its validation",
            ),
        ),
        (
            vec![SERVERS[0], "ns.old.example"],
            Some(
                "Warning hosted-zone It: public DNS has name servers for `example.com` that are not those of hosted zone `Z1`: `ns.old.example` instead of `ns-2.awsdns-02.net`",
            ),
        ),
    ];
    let template = json!({"Resources": {"It": certificate("app.example.com")}});
    for (public, expected) in cases {
        let servers: Vec<_> = public.iter().map(|server| ("example.com", "NS", *server)).collect();
        let server = serve(&servers);
        let answers = || Answers::from([("hostedzone/Z1", zone("example.com", false, &SERVERS)), no_certificates()]);
        let checked = check_with(&template, answers(), None, Some(server)).await;
        assert_eq!(checked.lines(), expected.into_iter().collect::<Vec<_>>(), "{public:?}");
        let made = existing(&template["Resources"]);
        let again = check_with(&template, answers(), Some(made), Some(server)).await;
        assert!(
            again.lines().iter().all(|line| line.starts_with("Warning")),
            "no error for an existing certificate: {:?}",
            again.lines()
        );
    }
}

#[tokio::test]
async fn an_existing_record_is_a_problem() {
    let taken = "Error record It: the hosted zone already has a record `app.example.com` of type `A`, and CloudFormation does not overwrite it";
    let alone = "Error record It: the hosted zone has a record `app.example.com` of type `CNAME`, and a name with a `CNAME` can have no other record";
    let cases: [(&[NameAndType<'_>], Option<&str>); 5] = [
        (&[], None),
        (&[("app.example.com.", "A")], Some(taken)),
        (&[("app.example.com.", "CNAME")], Some(alone)),
        (&[("app.example.com.", "TXT")], None),
        (&[("b.example.com.", "A")], None),
    ];
    let template = json!({"Resources": {"It": record("app.example.com.")}});
    for (there, expected) in cases {
        let answers = || {
            Answers::from([("hostedzone/Z1", zone("example.com", false, &[])), ("hostedzone/Z1/rrset", records(there))])
        };
        let checked = check_with(&template, answers(), None, None).await;
        assert_eq!(checked.lines(), expected.into_iter().collect::<Vec<_>>());
        let ours = check_with(&template, answers(), Some(existing(&template["Resources"])), None).await;
        assert_eq!(ours.lines(), Vec::<String>::new(), "a record of the stack itself is no problem");
    }
}

#[tokio::test]
async fn an_imported_record_is_no_problem() {
    let answers = Answers::from([
        ("hostedzone/Z1", zone("example.com", false, &[])),
        ("hostedzone/Z1/rrset", records(&[("app.example.com.", "A")])),
    ]);
    let options = DeployOptions { import_existing_resources: true, ..DeployOptions::default() };
    let template = json!({"Resources": {"It": record("app.example.com.")}});
    assert_eq!(check_with_options(&template, answers, None, None, &options).await.lines(), Vec::<String>::new());
}

#[tokio::test]
async fn a_stack_that_is_deleted_first_has_no_conflicts() {
    let pool = |schema: Value| json!({"Type": "AWS::Cognito::UserPool", "Properties": {"Schema": schema}});
    let template = json!({"Resources": {"It": record("app.example.com."), "Pool": pool(json!([]))}});
    let answers = || {
        let zone = zone("example.com", false, &[]);
        Answers::from([("hostedzone/Z1", zone), ("hostedzone/Z1/rrset", records(&[("app.example.com.", "A")]))])
    };
    let before = json!({"It": record("app.example.com."), "Pool": pool(json!([{"Name": "tenant"}]))});
    let failed = Existing { is_deleted_first: true, ..existing(&before) };
    assert_eq!(check_with(&template, answers(), Some(failed), None).await.lines(), Vec::<String>::new());
    let stays = check_with(&template, answers(), Some(existing(&before)), None).await;
    assert_eq!(stays.lines().len(), 1, "the pool cannot lose its attribute: {:?}", stays.lines());
}

#[tokio::test]
async fn certificates_are_issued_and_in_the_right_region() {
    let domain = |certificate: Value| {
        let config = json!({"CertificateArn": certificate});
        json!({"Type": "AWS::Cognito::UserPoolDomain", "Properties": {"Domain": "login.example.com", "CustomDomainConfig": config}})
    };
    let arn = |region: &str| json!(format!("arn:aws:acm:{region}:111122223333:certificate/1"));
    let free = || ("DescribeUserPoolDomain", aws::json(&json!({"DomainDescription": {}})));
    let status = |status: &str| ("DescribeCertificate", aws::json(&json!({"Certificate": {"Status": status}})));
    let cases = [
        (domain(arn("us-east-1")), status("ISSUED"), None),
        (
            domain(arn("eu-west-1")),
            status("ISSUED"),
            Some("Error certificate It: a custom domain of Cognito takes certificates of region `us-east-1`, but this one is in `eu-west-1`".to_owned()),
        ),
        (
            domain(json!({"Ref": "Cert"})),
            status("ISSUED"),
            Some("Error certificate It: a custom domain of Cognito takes certificates of region `us-east-1`, but this one is in `eu-west-1`".to_owned()),
        ),
        (domain(arn("us-east-1")), status("EXPIRED"), Some(format!("Error certificate It: certificate `{}` cannot be used: it is `EXPIRED`", arn("us-east-1").as_str().unwrap()))),
        (
            domain(arn("us-east-1")),
            ("DescribeCertificate", Refused("ResourceNotFoundException")),
            Some(format!("Error certificate It: certificate `{}` does not exist", arn("us-east-1").as_str().unwrap())),
        ),
    ];
    for (domain, described, expected) in cases {
        let certificate =
            json!({"Type": "AWS::CertificateManager::Certificate", "Properties": {"DomainName": "login.example.com"}});
        let answers = Answers::from([free(), described, no_certificates()]);
        let checked = check(&json!({"It": domain, "Cert": certificate}), answers).await;
        assert_eq!(checked.lines(), expected.into_iter().collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn an_issued_certificate_for_the_name_is_noted() {
    let summary = json!([{"CertificateArn": "arn:c", "DomainName": "example.com", "SubjectAlternativeNameSummaries": ["example.com", "*.example.com"]}]);
    let answers = Answers::from([
        ("hostedzone/Z1", zone("example.com", false, &[])),
        ("ListCertificates", aws::json(&json!({"CertificateSummaryList": summary}))),
    ]);
    let checked = check(&json!({"It": certificate("app.example.com")}), answers).await;
    let [note] = checked.found.as_slice() else { panic!("{:?}", checked.found) };
    assert_eq!((note.severity, note.check), (Severity::Note, "certificate"));
    assert_eq!(note.reason, "`app.example.com` already has an issued certificate: `arn:c`");
}

#[tokio::test]
async fn cognito_domains_are_free() {
    let domain = |name: &str| json!({"It": {"Type": "AWS::Cognito::UserPoolDomain", "Properties": {"Domain": name, "UserPoolId": "p"}}});
    let taken = |account: &str| aws::json(&json!({"DomainDescription": {"UserPoolId": "p1", "AWSAccountId": account}}));
    let cases = [
        (domain("login"), aws::json(&json!({"DomainDescription": {}})), None),
        (domain("login"), Refused("ResourceNotFoundException"), None),
        (
            domain("login"),
            taken("999988887777"),
            Some(
                "Error cognito-domain It: the Cognito domain prefix `login` is taken in `eu-west-1`: another account has it",
            ),
        ),
        (
            domain("login"),
            taken("111122223333"),
            Some(
                "Error cognito-domain It: the Cognito domain prefix `login` is taken in `eu-west-1`: user pool `p1` of this account has it",
            ),
        ),
        (
            domain("aws-login"),
            taken("1"),
            Some("Error cognito-domain It: the Cognito domain prefix `aws-login` contains `aws`, which is reserved"),
        ),
    ];
    for (resources, described, expected) in cases {
        let checked = check(&resources, Answers::from([("DescribeUserPoolDomain", described)])).await;
        assert_eq!(checked.lines(), expected.into_iter().collect::<Vec<_>>());
    }
    let resource =
        "<member><LogicalResourceId>It</LogicalResourceId><PhysicalResourceId>login</PhysicalResourceId></member>";
    let listed = form("ListStackResources", &format!("<StackResourceSummaries>{resource}</StackResourceSummaries>"));
    let answers = Answers::from([("DescribeUserPoolDomain", taken("111122223333")), ("ListStackResources", listed)]);
    let template = json!({"Resources": domain("login")});
    let ours = check_with(&template, answers, Some(existing(&domain("login"))), None).await;
    assert_eq!(ours.lines(), Vec::<String>::new());
    assert!(!ours.requests.contains(&"DescribeUserPoolDomain".to_owned()), "the stack's own domain is not checked");
}

#[tokio::test]
async fn a_custom_domain_needs_a_parent_with_an_address() {
    let config = json!({"CertificateArn": {"Fn::ImportValue": {"Ref": "X"}}});
    let domain = json!({"Type": "AWS::Cognito::UserPoolDomain", "Properties": {"Domain": "login.example.com", "CustomDomainConfig": config}});
    let template = json!({"Resources": {"It": domain}});
    let answers = || Answers::from([("DescribeUserPoolDomain", aws::json(&json!({"DomainDescription": {}})))]);
    let there = serve(&[("example.com", "A", "192.0.2.1")]);
    assert_eq!(check_with(&template, answers(), None, Some(there)).await.lines(), Vec::<String>::new());
    let nothing = serve(&[]);
    assert_eq!(
        check_with(&template, answers(), None, Some(nothing)).await.lines(),
        [
            "Warning cognito-domain It: `example.com` has no A record in the DNS, and Cognito refuses `login.example.com` without one"
        ]
    );
}

#[tokio::test]
async fn priorities_are_free_on_shared_listeners() {
    let rule = |priority: u32| json!({"Type": "AWS::ElasticLoadBalancingV2::ListenerRule", "Properties": {"ListenerArn": "arn:l", "Priority": priority}});
    let member =
        |priority: &str| format!("<member><Priority>{priority}</Priority><RuleArn>arn:r{priority}</RuleArn></member>");
    let rules = || form("DescribeRules", &format!("<Rules>{}{}</Rules>", member("10"), member("default")));
    let taken = "priority 10 is taken on listener `arn:l`: rule `arn:r10` has it";
    let checked = check(&json!({"It": rule(10), "Next": rule(11)}), Answers::from([("DescribeRules", rules())])).await;
    assert_eq!(checked.lines(), [format!("Error listener-rule It: {taken}")]);
    assert_eq!(checked.found[0].fix.as_deref(), Some("choose another, such as 12"));

    let twice = check(&json!({"A": rule(5), "B": rule(5)}), Answers::from([("DescribeRules", rules())])).await;
    assert_eq!(
        twice.lines(),
        ["Error listener-rule B: priority 5 is taken on listener `arn:l`: `A` of this stack has it, too"]
    );

    let gone = check(&json!({"It": rule(1)}), Answers::from([("DescribeRules", Refused("ListenerNotFound"))])).await;
    assert_eq!(gone.lines(), ["Error listener-rule It: listener `arn:l` does not exist"]);

    let resource =
        "<member><LogicalResourceId>It</LogicalResourceId><PhysicalResourceId>arn:r10</PhysicalResourceId></member>";
    let listed = form("ListStackResources", &format!("<StackResourceSummaries>{resource}</StackResourceSummaries>"));
    let answers = Answers::from([("DescribeRules", rules()), ("ListStackResources", listed)]);
    let template = json!({"Resources": {"It": rule(10)}});
    let ours = check_with(&template, answers, Some(existing(&template["Resources"])), None).await;
    assert_eq!(ours.lines(), Vec::<String>::new());
}

#[tokio::test]
async fn images_are_in_their_repositories() {
    let task = |image: Value| json!({"It": {"Type": "AWS::ECS::TaskDefinition", "Properties": {"ContainerDefinitions": [{"Image": image}]}}});
    let host = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";
    let web = json!({"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:1"});
    let cases = [
        (web.clone(), aws::json(&json!({"imageDetails": [{}]})), None),
        (
            web.clone(),
            Refused("ImageNotFoundException"),
            Some(format!("Error image It: ECR repository `web` has no image `{host}/web:1`")),
        ),
        (
            web,
            Refused("RepositoryNotFoundException"),
            Some(format!(
                "Error image It: account `111122223333` has no ECR repository `web` in `eu-west-1` for image `{host}/web:1`"
            )),
        ),
        (json!("docker.io/nginx"), Refused("ImageNotFoundException"), None),
        (json!({"Fn::Sub": "${Repo.RepositoryUri}:1"}), Refused("ImageNotFoundException"), None),
    ];
    for (image, answer, expected) in cases {
        let checked = check(&task(image), Answers::from([("DescribeImages", answer)])).await;
        assert_eq!(checked.lines(), expected.into_iter().collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn quotas_are_enough() {
    let balancer = json!({"It": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": {"Scheme": "internet-facing"}}});
    let answers = |most: u32| {
        let limit =
            format!("<Limits><member><Name>application-load-balancers</Name><Max>{most}</Max></member></Limits>");
        let one = "<LoadBalancers><member><Type>application</Type></member><member><Type>network</Type></member></LoadBalancers>";
        Answers::from([
            ("DescribeAccountLimits", form("DescribeAccountLimits", &limit)),
            ("DescribeLoadBalancers", form("DescribeLoadBalancers", one)),
        ])
    };
    assert_eq!(check(&balancer, answers(2)).await.lines(), Vec::<String>::new());
    assert_eq!(
        check(&balancer, answers(1)).await.lines(),
        [
            "Error quota It: account `111122223333` has 1 of at most 1 application load balancers in `eu-west-1`, and the stack adds 1"
        ]
    );
}

#[tokio::test]
async fn exports_are_free_and_imports_are_exported() {
    let template = json!({
        "Resources": {"It": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::ImportValue": "Vpc"}}}},
        "Outputs": {"Url": {"Value": "x", "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-url"}}}},
    });
    let export = |name: &str, stack: &str| {
        let id = format!("arn:aws:cloudformation:eu-west-1:111122223333:stack/{stack}/1");
        format!("<member><Name>{name}</Name><ExportingStackId>{id}</ExportingStackId></member>")
    };
    let exports = |all: String| ("ListExports", form("ListExports", &format!("<Exports>{all}</Exports>")));
    let fine = Answers::from([exports(export("Vpc", "Net") + &export("Web-url", "Web"))]);
    assert_eq!(check_with(&template, fine, None, None).await.lines(), Vec::<String>::new());
    let wrong = Answers::from([exports(export("Web-url", "Other"))]);
    assert_eq!(
        check_with(&template, wrong, None, None).await.lines(),
        [
            "Error export -: output `Url` exports `Web-url`, but stack `Other` already exports that name",
            "Error export It: the stack imports `Vpc`, which no stack of this account exports in this region",
        ]
    );

    let mut before = existing(&json!({}));
    before.template["Outputs"] = json!({"Old": {"Value": "x", "Export": {"Name": "Old"}}});
    let removed = |answer| Answers::from([exports(export("Vpc", "Net")), ("ListImports", answer)]);
    let used = form("ListImports", "<Imports><member>Shop</member></Imports>");
    let checked = check_with(&template, removed(used), Some(before.clone()), None).await;
    assert_eq!(checked.lines(), ["Error export -: output `Old` no longer exports `Old`, but it is imported by `Shop`"]);
    let unused = form("ListImports", "<Imports/>");
    assert_eq!(check_with(&template, removed(unused), Some(before), None).await.lines(), Vec::<String>::new());
}

#[tokio::test]
async fn a_check_that_cannot_run_is_a_note() {
    let resources = json!({
        "It": certificate("app.example.com"),
        "Domain": {"Type": "AWS::Cognito::UserPoolDomain", "Properties": {"Domain": "login"}},
        "Rule": {"Type": "AWS::ElasticLoadBalancingV2::ListenerRule", "Properties": {"ListenerArn": "arn:l", "Priority": 1}},
        "Balancer": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": {}},
    });
    let checked =
        check(&resources, Answers::from([("DescribeUserPoolDomain", Refused("AccessDeniedException"))])).await;
    let checks: Vec<_> = checked.found.iter().map(|it| (it.severity, it.check)).collect();
    let expected =
        ["certificate", "cognito-domain", "hosted-zone", "listener-rule", "quota"].map(|it| (Severity::Note, it));
    assert_eq!(checks, expected);
    assert!(checked.found.iter().all(|it| it.reason.contains("refused")), "{:?}", checked.found);
}

#[tokio::test]
async fn a_template_without_such_resources_needs_no_requests_and_findings_have_their_construct() {
    let nothing = check(&json!({"It": {"Type": "AWS::SQS::Queue", "Properties": {}}}), Answers::new()).await;
    assert_eq!((nothing.found.len(), nothing.requests.as_slice()), (0, ["GetCallerIdentity".to_owned()].as_slice()));

    let mut rule = record("app.example.com");
    rule["Metadata"] = json!({"aws:cdk:path": "Web/It/Resource"});
    let checked = check(&json!({"It": rule}), Answers::from([("hostedzone/Z1", Refused("NoSuchHostedZone"))])).await;
    let first = &checked.found[0];
    assert_eq!(first.construct.as_deref(), Some("Web/It/Resource"));
    assert_eq!(first.declared_at.as_deref(), Some("src/main.rs:12:9"));
}
