//! Checks against what AWS answers, over loopback through the real SDK.

mod aws;

use std::net::SocketAddr;

use purlin_assembly::{Artifact, Assembly, CloudAssembly, Environment, MetadataEntry, StackProperties};
use serde_json::{Value, json};

use self::aws::Answer::Refused;
use self::aws::{Answer, Answers, Aws, form, records, zone};
use super::{Existing, Finding, Scene, Severity, look};
use crate::followers::dns::Dns;
use crate::followers::tests::names::serve;
use crate::options::DeployOptions;
use crate::session::{Session, Target};

/// What a look finds, and what was asked for it.
struct Looked {
    found: Vec<Finding>,
    asked: Vec<String>,
}

impl Looked {
    /// `severity check logical-id: reason` of everything but notes.
    fn lines(&self) -> Vec<String> {
        let line = |it: &Finding| {
            format!("{:?} {} {}: {}", it.severity, it.check, it.logical_id.as_deref().unwrap_or("-"), it.reason)
        };
        self.found.iter().filter(|it| it.severity > Severity::Note).map(line).collect()
    }
}

/// Looks at a template of resources with these answers.
async fn look_at(resources: &Value, answers: Answers) -> Looked {
    look_with(&json!({"Resources": resources}), answers, None, None).await
}

async fn look_with(
    template: &Value,
    answers: Answers,
    existing: Option<Existing>,
    name_server: Option<SocketAddr>,
) -> Looked {
    looked_at(template, answers, existing, name_server, &DeployOptions::default()).await
}

async fn looked_at(
    template: &Value,
    mut answers: Answers,
    existing: Option<Existing>,
    name_server: Option<SocketAddr>,
    options: &DeployOptions,
) -> Looked {
    let identity = "<Account>111122223333</Account><Arn>arn:aws:iam::111122223333:root</Arn>";
    answers.entry("GetCallerIdentity").or_insert_with(|| form("GetCallerIdentity", identity));
    let aws = Aws::answering(answers);
    let target = Target::Local { endpoint: aws.url.clone(), region: "eu-west-1".into() };
    let session = Session::connect(&target).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut out = CloudAssembly::new();
    out.json("Web.template.json", template);
    let stack = Artifact::of_stack(&Environment::agnostic(), &StackProperties::new("Web.template.json"));
    let entry = MetadataEntry::new(MetadataEntry::LOGICAL_ID, "It").at("src/main.rs:12:9");
    out.artifact("Web", stack.with_metadata("/Web/It", entry));
    out.write(folder.path()).unwrap();
    let assembly = Assembly::read(folder.path()).unwrap();
    let size = template.to_string().len();
    let mut scene = Scene::new(&session, &assembly.stacks()[0], template, size, existing, options);
    scene.dns = name_server.and_then(Dns::at);
    let found = Box::pin(look(&scene)).await;
    Looked { found, asked: aws.asked() }
}

/// A stack that is there, deployed from a template of resources.
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
type There<'a> = (&'a str, &'a str);

const SERVERS: [&str; 2] = ["ns-1.awsdns-01.org", "ns-2.awsdns-02.net"];

fn no_certificates() -> (&'static str, Answer) {
    ("ListCertificates", aws::json(&json!({"CertificateSummaryList": []})))
}

#[tokio::test]
async fn zones_are_there_named_right_and_public() {
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
                "Error hosted-zone It: the certificate for `app.example.com` is to be proven in hosted zone `example.com` (`Z1`), which is private: nobody outside can read the proof",
            ],
        ),
        (zone("example.com", true, &[]), record("app.example.com"), vec![]),
    ];
    for (zone, resource, expected) in cases {
        let answers =
            Answers::from([("hostedzone/Z1", zone), ("hostedzone/Z1/rrset", records(&[])), no_certificates()]);
        assert_eq!(look_at(&json!({"It": resource}), answers).await.lines(), expected);
    }
}

