//! Finds the statements of policies in the resources that carry some.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::setting::TABLE;
use super::statement::{AttachedTo, Conditions, Effect, Part, Statement};
use super::text::{Reader, branches};

/// The resource whose policies are read.
pub(super) struct Here<'a> {
    pub(super) template: &'a Value,
    pub(super) id: &'a str,
    pub(super) kind: &'a str,
    pub(super) properties: &'a Value,
    pub(super) reader: &'a Reader<'a>,
}

impl Here<'_> {
    /// The resource itself, as others refer to it.
    pub(super) fn itself(&self) -> String {
        format!("${{{}}}", self.id)
    }

    /// A property as text.
    pub(super) fn text(&self, property: &str) -> String {
        self.reader.text(&self.properties[property])
    }

    /// A property as the name of a resource, whichever of its attributes names it.
    pub(super) fn names(&self, property: &str) -> Vec<String> {
        self.reader.texts(&self.properties[property]).iter().map(|text| named(text)).collect()
    }
}

/// The statements of a resource.
pub(super) fn statements(here: &Here<'_>) -> Vec<Statement> {
    match here.kind {
        "AWS::IAM::Role" => {
            let trust = &here.properties["AssumeRolePolicyDocument"];
            let mut all = read(here, trust, &AttachedTo::Role(here.itself()), &[]);
            all.extend(inline(here));
            all
        }
        "AWS::IAM::User" | "AWS::IAM::Group" => inline(here),
        "AWS::IAM::Policy" | "AWS::IAM::ManagedPolicy" => held(here, &holders(here)),
        "AWS::IAM::RolePolicy" => held(here, &here.names("RoleName")),
        "AWS::IAM::UserPolicy" => held(here, &here.names("UserName")),
        "AWS::IAM::GroupPolicy" => held(here, &here.names("GroupName")),
        "AWS::SSO::PermissionSet" => {
            read(here, &here.properties["InlinePolicy"], &AttachedTo::Principal, &[here.itself()])
        }
        "AWS::Lambda::Permission" => vec![function_permission(here)],
        "AWS::Lambda::LayerVersionPermission" => vec![layer_permission(here)],
        "AWS::EC2::VPCEndpoint" => endpoint(here),
        "AWS::Events::EventBusPolicy" if here.properties["Statement"].is_null() => vec![bus_permission(here)],
        kind => {
            let sessions = TABLE.policies.sessions.get(kind);
            let mut all = sessions.map(|property| session(here, property)).unwrap_or_default();
            let about = TABLE.policies.about.get(kind).map(|property| here.names(property));
            let about = about.filter(|names| !names.is_empty()).unwrap_or_else(|| vec![here.itself()]);
            documents(here, here.properties, sessions.map(String::as_str), &mut |document| {
                let attached_to = AttachedTo::Resource(about[0].clone());
                all.extend(read(here, document, &attached_to, &about));
            });
            all
        }
    }
}

/// Every policy document among the properties, in whichever place, as an object or as a text.
fn documents(here: &Here<'_>, value: &Value, but: Option<&str>, found: &mut impl FnMut(&Value)) {
    let is_statement = |it: &&Value| it["Effect"].is_string() || it["Effect"].is_object();
    if branches(&value["Statement"]).iter().any(is_statement) {
        return found(value);
    }
    match value {
        Value::Object(map) => {
            if let Some(text) = here.reader.written(value) {
                return in_text(here, &text, found);
            }
            map.iter()
                .filter(|(name, _)| Some(name.as_str()) != but)
                .for_each(|(_, it)| documents(here, it, None, found));
        }
        Value::Array(items) => items.iter().for_each(|it| documents(here, it, None, found)),
        Value::String(text) => in_text(here, text, found),
        _ => {}
    }
}

fn in_text(here: &Here<'_>, text: &str, found: &mut impl FnMut(&Value)) {
    let is_document = text.contains("Effect") && text.trim_start().starts_with(['{', '[']);
    if let (true, Ok(parsed)) = (is_document, serde_json::from_str::<Value>(text)) {
        documents(here, &parsed, None, found);
    }
}

/// What sessions of a role may do: everything, where no policy limits them.
fn session(here: &Here<'_>, property: &str) -> Vec<Statement> {
    let attached_to = AttachedTo::Session(here.itself());
    let policy = &here.properties[property];
    if policy.is_null() { vec![of_everything(attached_to)] } else { read(here, policy, &attached_to, &[]) }
}

