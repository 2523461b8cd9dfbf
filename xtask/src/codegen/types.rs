//! Which Rust type a property takes.

use anyhow::{Result, bail};

use super::schema::{Property, Type, TypeDefinition};

/// The names a type can mention: nested types of the same resource, and the enum made for the property's own words.
pub struct Names<'a> {
    /// Looks up the Rust name of a nested type.
    pub nested: &'a dyn Fn(&str) -> Option<String>,
    /// The enum of the property, where AWS lists the values it takes.
    pub words: Option<&'a str>,
    /// The tag that all services share.
    pub tag: &'a str,
}

/// The Rust type as it is written in generated code, `Vec<ServiceLoadBalancer>`.
pub fn rust(of: &Type, names: &Names<'_>) -> Result<String> {
    Ok(match of {
        Type::String { allowed } if !allowed.is_empty() => names.words.unwrap_or("String").to_owned(),
        Type::String { .. } | Type::DateTime => "String".to_owned(),
        Type::Integer => "i64".to_owned(),
        Type::Number => "f64".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::Json => "Json".to_owned(),
        Type::Tag => names.tag.to_owned(),
        Type::Ref { name } => match (names.nested)(name) {
            Some(name) => name,
            None => bail!("no nested type `{name}`"),
        },
        Type::Array { element } => format!("Vec<{}>", rust(element, names)?),
        Type::Map { element } => format!("Map<{}>", rust(element, names)?),
        Type::Union { types } => match listed(types) {
            Some(list) => format!("OrJson<{}>", rust(list, names)?),
            None => rust(&widest(types), names)?,
        },
    })
}

/// The list of a nested type in a union with free-form JSON: AWS documents the list, JSON is its older form.
fn listed(arms: &[Type]) -> Option<&Type> {
    match arms {
        [list @ Type::Array { element }, Type::Json] | [Type::Json, list @ Type::Array { element }] => {
            matches!(**element, Type::Ref { .. }).then_some(list)
        }
        _ => None,
    }
}

/// The one type that stands for a union:
/// plain values are text, because CloudFormation reads numbers and booleans from text;
/// one or many of the same is many; anything else is free-form JSON.
pub fn widest(arms: &[Type]) -> Type {
    let plain =
        |of: &Type| matches!(of, Type::String { .. } | Type::Integer | Type::Number | Type::Boolean | Type::DateTime);
    if arms.iter().all(plain) {
        return Type::String { allowed: Vec::new() };
    }
    match arms {
        [one, Type::Array { element }] | [Type::Array { element }, one] if **element == *one => {
            Type::Array { element: element.clone() }
        }
        _ => Type::Json,
    }
}

/// The words AWS lists for a property, if it takes words.
pub fn allowed(of: &Type) -> &[String] {
    match of {
        Type::String { allowed } => allowed,
        Type::Array { element } | Type::Map { element } => allowed(element),
        _ => &[],
    }
}

/// The nested types a type mentions.
pub fn mentions<'a>(of: &'a Type, found: &mut Vec<&'a str>) {
    match of {
        Type::Ref { name } => found.push(name),
        Type::Array { element } | Type::Map { element } => mentions(element, found),
        Type::Union { types } => types.iter().for_each(|arm| mentions(arm, found)),
        _ => (),
    }
}

/// Whether a nested type is the tag every service repeats: `Key` and `Value`, both texts.
pub fn is_tag(name: &str, definition: &TypeDefinition) -> bool {
    let text =
        |p: Option<&Property>| p.is_some_and(|p| matches!(&p.of, Type::String { allowed } if allowed.is_empty()));
    let properties = &definition.properties;
    name == "Tag" && properties.len() == 2 && text(properties.get("Key")) && text(properties.get("Value"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> Type {
        Type::String { allowed: Vec::new() }
    }

    fn list(element: Type) -> Type {
        Type::Array { element: Box::new(element) }
    }

    fn nested(name: &str) -> Type {
        Type::Ref { name: name.to_owned() }
    }

    #[test]
    fn rust_types() {
        let table = [
            (text(), "String"),
            (Type::String { allowed: vec!["EC2".to_owned()] }, "ServiceLaunchType"),
            (Type::DateTime, "String"),
            (Type::Integer, "i64"),
            (Type::Number, "f64"),
            (list(nested("LoadBalancer")), "Vec<ServiceLoadBalancer>"),
            (Type::Map { element: Box::new(list(Type::Tag)) }, "Map<Vec<CfnTag>>"),
            (Type::Union { types: vec![Type::Integer, text()] }, "String"),
            (Type::Union { types: vec![text(), list(text())] }, "Vec<String>"),
            (Type::Union { types: vec![text(), Type::Json] }, "Json"),
            (Type::Union { types: vec![list(text()), Type::Json] }, "Json"),
            (Type::Union { types: vec![list(nested("Key")), Type::Json] }, "OrJson<Vec<ServiceKey>>"),
            (Type::Union { types: vec![Type::Json, list(nested("Key"))] }, "OrJson<Vec<ServiceKey>>"),
            (Type::Union { types: vec![text(), nested("LoadBalancer")] }, "Json"),
        ];
        let names =
            Names { nested: &|name| Some(format!("Service{name}")), words: Some("ServiceLaunchType"), tag: "CfnTag" };
        for (of, expected) in table {
            assert_eq!(rust(&of, &names).expect("the nested types exist"), expected, "{of:?}");
        }
    }

    #[test]
    fn an_unknown_nested_type_is_an_error() {
        let names = Names { nested: &|_| None, words: None, tag: "CfnTag" };
        assert!(rust(&nested("Gone"), &names).is_err());
    }
}
