//! Finds resource types and properties by the names that users write.

use std::sync::Arc;

use purlin_template::{Property, ResourceType, nearest};

use crate::failure::Failure;

/// The result of a search.
pub(super) enum Found {
    /// One type.
    Type(Arc<ResourceType>),
    /// Several matching types, or the types of a service.
    Types(Vec<String>),
    /// No name was given: all services.
    Services(Vec<String>),
}

/// `AWS::ECS::Service`, `ecs.service`, `CfnService`; a service or any part of a name gives the types.
pub(super) fn types(given: Option<&str>) -> Result<Found, Failure> {
    let Some(given) = given else { return Ok(Found::Services(services())) };
    let wanted = parts(given);
    let ends_with = |name: &&str| parts(name).ends_with(&wanted);
    let starts_with = |name: &&str| parts(name).starts_with(&wanted) || parts(name)[1..].starts_with(&wanted);
    let contains = |name: &&str| parts(name).concat().contains(&wanted.concat());
    let rules: [&dyn Fn(&&str) -> bool; 4] =
        [&|name: &&str| parts(name) == wanted, &starts_with, &ends_with, &contains];
    for rule in rules {
        let names: Vec<&str> = ResourceType::names().filter(|name| !wanted.is_empty() && rule(name)).collect();
        match names[..] {
            [] => {}
            [only] => return Ok(Found::Type(ResourceType::find(only).expect("it is one of the names"))),
            _ => return Ok(Found::Types(names.into_iter().map(str::to_owned).collect())),
        }
    }
    let failure = Failure::usage(format!("there is no resource type `{given}`"));
    let resembles = |name: &&str| nearest(&wanted.concat(), [parts(name)[1..].concat().as_str()]).is_some();
    let suggestion = nearest(given, ResourceType::names()).or_else(|| ResourceType::names().find(resembles));
    Err(match suggestion {
        Some(name) => failure.hint(format!("did you mean `{name}`?")),
        None => failure.hint(format!(
            "`purlin schema` lists the services, `purlin schema AWS::ECS` the types of one; the schemas are of {}",
            ResourceType::dated()
        )),
    })
}

/// The property at a path, whatever its case; numbers of list items may be left out.
pub(super) fn property<'a>(kind: &'a ResourceType, path: &str) -> Result<Property<'a>, Failure> {
    let mut found: Option<Property<'a>> = None;
    for given in path.split(['.', '/']).filter(|name| !name.is_empty() && !name.bytes().all(|it| it.is_ascii_digit())) {
        let members = match &found {
            Some(outer) => kind.members_of(outer),
            None => kind.all_properties(),
        };
        let place = found.map_or_else(|| kind.name().to_owned(), |outer| format!("{}.{}", kind.name(), outer.path));
        let names: Vec<&str> = members.iter().map(|member| member.name).collect();
        let near = nearest(given, names.iter().copied());
        let hint = match near {
            _ if names.is_empty() => format!("`{place}` has no properties"),
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("there are {}", quoted(&names)),
        };
        let is_it = |member: &Property<'a>| member.name.eq_ignore_ascii_case(given);
        let exact = members.iter().position(|member| member.name == given).or_else(|| members.iter().position(is_it));
        let Some(index) = exact else {
            return Err(Failure::usage(format!("`{place}` has no property `{given}`")).hint(hint));
        };
        found = members.into_iter().nth(index);
    }
    found.ok_or_else(|| Failure::usage("the property is empty").hint("write its names, joined by dots"))
}

pub(super) fn quoted(names: &[impl AsRef<str>]) -> String {
    names.iter().map(|name| format!("`{}`", name.as_ref())).collect::<Vec<_>>().join(", ")
}

fn services() -> Vec<String> {
    let service = |name: &str| name.rsplit_once("::").map_or(name, |(service, _)| service).to_owned();
    let mut services: Vec<String> = ResourceType::names().map(service).collect();
    services.dedup();
    services
}

/// The words of a type's name, in lower case. An L1's name is its type's with `Cfn` in front.
fn parts(name: &str) -> Vec<String> {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let bare = |word: String| word.strip_prefix("cfn").filter(|rest| !rest.is_empty()).unwrap_or(&word).to_owned();
    words.map(|word| bare(word.to_ascii_lowercase())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The types, or the hint that none is found.
    fn found(given: &str) -> String {
        match types(Some(given)) {
            Ok(Found::Type(kind)) => kind.name().to_owned(),
            Ok(Found::Types(names) | Found::Services(names)) => format!("{}: {}", names.len(), names[..2].join(" ")),
            Err(failure) => failure.hints.join(" "),
        }
    }

    #[test]
    fn names_are_taken_as_people_write_them() {
        for (given, expected) in [
            ("AWS::ECS::Service", "AWS::ECS::Service"),
            ("aws::ecs::service", "AWS::ECS::Service"),
            ("cfnuserpoolclient", "AWS::Cognito::UserPoolClient"),
            ("ecs.service", "AWS::ECS::Service"),
            ("ECS::Service", "AWS::ECS::Service"),
            ("ecs/service", "AWS::ECS::Service"),
            ("ecs::CfnService", "AWS::ECS::Service"),
            ("CfnUserPoolClient", "AWS::Cognito::UserPoolClient"),
            ("CfnTaskDefinition", "2: AWS::ECS::TaskDefinition AWS::IoTWireless::TaskDefinition"),
            ("poolclient", "AWS::Cognito::UserPoolClient"),
            ("AWS::SQS", "3: AWS::SQS::Queue AWS::SQS::QueueInlinePolicy"),
            ("AWS::ECS::Servcie", "did you mean `AWS::ECS::Service`?"),
            ("ecs.servcie", "did you mean `AWS::ECS::Service`?"),
        ] {
            assert_eq!(found(given), expected, "{given}");
        }
        assert!(found("CfnCluster").contains("AWS::"), "several types are called so: {}", found("CfnCluster"));
        assert!(found("zzz").starts_with("`purlin schema` lists"), "{}", found("zzz"));
        assert!(found("").starts_with("`purlin schema` lists"));
    }

    #[test]
    fn properties_are_taken_in_any_case() {
        let kind = ResourceType::find("AWS::ECS::Service").expect("the registry has it");
        let found = |path: &str| match property(&kind, path) {
            Ok(property) => property.path,
            Err(failure) => format!("{} {}", failure.message, failure.hints.join(" ")),
        };
        for (path, expected) in [
            ("networkconfiguration.awsvpcConfiguration.Subnets", "NetworkConfiguration.AwsvpcConfiguration.Subnets"),
            ("LoadBalancers.0.ContainerPort", "LoadBalancers.ContainerPort"),
            ("LoadBalancers/ContainerPort", "LoadBalancers.ContainerPort"),
            ("ServiceArn", "ServiceArn"),
            ("DesiredCont", "`AWS::ECS::Service` has no property `DesiredCont` did you mean `DesiredCount`?"),
            (
                "LaunchType.X",
                "`AWS::ECS::Service.LaunchType` has no property `X` `AWS::ECS::Service.LaunchType` has no properties",
            ),
            (".", "the property is empty write its names, joined by dots"),
        ] {
            assert_eq!(found(path), expected, "{path}");
        }
    }
}