fn of_everything(attached_to: AttachedTo) -> Statement {
    Statement {
        effect: Effect::Allow,
        actions: vec![everything()],
        resources: vec![everything()],
        principals: vec![everything()],
        conditions: Conditions::new(),
        attached_to,
    }
}

/// A statement of an event bus that is written as properties.
fn bus_permission(here: &Here<'_>) -> Statement {
    let mut statement = granted(here, "EventBusName", &[]);
    if statement.resources.is_empty() {
        statement.resources = vec![Part::Only("default".to_owned())];
    }
    let condition = &here.properties["Condition"];
    if let Some(key) = condition["Key"].as_str() {
        let operator = here.reader.text(&condition["Type"]);
        let values = here.reader.texts(&condition["Value"]).into_iter().collect();
        statement.conditions.insert((operator, key.to_owned()), values);
    }
    statement
}

/// `Policies` of roles, users and groups.
fn inline(here: &Here<'_>) -> Vec<Statement> {
    let policies = branches(&here.properties["Policies"]);
    let holder = [here.itself()];
    policies.iter().flat_map(|it| read(here, &it["PolicyDocument"], &AttachedTo::Principal, &holder)).collect()
}

fn held(here: &Here<'_>, holders: &[String]) -> Vec<Statement> {
    read(here, &here.properties["PolicyDocument"], &AttachedTo::Principal, holders)
}

/// The identities a policy is attached to, by its own properties or by theirs; the policy itself where there are none.
fn holders(here: &Here<'_>) -> Vec<String> {
    let mut holders: Vec<_> = ["Roles", "Users", "Groups"].iter().flat_map(|list| here.names(list)).collect();
    for (id, resource) in here.template["Resources"].as_object().into_iter().flatten() {
        let attached = here.reader.texts(&resource["Properties"]["ManagedPolicyArns"]);
        if attached.iter().any(|arn| named(arn) == here.itself()) {
            holders.push(format!("${{{id}}}"));
        }
    }
    if holders.is_empty() { vec![here.itself()] } else { holders }
}

/// An endpoint without a policy allows everything.
fn endpoint(here: &Here<'_>) -> Vec<Statement> {
    let attached_to = AttachedTo::Path(here.itself());
    let policy = &here.properties["PolicyDocument"];
    let has_policies = here.properties["VpcEndpointType"] != "GatewayLoadBalancer";
    if policy.is_null() && has_policies {
        return vec![of_everything(attached_to)];
    }
    read(here, policy, &attached_to, &[])
}

fn function_permission(here: &Here<'_>) -> Statement {
    let keys = [
        ("SourceArn", "aws:SourceArn"),
        ("SourceAccount", "aws:SourceAccount"),
        ("PrincipalOrgID", "aws:PrincipalOrgID"),
        ("FunctionUrlAuthType", "lambda:FunctionUrlAuthType"),
        ("EventSourceToken", "lambda:EventSourceToken"),
    ];
    granted(here, "FunctionName", &keys)
}

fn layer_permission(here: &Here<'_>) -> Statement {
    granted(here, "LayerVersionArn", &[("OrganizationId", "aws:PrincipalOrgID")])
}

/// A permission that is a resource, with its conditions as properties.
fn granted(here: &Here<'_>, on: &str, keys: &[(&str, &str)]) -> Statement {
    let condition = |(property, key): &(&str, &str)| {
        let value = here.properties.get(*property)?;
        Some((("Like".to_owned(), (*key).to_owned()), here.reader.texts(value).into_iter().collect()))
    };
    let on = here.names(on);
    Statement {
        effect: Effect::Allow,
        actions: vec![Part::Only(here.text("Action"))],
        resources: on.iter().cloned().map(Part::Only).collect(),
        principals: here
            .reader
            .texts(&here.properties["Principal"])
            .iter()
            .map(|it| Part::Only(principal(it)))
            .collect(),
        conditions: keys.iter().filter_map(condition).collect(),
        attached_to: AttachedTo::Resource(on.into_iter().next().unwrap_or_default()),
    }
}

