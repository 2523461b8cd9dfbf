//! A real image: built by Docker Engine, pushed to a real registry that stands for ECR's, and named by a task
//! definition. ECR's own calls are answered by a few lines on loopback; everything else is the emulator's.

mod ecr;
mod engine;
mod registry;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use purlin_assembly::{
    Artifact, AssetManifest, AssetManifestProperties, CloudAssembly, DockerImageAsset, DockerImageDestination,
    DockerImageSource, Environment, StackProperties,
};
use serde_json::json;

use self::ecr::Ecr;
use self::engine::Engine;
use self::registry::Registry;
use crate::e2e::aws::{REGION, list, text};
use crate::e2e::world::{Outcome, World};
use crate::house::root;
use crate::programs::succeed;

const ACCOUNT: &str = "000000000000";
const REPOSITORY: &str = "cdk-hnb659fds-container-assets-000000000000-eu-west-1";
const TAG: &str = "3f1c0de";

#[test]
#[ignore = "needs root, Docker Engine and docker-registry: `.ci/run` installs and runs them"]
fn an_image_is_built_and_pushed_once_and_is_the_one_the_task_names() {
    let machine = Machine::new();
    let app = machine.app("app", "FROM scratch\nCOPY hello /hello\nCMD [\"/hello\"]\n", TAG);
    let bootstrapped = machine.world.purlin(&["bootstrap", "--yes"]);
    assert_eq!(bootstrapped.code, Some(0), "{}", bootstrapped.output);

    let began = Instant::now();
    let first = machine.deploy(&app);
    assert_eq!(first.code, Some(0), "{}", first.output);
    let first_took = began.elapsed();
    assert!(!first.output.contains("your own credentials"), "the roles can be taken on: {}", first.output);
    let pushed = machine.registry.digest(REPOSITORY, TAG).expect("the registry has the tag");
    let built = machine.engine.digests(&format!("purlin-asset-{TAG}"));
    assert!(built.iter().any(|name| name.ends_with(&pushed)), "{built:?} is not {pushed}");
    assert_eq!(machine.image_of_the_task(), format!("{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{REPOSITORY}:{TAG}"));
    assert_eq!(machine.ecr.digest_of(REPOSITORY, TAG), Some(pushed.clone()), "what the task's tag leads to");

    let writes = machine.registry.writes();
    assert!(writes > 0, "the registry writes down what it is sent");
    let began = Instant::now();
    let second = machine.deploy(&app);
    assert_eq!(second.code, Some(0), "{}", second.output);
    assert!(second.output.contains("nothing to do"), "{}", second.output);
    assert_eq!(machine.registry.writes(), writes, "the second deployment sent nothing");
    assert_eq!(machine.registry.digest(REPOSITORY, TAG), Some(pushed));
    println!("first deployment {first_took:?} with {writes} writes, second {:?} with none", began.elapsed());

    // A fresh checkout of the same content, on a machine that has never built it.
    machine.engine.forget(&format!("purlin-asset-{TAG}"));
    let elsewhere = machine.app("elsewhere", "FROM scratch\nCOPY hello /hello\nCMD [\"/hello\"]\n", TAG);
    assert_eq!(machine.deploy(&elsewhere).code, Some(0));
    assert_eq!(machine.registry.writes(), writes, "nor did the third");
    machine.no_secret_is_left(&[&first, &second]);
}

#[test]
#[ignore = "needs root, Docker Engine and docker-registry: `.ci/run` installs and runs them"]
fn a_build_that_fails_says_why_and_nothing_changes() {
    let machine = Machine::new();
    let app = machine.app("app", "FROM scratch\nCOPY missing /hello\n", TAG);
    assert_eq!(machine.world.purlin(&["bootstrap", "--yes"]).code, Some(0));
    let failed = machine.deploy(&app);
    assert_eq!(failed.code, Some(4), "{}", failed.output);
    assert!(failed.output.contains("docker build` failed") && failed.output.contains("missing"), "{}", failed.output);
    assert_eq!(machine.registry.writes(), 0);
    let families = machine.world.aws.ecs("ListTaskDefinitions", &json!({}));
    assert!(list(&families["taskDefinitionArns"]).is_empty(), "{families}");
}

