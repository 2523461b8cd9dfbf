//! Checks images of tasks and functions: they are in their repository, or this deployment pushes them.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecr::types::ImageIdentifier;

use super::{Context, Finding};
use crate::aws::Named;
use crate::error::DeployError;
use crate::partition::without_dns_suffix;

const CHECK: &str = "image";

/// An image in an ECR repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Image {
    account: String,
    region: String,
    repository: String,
    tag: Option<String>,
    digest: Option<String>,
}

pub(super) async fn check(context: &Context<'_>) -> Result<Vec<Finding>, DeployError> {
    let pushed = pushed(context)?;
    let mut elsewhere = BTreeSet::new();
    let mut found = Vec::new();
    for (name, users) in named(context) {
        let Some(image) = parsed(&name) else {
            elsewhere.insert(format!("`{name}`"));
            continue;
        };
        if image.tag.as_ref().is_some_and(|tag| pushed.contains(&(image.repository.clone(), tag.clone()))) {
            continue;
        }
        if let Some((reason, fix)) = missing(context, &image, &name).await? {
            found.extend(users.iter().map(|id| Finding::error(CHECK, &reason).about(id).fix(&fix)));
        }
    }
    if !elsewhere.is_empty() {
        let names: Vec<_> = elsewhere.into_iter().collect();
        let why = format!("{} is not in ECR", names.join(", "));
        found.push(Finding::not_checked(CHECK, &why));
    }
    Ok(found)
}

/// The images that are known before the deployment, with the resources that use them.
fn named<'a>(context: &Context<'a>) -> BTreeMap<String, BTreeSet<&'a str>> {
    let mut all: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (id, properties) in context.resources(&["AWS::ECS::TaskDefinition"]) {
        for container in context.values.list(&properties["ContainerDefinitions"]) {
            if let Some(image) = context.values.text(&container["Image"]) {
                all.entry(image).or_default().insert(id);
            }
        }
    }
    for (id, properties) in context.resources(&["AWS::Lambda::Function"]) {
        if let Some(image) = context.values.text(&properties["Code"]["ImageUri"]) {
            all.entry(image).or_default().insert(id);
        }
    }
    all
}

/// Repository and tag of the images that this deployment pushes.
fn pushed(context: &Context<'_>) -> Result<BTreeSet<(String, String)>, DeployError> {
    let mut all = BTreeSet::new();
    for assets in context.stack.assets()? {
        for image in assets.manifest.docker_images.values() {
            for to in image.destinations.values() {
                let target = context.session.target();
                all.insert((target.fill(&to.repository_name), target.fill(&to.image_tag)));
            }
        }
    }
    Ok(all)
}

/// Parses names such as `111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:1`.
fn parsed(name: &str) -> Option<Image> {
    let (host, path) = name.split_once('/')?;
    let parts: Vec<&str> = without_dns_suffix(host)?.split('.').collect();
    let [account, "dkr", "ecr" | "ecr-fips", region] = parts[..] else { return None };
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (path, digest) = path.split_once('@').map_or((path, None), |(path, digest)| (path, Some(digest.to_owned())));
    let (repository, tag) = path.split_once(':').map_or((path, None), |(path, tag)| (path, Some(tag.to_owned())));
    let tag = tag.or_else(|| digest.is_none().then(|| "latest".to_owned()));
    Some(Image {
        account: account.to_owned(),
        region: region.to_owned(),
        repository: repository.to_owned(),
        tag,
        digest,
    })
}

async fn missing(context: &Context<'_>, image: &Image, name: &str) -> Result<Option<(String, String)>, DeployError> {
    let session = context.session.in_region(Some(&image.region));
    let ecr = aws_sdk_ecr::Client::new(&session.looking_around());
    let id = ImageIdentifier::builder().set_image_digest(image.digest.clone());
    // With a digest, the tag is ignored: it may point to another image now.
    let id = if image.digest.is_some() { id } else { id.set_image_tag(image.tag.clone()) };
    let call = ecr.describe_images().registry_id(&image.account).repository_name(&image.repository);
    let Err(error) = call.image_ids(id.build()).send().await.named("DescribeImages") else { return Ok(None) };
    let Image { account, region, repository, .. } = image;
    let reason = match error.code() {
        Some("RepositoryNotFoundException") => {
            format!("account `{account}` has no ECR repository `{repository}` in `{region}` for image `{name}`")
        }
        Some("ImageNotFoundException") => format!("ECR repository `{repository}` has no image `{name}`"),
        _ => return Err(error),
    };
    Ok(Some((reason, "push the image first, or use an existing one".to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_images_in_ecr_are_parsed() {
        let image = |repository: &str, tag: Option<&str>, digest: Option<&str>| Image {
            account: "111122223333".into(),
            region: "eu-west-1".into(),
            repository: repository.into(),
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
        };
        let host = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";
        let cases = [
            (format!("{host}/web:1"), Some(image("web", Some("1"), None))),
            (format!("{host}/team/web"), Some(image("team/web", Some("latest"), None))),
            (format!("{host}/web@sha256:ab"), Some(image("web", None, Some("sha256:ab")))),
            (format!("{host}/web:1@sha256:ab"), Some(image("web", Some("1"), Some("sha256:ab")))),
            (format!("{host}.cn/web:1"), Some(image("web", Some("1"), None))),
            ("docker.io/library/nginx:1".to_owned(), None),
            ("nginx".to_owned(), None),
            ("public.ecr.aws/nginx/nginx:1".to_owned(), None),
            ("1.dkr.ecr.eu-west-1.amazonaws.com/web".to_owned(), None),
            ("111122223333.dkr.ecr.eu-west-1.example.com/web".to_owned(), None),
        ];
        for (name, expected) in cases {
            assert_eq!(parsed(&name), expected, "{name}");
        }
    }
}
