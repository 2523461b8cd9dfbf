//! Access without a statement: attached policies, boundaries, memberships, settings, and what brings resources of its own.

use serde_json::Value;

use super::policies::{Here, named};
use super::setting::settings;
use super::text::branches;

/// One setting, identified by its line.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Attachment {
    /// What it allows, or what its removal allows.
    pub(super) what: String,
    /// What the line does not show, and what is another setting when it changes.
    pub(super) same: Value,
    /// Whether it allows or limits.
    pub(super) ends: Ends,
}

/// What broadens: that a setting comes, or that it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// It allows.
    Opens,
    /// It limits its resource: without the resource, its end means nothing.
    Shields,
    /// It limits what it names, whichever resource says so.
    Guards,
}

/// Those of a resource.
pub(super) fn attachments(here: &Here<'_>) -> Vec<Attachment> {
    let mut all = settings(here);
    match here.kind {
        "AWS::IAM::Role" | "AWS::IAM::User" | "AWS::IAM::Group" => all.extend(identity(here)),
        "AWS::SSO::PermissionSet" => all.extend(managed(here, "ManagedPolicies")),
        "AWS::Cognito::IdentityPoolRoleAttachment" => all.extend(pool_roles(here)),
        _ => {}
    }
    all
}

fn identity(here: &Here<'_>) -> Vec<Attachment> {
    let itself = here.itself();
    let mut all = managed(here, "ManagedPolicyArns");
    all.extend(opens(here.names("Groups").iter().map(|group| format!("adds `{itself}` to group `{group}`"))));
    if !here.properties["LoginProfile"].is_null() {
        all.extend(opens([format!("lets `{itself}` sign in to the console")]));
    }
    let boundaries = here.reader.texts(&here.properties["PermissionsBoundary"]);
    all.extend(boundaries.iter().map(|boundary| Attachment {
        what: format!("no longer keeps `{itself}` within permissions boundary `{}`", named(boundary)),
        same: Value::Null,
        ends: Ends::Shields,
    }));
    all
}

/// Policies of this template are reported by their statements.
fn managed(here: &Here<'_>, property: &str) -> Vec<Attachment> {
    let is_elsewhere = |arn: &String| {
        let id = arn.trim_start_matches("${").trim_end_matches('}');
        here.template["Resources"][id]["Type"] != "AWS::IAM::ManagedPolicy"
    };
    let arns = here.names(property).into_iter().filter(is_elsewhere);
    opens(arns.map(|arn| format!("gives `{}` managed policy `{arn}`", here.itself())))
}

fn pool_roles(here: &Here<'_>) -> Vec<Attachment> {
    let pool = here.names("IdentityPoolId").join(", ");
    let roles = here.properties["Roles"].as_object().into_iter().flatten();
    let mut lines: Vec<_> = roles
        .flat_map(|(kind, role)| here.reader.texts(role).into_iter().map(move |role| (kind, role)))
        .map(|(kind, role)| format!("gives {kind} users of `{pool}` role `{}`", named(&role)))
        .collect();
    for mapping in here.properties["RoleMappings"].as_object().into_iter().flatten().map(|(_, it)| it) {
        for rule in branches(&mapping["RulesConfiguration"]["Rules"]) {
            let (claim, value) = (here.reader.text(&rule["Claim"]), here.reader.text(&rule["Value"]));
            let role = named(&here.reader.text(&rule["RoleARN"]));
            lines.push(format!("gives users of `{pool}` whose claim `{claim}` matches `{value}` role `{role}`"));
        }
        if mapping["Type"] == "Token" {
            lines.push(format!("gives users of `{pool}` the role their token names"));
        }
    }
    opens(lines)
}

pub(super) fn opens(lines: impl IntoIterator<Item = String>) -> Vec<Attachment> {
    lines.into_iter().map(|what| Attachment { what, same: Value::Null, ends: Ends::Opens }).collect()
}
