//! A company's network: the only way out is a proxy, TLS is read by a certificate authority of its own, and credentials
//! come from profiles. What `docs/network.md` says is tried here, line by line.

pub mod aws;
mod certificates;
mod proxy;
mod tokens;

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};

use purlin_assembly::{
    Artifact, AssetManifest, AssetManifestProperties, CloudAssembly, Environment, FileAsset, FileDestination,
    FileSource, StackProperties,
};
use sha2::{Digest as _, Sha256};

use self::aws::Aws;
use self::certificates::Certificates;
use self::proxy::Proxy;
use crate::queues;
use crate::user::{Ended, User};

/// One line of the page, tried.
struct Row {
    /// What the first column has.
    setting: &'static str,
    environment: &'static [(&'static str, &'static str)],
    /// `~/.aws/config`.
    profiles: &'static str,
    command: &'static str,
    /// What is printed.
    says: &'static str,
    /// The requests to the proxy begin with this; none at all where it is empty.
    proxied: &'static str,
    /// The access key of the last request.
    key: &'static str,
}

const PLAIN: Row = Row {
    setting: "",
    environment: &[],
    profiles: "",
    command: "status Web",
    says: "there is no stack `Web` in account `000000000000`",
    proxied: "",
    key: "simulated",
};

const PROXY: (&str, &str) = ("HTTPS_PROXY", "http://{proxy}");
const NO_KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")];
const HTTP: (&str, &str) = ("AWS_ENDPOINT_URL", "{http}");
const UNTRUSTED: (&str, &str) = ("AWS_CA_BUNDLE", "");

