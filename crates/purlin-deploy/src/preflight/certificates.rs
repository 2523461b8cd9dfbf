//! Checks certificates: they are in the right region and issued; notes an existing one that could be used.

use aws_sdk_acm::types::{CertificateStatus, Filters, KeyAlgorithm};
use serde_json::Value;

use super::{Context, Finding};
use crate::aws::Named;
use crate::error::DeployError;
use crate::followers::dns::plain_name;

const CHECK: &str = "certificate";

/// The region of CloudFront's certificates, which Cognito's custom domains use too.
const GLOBAL: &str = "us-east-1";

const CERTIFICATE: &str = "AWS::CertificateManager::Certificate";

pub(super) async fn check(context: &Context<'_>) -> Result<Vec<Finding>, DeployError> {
    let mut found = wrong_regions(context);
    found.extend(not_issued(context).await?);
    found.extend(issued_already(context).await?);
    Ok(found)
}

/// A certificate that a resource uses.
struct Used<'a> {
    logical_id: &'a str,
    /// The user of the certificate, for messages.
    by: &'static str,
    certificate: &'a Value,
    /// Whether it must be in CloudFront's region.
    is_global: bool,
}

fn used<'a>(context: &Context<'a>) -> Vec<Used<'a>> {
    let mut all = Vec::new();
    for (logical_id, properties) in context.resources(&["AWS::Cognito::UserPoolDomain"]) {
        let certificate = &properties["CustomDomainConfig"]["CertificateArn"];
        all.push(Used { logical_id, by: "a custom domain of Cognito", certificate, is_global: true });
    }
    for (logical_id, properties) in context.resources(&["AWS::CloudFront::Distribution"]) {
        let certificate = &properties["DistributionConfig"]["ViewerCertificate"]["AcmCertificateArn"];
        all.push(Used { logical_id, by: "CloudFront", certificate, is_global: true });
    }
    for (logical_id, properties) in context
        .resources(&["AWS::ElasticLoadBalancingV2::Listener", "AWS::ElasticLoadBalancingV2::ListenerCertificate"])
    {
        for one in properties["Certificates"].as_array().into_iter().flatten() {
            all.push(Used { logical_id, by: "a load balancer", certificate: &one["CertificateArn"], is_global: false });
        }
    }
    all
}

fn wrong_regions(context: &Context<'_>) -> Vec<Finding> {
    let here = &context.session.target().region;
    let region = |certificate: &Value| match certificate["Ref"].as_str() {
        Some(id) if context.template["Resources"][id]["Type"] == CERTIFICATE => Some(here.clone()),
        _ => context.values.text(certificate)?.split(':').nth(3).map(str::to_owned),
    };
    let wrong = used(context).into_iter().filter_map(|it| {
        let region = region(it.certificate)?;
        let wanted = if it.is_global { GLOBAL } else { here };
        (region != wanted && context.session.target().partition == "aws").then(|| {
            let reason = format!("{} takes certificates of region `{wanted}`, but this one is in `{region}`", it.by);
            let fix = format!("create the certificate in a stack in `{wanted}` and refer to it by its ARN");
            Finding::error(CHECK, reason).about(it.logical_id).fix(fix)
        })
    });
    wrong.collect()
}

/// Checks that certificates with an ARN exist and are issued.
async fn not_issued(context: &Context<'_>) -> Result<Vec<Finding>, DeployError> {
    let mut found = Vec::new();
    for one in used(context) {
        let Some(arn) = context.values.text(one.certificate).filter(|arn| arn.contains(":acm:")) else { continue };
        let session = context.session.in_region(arn.split(':').nth(3));
        let acm = aws_sdk_acm::Client::new(&session.looking_around());
        let response = acm.describe_certificate().certificate_arn(&arn).send().await.named("DescribeCertificate");
        let reason = match response {
            Err(error) if error.code() == Some("ResourceNotFoundException") => {
                format!("certificate `{arn}` does not exist")
            }
            Err(error) => return Err(error),
            Ok(response) => match response.certificate().and_then(|certificate| certificate.status()) {
                Some(CertificateStatus::Issued) | None => continue,
                Some(status) => format!("certificate `{arn}` cannot be used: it is `{}`", status.as_str()),
            },
        };
        let fix = "use an issued certificate: `aws acm list-certificates --certificate-statuses ISSUED` lists them";
        found.push(Finding::error(CHECK, reason).about(one.logical_id).fix(fix));
    }
    Ok(found)
}

/// New certificates for names that already have an issued one.
async fn issued_already(context: &Context<'_>) -> Result<Vec<Finding>, DeployError> {
    let new = context.resources(&[CERTIFICATE]).into_iter().filter(|(id, _)| !context.has(id, CERTIFICATE));
    let wanted =
        new.filter_map(|(id, properties)| Some((id, plain_name(&context.values.text(&properties["DomainName"])?))));
    let wanted: Vec<_> = wanted.collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let issued = issued(context).await?;
    let found = wanted.iter().filter_map(|(id, name)| {
        let (_, arn) = issued.iter().find(|(names, _)| names.iter().any(|it| covers(it, name)))?;
        let reason = format!("`{name}` already has an issued certificate: `{arn}`");
        Some(Finding::note(CHECK, reason).about(id).fix("use it, to save the wait for a new one"))
    });
    Ok(found.collect())
}

/// The issued certificates of this region: names and ARN.
async fn issued(context: &Context<'_>) -> Result<Vec<(Vec<String>, String)>, DeployError> {
    // Without a filter, AWS lists only certificates with RSA keys up to 2048 bits.
    let keys = [
        KeyAlgorithm::Rsa2048,
        KeyAlgorithm::Rsa3072,
        KeyAlgorithm::Rsa4096,
        KeyAlgorithm::EcPrime256v1,
        KeyAlgorithm::EcSecp384r1,
        KeyAlgorithm::EcSecp521r1,
    ];
    let acm = aws_sdk_acm::Client::new(&context.config);
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

/// Whether a certificate's name covers a name: `*.example.com` covers names one level below.
fn covers(certificate: &str, name: &str) -> bool {
    let below = certificate.strip_prefix("*.").zip(name.split_once('.').map(|(_, above)| above));
    certificate == name || below.is_some_and(|(domain, above)| domain == above)
}
