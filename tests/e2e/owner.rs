//! The emulator belongs to its owner: what others send to its port is refused, and what is deployed in it still works.

use std::path::Path;

use purlin::s3::Bucket;
use purlin::{App, Stack};
use serde_json::{Value, json};

use super::aws::{Aws, REGION, list, text};
use super::http::{Answer, encode, form, send};
use super::world::World;

/// A function that writes an empty file to the path in its event, zipped.
pub const WRITER: &str = "UEsDBBQAAAAAAAAAIQBjSsXEMwAAADMAAAAEAAAAaS5weWRlZiBoKGV2ZW50LCBfKToKIG9wZW4oZXZlbnRbJ3BhdGgnXSwgJ3cnKS5jbG9zZSgpClBLAQIUAxQAAAAAAAAAIQBjSsXEMwAAADMAAAAEAAAAAAAAAAAAAACAAQAAAABpLnB5UEsFBgAAAAABAAEAMgAAAFUAAAAAAA==";
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const PLAIN: (&str, &str) = ("Content-Type", "text/plain");
const EVIL: &str = "https://evil.example";

type Headers = [(&'static str, &'static str)];

/// A request that names a key without knowing its secret.
fn named(key: &str, service: &str) -> String {
    let credential = encode(&format!("{key}/20261201/{REGION}/{service}/aws4_request"));
    format!(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}&X-Amz-Date=20261201T025500Z&X-Amz-Expires=900\
         &X-Amz-SignedHeaders=host&X-Amz-Signature=00"
    )
}

