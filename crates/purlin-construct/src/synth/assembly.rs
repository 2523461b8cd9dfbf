//! Puts templates, asset manifests and metadata together to a cloud assembly.

use std::cell::RefCell;
use std::collections::BTreeMap;

use purlin_assembly::{
    Artifact, AssetManifest, AssetManifestProperties, CloudAssembly, DockerImageDestination, DockerImageSource,
    FileDestination, FileSource, MetadataEntry, NestedAssemblyProperties, StackProperties, to_template_json,
};

use super::references::References;
use super::{names, tree_file, unchecked};
use crate::asset::{Assets, Packaging, QUALIFIER};
use crate::expr::Expr;
use crate::node::Kind;
use crate::node_id::NodeId;
use crate::problem::Severity;
use crate::tree::Tree;

/// The bootstrap version that has the assets' bucket, repository and roles as they are used here.
const BOOTSTRAP_VERSION: u32 = 6;
const TREE_FILE: &str = "tree.json";

pub(super) fn build(
    tree: &Tree,
    templates: &[(NodeId, serde_json::Value)],
    ids: &BTreeMap<NodeId, String>,
    references: &References,
) -> CloudAssembly {
    let mut app = stage(tree, tree.root(), templates, ids, references);
    app.json(TREE_FILE, &tree_file::render(tree));
    app.artifact("Tree", Artifact::of_tree(TREE_FILE));
    app
}

/// The assembly of a stage or of the app, with the stages inside it nested.
fn stage(
    tree: &Tree,
    of: NodeId,
    templates: &[(NodeId, serde_json::Value)],
    ids: &BTreeMap<NodeId, String>,
    references: &References,
) -> CloudAssembly {
    let mut out = CloudAssembly::new();
    for (stack, template) in templates.iter().filter(|(stack, _)| tree.stage_of(*stack) == of) {
        let id = names::artifact_id(tree, *stack);
        let file = format!("{id}.template.json");
        out.file(file.clone(), to_template_json(template));
        let bootstrapped = add_assets(tree, *stack, &id, &mut out);
        out.artifact(id.clone(), stack_artifact(tree, *stack, file, bootstrapped, ids, references));
    }
    let inner = |at: &NodeId| *at != of && matches!(tree[*at].kind, Kind::Stage(_));
    for at in tree.preorder(of).into_iter().filter(inner) {
        let outer = tree[at].parent.map(|parent| tree.stage_of(parent));
        if outer == Some(of) {
            let id = names::stage_artifact_id(tree, at);
            let properties = NestedAssemblyProperties { directory_name: id.clone(), display_name: Some(tree.path(at)) };
            out.nest(id, &properties, stage(tree, at, templates, ids, references));
        }
    }
    out
}

fn stack_artifact(
    tree: &Tree,
    stack: NodeId,
    template_file: String,
    bootstrapped: bool,
    ids: &BTreeMap<NodeId, String>,
    references: &References,
) -> Artifact {
    let data = tree.stack_data(stack);
    let literal = |(key, value): (String, Expr)| value.as_str().map(|text| (key, text.to_owned()));
    let mut properties = StackProperties::new(template_file);
    properties.stack_name = Some(data.name.clone());
    properties.tags = crate::tags::inherited(tree, stack).into_iter().filter_map(literal).collect();
    properties.termination_protection = data.termination_protection.then_some(true);
    properties.notification_arns.clone_from(&data.notification_arns);
    properties.validate_on_synth = Some(false);
    if bootstrapped {
        properties.requires_bootstrap_stack_version = Some(BOOTSTRAP_VERSION);
    }
    if bootstrapped || data.qualifier != QUALIFIER {
        // The toolkit finds the bucket for large templates by it.
        properties.bootstrap_stack_version_ssm_parameter = Some(bootstrap_parameter(&data.qualifier));
    }
    let mut artifact = Artifact::of_stack(&data.environment, &properties)
        .named(tree.path(stack))
        .after(format!("{}.assets", names::artifact_id(tree, stack)));
    for on in references.stacks.get(&stack).into_iter().flatten() {
        artifact = artifact.after(names::artifact_id(tree, *on));
    }
    with_metadata(tree, stack, artifact, ids)
}

fn with_metadata(tree: &Tree, stack: NodeId, mut artifact: Artifact, ids: &BTreeMap<NodeId, String>) -> Artifact {
    for node in tree.preorder(stack) {
        let path = format!("/{}", tree.path(node));
        let source = tree[node].declared_at.to_string();
        if let Some(id) = ids.get(&node) {
            let entry = MetadataEntry::new(MetadataEntry::LOGICAL_ID, id.as_str()).at(source);
            artifact = artifact.with_metadata(&path, entry);
        }
        for place in tree.resource(node).map(unchecked::places).unwrap_or_default() {
            artifact = artifact.with_metadata(&path, MetadataEntry::new(MetadataEntry::UNCHECKED, place));
        }
        for (kind, data) in &tree[node].metadata {
            artifact = artifact.with_metadata(&path, MetadataEntry::new(kind.as_str(), data.clone()));
        }
    }
    let home = tree.path(stack);
    let inside = |path: &str| path == home || path.strip_prefix(&home).is_some_and(|rest| rest.starts_with('/'));
    for problem in tree.problems.iter().filter(|problem| inside(&problem.path)) {
        let kind = match problem.severity {
            Severity::Error => MetadataEntry::ERROR,
            Severity::Warning => MetadataEntry::WARNING,
            Severity::Info => MetadataEntry::INFO,
        };
        let hint = if problem.hint.is_empty() { String::new() } else { format!(" ({})", problem.hint) };
        let entry = MetadataEntry::new(kind, format!("{}{hint}", problem.message)).at(problem.declared_at.to_string());
        artifact = artifact.with_metadata(format!("/{}", problem.path), entry);
    }
    for (_, patch) in tree.patches.iter().filter(|(at, _)| tree.stack_of(*at) == Some(stack)) {
        let entry = MetadataEntry::patch(patch.name, &patch.what, &patch.why);
        artifact = artifact.with_metadata(format!("/{}", patch.path), entry);
    }
    artifact
}

