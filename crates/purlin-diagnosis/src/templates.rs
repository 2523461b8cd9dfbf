//! The templates of a stack and its nested stacks: dependencies between resources, and their construct paths.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use purlin_assembly::Stack;
use purlin_template::{Graph, Template};
use serde_json::Value;

/// Maximum depth of nested stacks that is read.
const DEPTH: usize = 8;

/// Templates by the logical ids that lead to them from the outermost stack.
#[derive(Clone, Debug, Default)]
pub struct Templates {
    by_path: BTreeMap<Vec<String>, Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    template: Value,
    graph: Graph,
}

impl Templates {
    /// The template of one stack.
    pub fn of(template: &Value) -> Self {
        let mut all = Self::default();
        all.add(&[], template.clone());
        all
    }

    /// The template of an assembly's stack, and the templates of its nested stacks, whose files are named in the metadata.
    /// A file that cannot be read is left out.
    pub fn of_stack(stack: &Stack, template: &Value) -> Self {
        let mut all = Self::default();
        let folder = stack.template_path().parent().map(Path::to_path_buf).unwrap_or_default();
        all.read(&folder, &[], template.clone());
        all
    }

    /// Adds the template at a path of logical ids.
    pub fn add(&mut self, path: &[&str], template: Value) {
        let graph = Template::from_json(&template).map(|parsed| parsed.graph().clone()).unwrap_or_default();
        self.by_path.insert(path.iter().map(|id| (*id).to_owned()).collect(), Entry { template, graph });
    }

    /// All templates with the logical ids that lead to them.
    pub fn iter(&self) -> impl Iterator<Item = (&[String], &Value)> {
        self.by_path.iter().map(|(path, entry)| (path.as_slice(), &entry.template))
    }

    /// The construct path of a resource.
    pub fn construct(&self, via: &[String], logical_id: &str) -> Option<&str> {
        self.by_path.get(via)?.template["Resources"][logical_id]["Metadata"]["aws:cdk:path"].as_str()
    }

    /// Whether one resource depends on another; both are given with the logical ids that lead to them. A resource in a
    /// nested stack depends on everything that the nested stack depends on.
    pub(crate) fn needs(&self, from: &[&str], to: &[&str]) -> bool {
        let shared = from.iter().zip(to).take_while(|(from, to)| from == to).count();
        let (Some(from_here), Some(to_here)) = (from.get(shared), to.get(shared)) else {
            return false;
        };
        let path: Vec<String> = from[..shared].iter().map(|id| (*id).to_owned()).collect();
        self.by_path.get(&path).is_some_and(|entry| entry.graph.needs(from_here, to_here))
    }

    fn read(&mut self, folder: &Path, path: &[&str], template: Value) {
        let nested: Vec<(String, String)> = nested_files(&template);
        self.add(path, template);
        if path.len() >= DEPTH {
            return;
        }
        for (id, file) in nested {
            let text = fs::read(folder.join(&file)).ok();
            if let Some(inner) = text.and_then(|text| serde_json::from_slice(&text).ok()) {
                self.read(folder, &[path, &[id.as_str()]].concat(), inner);
            }
        }
    }
}

/// The files of a template's nested stacks, by logical id.
fn nested_files(template: &Value) -> Vec<(String, String)> {
    let resources = template["Resources"].as_object().into_iter().flatten();
    let file = |(id, resource): (&String, &Value)| {
        let is_nested = resource["Type"] == "AWS::CloudFormation::Stack";
        let file = resource["Metadata"]["aws:asset:path"].as_str().filter(|_| is_nested)?;
        Some((id.clone(), file.to_owned()))
    };
    resources.filter_map(file).collect()
}
