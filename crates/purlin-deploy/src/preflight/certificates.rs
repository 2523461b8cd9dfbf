//! Certificates: in the right region, issued, and perhaps there already.

use aws_sdk_acm::types::{CertificateStatus, Filters, KeyAlgorithm};
use serde_json::Value;

use super::{Finding, Scene};
use crate::aws::Named;
use crate::error::DeployError;
use crate::followers::dns::plain_name;

const CHECK: &str = "certificate";

/// Where CloudFront reads certificates, for itself and for Cognito.
const GLOBAL: &str = "us-east-1";

const CERTIFICATE: &str = "AWS::CertificateManager::Certificate";

pub(super) async fn check(scene: &Scene<'_>) -> Result<Vec<Finding>, DeployError> {
    let mut found = wrong_regions(scene);
    found.extend(named_ones(scene).await?);
    found.extend(present(scene).await?);
    Ok(found)
}

/// A certificate that a resource uses.
struct Used<'a> {
    logical_id: &'a str,
    /// What people call the user.
    by: &'static str,
    certificate: &'a Value,
    /// Whether it has to be where CloudFront reads it.
    is_global: bool,
}

fn used<'a>(scene: &Scene<'a>) -> Vec<Used<'a>> {
    let mut all = Vec::new();
    for (logical_id, properties) in scene.resources(&["AWS::Cognito::UserPoolDomain"]) {
        let certificate = &properties["CustomDomainConfig"]["CertificateArn"];
        all.push(Used { logical_id, by: "a custom domain of Cognito", certificate, is_global: true });
    }
    for (logical_id, properties) in scene.resources(&["AWS::CloudFront::Distribution"]) {
        let certificate = &properties["DistributionConfig"]["ViewerCertificate"]["AcmCertificateArn"];
        all.push(Used { logical_id, by: "CloudFront", certificate, is_global: true });
    }
    for (logical_id, properties) in
        scene.resources(&["AWS::ElasticLoadBalancingV2::Listener", "AWS::ElasticLoadBalancingV2::ListenerCertificate"])
    {
        for one in properties["Certificates"].as_array().into_iter().flatten() {
            all.push(Used { logical_id, by: "a load balancer", certificate: &one["CertificateArn"], is_global: false });
        }
    }
    all
}

fn wrong_regions(scene: &Scene<'_>) -> Vec<Finding> {
    let here = &scene.session.site().region;
    let region = |certificate: &Value| match certificate["Ref"].as_str() {
        Some(id) if scene.template["Resources"][id]["Type"] == CERTIFICATE => Some(here.clone()),
        _ => scene.values.text(certificate)?.split(':').nth(3).map(str::to_owned),
    };
    let wrong = used(scene).into_iter().filter_map(|it| {
        let region = region(it.certificate)?;
        let wanted = if it.is_global { GLOBAL } else { here };
        (region != wanted && scene.session.site().partition == "aws").then(|| {
            let reason = format!("{} takes certificates of region `{wanted}`, but this one is in `{region}`", it.by);
            let fix = format!("make the certificate in a stack in `{wanted}` and name it by its ARN");
            Finding::error(CHECK, reason).about(it.logical_id).fix(fix)
        })
    });
    wrong.collect()
}

/// Certificates that are named by their ARN.
async fn named_ones(scene: &Scene<'_>) -> Result<Vec<Finding>, DeployError> {
    let mut found = Vec::new();
    for one in used(scene) {
        let Some(arn) = scene.values.text(one.certificate).filter(|arn| arn.contains(":acm:")) else { continue };
        let session = scene.session.in_region(arn.split(':').nth(3));
        let acm = aws_sdk_acm::Client::new(&session.looking_around());
        let answer = acm.describe_certificate().certificate_arn(&arn).send().await.named("DescribeCertificate");
        let reason = match answer {
            Err(error) if error.code() == Some("ResourceNotFoundException") => {
                format!("certificate `{arn}` does not exist")
            }
            Err(error) => return Err(error),
            Ok(answer) => match answer.certificate().and_then(|certificate| certificate.status()) {
                Some(CertificateStatus::Issued) | None => continue,
                Some(status) => format!("certificate `{arn}` cannot be used: it is `{}`", status.as_str()),
            },
        };
        let fix = "name a certificate that is issued: `aws acm list-certificates --certificate-statuses ISSUED`";
        found.push(Finding::error(CHECK, reason).about(one.logical_id).fix(fix));
    }
    Ok(found)
}

/// New certificates for names that have one.
async fn present(scene: &Scene<'_>) -> Result<Vec<Finding>, DeployError> {
    let new = scene.resources(&[CERTIFICATE]).into_iter().filter(|(id, _)| !scene.has(id, CERTIFICATE));
    let wanted =
        new.filter_map(|(id, properties)| Some((id, plain_name(&scene.values.text(&properties["DomainName"])?))));
    let wanted: Vec<_> = wanted.collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let issued = issued(scene).await?;
    let found = wanted.iter().filter_map(|(id, name)| {
        let (_, arn) = issued.iter().find(|(names, _)| names.iter().any(|it| is_for(it, name)))?;
        let reason = format!("there is an issued certificate for `{name}` already: `{arn}`");
        Some(Finding::note(CHECK, reason).about(id).fix("it could be used instead of waiting for a new one"))
    });
    Ok(found.collect())
}

/// The issued certificates of this region: their names and their ARN.
async fn issued(scene: &Scene<'_>) -> Result<Vec<(Vec<String>, String)>, DeployError> {
    // Without a filter, only those with small RSA keys are listed.
    let keys = [
        KeyAlgorithm::Rsa2048,
        KeyAlgorithm::Rsa3072,
        KeyAlgorithm::Rsa4096,
        KeyAlgorithm::EcPrime256v1,
        KeyAlgorithm::EcSecp384r1,
        KeyAlgorithm::EcSecp521r1,
    ];
    let acm = aws_sdk_acm::Client::new(&scene.config);
    let filters = Filters::builder().set_key_types(Some(keys.to_vec())).build();
    let call = acm.list_certificates().certificate_statuses(CertificateStatus::Issued).includes(filters);
    let mut pages = call.max_items(1000).into_paginator().send();
    let mut all = Vec::new();
    while let Some(page) = pages.next().await {
        for one in page.named("ListCertificates")?.certificate_summary_list() {
            let names = one.subject_alternative_name_summaries().iter().map(String::as_str).chain(one.domain_name());
            all.push((names.map(plain_name).collect(), one.certificate_arn().unwrap_or_default().to_owned()));
        }
    }
    Ok(all)
}

/// `*.example.com` is for every name one level below.
fn is_for(certificate: &str, name: &str) -> bool {
    let below = certificate.strip_prefix("*.").zip(name.split_once('.').map(|(_, above)| above));
    certificate == name || below.is_some_and(|(domain, above)| domain == above)
}