#[tokio::test]
async fn a_zone_that_nobody_leads_to_is_found_before_the_certificate_waits() {
    let cases = [
        (SERVERS.to_vec(), None),
        (vec![SERVERS[0]], None),
        (
            vec![],
            Some(
                "Error hosted-zone It: hosted zone `example.com` (`Z1`) is not delegated: the public DNS knows no name servers for it: the certificate would wait for its proof for days",
            ),
        ),
        (
            vec!["ns.registrar.example"],
            Some(
                "Error hosted-zone It: the public DNS does not lead to hosted zone `example.com` (`Z1`): it names `ns.registrar.example`: the certificate would wait for its proof for days",
            ),
        ),
        (
            vec![SERVERS[0], "ns.old.example"],
            Some(
                "Warning hosted-zone It: the public DNS names servers for `example.com` that are not those of hosted zone `Z1`: `ns.old.example` instead of `ns-2.awsdns-02.net`",
            ),
        ),
    ];
    let template = json!({"Resources": {"It": certificate("app.example.com")}});
    for (public, expected) in cases {
        let servers: Vec<_> = public.iter().map(|server| ("example.com", "NS", *server)).collect();
        let server = serve(&servers);
        let answers = || Answers::from([("hostedzone/Z1", zone("example.com", false, &SERVERS)), no_certificates()]);
        let looked = look_with(&template, answers(), None, Some(server)).await;
        assert_eq!(looked.lines(), expected.into_iter().collect::<Vec<_>>(), "{public:?}");
        let made = existing(&template["Resources"]);
        let again = look_with(&template, answers(), Some(made), Some(server)).await;
        assert!(
            again.lines().iter().all(|line| line.starts_with("Warning")),
            "what works is no error: {:?}",
            again.lines()
        );
    }
}