/// The requests by which a page would run code here: a role, a function that writes to the path, its invocation.
pub fn attack(query: &dyn Fn(&str) -> String, file: &Path) -> [(String, &'static str, String); 3] {
    let role = [("Action", "CreateRole"), ("Version", "2010-05-08"), ("RoleName", "x")];
    let role = form(role.into_iter().chain([("AssumeRolePolicyDocument", TRUST)]));
    let function = json!({
        "FunctionName": "evil", "Runtime": "python3.12", "Handler": "i.h", "Role": "arn:aws:iam::000000000000:role/x",
        "Code": { "ZipFile": WRITER },
    });
    let functions = "/2015-03-31/functions";
    [
        (format!("/?{}", query("iam")), "application/x-www-form-urlencoded", role),
        (format!("{functions}?{}", query("lambda")), "text/plain", function.to_string()),
        (
            format!("{functions}/evil/invocations?{}", query("lambda")),
            "text/plain",
            json!({ "path": file }).to_string(),
        ),
    ]
}

/// Holds that there is neither a role `x`, nor a function, nor a file.
pub fn nothing_happened(aws: Aws, file: &Path, after: &str) {
    let roles = aws.iam("ListRoles", &[]);
    assert_eq!(list(&roles["Roles"]), &[] as &[Value], "after {after}");
    assert_eq!(aws.functions(), json!([]), "after {after}");
    assert!(!file.exists(), "code ran after {after}");
}

fn ask(aws: Aws, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let host = format!("127.0.0.1:{}", aws.port);
    let mut all = headers.to_vec();
    if !headers.iter().any(|(name, _)| *name == "Host") {
        all.push(("Host", &host));
    }
    send(aws.port, method, path, &all, body)
}

#[track_caller]
fn refused(answer: &Answer, what: &str) {
    assert!(matches!(answer.status, 400 | 401 | 403), "{what}: {} {}", answer.status, answer.body);
    let readable = answer.headers.iter().find(|(name, _)| name.starts_with("access-control-"));
    assert_eq!(readable, None, "{what}: pages can read it");
}

#[test]
fn only_the_owner_and_what_it_gave_credentials_to_call_the_apis() {
    let world = World::new();
    let (aws, file) = (world.aws, world.path("ran"));
    let file = Path::new(&file);
    let id = aws.key.id.as_str();
    // The audit's three requests, by every name that ministack believes, and by the owner's without its secret.
    for key in ["test", "000000000000", "111111111111", "AKIAIOSFODNN7EXAMPLE", "", id] {
        for (path, kind, body) in attack(&|service| named(key, service), file) {
            refused(
                &ask(aws, "POST", &path, &[("Content-Type", kind), ("Origin", EVIL)], &body),
                &format!("`{key}` {path}"),
            );
            refused(&ask(aws, "POST", &path, &[("Content-Type", kind)], &body), &format!("`{key}` {path}, no browser"));
        }
        let signed = format!(
            "AWS4-HMAC-SHA256 Credential={key}/20261201/{REGION}/iam/aws4_request, SignedHeaders=host, Signature=00"
        );
        let list = form([("Action", "ListRoles"), ("Version", "2010-05-08")]);
        for authorization in [signed.as_str(), "Bearer x", "Basic eDp5", "AWS4-HMAC-SHA256", &format!("AWS {id}:x")] {
            refused(&ask(aws, "POST", "/", &[("Authorization", authorization), FORM], &list), authorization);
        }
        nothing_happened(aws, file, key);
    }
    for (path, kind, body) in attack(&|_| String::new(), file) {
        refused(&ask(aws, "POST", path.trim_end_matches('?'), &[("Content-Type", kind)], &body), &path);
    }
    nothing_happened(aws, file, "requests without a key");

    let upload = "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nx\r\n--b\r\nContent-Disposition: form-data; \
                  name=\"file\"; filename=\"x\"\r\n\r\nx\r\n--b--\r\n";
    aws.create_bucket("assets");
    let multipart = ("Content-Type", "multipart/form-data; boundary=b");
    let json = ("Content-Type", "application/x-amz-json-1.1");
    let requests: [(&str, &str, &Headers, &str); 18] = [
        ("POST", "/assets", &[multipart], upload),
        ("PUT", "/assets/x", &[], "x"),
        ("DELETE", "/assets", &[], ""),
        ("GET", "/assets", &[], ""),
        ("PUT", "/another", &[], ""),
        ("GET", "/", &[], ""),
        ("POST", "/v2/app/blobs/uploads/", &[], ""),
        ("GET", "/v2/_catalog", &[("Authorization", "Basic QVdTOm1pbmlzdGFjay1hdXRoLXRva2Vu")], ""),
        ("GET", "/latest/meta-data/iam/security-credentials/", &[], ""),
        ("POST", "/", &[json, ("X-Amz-Target", "AnyScaleFrontendService.DescribeScalableTargets")], "{}"),
        (
            "POST",
            "/",
            &[json, ("X-Amz-Target", "AWSCognitoIdentityProviderService.ListUserPools")],
            "{\"MaxResults\":1}",
        ),
        ("POST", "/_ministack/reset", &[PLAIN], ""),
        ("POST", "/_ministack/config", &[PLAIN], "{}"),
        ("GET", "/_ministack/lambda-code/evil", &[], ""),
        ("GET", "/_ministack/sqs/messages", &[], ""),
        ("POST", "/_purlin/stop", &[("X-Purlin-Key", "0"), ("X-Purlin-Instance", "0")], ""),
        ("OPTIONS", "/", &[("Origin", EVIL), ("Access-Control-Request-Headers", "authorization,x-amz-date")], ""),
        ("OPTIONS", "/_ministack/reset", &[("Origin", EVIL), ("Access-Control-Request-Headers", "x-purlin-key")], ""),
    ];
    for (method, path, headers, body) in requests {
        refused(&ask(aws, method, path, headers, body), &format!("{method} {path}"));
    }
    assert_eq!(aws.object("assets", "x"), 404, "nothing was uploaded");
}

/// The session of a function's role cannot be computed by who knows its ARN.
#[test]
fn sessions_of_functions_are_secret() {
    let world = World::new();
    let aws = world.aws;
    let file = world.path("ran");
    aws.iam("CreateRole", &[("RoleName", "x"), ("AssumeRolePolicyDocument", TRUST)]);
    let function = json!({
        "FunctionName": "writer", "Runtime": "python3.12", "Handler": "i.h", "Role": "arn:aws:iam::000000000000:role/x",
        "Code": { "ZipFile": WRITER },
    });
    aws.lambda("POST", "/2015-03-31/functions", &function.to_string());
    aws.lambda("POST", "/2015-03-31/functions/writer/invocations", &json!({ "path": file }).to_string());
    assert!(Path::new(&file).exists(), "the owner's function runs");
    let digest = super::signed::digest(&format!(
        "arn:aws:lambda:{REGION}:000000000000:function:writer:arn:aws:iam::000000000000:role/x"
    ));
    let key = super::signed::Key {
        id: format!("ASIA{}", digest[..16].to_uppercase()),
        secret: super::signed::digest(&format!("secret:{digest}")),
    };
    let token = super::signed::digest(&format!("token:{digest}"));
    let host = format!("127.0.0.1:{}", aws.port);
    let body = form([("Action", "GetCallerIdentity"), ("Version", "2011-06-15")]);
    let mut headers = super::signed::headers(&key, (REGION, "sts"), "POST", &host, "/", &body);
    headers.push(("X-Amz-Security-Token".into(), token));
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    refused(&ask(aws, "POST", "/", &[&headers[..], &[FORM]].concat(), &body), "a session that was computed");
}

#[test]
fn names_that_a_page_could_point_here_are_not_served() {
    let world = World::deployed();
    let port = world.aws.port;
    let hosts = [
        ("127.0.0.1", true),
        ("localhost", true),
        ("LOCALHOST", true),
        ("[::1]", true),
        ("assets.localhost", true),
        ("sts.eu-west-1.amazonaws.com", true),
        ("assets.s3.eu-west-1.amazonaws.com", true),
        ("d1.cloudfront.net", true),
        ("purlin-example-login.auth.eu-west-1.amazoncognito.com", true),
        // The alias of the deployed load balancer.
        ("app.example.com", true),
        ("evil.example", false),
        ("127.0.0.1.evil.example", false),
        ("amazonaws.com.evil.example", false),
        ("evilamazonaws.com", false),
        ("localhost.evil.example", false),
        ("other.example.com", false),
        ("192.0.2.1", false),
        ("0.0.0.0", false),
        ("intranet", false),
        ("[::1", false),
        ("", false),
    ];
    for (host, served) in hosts {
        for host in [host.to_owned(), format!("{host}:{port}")] {
            let answer = send(port, "GET", "/_purlin/emulator", &[("Host", &host)], "");
            assert_eq!(answer.body.contains("the emulator serves no host"), !served, "`{host}`: {}", answer.body);
            assert_eq!(answer.status == 403, !served, "`{host}`: {}", answer.status);
        }
    }
}

#[test]
fn pages_of_other_sites_cannot_use_the_owners_key_but_what_is_deployed() {
    let world = World::with("SpaIdentityPool");
    let aws = world.aws;
    let host = format!("127.0.0.1:{}", aws.port);
    let body = form([("Action", "GetCallerIdentity"), ("Version", "2011-06-15")]);
    let signed = super::signed::headers(aws.key, (REGION, "sts"), "POST", &host, "/", &body);
    let signed: Vec<(&str, &str)> = signed.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let with = |headers: &[(&str, &str)]| ask(aws, "POST", "/", &[&signed[..], &[FORM], headers].concat(), &body);
    let own = format!("http://{host}");
    for headers in
        [&[][..], &[("Origin", own.as_str())], &[("Sec-Fetch-Site", "none")], &[("Sec-Fetch-Site", "same-origin")]]
    {
        let answer = with(headers);
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, None), "{headers:?}");
    }
    for headers in [
        ("Origin", EVIL),
        ("Origin", "null"),
        ("Origin", ""),
        ("Origin", "http://127.0.0.1:9"),
        ("Origin", "http://localhost"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ] {
        refused(&with(&[headers]), &format!("{headers:?}"));
    }

    // What pages need: Cognito's APIs and documents, deployed APIs, distributions, sessions' preflights.
    let outputs = aws.outputs("SpaIdentityPool");
    let pool = &outputs["UserPoolId"];
    let site =
        text(&json!(outputs["SiteUrl"])).trim_start_matches("https://").trim_end_matches('/').to_owned() + ":443";
    let target = ("X-Amz-Target", "AWSCognitoIdentityProviderService.InitiateAuth");
    let asks = ("Access-Control-Request-Headers", "authorization,x-amz-date,x-amz-security-token");
    let origin = ("Origin", EVIL);
    let keys = format!("/{pool}/.well-known/jwks.json");
    let json = ("Content-Type", "application/x-amz-json-1.1");
    let unsigned = ("Access-Control-Request-Headers", "content-type,x-amz-target");
    let needed: [(&str, &str, &Headers, u16); 5] = [
        ("GET", &keys, &[origin], 200),
        ("POST", "/", &[origin, target, json], 400),
        ("OPTIONS", "/", &[origin, asks, ("Access-Control-Request-Method", "POST")], 200),
        ("OPTIONS", "/oauth2/token", &[origin, ("Access-Control-Request-Method", "POST")], 200),
        ("OPTIONS", "/", &[origin, unsigned], 200),
    ];
    for (method, path, headers, status) in needed {
        let answer = ask(aws, method, path, headers, "{}");
        let readable = answer.header("access-control-allow-origin");
        assert_eq!((answer.status, readable), (status, Some("*")), "{method} {path} {headers:?}: {}", answer.body);
    }
    let page = ask(aws, "GET", "/", &[("Host", &site), ("Sec-Fetch-Site", "cross-site"), origin], "");
    assert_eq!(page.status, 200, "a link to the site: {}", page.body);
}

