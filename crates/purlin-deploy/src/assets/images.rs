//! Publishes image assets: builds and pushes them to ECR, unless the tag exists. The tag is a hash of the content, so an
//! image is built and pushed once.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_ecr::types::ImageIdentifier;
use purlin_assembly::DockerImageAsset;
use tokio::time::sleep;

use super::credentials::Credentials;
use super::destination::{Place, Role};
use super::docker::Docker;
use super::{Subject, docker};
use crate::aws::Named;
use crate::error::DeployError;
use crate::event::AssetStep;
use crate::session::Session;

/// Number of reads of an image after its push.
const READS: u32 = 5;

/// Publishes an image to all its destinations.
pub(super) async fn publish(
    session: &Session,
    subject: &Subject<'_>,
    asset: &DockerImageAsset,
) -> Result<(), DeployError> {
    for destination in asset.destinations.values() {
        let role = Role {
            arn: destination.assume_role_arn.as_deref(),
            external_id: destination.assume_role_external_id.as_deref(),
            options: destination.assume_role_additional_options.as_ref(),
        };
        let place = Place::of(session, destination.region.as_deref(), &role, subject.sink).await?;
        let repository = place.target.fill(&destination.repository_name);
        let tag = place.target.fill(&destination.image_tag);
        let session = &place.session;
        let name = format!("ecr://{}/{}/{repository}:{tag}", session.target().account, session.target().region);
        let image = Image { session, repository, tag };
        let mut is_first = false;
        let work = async {
            is_first = true;
            Box::pin(image.publish(subject, asset)).await
        };
        session.publishing().done.get(&name, work).await?;
        if !is_first {
            subject.report(AssetStep::Present);
        }
    }
    Ok(())
}

/// An image in a repository; it may not exist yet.
struct Image<'a> {
    session: &'a Session,
    repository: String,
    tag: String,
}