fn bootstrap_parameter(qualifier: &str) -> String {
    format!("/cdk-bootstrap/{qualifier}/version")
}

/// Account and region as asset manifests write them: placeholders where the credentials decide.
fn place(tree: &Tree, stack: NodeId) -> (String, String) {
    let environment = &tree.stack_data(stack).environment;
    let account = environment.account.clone().unwrap_or_else(|| "${AWS::AccountId}".to_owned());
    let region = environment.region.clone().unwrap_or_else(|| "${AWS::Region}".to_owned());
    (account, region)
}

/// Writes the stack's asset manifest; gives whether it has anything in it.
fn add_assets(tree: &Tree, stack: NodeId, id: &str, out: &mut CloudAssembly) -> bool {
    let mut manifest = AssetManifest::new();
    let assets = tree.extension::<RefCell<Assets>>(tree.root()).unwrap_or_default();
    let assets = assets.borrow();
    let (account, region) = place(tree, stack);
    let qualifier = &tree.stack_data(stack).qualifier;
    let role = |kind: &str| {
        format!("arn:${{AWS::Partition}}:iam::{account}:role/cdk-{qualifier}-{kind}-publishing-role-{account}-{region}")
    };
    for (_, asset) in assets.files.iter().filter(|(at, _)| tree.stack_of(*at) == Some(stack)) {
        let extension = asset.path.extension().map(|it| format!(".{}", it.to_string_lossy())).unwrap_or_default();
        let staged = match asset.packaging {
            Packaging::Zip => format!("asset.{}", asset.hash),
            Packaging::File => format!("asset.{}{extension}", asset.hash),
        };
        out.copy(asset.path.clone(), staged.clone());
        let source = match asset.packaging {
            Packaging::Zip => FileSource::zip(staged),
            Packaging::File => FileSource::file(staged),
        };
        let destination = FileDestination {
            bucket_name: format!("cdk-{qualifier}-assets-{account}-{region}"),
            object_key: format!("{}{}", asset.hash, asset.extension),
            region: tree.stack_data(stack).environment.region.clone(),
            assume_role_arn: Some(role("file")),
            ..FileDestination::default()
        };
        let file = purlin_assembly::FileAsset { display_name: None, source, destinations: BTreeMap::new() };
        let destinations = &mut manifest.files.entry(asset.hash.clone()).or_insert(file).destinations;
        // The same bytes as `.zip` and as `.jar` are one asset with two keys.
        if destinations.values().all(|it| it.object_key != destination.object_key) {
            let extension = if destinations.is_empty() { "" } else { &asset.extension };
            destinations.insert(format!("current{extension}"), destination);
        }
    }
    for (_, asset) in assets.images.iter().filter(|(at, _)| tree.stack_of(*at) == Some(stack)) {
        let staged = format!("asset.{}", asset.hash);
        out.copy_files(asset.directory.clone(), asset.files.clone(), staged.clone());
        let source = DockerImageSource {
            directory: Some(staged),
            docker_file: asset.file.clone(),
            docker_build_args: asset.build_args.clone(),
            docker_build_target: asset.target.clone(),
            platform: asset.platform.clone(),
            ..DockerImageSource::default()
        };
        let destination = DockerImageDestination {
            repository_name: format!("cdk-{qualifier}-container-assets-{account}-{region}"),
            image_tag: asset.hash.clone(),
            region: tree.stack_data(stack).environment.region.clone(),
            assume_role_arn: Some(role("image")),
            ..DockerImageDestination::default()
        };
        let destinations = BTreeMap::from([("current".to_owned(), destination)]);
        let image = purlin_assembly::DockerImageAsset { display_name: None, source, destinations };
        manifest.docker_images.insert(asset.hash.clone(), image);
    }
    let file = format!("{id}.assets.json");
    out.json(file.clone(), &manifest);
    let bootstrapped = !manifest.is_empty();
    let properties = AssetManifestProperties {
        file,
        requires_bootstrap_stack_version: bootstrapped.then_some(BOOTSTRAP_VERSION),
        bootstrap_stack_version_ssm_parameter: bootstrapped.then(|| bootstrap_parameter(qualifier)),
    };
    out.artifact(format!("{id}.assets"), Artifact::of_assets(&properties));
    bootstrapped
}