/// In the order of the page.
const ROWS: [Row; 33] = [
    Row { setting: "HTTPS_PROXY", environment: &[PROXY], proxied: "CONNECT {aws}", ..PLAIN },
    Row { setting: "HTTPS_PROXY", environment: &[("HTTPS_PROXY", "{proxy}")], proxied: "CONNECT {aws}", ..PLAIN },
    Row { setting: "HTTPS_PROXY", environment: &[PROXY, HTTP], ..PLAIN },
    Row {
        setting: "HTTPS_PROXY",
        environment: &[("HTTPS_PROXY", "http://me:hush@127.0.0.1:1")],
        says: "(through the proxy `127.0.0.1:1`): Connection refused",
        key: "",
        ..PLAIN
    },
    Row {
        setting: "HTTPS_PROXY",
        environment: &[("HTTPS_PROXY", "socks5://me:hush@{proxy}")],
        says: "`HTTPS_PROXY` cannot be used: it names a `socks5` proxy",
        key: "",
        ..PLAIN
    },
    Row {
        setting: "https_proxy",
        environment: &[("https_proxy", "http://{proxy}")],
        proxied: "CONNECT {aws}",
        ..PLAIN
    },
    Row {
        setting: "HTTP_PROXY",
        environment: &[("HTTP_PROXY", "http://{proxy}"), HTTP],
        proxied: "POST {http}",
        ..PLAIN
    },
    Row {
        setting: "http_proxy",
        environment: &[("http_proxy", "http://{proxy}"), HTTP],
        proxied: "POST {http}",
        ..PLAIN
    },
    Row { setting: "ALL_PROXY", environment: &[("ALL_PROXY", "http://{proxy}")], proxied: "CONNECT {aws}", ..PLAIN },
    Row {
        setting: "all_proxy",
        environment: &[("all_proxy", "http://{proxy}"), HTTP],
        proxied: "POST {http}",
        ..PLAIN
    },
    Row {
        setting: "http://USER:PASSWORD@HOST:PORT",
        environment: &[("HTTPS_PROXY", "http://me:hush%40@{locked}")],
        proxied: "CONNECT {aws}",
        ..PLAIN
    },
    Row {
        setting: "http://USER:PASSWORD@HOST:PORT",
        environment: &[("HTTPS_PROXY", "http://me:hush@{locked}")],
        says: "the proxy wants a user and a password",
        key: "",
        ..PLAIN
    },
    Row { setting: "NO_PROXY", environment: &[PROXY, ("NO_PROXY", "example.com,127.0.0.1")], ..PLAIN },
    Row { setting: "NO_PROXY", environment: &[PROXY, ("NO_PROXY", "127.0.0.0/8")], ..PLAIN },
    Row { setting: "NO_PROXY", environment: &[PROXY, ("NO_PROXY", "{aws}")], ..PLAIN },
    Row { setting: "NO_PROXY", environment: &[PROXY, ("NO_PROXY", "127.0.0.2")], proxied: "CONNECT {aws}", ..PLAIN },
    Row { setting: "no_proxy", environment: &[PROXY, ("no_proxy", "*")], ..PLAIN },
    Row { setting: "AWS_CA_BUNDLE", ..PLAIN },
    Row {
        setting: "AWS_CA_BUNDLE",
        environment: &[UNTRUSTED],
        says: "invalid peer certificate: UnknownIssuer\nhint: a proxy that reads TLS has a certificate of its own",
        key: "",
        ..PLAIN
    },
    Row {
        setting: "AWS_CA_BUNDLE",
        environment: &[("AWS_CA_BUNDLE", "{key}")],
        says: "it holds no certificate that can be read",
        key: "",
        ..PLAIN
    },
    Row { setting: "ca_bundle", environment: &[UNTRUSTED], profiles: "[default]\nca_bundle = {ca}\n", ..PLAIN },
    Row { setting: "SSL_CERT_FILE", environment: &[UNTRUSTED, ("SSL_CERT_FILE", "{ca}")], ..PLAIN },
    Row {
        setting: "SSL_CERT_FILE",
        environment: &[UNTRUSTED, ("SSL_CERT_FILE", "/dev/zero")],
        says: "`SSL_CERT_FILE` cannot be used",
        key: "",
        ..PLAIN
    },
    Row { setting: "SSL_CERT_DIR", environment: &[UNTRUSTED, ("SSL_CERT_DIR", "{certificates}")], ..PLAIN },
    Row { setting: "AWS_ENDPOINT_URL", environment: &[HTTP], ..PLAIN },
    Row {
        setting: "AWS_PROFILE",
        environment: &[("AWS_PROFILE", "own"), NO_KEYS[0], NO_KEYS[1]],
        profiles: "[profile own]\naws_access_key_id = AKIAOWN\naws_secret_access_key = hush\n",
        key: "AKIAOWN",
        ..PLAIN
    },
    Row {
        setting: "--profile",
        profiles: "[profile own]\naws_access_key_id = AKIAOWN\naws_secret_access_key = hush\n",
        command: "status Web --profile own",
        key: "AKIAOWN",
        ..PLAIN
    },
    Row {
        setting: "source_profile",
        profiles: "[profile up]\nrole_arn = arn:aws:iam::1:role/up\nsource_profile = own\n\
                   [profile own]\naws_access_key_id = AKIAOWN\naws_secret_access_key = hush\n",
        command: "status Web --profile up",
        key: "up-by-AKIAOWN",
        ..PLAIN
    },
    Row {
        setting: "mfa_serial",
        profiles: "[profile up]\nrole_arn = arn:aws:iam::1:role/up\nsource_profile = own\nmfa_serial = phone\n\
                   [profile own]\naws_access_key_id = AKIAOWN\naws_secret_access_key = hush\n",
        command: "status Web --profile up",
        says: "profile `up` needs a code of the MFA device `phone`, and none was typed",
        key: "",
        ..PLAIN
    },
    Row {
        setting: "credential_process",
        profiles: "[profile own]\ncredential_process = echo \
                   '{\"Version\":1,\"AccessKeyId\":\"AKIAPROCESS\",\"SecretAccessKey\":\"hush\"}'\n",
        command: "status Web --profile own",
        key: "AKIAPROCESS",
        ..PLAIN
    },
    Row {
        setting: "sso_session",
        profiles: "[profile own]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Dev\n\
                   [sso-session corp]\nsso_start_url = https://corp.awsapps.test/start\nsso_region = eu-west-1\n",
        command: "status Web --profile own",
        says: "`aws sso login`",
        key: "",
        ..PLAIN
    },
    Row {
        setting: "login_session",
        profiles: "[profile own]\nlogin_session = arn:aws:iam::123456789012:user/me\n",
        command: "status Web --profile own",
        key: "AKIALOGIN",
        ..PLAIN
    },
    Row {
        setting: "login_session",
        profiles: "[profile own]\nlogin_session = arn:aws:iam::123456789012:user/other\n",
        command: "status Web --profile own",
        says: "`aws login`",
        key: "",
        ..PLAIN
    },
];

/// A user, and the network around.
struct Company {
    user: User,
    certificates: Certificates,
    https: Aws,
    http: Aws,
    proxy: Proxy,
    locked: Proxy,
}