/// The statements of a document. `about` is the identity that has it, or the resource it is attached to.
fn read(here: &Here<'_>, document: &Value, attached_to: &AttachedTo, about: &[String]) -> Vec<Statement> {
    let parsed = here.reader.written(document).and_then(|text| serde_json::from_str(&text).ok());
    let document = parsed.as_ref().unwrap_or(document);
    let documents = branches(document);
    let statements = documents.into_iter().flat_map(|it| {
        let it = it.get("PolicyDocument").unwrap_or(it);
        branches(it.get("Statement").unwrap_or(it))
    });
    statements.filter_map(|it| statement(here.reader, it.as_object()?, attached_to, about)).collect()
}

fn statement(
    reader: &Reader<'_>,
    body: &Map<String, Value>,
    attached_to: &AttachedTo,
    about: &[String],
) -> Option<Statement> {
    let effect = match body.get("Effect").map(|effect| reader.text(effect)).as_deref() {
        Some("Deny") => Effect::Deny,
        Some(_) => Effect::Allow,
        None => return None,
    };
    let actions = side(reader, body, "Action", "NotAction", str::to_owned)?;
    let itself: Vec<_> = about.iter().cloned().map(Part::Only).collect();
    let resources = side(reader, body, "Resource", "NotResource", str::to_owned);
    let principals = side(reader, body, "Principal", "NotPrincipal", principal);
    let attached_to = match attached_to {
        // Without a principal it is about what holds it.
        AttachedTo::Resource(_) if principals.is_none() => &AttachedTo::Principal,
        other => other,
    };
    let (resources, principals) = match attached_to {
        AttachedTo::Principal => (resources?, itself),
        AttachedTo::Role(role) => (vec![Part::Only(role.clone())], principals?),
        AttachedTo::Path(_) | AttachedTo::Session(_) => (resources?, principals.unwrap_or_else(|| vec![everything()])),
        // `*` in the policy of a resource is the resource.
        AttachedTo::Resource(_) => match resources {
            Some(all) if all != [everything()] => (all, principals?),
            _ => (itself, principals?),
        },
    };
    let conditions = body.get("Condition").map(|it| conditions(reader, it)).unwrap_or_default();
    Some(Statement { effect, actions, resources, principals, conditions, attached_to: attached_to.clone() })
}

/// What `Action` or `NotAction` says, and so on.
fn side(
    reader: &Reader<'_>,
    body: &Map<String, Value>,
    these: &str,
    all_but: &str,
    canonical: fn(&str) -> String,
) -> Option<Vec<Part>> {
    let all = |value: &Value| -> Vec<String> {
        let kinds = value.as_object().filter(|map| map.keys().all(|key| PRINCIPALS.contains(&key.as_str())));
        let texts = match kinds {
            Some(kinds) => kinds.values().flat_map(|value| reader.texts(value)).collect(),
            None => reader.texts(value),
        };
        texts.iter().map(|text| canonical(text)).collect()
    };
    match (body.get(these), body.get(all_but)) {
        (Some(value), _) => Some(all(value).into_iter().map(Part::Only).collect()),
        (None, Some(value)) => Some(vec![Part::AllBut(all(value).into_iter().collect::<BTreeSet<_>>())]),
        (None, None) => None,
    }
}

const PRINCIPALS: [&str; 4] = ["AWS", "Service", "Federated", "CanonicalUser"];

fn conditions(reader: &Reader<'_>, value: &Value) -> Conditions {
    let mut all = Conditions::new();
    for operators in branches(value) {
        for (operator, keys) in operators.as_object().into_iter().flatten() {
            match keys.as_object().filter(|_| !operator.starts_with("Fn::")) {
                Some(keys) => all.extend(keys.iter().map(|(key, values)| {
                    ((operator.clone(), key.clone()), reader.texts(values).into_iter().collect())
                })),
                None => {
                    all.insert((operator.clone(), "something".to_owned()), BTreeSet::from([reader.text(keys)]));
                }
            }
        }
    }
    all
}

/// The root of an account is the account, and the account is its root.
fn principal(text: &str) -> String {
    let account = text.strip_suffix(":root").and_then(|arn| arn.split_once(":iam::")).map(|(_, account)| account);
    account.unwrap_or(text).to_owned()
}

/// `${Role}` of `${Role.Arn}`: both name the resource.
pub(super) fn named(text: &str) -> String {
    let whole = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).filter(|it| !it.contains(['$', ' ']));
    match whole.and_then(|name| name.split_once('.')) {
        Some((id, _)) => format!("${{{id}}}"),
        None => text.to_owned(),
    }
}

fn everything() -> Part {
    Part::Only("*".to_owned())
}