#[test]
#[ignore = "needs root, Docker Engine and docker-registry: `.ci/run` installs and runs them"]
fn images_of_the_apps_have_certificates_and_a_user() {
    let (engine, folder) = (Engine::start(), tempfile::tempdir().unwrap());
    for app in ["cognito-alb-fargate", "groups-cerbos", "web-login"] {
        let text = fs::read_to_string(root().join("stacks/apps").join(app).join("Dockerfile")).unwrap();
        let (_, last) = text.split_once("\nFROM scratch\n").expect("the last stage has nothing");
        // The first stage needs a registry of the internet. These files stand for what it makes.
        let place = folder.path().join(app);
        let copied = last.lines().filter_map(|line| line.strip_prefix("COPY --from=build "));
        for file in copied.filter_map(|paths| paths.split(' ').next()) {
            let file = place.join("stage").join(file.trim_start_matches('/'));
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, file.file_name().unwrap().as_encoded_bytes()).unwrap();
        }
        let stages = format!("FROM scratch AS build\nCOPY stage /\nFROM scratch\n{last}");
        fs::write(place.join("Dockerfile"), stages).unwrap();
        let run = |arguments: &[&str]| succeed(engine.docker(arguments).current_dir(&place)).stdout;
        run(&["build", "--quiet", "--tag", app, "."]);
        let user = run(&["image", "inspect", "--format", "{{.Config.User}} {{.Config.Entrypoint}}", app]);
        assert_eq!(String::from_utf8_lossy(&user).trim(), format!("65532:65532 [/{app}]"));
        run(&["create", "--name", app, app]);
        for (path, copy) in [("/etc/ssl/certs/ca-certificates.crt", "ca-certificates.crt"), (&format!("/{app}"), app)] {
            run(&["cp", &format!("{app}:{path}"), "copy"]);
            assert_eq!(fs::read_to_string(place.join("copy")).unwrap(), copy, "{app}: {path}");
        }
    }
}

/// An emulator, an engine, a registry, and ECR in front of it.
struct Machine {
    world: World,
    engine: Engine,
    registry: Registry,
    ecr: Ecr,
}

impl Machine {
    fn new() -> Self {
        let registry = Registry::start();
        Self { world: World::new(), engine: Engine::start(), ecr: Ecr::start(&registry), registry }
    }

    fn deploy(&self, app: &Path) -> Outcome {
        let docker = self.engine.host();
        let home = self.world.path(".docker");
        let temporary = self.world.path("tmp");
        fs::create_dir_all(&temporary).unwrap();
        let variables = [
            ("AWS_ENDPOINT_URL_ECR", self.ecr.url()),
            ("DOCKER_HOST", docker.as_str()),
            ("DOCKER_CONFIG", home.as_str()),
            ("PURLIN_DOCKER", engine::DOCKER),
            ("TMPDIR", temporary.as_str()),
        ];
        self.world.purlin_with(&variables, &["deploy", "--yes", "--app", &app.to_string_lossy()])
    }

    /// The image that the deployed task definition names.
    fn image_of_the_task(&self) -> String {
        let described = self.world.aws.ecs("DescribeTaskDefinition", &json!({"taskDefinition": "web"}));
        text(&described["taskDefinition"]["containerDefinitions"][0]["image"]).to_owned()
    }

    /// The registry's password is the emulated ECR's token.
    fn no_secret_is_left(&self, outcomes: &[&Outcome]) {
        let secret = registry::PASSWORD;
        assert!(outcomes.iter().all(|outcome| !outcome.output.contains(secret)));
        let settings = PathBuf::from(self.world.path(".docker")).join("config.json");
        assert!(!settings.exists(), "the user's settings are not touched");
        let left: Vec<_> = fs::read_dir(self.world.path("tmp")).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }

    /// An assembly as the CDK writes it: a task definition, and its image as an asset.
    fn app(&self, name: &str, dockerfile: &str, tag: &str) -> PathBuf {
        let role =
            |kind: &str| Some(format!("arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds-{kind}-role-{ACCOUNT}-{REGION}"));
        let destination = DockerImageDestination {
            repository_name: REPOSITORY.to_owned(),
            image_tag: tag.to_owned(),
            assume_role_arn: role("image-publishing"),
            ..DockerImageDestination::default()
        };
        let source = DockerImageSource { directory: Some("image".to_owned()), ..DockerImageSource::default() };
        let destinations = [("current".to_owned(), destination)].into();
        let mut assets = AssetManifest::new();
        assets.docker_images.insert(tag.to_owned(), DockerImageAsset { display_name: None, source, destinations });
        let image = json!({"Fn::Sub": format!(
            "${{AWS::AccountId}}.dkr.ecr.${{AWS::Region}}.${{AWS::URLSuffix}}/{REPOSITORY}:{tag}"
        )});
        let task = json!({"Family": "web", "ContainerDefinitions": [{"Name": "web", "Image": image}]});
        let template = json!({"Resources": {"Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": task}}});
        let mut out = CloudAssembly::new();
        out.json("Web.template.json", &template).json("Web.assets.json", &assets);
        out.file("image/Dockerfile", dockerfile).file("image/hello", "hello\n");
        let properties = AssetManifestProperties {
            file: "Web.assets.json".to_owned(),
            requires_bootstrap_stack_version: Some(6),
            ..AssetManifestProperties::default()
        };
        out.artifact("Web.assets", Artifact::of_assets(&properties));
        let properties =
            StackProperties { assume_role_arn: role("deploy"), ..StackProperties::new("Web.template.json") };
        let stack = Artifact::of_stack(&Environment::of(ACCOUNT, REGION), &properties);
        out.artifact("Web", stack.after("Web.assets"));
        let folder = PathBuf::from(self.world.path(name));
        fs::create_dir(&folder).unwrap();
        out.write(&folder).unwrap();
        folder
    }
}