impl Company {
    fn new() -> Self {
        let user = User::with(&[("Web", queues())]);
        let certificates = Certificates::new();
        let (https, http) = (Aws::with_tls(user.url(), &certificates), Aws::plain(user.url()));
        let home = user.folder().join(".aws/login/cache");
        fs::create_dir_all(&home).expect("a folder of ours");
        let digest = Sha256::digest("arn:aws:iam::123456789012:user/me");
        let name: String = digest.iter().map(|byte| format!("{byte:02x}")).chain([".json".to_owned()]).collect();
        let token = r#"{"accessToken": {"accessKeyId": "AKIALOGIN", "secretAccessKey": "hush", "sessionToken": "t",
            "accountId": "123456789012", "expiresAt": "2099-01-01T00:00:00Z"}, "tokenType": "aws_sigv4",
            "refreshToken": "r", "clientId": "arn:aws:signin:::devtools/same-device", "dpopKey": "-"}"#;
        fs::write(home.join(name), token).expect("a file of ours");
        Self { user, certificates, https, http, proxy: Proxy::open(), locked: Proxy::locked("me:hush@") }
    }

    fn filled(&self, text: &str) -> String {
        let file = |name: &str| self.certificates.path(name).display().to_string();
        text.replace("{proxy}", &self.proxy.address)
            .replace("{locked}", &self.locked.address)
            .replace("{aws}", self.https.address())
            .replace("{http}", &self.http.url)
            .replace("{certificates}", &file("trusted"))
            .replace("{ca}", &file("ca.pem"))
            .replace("{key}", &file("server.key"))
    }

    fn runs(&self, line: &str, environment: &[(&str, &str)]) -> Ended {
        let mut command = self.command(env!("CARGO_BIN_EXE_purlin"), environment);
        command.args(line.split_whitespace()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = command.output().expect("cargo built it");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it prints text");
        Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    fn command(&self, program: &str, environment: &[(&str, &str)]) -> Command {
        let mut command = self.user.command(program);
        let theirs = |name: &str| name.to_ascii_lowercase().ends_with("_proxy") || name.starts_with("SSL_CERT_");
        for (name, _) in std::env::vars().filter(|(name, _)| theirs(name)) {
            command.env_remove(name);
        }
        command.env("AWS_ENDPOINT_URL", &self.https.url).env("AWS_CA_BUNDLE", self.certificates.path("ca.pem"));
        command.envs(environment.iter().map(|(name, value)| (*name, self.filled(value))));
        command
    }
}

#[test]
fn each_line_of_the_page_holds() {
    let company = Company::new();
    for row in &ROWS {
        let what = format!("{} {:?}", row.setting, row.environment);
        fs::write(company.user.folder().join(".aws/config"), company.filled(row.profiles)).unwrap();
        let before = (company.proxy.lines().len(), company.locked.lines().len());
        company.https.forget();
        company.http.forget();
        let ended = company.runs(row.command, row.environment);
        assert!(ended.err.contains(row.says), "{what}: {ended:#?}");
        assert!(!format!("{ended:?}").contains("hush"), "{what}: {ended:#?}");
        let lines = [&company.proxy.lines()[before.0..], &company.locked.lines()[before.1..]].concat();
        let expected = company.filled(row.proxied);
        if row.proxied.is_empty() {
            let is_refused = row.says.contains("the proxy wants");
            assert!(lines.is_empty() || is_refused, "{what}: {lines:?}");
        } else {
            assert!(!lines.is_empty() && lines.iter().all(|it| it.starts_with(&expected)), "{what}: {lines:?}");
        }
        let keys = [company.https.keys(), company.http.keys()].concat();
        assert_eq!(keys.last().map_or("", String::as_str), row.key, "{what}: {ended:#?}");
    }
}

#[test]
fn a_setting_that_cannot_be_used_is_named() {
    let company = Company::new();
    let own = "[profile own]\nregion = eu-west-1\naws_secret_access_key = hush\naws_access_key_id = ";
    let process = "[profile own]\ncredential_process = printf %s \
                   '{\"Version\":1,\"AccessKeyId\":\"AKIA\\n\",\"SecretAccessKey\":\"hush\"}'\n";
    let cases: [(&str, Settings, &str, i32, &str); 9] = [
        (
            "status Web",
            &[("AWS_ACCESS_KEY_ID", "AKID\n")],
            "",
            2,
            "`AWS_ACCESS_KEY_ID` cannot be used: it ends with a n",
        ),
        ("bootstrap", &[("AWS_SECRET_ACCESS_KEY", "hush\r")], "", 2, "`AWS_SECRET_ACCESS_KEY` cannot be used: it ends"),
        ("status Web", &[("AWS_SESSION_TOKEN", "hush\n")], "", 2, "`AWS_SESSION_TOKEN` cannot be used"),
        ("status Web", &[("AWS_REGION", "eu-west-1\n")], "", 2, "`AWS_REGION` cannot be used: it ends with a newline"),
        ("status Web --region eu_west_1", &[], "", 2, "region `eu_west_1` cannot be used: it has `_`"),
        (
            "status Web",
            &[("AWS_ENDPOINT_URL", "{http} ")],
            "",
            2,
            "`AWS_ENDPOINT_URL` cannot be used: it ends with a sp",
        ),
        (
            "status Web --profile own",
            &[],
            "{own}AK ID\n",
            2,
            "`aws_access_key_id` of profile `own` cannot be used: it has",
        ),
        ("status Web --profile own", &[], "{own}AKID\n endpoint\n", 2, "`aws_access_key_id` of profile `own` cannot"),
        ("status Web --profile own", &[], process, 4, "the access key id cannot be used: it ends with a newline"),
    ];
    for (line, environment, profiles, code, says) in cases {
        fs::write(company.user.folder().join(".aws/config"), profiles.replace("{own}", own)).unwrap();
        let ended = company.runs(line, environment);
        assert!(ended.code == Some(code) && ended.err.contains(says), "{line} {environment:?} {profiles}: {ended:#?}");
        assert!(ended.err.contains("hint: ") && !format!("{ended:?}").contains("hush"), "{ended:#?}");
    }
}

#[test]
fn the_page_has_the_settings_that_are_tried_and_no_others() {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/network.md")).unwrap();
    let cells = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('|').next());
    let written: BTreeSet<&str> = cells.flat_map(|cell| cell.split('`').step_by(2).map(str::trim)).collect();
    // A role has a source, and a session of SSO an address.
    let tried: BTreeSet<&str> = ROWS.iter().map(|row| row.setting).chain(["role_arn", "sso_start_url"]).collect();
    let written: BTreeSet<&str> = written.into_iter().filter(|name| !name.is_empty() && *name != ",").collect();
    assert_eq!(written, tried);
}

