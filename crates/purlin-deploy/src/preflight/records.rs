//! DNS records that are there already: CloudFormation does not take them over.

use serde_json::Value;

use super::{Finding, Scene};
use crate::aws::Named;
use crate::error::DeployError;
use crate::followers::dns::plain_name;

const CHECK: &str = "record";

/// A record of the template, on its own or in a group.
pub(super) struct Record<'a> {
    pub(super) logical_id: &'a str,
    /// The type of the resource.
    pub(super) kind: &'static str,
    /// The name, where it is known, as people write it.
    pub(super) name: Option<String>,
    /// The properties that name the zone.
    pub(super) zone: &'a Value,
    /// `A`, `CNAME` ..
    rr: Option<String>,
    set: Option<String>,
}

/// All records.
pub(super) fn records<'a>(scene: &Scene<'a>) -> Vec<Record<'a>> {
    const SINGLE: &str = "AWS::Route53::RecordSet";
    const GROUP: &str = "AWS::Route53::RecordSetGroup";
    let record = |logical_id, kind, body: &Value, zone| Record {
        logical_id,
        kind,
        name: scene.values.text(&body["Name"]).map(|name| plain_name(&name)),
        zone,
        rr: scene.values.text(&body["Type"]),
        set: scene.values.text(&body["SetIdentifier"]),
    };
    let mut all: Vec<_> =
        scene.resources(&[SINGLE]).into_iter().map(|(id, body)| record(id, SINGLE, body, body)).collect();
    for (id, group) in scene.resources(&[GROUP]) {
        let members = scene.values.list(&group["RecordSets"]).into_iter();
        all.extend(members.map(|body| record(id, GROUP, body, group)));
    }
    all
}

pub(super) async fn check(scene: &Scene<'_>) -> Result<Vec<Finding>, DeployError> {
    if scene.takes_over {
        return Ok(Vec::new());
    }
    let route53 = aws_sdk_route53::Client::new(&scene.config);
    let mut found = Vec::new();
    for record in records(scene) {
        let Some(zone) = scene.values.text(&record.zone["HostedZoneId"]) else { continue };
        let (Some(name), Some(kind)) = (&record.name, &record.rr) else { continue };
        if is_ours(scene, &record, name) {
            continue;
        }
        let there = there(&route53, &zone, name).await?;
        found.extend(there.iter().find_map(|other| collision(&record, name, kind, other)));
    }
    Ok(found)
}

/// Whether the stack has made this record before, under this name.
fn is_ours(scene: &Scene<'_>, record: &Record<'_>, name: &str) -> bool {
    let Some(existing) = scene.existing.as_ref().filter(|_| scene.has(record.logical_id, record.kind)) else {
        return false;
    };
    let before = &existing.template["Resources"][record.logical_id]["Properties"];
    let members = before["RecordSets"].as_array().into_iter().flatten();
    let mut names = std::iter::once(before).chain(members).filter_map(|it| scene.values.text(&it["Name"]));
    names.any(|before| plain_name(&before) == name)
}

/// A record of a zone: its type and, where several share a name, its identifier.
struct There {
    kind: String,
    set: Option<String>,
}

/// The records of a name.
async fn there(route53: &aws_sdk_route53::Client, zone: &str, name: &str) -> Result<Vec<There>, DeployError> {
    let call = route53.list_resource_record_sets().hosted_zone_id(zone).start_record_name(name).max_items(50);
    let answer = match call.send().await.named("ListResourceRecordSets") {
        Ok(answer) => answer,
        // The check of the zones says so.
        Err(error) if error.code() == Some("NoSuchHostedZone") => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let sets = answer.resource_record_sets().iter();
    let of_name = sets.filter(|set| unescaped(&plain_name(set.name())) == name);
    Ok(of_name
        .map(|set| There { kind: set.r#type().as_str().to_owned(), set: set.set_identifier().map(str::to_owned) })
        .collect())
}

fn collision(record: &Record<'_>, name: &str, kind: &str, other: &There) -> Option<Finding> {
    let reason = if other.kind == kind {
        if other.set.is_some() && record.set.is_some() && other.set != record.set {
            return None;
        }
        format!(
            "the hosted zone has a record `{name}` of type `{kind}` already, and CloudFormation does not take it over"
        )
    } else if other.kind == "CNAME" || kind == "CNAME" {
        format!("the hosted zone has a record `{name}` of type `{}`, and a `CNAME` stands alone", other.kind)
    } else {
        return None;
    };
    let fix = "delete that record just before you deploy, choose another name, or take the record into the stack with \
        `--import-existing-resources`";
    Some(Finding::error(CHECK, reason).about(record.logical_id).fix(fix))
}

/// Route 53 answers `\052` for `*`.
fn unescaped(name: &str) -> String {
    name.replace("\\052", "*")
}
