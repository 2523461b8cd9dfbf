//! Checks that new DNS records do not exist yet: CloudFormation does not overwrite existing ones.

use serde_json::Value;

use super::{Context, Finding};
use crate::aws::Named;
use crate::error::DeployError;
use crate::followers::dns::plain_name;

const CHECK: &str = "record";

/// A record of the template, on its own or in a group.
pub(super) struct Record<'a> {
    pub(super) logical_id: &'a str,
    /// The type of the resource.
    pub(super) kind: &'static str,
    /// The name, if it is known, without the dot at its end.
    pub(super) name: Option<String>,
    /// The properties with the zone.
    pub(super) zone: &'a Value,
    /// `A`, `CNAME` ..
    rr: Option<String>,
    set: Option<String>,
}

/// All records.
pub(super) fn records<'a>(context: &Context<'a>) -> Vec<Record<'a>> {
    const SINGLE: &str = "AWS::Route53::RecordSet";
    const GROUP: &str = "AWS::Route53::RecordSetGroup";
    let record = |logical_id, kind, body: &Value, zone| Record {
        logical_id,
        kind,
        name: context.values.text(&body["Name"]).map(|name| plain_name(&name)),
        zone,
        rr: context.values.text(&body["Type"]),
        set: context.values.text(&body["SetIdentifier"]),
    };
    let mut all: Vec<_> =
        context.resources(&[SINGLE]).into_iter().map(|(id, body)| record(id, SINGLE, body, body)).collect();
    for (id, group) in context.resources(&[GROUP]) {
        let members = context.values.list(&group["RecordSets"]).into_iter();
        all.extend(members.map(|body| record(id, GROUP, body, group)));
    }
    all
}

pub(super) async fn check(context: &Context<'_>) -> Result<Vec<Finding>, DeployError> {
    if context.takes_over {
        return Ok(Vec::new());
    }
    let route53 = aws_sdk_route53::Client::new(&context.config);
    let mut found = Vec::new();
    for record in records(context) {
        let Some(zone) = context.values.text(&record.zone["HostedZoneId"]) else { continue };
        let (Some(name), Some(kind)) = (&record.name, &record.rr) else { continue };
        if is_of_stack(context, &record, name) {
            continue;
        }
        let existing = existing_records(&route53, &zone, name).await?;
        found.extend(existing.iter().find_map(|other| collision(&record, name, kind, other)));
    }
    Ok(found)
}

/// Whether the existing stack has this record under this name.
fn is_of_stack(context: &Context<'_>, record: &Record<'_>, name: &str) -> bool {
    let Some(existing) = context.existing.as_ref().filter(|_| context.has(record.logical_id, record.kind)) else {
        return false;
    };
    let before = &existing.template["Resources"][record.logical_id]["Properties"];
    let members = before["RecordSets"].as_array().into_iter().flatten();
    let mut names = std::iter::once(before).chain(members).filter_map(|it| context.values.text(&it["Name"]));
    names.any(|before| plain_name(&before) == name)
}

/// An existing record: its type and, if several have the same name, its identifier.
struct ExistingRecord {
    kind: String,
    set: Option<String>,
}

/// The existing records with a name.
async fn existing_records(
    route53: &aws_sdk_route53::Client,
    zone: &str,
    name: &str,
) -> Result<Vec<ExistingRecord>, DeployError> {
    let call = route53.list_resource_record_sets().hosted_zone_id(zone).start_record_name(name).max_items(50);
    let response = match call.send().await.named("ListResourceRecordSets") {
        Ok(response) => response,
        // The check of hosted zones reports this.
        Err(error) if error.code() == Some("NoSuchHostedZone") => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let sets = response.resource_record_sets().iter();
    let of_name = sets.filter(|set| unescaped(&plain_name(set.name())) == name);
    Ok(of_name
        .map(|set| ExistingRecord {
            kind: set.r#type().as_str().to_owned(),
            set: set.set_identifier().map(str::to_owned),
        })
        .collect())
}

fn collision(record: &Record<'_>, name: &str, kind: &str, other: &ExistingRecord) -> Option<Finding> {
    let reason = if other.kind == kind {
        if other.set.is_some() && record.set.is_some() && other.set != record.set {
            return None;
        }
        format!(
            "the hosted zone already has a record `{name}` of type `{kind}`, and CloudFormation does not overwrite it"
        )
    } else if other.kind == "CNAME" || kind == "CNAME" {
        format!(
            "the hosted zone has a record `{name}` of type `{}`, and a name with a `CNAME` can have no other record",
            other.kind
        )
    } else {
        return None;
    };
    let fix = "delete that record just before you deploy, choose another name, or import the record with \
        `--import-existing-resources`";
    Some(Finding::error(CHECK, reason).about(record.logical_id).fix(fix))
}

/// Route 53 returns `\052` for `*`.
fn unescaped(name: &str) -> String {
    name.replace("\\052", "*")
}
