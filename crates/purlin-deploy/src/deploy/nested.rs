//! Nested stacks whose templates are in the assembly: what they permit is compared as that of the stack itself.

use std::collections::{BTreeMap, BTreeSet};

use purlin_assembly::{LARGEST_FILE, Location, Packaging, StackAssets, read_text};
use purlin_template::{Broadening, Values, broadening, known_parameters};
use serde_json::Value;

use super::Deployment;
use super::parameters::with_previous_values;
use crate::bootstrap::version;
use crate::preflight::values::values_in;

const STACK: &str = "AWS::CloudFormation::Stack";

/// How deep stacks are inside each other.
const DEEPEST: usize = 16;

impl Deployment<'_> {
    /// Puts what the nested stacks permit in place of the lines that say that it is not known.
    pub(super) async fn look_into_nested(&self, found: &mut Vec<Broadening>, template: &Value, deployed: Option<&str>) {
        Box::pin(self.nested(found, template, deployed, 0)).await;
    }

    async fn nested(&self, found: &mut Vec<Broadening>, template: &Value, deployed: Option<&str>, depth: usize) {
        let all = template["Resources"].as_object().into_iter().flatten();
        let nested: Vec<(&String, &Value, Value)> = all
            .filter(|(_, resource)| resource["Type"] == STACK && depth < DEEPEST)
            .filter_map(|(id, resource)| Some((id, resource, self.template_in_assembly(resource)?)))
            .collect();
        if nested.is_empty() {
            return;
        }
        let shown: BTreeSet<&String> = nested.iter().map(|(id, ..)| *id).collect();
        found.retain(|it| it.resource_type != STACK || !shown.contains(&it.logical_id));
        let resources = match deployed {
            // A stack whose resources cannot be read is compared with nothing: everything in it is named.
            Some(stack) => self.cloud.resources(stack).await.unwrap_or_default(),
            None => Vec::new(),
        };
        let none = BTreeMap::new();
        let known = known_parameters(template, &none, &none, &Value::Null);
        let values = match depth {
            0 => values_in(self.session.target(), template, self.stack.name(), known),
            // AWS makes up the names of nested stacks.
            _ => Values::new(template, known),
        };
        for (id, resource, after) in &nested {
            let after = with_given(after, resource, &values);
            let child = resources.iter().find(|it| it.logical_id == **id).and_then(|it| it.physical_id.clone());
            let before = match &child {
                Some(child) => {
                    let state = self.cloud.stack(child).await.ok().flatten();
                    let given = self.cloud.given_template(child).await;
                    given.map(|template| with_previous_values(&template, state.as_ref()))
                }
                None => None,
            };
            let mut inside = broadening(before.as_ref(), &after);
            Box::pin(self.nested(&mut inside, &after, child.as_deref(), depth + 1)).await;
            found.extend(
                inside.into_iter().map(|it| Broadening { logical_id: format!("{id}/{}", it.logical_id), ..it }),
            );
        }
        found.sort();
    }

    /// The template of a nested stack, if the assembly has it and publishes it to where the stack takes it from.
    fn template_in_assembly(&self, resource: &Value) -> Option<Value> {
        let path = resource["Metadata"]["aws:asset:path"].as_str()?;
        let url = self.url(&resource["Properties"]["TemplateURL"])?;
        let assets = self.assets.iter().find(|assets| self.publishes(assets, path, &url))?;
        let Ok(Location::Inside(file)) = assets.locate(path) else { return None };
        let text = read_text(&file, LARGEST_FILE).ok()?;
        assets.check_unchanged(&file).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// An address of S3 that is written out, but for the pseudo parameters.
    fn url(&self, value: &Value) -> Option<String> {
        let text = value.as_str().or_else(|| value["Fn::Sub"].as_str())?;
        let target = self.session.target();
        Some(target.fill(text).replace("${AWS::URLSuffix}", target.dns_suffix()))
    }

    fn publishes(&self, assets: &StackAssets, path: &str, url: &str) -> bool {
        let target = self.session.target();
        let bucket = target.bootstrap_bucket(version::qualifier_of(self.stack));
        let files = assets.manifest.files.values();
        let files = files.filter(|it| it.source.path.as_deref() == Some(path));
        let files = files.filter(|it| it.source.packaging != Some(Packaging::Zip));
        files.flat_map(|it| it.destinations.values()).any(|to| {
            let region = to.region.as_deref().map_or_else(|| target.region.clone(), |region| target.fill(region));
            let role = to.assume_role_arn.as_deref().map(|role| target.fill(role));
            let is_own = role.as_deref().and_then(|role| target.other_account(role)).is_none();
            let expected =
                format!("https://s3.{region}.{}/{bucket}/{}", target.dns_suffix(), target.fill(&to.object_key));
            is_own && region == target.region && target.fill(&to.bucket_name) == bucket && url == expected
        })
    }
}

/// The template with the values that its stack gives its parameters, as far as they are known.
fn with_given(template: &Value, resource: &Value, parent: &Values<'_>) -> Value {
    let mut filled = template.clone();
    let given = &resource["Properties"]["Parameters"];
    let parameters = filled.get_mut("Parameters").and_then(Value::as_object_mut);
    for (name, parameter) in parameters.into_iter().flatten() {
        let (Some(value), Some(parameter)) = (given.get(name), parameter.as_object_mut()) else { continue };
        let known = match value {
            Value::Number(_) | Value::Bool(_) => Some(value.clone()),
            value => parent.text(value).map(Value::String),
        };
        match known {
            Some(value) => parameter.insert("Default".to_owned(), value),
            None => parameter.remove("Default"),
        };
    }
    filled
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parameters_have_the_values_that_are_known() {
        let template = json!({"Parameters": {
            "A": {"Default": "a"}, "B": {"Default": "b"}, "C": {"Default": "c"}, "D": {}, "E": {"Default": "e"}, "F": {},
        }});
        let given =
            json!({"A": "mine", "B": {"Ref": "P"}, "C": {"Fn::GetAtt": ["X", "Y"]}, "D": 3, "E": {"Ref": "Secret"}});
        let resource = json!({"Properties": {"Parameters": given}});
        let parent = json!({"Parameters": {
            "P": {"Type": "String", "Default": "p"}, "Secret": {"Type": "String", "NoEcho": true, "Default": "s"},
        }});
        let known = known_parameters(&parent, &BTreeMap::new(), &BTreeMap::new(), &Value::Null);
        let filled = with_given(&template, &resource, &Values::new(&parent, known));
        let of = |name: &str| filled["Parameters"][name].get("Default").cloned();
        let found = ["A", "B", "C", "D", "E", "F"].map(of);
        assert_eq!(found, [Some(json!("mine")), Some(json!("p")), None, Some(json!(3)), None, None]);
    }
}