#[test]
fn a_code_is_asked_for_on_a_terminal() {
    let company = Company::new();
    let profiles = "[profile up]\nrole_arn = arn:aws:iam::1:role/up\nsource_profile = own\nmfa_serial = phone\n\
                    external_id = e\nduration_seconds = 900\n\
                    [profile own]\naws_access_key_id = AKIAOWN\naws_secret_access_key = hush\n";
    fs::write(company.user.folder().join(".aws/config"), profiles).unwrap();
    let line = format!("{} status Web --profile up", env!("CARGO_BIN_EXE_purlin"));
    let mut command = company.command("script", &[PROXY]);
    command.args(["--quiet", "--flush", "--return", "--command", &line, "/dev/null"]);
    let mut terminal = crate::user::Terminal::of(command);
    terminal.sees("code of the MFA device phone: ");
    terminal.types("123456\n");
    let ended = terminal.ends();
    assert!(ended.out.contains("there is no stack `Web`"), "{}", ended.out);
    let assumed = company.https.assumed();
    let fields = assumed.first().expect("a role was assumed");
    let expected =
        [("SerialNumber", "phone"), ("TokenCode", "123456"), ("ExternalId", "e"), ("DurationSeconds", "900")];
    for (name, value) in expected {
        assert_eq!(fields.get(name).map(String::as_str), Some(value), "{fields:?}");
    }
    assert_eq!(company.https.keys().last().map(String::as_str), Some("up-by-AKIAOWN"));
}

/// An assembly with a template and a file to publish.
fn with_an_asset() -> CloudAssembly {
    let to = FileDestination { bucket_name: "assets".into(), object_key: "abc.txt".into(), ..Default::default() };
    let (source, destinations) = (FileSource::file("asset.txt"), [("here".to_owned(), to)].into());
    let mut assets = AssetManifest::new();
    assets.files.insert("abc".into(), FileAsset { display_name: None, source, destinations });
    let mut out = CloudAssembly::new();
    out.file("asset.txt", "what is published");
    out.json("assets.json", &assets);
    out.json("Web.template.json", &queues());
    let properties = AssetManifestProperties { file: "assets.json".into(), ..Default::default() };
    out.artifact("Assets", Artifact::of_assets(&properties));
    out
}

