//! AWS's descriptions of a type, its properties and attributes: one sentence each, in an archive that only programs
//! which use it contain.

use std::sync::LazyLock;

use serde_json::Value;

use crate::schema::archive::Archive;
use crate::schema::{Property, ResourceType};

static TEXTS: LazyLock<Archive> = LazyLock::new(|| Archive::new(include_bytes!("docs.bin")));

/// A sentence about a type, about each of its properties and attributes.
#[derive(Debug, Clone)]
pub struct Sentences(Value);

impl ResourceType {
    /// What AWS says of the type.
    pub fn sentences(&self) -> Sentences {
        Sentences(TEXTS.document(self.name()).unwrap_or_default())
    }

    /// AWS's page about the type; those that a transform brings have none there.
    pub fn page(&self) -> Option<String> {
        const PAGES: &str = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference";
        if self.name().starts_with("AWS::Serverless::") {
            return None;
        }
        let name = self.name().split("::").skip(1).collect::<Vec<_>>().join("-").to_ascii_lowercase();
        Some(format!("{PAGES}/aws-resource-{name}.html"))
    }
}

impl Sentences {
    /// What the type is for.
    pub fn of_type(&self) -> Option<&str> {
        self.at("")
    }

    /// What a property is for.
    pub fn of_property(&self, property: &Property<'_>) -> Option<&str> {
        self.at(&property.place)
    }

    /// What `Fn::GetAtt` returns for an attribute.
    pub fn of_attribute(&self, name: &str) -> Option<&str> {
        self.at(&format!("Fn::GetAtt/{name}"))
    }

    fn at(&self, place: &str) -> Option<&str> {
        self.0[place].as_str()
    }
}