#[tokio::test]
async fn records_that_are_there_are_not_taken_over() {
    let taken = "Error record It: the hosted zone has a record `app.example.com` of type `A` already, and CloudFormation does not take it over";
    let alone =
        "Error record It: the hosted zone has a record `app.example.com` of type `CNAME`, and a `CNAME` stands alone";
    let cases: [(&[There<'_>], Option<&str>); 5] = [
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
        let looked = look_with(&template, answers(), None, None).await;
        assert_eq!(looked.lines(), expected.into_iter().collect::<Vec<_>>());
        let ours = look_with(&template, answers(), Some(existing(&template["Resources"])), None).await;
        assert_eq!(ours.lines(), Vec::<String>::new(), "one's own record is no trouble");
    }
}

#[tokio::test]
async fn records_that_are_taken_over_are_in_nobodys_way() {
    let answers = Answers::from([
        ("hostedzone/Z1", zone("example.com", false, &[])),
        ("hostedzone/Z1/rrset", records(&[("app.example.com.", "A")])),
    ]);
    let options = DeployOptions { import_existing_resources: true, ..DeployOptions::default() };
    let template = json!({"Resources": {"It": record("app.example.com.")}});
    assert_eq!(looked_at(&template, answers, None, None, &options).await.lines(), Vec::<String>::new());
}

#[tokio::test]
async fn what_goes_before_the_deployment_is_in_nobodys_way_and_binds_nobody() {
    let pool = |schema: Value| json!({"Type": "AWS::Cognito::UserPool", "Properties": {"Schema": schema}});
    let template = json!({"Resources": {"It": record("app.example.com."), "Pool": pool(json!([]))}});
    let answers = || {
        let zone = zone("example.com", false, &[]);
        Answers::from([("hostedzone/Z1", zone), ("hostedzone/Z1/rrset", records(&[("app.example.com.", "A")]))])
    };
    let before = json!({"It": record("app.example.com."), "Pool": pool(json!([{"Name": "tenant"}]))});
    let failed = Existing { goes: true, ..existing(&before) };
    assert_eq!(look_with(&template, answers(), Some(failed), None).await.lines(), Vec::<String>::new());
    let stays = look_with(&template, answers(), Some(existing(&before)), None).await;
    assert_eq!(stays.lines().len(), 1, "the pool cannot lose its attribute: {:?}", stays.lines());
}

#[tokio::test]
async fn certificates_are_issued_and_where_they_are_read() {
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
        let looked = look_at(&json!({"It": domain, "Cert": certificate}), answers).await;
        assert_eq!(looked.lines(), expected.into_iter().collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_certificate_that_is_there_could_be_used() {
    let summary = json!([{"CertificateArn": "arn:c", "DomainName": "example.com", "SubjectAlternativeNameSummaries": ["example.com", "*.example.com"]}]);
    let answers = Answers::from([
        ("hostedzone/Z1", zone("example.com", false, &[])),
        ("ListCertificates", aws::json(&json!({"CertificateSummaryList": summary}))),
    ]);
    let looked = look_at(&json!({"It": certificate("app.example.com")}), answers).await;
    let [note] = looked.found.as_slice() else { panic!("{:?}", looked.found) };
    assert_eq!((note.severity, note.check), (Severity::Note, "certificate"));
    assert_eq!(note.reason, "there is an issued certificate for `app.example.com` already: `arn:c`");
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
                "Error cognito-domain It: the Cognito domain prefix `login` is taken in `eu-west-1`: somebody else has it",
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
            Some(
                "Error cognito-domain It: the Cognito domain prefix `aws-login` contains `aws`, which AWS keeps for itself",
            ),
        ),
    ];
    for (resources, described, expected) in cases {
        let looked = look_at(&resources, Answers::from([("DescribeUserPoolDomain", described)])).await;
        assert_eq!(looked.lines(), expected.into_iter().collect::<Vec<_>>());
    }
    let resource =
        "<member><LogicalResourceId>It</LogicalResourceId><PhysicalResourceId>login</PhysicalResourceId></member>";
    let listed = form("ListStackResources", &format!("<StackResourceSummaries>{resource}</StackResourceSummaries>"));
    let answers = Answers::from([("DescribeUserPoolDomain", taken("111122223333")), ("ListStackResources", listed)]);
    let template = json!({"Resources": domain("login")});
    let ours = look_with(&template, answers, Some(existing(&domain("login"))), None).await;
    assert_eq!(ours.lines(), Vec::<String>::new());
    assert!(!ours.asked.contains(&"DescribeUserPoolDomain".to_owned()), "one's own domain is no question");
}

#[tokio::test]
async fn a_custom_domain_wants_a_parent_with_an_address() {
    let config = json!({"CertificateArn": {"Fn::ImportValue": {"Ref": "X"}}});
    let domain = json!({"Type": "AWS::Cognito::UserPoolDomain", "Properties": {"Domain": "login.example.com", "CustomDomainConfig": config}});
    let template = json!({"Resources": {"It": domain}});
    let answers = || Answers::from([("DescribeUserPoolDomain", aws::json(&json!({"DomainDescription": {}})))]);
    let there = serve(&[("example.com", "A", "192.0.2.1")]);
    assert_eq!(look_with(&template, answers(), None, Some(there)).await.lines(), Vec::<String>::new());
    let nothing = serve(&[]);
    assert_eq!(
        look_with(&template, answers(), None, Some(nothing)).await.lines(),
        [
            "Warning cognito-domain It: `example.com` has no A record in the DNS, and Cognito refuses `login.example.com` without one"
        ]
    );
}

#[tokio::test]
async fn priorities_are_free_on_listeners_of_others() {
    let rule = |priority: u32| json!({"Type": "AWS::ElasticLoadBalancingV2::ListenerRule", "Properties": {"ListenerArn": "arn:l", "Priority": priority}});
    let member =
        |priority: &str| format!("<member><Priority>{priority}</Priority><RuleArn>arn:r{priority}</RuleArn></member>");
    let rules = || form("DescribeRules", &format!("<Rules>{}{}</Rules>", member("10"), member("default")));
    let taken = "priority 10 is taken on listener `arn:l`: rule `arn:r10` has it";
    let looked = look_at(&json!({"It": rule(10), "Next": rule(11)}), Answers::from([("DescribeRules", rules())])).await;
    assert_eq!(looked.lines(), [format!("Error listener-rule It: {taken}")]);
    assert_eq!(looked.found[0].fix.as_deref(), Some("choose another, such as 12"));

    let twice = look_at(&json!({"A": rule(5), "B": rule(5)}), Answers::from([("DescribeRules", rules())])).await;
    assert_eq!(
        twice.lines(),
        ["Error listener-rule B: priority 5 is taken on listener `arn:l`: `A` of this stack has it too"]
    );

    let gone = look_at(&json!({"It": rule(1)}), Answers::from([("DescribeRules", Refused("ListenerNotFound"))])).await;
    assert_eq!(gone.lines(), ["Error listener-rule It: listener `arn:l` does not exist"]);

    let resource =
        "<member><LogicalResourceId>It</LogicalResourceId><PhysicalResourceId>arn:r10</PhysicalResourceId></member>";
    let listed = form("ListStackResources", &format!("<StackResourceSummaries>{resource}</StackResourceSummaries>"));
    let answers = Answers::from([("DescribeRules", rules()), ("ListStackResources", listed)]);
    let template = json!({"Resources": {"It": rule(10)}});
    let ours = look_with(&template, answers, Some(existing(&template["Resources"])), None).await;
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
                "Error image It: account `111122223333` has no ECR repository `web` in `eu-west-1`, which image `{host}/web:1` is of"
            )),
        ),
        (json!("docker.io/nginx"), Refused("ImageNotFoundException"), None),
        (json!({"Fn::Sub": "${Repo.RepositoryUri}:1"}), Refused("ImageNotFoundException"), None),
    ];
    for (image, answer, expected) in cases {
        let looked = look_at(&task(image), Answers::from([("DescribeImages", answer)])).await;
        assert_eq!(looked.lines(), expected.into_iter().collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn quotas_leave_room() {
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
    assert_eq!(look_at(&balancer, answers(2)).await.lines(), Vec::<String>::new());
    assert_eq!(
        look_at(&balancer, answers(1)).await.lines(),
        [
            "Error quota It: account `111122223333` may have 1 application load balancers in `eu-west-1` and has 1, so 1 more do not fit"
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
    assert_eq!(look_with(&template, fine, None, None).await.lines(), Vec::<String>::new());
    let wrong = Answers::from([exports(export("Web-url", "Other"))]);
    assert_eq!(
        look_with(&template, wrong, None, None).await.lines(),
        [
            "Error export -: output `Url` exports `Web-url`, but stack `Other` exports that name already",
            "Error export It: the stack imports `Vpc`, which no stack of this account exports in this region",
        ]
    );

    let mut before = existing(&json!({}));
    before.template["Outputs"] = json!({"Old": {"Value": "x", "Export": {"Name": "Old"}}});
    let removed = |answer| Answers::from([exports(export("Vpc", "Net")), ("ListImports", answer)]);
    let used = form("ListImports", "<Imports><member>Shop</member></Imports>");
    let looked = look_with(&template, removed(used), Some(before.clone()), None).await;
    assert_eq!(looked.lines(), ["Error export -: output `Old` no longer exports `Old`, but it is imported by `Shop`"]);
    let unused = form("ListImports", "<Imports/>");
    assert_eq!(look_with(&template, removed(unused), Some(before), None).await.lines(), Vec::<String>::new());
}

#[tokio::test]
async fn what_cannot_be_checked_is_a_note_and_no_more() {
    let resources = json!({
        "It": certificate("app.example.com"),
        "Domain": {"Type": "AWS::Cognito::UserPoolDomain", "Properties": {"Domain": "login"}},
        "Rule": {"Type": "AWS::ElasticLoadBalancingV2::ListenerRule", "Properties": {"ListenerArn": "arn:l", "Priority": 1}},
        "Balancer": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": {}},
    });
    let looked =
        look_at(&resources, Answers::from([("DescribeUserPoolDomain", Refused("AccessDeniedException"))])).await;
    let checks: Vec<_> = looked.found.iter().map(|it| (it.severity, it.check)).collect();
    let expected =
        ["certificate", "cognito-domain", "hosted-zone", "listener-rule", "quota"].map(|it| (Severity::Note, it));
    assert_eq!(checks, expected);
    assert!(looked.found.iter().all(|it| it.reason.contains("told so")), "{:?}", looked.found);
}

#[tokio::test]
async fn a_template_without_such_resources_asks_nothing_and_findings_name_the_code() {
    let nothing = look_at(&json!({"It": {"Type": "AWS::SQS::Queue", "Properties": {}}}), Answers::new()).await;
    assert_eq!((nothing.found.len(), nothing.asked.as_slice()), (0, ["GetCallerIdentity".to_owned()].as_slice()));

    let mut rule = record("app.example.com");
    rule["Metadata"] = json!({"aws:cdk:path": "Web/It/Resource"});
    let looked = look_at(&json!({"It": rule}), Answers::from([("hostedzone/Z1", Refused("NoSuchHostedZone"))])).await;
    let first = &looked.found[0];
    assert_eq!(first.construct.as_deref(), Some("Web/It/Resource"));
    assert_eq!(first.declared_at.as_deref(), Some("src/main.rs:12:9"));
}