impl Image<'_> {
    async fn publish(&self, subject: &Subject<'_>, asset: &DockerImageAsset) -> Result<(), DeployError> {
        let permit = self.session.publishing().look().await;
        let uri = self.repository_uri().await?;
        let present = self.digest().await?;
        drop(permit);
        if present.is_some() {
            subject.report(AssetStep::Present);
            return Ok(());
        }
        let _turn = self.session.publishing().image().await;
        let registry = uri.split('/').next().unwrap_or_default();
        let credentials = self.credentials(registry).await?;
        let docker = Docker::named().with(credentials.for_docker());
        let local = self.built(subject, asset, &docker).await?;
        subject.report(AssetStep::Uploading { bytes: None });
        let pushed = docker.with(credentials.for_podman()).push(&local, &format!("{uri}:{}", self.tag)).await;
        self.check(subject, pushed).await?;
        subject.report(AssetStep::Published);
        Ok(())
    }

    /// Builds the image, once for all its destinations and stacks. Returns its local name.
    async fn built(
        &self,
        subject: &Subject<'_>,
        asset: &DockerImageAsset,
        docker: &Docker,
    ) -> Result<String, DeployError> {
        let source = &asset.source;
        if let Some([program, arguments @ ..]) = source.executable.as_deref() {
            let name = format!("{}\n{program} {arguments:?}", subject.assets.directory.display());
            return self.session.publishing().built.get(&name, built_by_command(subject, program, arguments)).await;
        }
        let Some(folder) = &source.directory else {
            return Err(subject.unfit("its source names neither a directory nor an executable".to_owned()));
        };
        let folder = subject.assets.locate(folder)?.path().to_owned();
        if !folder.is_dir() {
            return Err(subject.unfit(format!("its build context `{}` is not a folder", folder.display())));
        }
        let name = format!("{}\n{}", folder.display(), subject.id);
        let build = async {
            subject.report(AssetStep::Building);
            let image = format!("purlin-asset-{}", subject.id.to_ascii_lowercase());
            docker.build(&folder, &image, source).await?;
            subject.assets.check_unchanged(&folder)?;
            Ok(image)
        };
        self.session.publishing().built.get(&name, build).await
    }

    /// The credentials of a registry. Its token is valid for 12 hours.
    async fn credentials(&self, registry: &str) -> Result<Arc<Credentials>, DeployError> {
        let target = self.session.target();
        let name = format!("{registry} {} {}", target.account, target.region);
        let ask = async {
            let response = self.session.ecr().get_authorization_token().send().await.named("GetAuthorizationToken")?;
            let token = response.authorization_data().first().and_then(|data| data.authorization_token());
            let token = token.filter(|token| !token.is_empty()).ok_or_else(|| DeployError::Aws {
                operation: "GetAuthorizationToken",
                code: None,
                message: "the response of ECR has no token".to_owned(),
            })?;
            Credentials::of(registry, token).map(Arc::new)
        };
        self.session.publishing().credentials.get(&name, ask).await
    }

    /// Checks that ECR has the pushed image. Another process may have pushed it first: tags are immutable.
    async fn check(
        &self,
        subject: &Subject<'_>,
        pushed: Result<Option<String>, DeployError>,
    ) -> Result<(), DeployError> {
        let pushed = match pushed {
            Ok(pushed) => pushed,
            Err(error) => return if self.digest().await?.is_some() { Ok(()) } else { Err(error) },
        };
        for look in 1..=READS {
            match (self.digest().await?, &pushed) {
                (Some(found), Some(pushed)) if found != *pushed => {
                    return Err(subject.unfit(format!(
                        "`{pushed}` was pushed, but in repository `{}` the tag `{}` is of `{found}`",
                        self.repository, self.tag
                    )));
                }
                (Some(_), _) => return Ok(()),
                (None, _) => sleep(self.session.clock().span(Duration::from_secs(1)) * look).await,
            }
        }
        Err(subject.unfit(format!(
            "it was pushed, but repository `{}` has no tag `{}`: the builder pushed it elsewhere, or not at all",
            self.repository, self.tag
        )))
    }

    /// The URI of the repository.
    async fn repository_uri(&self) -> Result<String, DeployError> {
        let call = self.session.ecr().describe_repositories().repository_names(&self.repository);
        match call.send().await.named("DescribeRepositories") {
            Ok(response) => {
                let uri = response.repositories().first().and_then(|it| it.repository_uri());
                uri.map(str::to_owned).ok_or_else(|| self.not_bootstrapped())
            }
            Err(error) if error.code() == Some("RepositoryNotFoundException") => Err(self.not_bootstrapped()),
            Err(error) => Err(error),
        }
    }

    /// The digest of the tag, if it exists.
    async fn digest(&self) -> Result<Option<String>, DeployError> {
        let image = ImageIdentifier::builder().image_tag(&self.tag).build();
        let call = self.session.ecr().describe_images().repository_name(&self.repository).image_ids(image);
        match call.send().await.named("DescribeImages") {
            Ok(response) => {
                Ok(response.image_details().first().map(|it| it.image_digest().unwrap_or_default().to_owned()))
            }
            Err(error) if error.code() == Some("ImageNotFoundException") => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn not_bootstrapped(&self) -> DeployError {
        let target = self.session.target();
        DeployError::NotBootstrapped {
            account: target.account.clone(),
            region: target.region.clone(),
            what: format!("repository `{}` for images", self.repository),
            name: self.repository.clone(),
        }
    }
}

/// Builds an image with a command, which runs in the manifest's folder and prints the image's name.
async fn built_by_command(subject: &Subject<'_>, program: &str, arguments: &[String]) -> Result<String, DeployError> {
    subject.report(AssetStep::Building);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ended = docker::run(program, Some(&subject.assets.directory), &arguments, &[]).await;
    let ended = ended.map_err(|error| subject.unfit(format!("`{program}` cannot be started: {error}")))?;
    if !ended.status.success() {
        return Err(subject.unfit(format!("`{program}` failed ({}): {}", ended.status, ended.tail)));
    }
    match ended.output.trim() {
        "" => Err(subject.unfit(format!("`{program}` succeeded but printed no image name"))),
        image => Ok(image.to_owned()),
    }
}