/// What is printed to be run by hand is for the emulator, not for the account of the same names.
#[test]
fn commands_to_run_by_hand_are_for_the_emulator() {
    let world = World::new();
    let app = App::new();
    app.add("Shop", Stack::props()).add("Orders", Bucket::props().name("acme-shop-orders"));
    let out = world.path("shop.out");
    app.synth().expect("the stack has no problems").assembly.write(Path::new(&out)).expect("a new folder");
    let run = |arguments: &[&str]| {
        let mut command = world.toolkit();
        command.args(arguments).args(["--local", "--region", REGION, "--app", &out]);
        let done = command.output().expect("the toolkit is built");
        let output = [done.stdout, done.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        (done.status.code(), output)
    };
    // `--require-approval` is honoured where it is given, and there is no terminal to answer at.
    let (code, output) = run(&["deploy", "Shop", "--require-approval", "any-change"]);
    assert_eq!(code, Some(4), "{output}");
    let (code, output) = run(&["deploy", "Shop", "--no-execute", "--change-set-name", "mine"]);
    assert!(
        code == Some(0) && output.contains("`purlin execute Shop arn:") && output.contains(" --local`"),
        "{output}"
    );
    let (code, output) = run(&["deploy", "Shop"]);
    assert_eq!(code, Some(0), "{output}");
    let (code, output) = run(&["destroy", "Shop", "--require-approval", "broadening"]);
    assert!(code == Some(2) && output.contains("the deletion is not confirmed"), "{output}");
    let (code, output) = run(&["destroy", "Shop"]);
    assert_eq!(code, Some(0), "{output}");
    let endpoint = format!("aws --endpoint-url http://127.0.0.1:{} ", world.aws.port);
    let printed: Vec<&str> = output.lines().map(str::trim).filter(|line| line.starts_with("aws ")).collect();
    assert!(!printed.is_empty() && printed.iter().all(|line| line.starts_with(&endpoint)), "{output}");
    assert!(output.contains("s3 rb --force s3://acme-shop-orders") && output.contains("local env)\"`"), "{output}");
}
