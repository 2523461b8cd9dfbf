//! Access without a statement: attached policies, boundaries, memberships, public access settings.

use serde_json::Value;

use super::policies::{Here, named};
use super::text::branches;

/// One setting, identified by its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attachment {
    /// What it allows, or what its removal allows.
    pub(super) what: String,
    /// Whether it restricts access, so that its removal broadens it.
    pub(super) is_limit: bool,
}

/// Those of a resource.
pub(super) fn attachments(here: &Here<'_>) -> Vec<Attachment> {
    match here.kind {
        "AWS::IAM::Role" | "AWS::IAM::User" | "AWS::IAM::Group" => identity(here),
        "AWS::IAM::UserToGroupAddition" => {
            let group = here.names("GroupName").join(", ");
            opens(here.names("Users").iter().map(|user| format!("adds `{user}` to group `{group}`")))
        }
        "AWS::IAM::InstanceProfile" => {
            let profile = here.itself();
            opens(
                here.names("Roles").iter().map(|role| format!("gives `{role}` to instances with profile `{profile}`")),
            )
        }
        "AWS::IAM::AccessKey" => {
            opens(here.names("UserName").iter().map(|user| format!("makes an access key for `{user}`")))
        }
        "AWS::IAM::OIDCProvider" | "AWS::IAM::SAMLProvider" => {
            let issuer = if here.kind.contains("OIDC") { here.text("Url") } else { here.itself() };
            opens([format!("trusts tokens of identity provider `{issuer}`")])
        }
        "AWS::SSO::PermissionSet" => managed(here, "ManagedPolicies"),
        "AWS::SSO::Assignment" => opens([format!(
            "gives `{}` permission set `{}` in `{}`",
            here.text("PrincipalId"),
            here.names("PermissionSetArn").join(", "),
            here.text("TargetId")
        )]),
        "AWS::Cognito::IdentityPool" if here.properties["AllowUnauthenticatedIdentities"] == true => {
            opens([format!("allows unauthenticated identities in `{}`", here.itself())])
        }
        "AWS::Cognito::IdentityPoolRoleAttachment" => pool_roles(here),
        "AWS::Cognito::UserPoolGroup" => opens(
            here.names("RoleArn")
                .iter()
                .map(|role| format!("gives members of group `{}` role `{role}`", here.itself())),
        ),
        "AWS::Lambda::Url" if here.properties["AuthType"] == "NONE" => {
            let function = here.names("TargetFunctionArn").join(", ");
            opens([format!("opens `{function}` to everyone by a function URL without authentication")])
        }
        "AWS::S3::Bucket" => bucket(here),
        _ => Vec::new(),
    }
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
        is_limit: true,
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

fn bucket(here: &Here<'_>) -> Vec<Attachment> {
    let itself = here.itself();
    let public = here.properties["AccessControl"].as_str().filter(|acl| acl.starts_with("Public"));
    let mut all = opens(public.map(|acl| format!("opens `{itself}` to everyone by access control `{acl}`")));
    let blocks = here.properties["PublicAccessBlockConfiguration"].as_object().into_iter().flatten();
    let open = blocks.filter(|(_, value)| is_false(value));
    all.extend(opens(open.map(|(name, _)| format!("no longer shields `{itself}` from public access by `{name}`"))));
    all
}

fn is_false(value: &Value) -> bool {
    *value == false || *value == "false"
}

fn opens(lines: impl IntoIterator<Item = String>) -> Vec<Attachment> {
    lines.into_iter().map(|what| Attachment { what, is_limit: false }).collect()
}