#[test]
fn stacks_and_their_assets_are_deployed_through_the_proxy() {
    let company = Company::new();
    let mut out = with_an_asset();
    let stack = Artifact::of_stack(&Environment::agnostic(), &StackProperties::new("Web.template.json"));
    out.artifact("Web", stack.after("Assets"));
    out.write(&company.user.folder().join("purlin.out")).unwrap();
    let ended = company.runs("deploy Web --no-preflight --yes", &[PROXY]);
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    assert_eq!(company.user.status("Web"), "CREATE_COMPLETE");
    assert!(company.https.stored().contains("what is published"), "{}", company.https.stored());
    let (lines, aws) = (company.proxy.lines(), company.filled("CONNECT {aws}"));
    assert!(!lines.is_empty() && lines.iter().all(|line| line.starts_with(&aws)), "{lines:?}");
}

/// Environment variables.
type Settings = &'static [(&'static str, &'static str)];

#[test]
fn tokens_and_calls_go_through_the_proxy() {
    let company = Company::new();
    let call = company.filled("call https://{aws}/prod/");
    let refused = company.filled("`{aws}`");
    let own = [call.as_str(), "--profile own"].join(" ");
    let token = "token --user-pool eu-west-1_AbCdEfGhI";
    let keys = "aws_access_key_id = AKIAOWN\naws_secret_access_key = hush\n";
    let bundles = format!("[profile own]\nca_bundle = {{ca}}\n{keys}[profile bad]\nca_bundle = {{key}}\n");
    fs::write(company.user.folder().join(".aws/config"), company.filled(&bundles)).unwrap();
    let cases: [(&str, Settings, i32, &str); 11] = [
        (&own, &[PROXY, UNTRUSTED], 0, "the orders"),
        (&own, &[UNTRUSTED], 0, "the orders"),
        (&[call.as_str(), "--profile bad"].join(" "), &[UNTRUSTED], 2, "`ca_bundle` of the profile cannot be used"),
        (&call, &[UNTRUSTED, ("AWS_PROFILE", "own")], 0, "the orders"),
        (&[token, "--profile own"].join(" "), &[PROXY, UNTRUSTED], 0, "a.token"),
        (token, &[PROXY], 0, "a.token"),
        (&call, &[PROXY], 0, "the orders"),
        (&call, &[("ALL_PROXY", "http://me:hush%40@{locked}")], 0, "the orders"),
        (&call, &[("HTTPS_PROXY", "http://me:hush@127.0.0.1:1")], 4, "through the proxy `127.0.0.1:1`"),
        (&call, &[PROXY, UNTRUSTED], 4, &refused),
        (&call, &[PROXY, ("NO_PROXY", "127.0.0.1")], 0, "the orders"),
    ];
    for (line, environment, code, says) in cases {
        let before = company.proxy.lines().len() + company.locked.lines().len();
        let ended = company.runs(line, environment);
        let output = format!("{}{}", ended.out, ended.err);
        assert!(ended.code == Some(code) && output.contains(says) && !output.contains("hush"), "{line}: {ended:#?}");
        let lines = company.proxy.lines().len() + company.locked.lines().len() - before;
        let is_direct = environment.iter().all(|(name, _)| !name.ends_with("_PROXY"))
            || environment.iter().any(|(_, value)| value.contains("127.0.0.1"));
        assert_eq!(lines == 0, is_direct, "{line} {environment:?}");
    }
}

#[test]
fn a_bootstrap_that_only_its_parameter_shows_is_enough() {
    let company = Company::new();
    let stack = |name: &str, qualifier: &str, required: u32| {
        let properties = StackProperties {
            requires_bootstrap_stack_version: Some(required),
            bootstrap_stack_version_ssm_parameter: Some(format!("/cdk-bootstrap/{qualifier}/version")),
            ..StackProperties::new("Web.template.json")
        };
        (name.to_owned(), Artifact::of_stack(&Environment::agnostic(), &properties).after("Assets"))
    };
    let mut out = with_an_asset();
    for (name, artifact) in [stack("Web", "terraform", 6), stack("Newer", "terraform", 22), stack("Other", "cdk", 6)] {
        out.artifact(name, artifact);
    }
    out.write(&company.user.folder().join("purlin.out")).unwrap();
    let cases = [
        ("Web", 0, "Web: created in"),
        ("Newer", 4, "needs bootstrap version 22, but account `000000000000` has version 21"),
        ("Other", 4, "needs bootstrap version 6, but account `000000000000` has no bootstrap stack"),
    ];
    for (name, code, says) in cases {
        let ended = company.runs(&format!("deploy {name} --no-preflight --yes"), &[PROXY]);
        assert!(ended.code == Some(code) && ended.err.contains(says), "{name}: {ended:#?}");
    }
}
