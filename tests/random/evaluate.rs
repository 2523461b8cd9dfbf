//! A model of CloudFormation: evaluates the functions of templates as AWS documents them, and refuses wrong types and names.
//!
//! It shares no code with Purlin. Resources have invented values: `Ref` gives `PATH`, `Fn::GetAtt` gives `PATH#ATTRIBUTE`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// Attributes that are lists, among those that the random trees use. Each has two items.
const LIST_ATTRIBUTES: [&str; 2] = ["NameServers", "CidrBlockAssociations"];

/// What goes wrong in a deployment.
pub type Refusal = String;

/// Stacks of one account: name, region and template.
pub struct Deployment<'a>(pub Vec<(&'a str, &'a str, &'a Value)>);

impl Deployment<'_> {
    /// The evaluated properties of a resource.
    pub fn properties(&self, stack: &str, logical_id: &str) -> Result<Value, Refusal> {
        let stack = self.stack(stack)?;
        stack.object(&stack.template["Resources"][logical_id]["Properties"])
    }

    /// Evaluates the outputs and conditions of every stack.
    pub fn check(&self) -> Result<(), Refusal> {
        for (name, ..) in &self.0 {
            let stack = self.stack(name)?;
            for (output, it) in members(&stack.template["Outputs"]) {
                stack.text(&it["Value"]).map_err(|error| format!("{name}: output {output}: {error}"))?;
                if let Some(export) = it.pointer("/Export/Name") {
                    stack.text(export)?;
                }
            }
            for (condition, _) in members(&stack.template["Conditions"]) {
                stack.holds(condition)?;
            }
        }
        Ok(())
    }

    fn stack(&self, name: &str) -> Result<Stack<'_>, Refusal> {
        let found = self.0.iter().find(|(other, ..)| *other == name);
        let (name, region, template) = found.ok_or_else(|| format!("there is no stack {name}"))?;
        Ok(Stack { deployment: self, name, region, template })
    }

    fn export(&self, region: &str, name: &str) -> Result<Value, Refusal> {
        for (stack, ..) in self.0.iter().filter(|(_, other, _)| *other == region) {
            let stack = self.stack(stack)?;
            for (_, output) in members(&stack.template["Outputs"]) {
                if output.pointer("/Export/Name").is_some_and(|it| stack.text(it).is_ok_and(|it| it == name)) {
                    return stack.text(&output["Value"]).map(Value::from);
                }
            }
        }
        Err(format!("no export named {name}"))
    }
}

struct Stack<'a> {
    deployment: &'a Deployment<'a>,
    name: &'a str,
    region: &'a str,
    template: &'a Value,
}

impl Stack<'_> {
    /// Evaluates a value; `AWS::NoValue` is `null`, and left out of lists and maps.
    fn value(&self, value: &Value) -> Result<Value, Refusal> {
        match value {
            Value::Object(map) if map.len() == 1 => match map.iter().next() {
                Some((function, argument)) if function == "Ref" || function.starts_with("Fn::") => {
                    self.call(function, argument).map_err(|error| format!("{function}: {error}"))
                }
                _ => self.object(value),
            },
            Value::Object(_) => self.object(value),
            Value::Array(items) => {
                let items = items.iter().map(|item| self.value(item)).collect::<Result<Vec<_>, _>>()?;
                Ok(items.into_iter().filter(|item| !item.is_null()).collect())
            }
            Value::Null => Err("null is not allowed in a template".into()),
            other => Ok(other.clone()),
        }
    }

    fn object(&self, value: &Value) -> Result<Value, Refusal> {
        let mut found = Map::new();
        for (key, value) in members(value) {
            let value = self.value(value).map_err(|error| format!("{key}: {error}"))?;
            if !value.is_null() {
                found.insert(key.clone(), value);
            }
        }
        Ok(found.into())
    }

    fn text(&self, value: &Value) -> Result<String, Refusal> {
        scalar(&self.value(value)?).ok_or_else(|| format!("{value} is not a text"))
    }

    fn texts(&self, value: &Value) -> Result<Vec<String>, Refusal> {
        let Value::Array(items) = self.value(value)? else { return Err(format!("{value} is not a list")) };
        items.iter().map(|item| scalar(item).ok_or_else(|| format!("{item} in a list is not a text"))).collect()
    }

    fn call(&self, function: &str, argument: &Value) -> Result<Value, Refusal> {
        let item = |index: usize| argument.get(index).ok_or_else(|| format!("argument {index} is missing"));
        let literal = |index: usize| item(index)?.as_str().ok_or_else(|| format!("argument {index} is not a literal"));
        match function {
            "Ref" => self.reference(argument.as_str().ok_or("a name is wanted")?),
            "Fn::GetAtt" => self.attribute(literal(0)?, literal(1)?),
            "Fn::Join" => Ok(self.texts(item(1)?)?.join(literal(0)?).into()),
            "Fn::Split" => {
                let text = self.text(item(1)?)?;
                Ok(text.split(literal(0)?).map(Value::from).collect())
            }
            "Fn::Select" => {
                let index: usize = self.text(item(0)?)?.parse().map_err(|_| "the index is no number")?;
                let items = self.texts(item(1)?)?;
                items.get(index).map(|it| it.as_str().into()).ok_or_else(|| format!("no item {index} in {items:?}"))
            }
            "Fn::If" => self.value(item(if self.holds(literal(0)?)? { 1 } else { 2 })?),
            "Fn::Base64" => Ok(STANDARD.encode(self.text(argument)?).into()),
            "Fn::FindInMap" => {
                let (first, second) = (self.text(item(1)?)?, self.text(item(2)?)?);
                let found = self.template["Mappings"].get(literal(0)?).and_then(|it| it.get(&first)?.get(&second));
                found.cloned().ok_or_else(|| format!("nothing at {argument}"))
            }
            "Fn::Sub" => match argument {
                Value::String(text) => self.substitute(text, &Value::Null),
                _ => self.substitute(literal(0)?, item(1)?),
            },
            "Fn::ImportValue" => self.deployment.export(self.region, &self.text(argument)?),
            "Fn::GetStackOutput" => {
                let stack = self.deployment.stack(&self.text(&argument["StackName"])?)?;
                let name = self.text(&argument["OutputName"])?;
                if self.text(&argument["Region"])? != stack.region {
                    return Err(format!("{} is not in {}", stack.name, argument["Region"]));
                }
                stack.text(&stack.template["Outputs"][name]["Value"]).map(Value::from)
            }
            "Fn::Length" | "Fn::ToJsonString" if !self.has_language_extensions() => {
                Err("needs the transform AWS::LanguageExtensions".into())
            }
            "Fn::Length" => Ok(self.texts(argument)?.len().into()),
            "Fn::ToJsonString" => Ok(self.value(argument)?.to_string().into()),
            other => Err(format!("the model does not have {other}")),
        }
    }

    fn has_language_extensions(&self) -> bool {
        self.template["Transform"].to_string().contains("AWS::LanguageExtensions")
    }

    fn reference(&self, name: &str) -> Result<Value, Refusal> {
        if let Some(parameter) = self.template["Parameters"].get(name) {
            let text = scalar(&parameter["Default"]).ok_or("the parameter has no default")?;
            let is_list = parameter["Type"] == "CommaDelimitedList";
            return Ok(if is_list { text.split(',').map(Value::from).collect() } else { text.into() });
        }
        match name {
            "AWS::NoValue" => Ok(Value::Null),
            "AWS::StackName" => Ok(self.name.into()),
            "AWS::Region" => Ok(self.region.into()),
            "AWS::AccountId" => Ok("111122223333".into()),
            "AWS::Partition" => Ok("aws".into()),
            "AWS::URLSuffix" => Ok("amazonaws.com".into()),
            _ => self.path(name).map(Value::from),
        }
    }

    fn attribute(&self, logical_id: &str, attribute: &str) -> Result<Value, Refusal> {
        let path = self.path(logical_id)?;
        if LIST_ATTRIBUTES.contains(&attribute) {
            return Ok(json!([format!("{path}#{attribute}0"), format!("{path}#{attribute}1")]));
        }
        Ok(format!("{path}#{attribute}").into())
    }

    /// The construct path of a resource.
    fn path(&self, logical_id: &str) -> Result<String, Refusal> {
        let resource = self.template["Resources"].get(logical_id);
        let path = resource.and_then(|it| it["Metadata"]["aws:cdk:path"].as_str());
        path.map(str::to_owned).ok_or_else(|| format!("{} has no {logical_id}", self.name))
    }

    fn substitute(&self, text: &str, variables: &Value) -> Result<Value, Refusal> {
        let mut found = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}').ok_or("a ${ is not closed")?;
            found += before;
            match (name.strip_prefix('!'), variables.get(name), name.split_once('.')) {
                (Some(literal), ..) => found.extend(["${", literal, "}"]),
                (_, Some(variable), _) => found += &self.text(variable)?,
                (.., Some((id, attribute))) => {
                    let value = self.attribute(id, attribute)?;
                    found += &scalar(&value).ok_or_else(|| format!("{name} is a list in a text"))?;
                }
                _ => {
                    let value = self.reference(name)?;
                    found += &scalar(&value).ok_or_else(|| format!("{name} is a list in a text"))?;
                }
            }
            rest = after;
        }
        Ok((found + rest).into())
    }

    fn holds(&self, condition: &str) -> Result<bool, Refusal> {
        let test = self.template["Conditions"].get(condition);
        self.test(test.ok_or_else(|| format!("there is no condition {condition}"))?)
    }

    fn test(&self, test: &Value) -> Result<bool, Refusal> {
        let all = |items: &Value| items.as_array().into_iter().flatten().map(|it| self.test(it)).collect::<Vec<_>>();
        match members(test).next() {
            Some((name, of)) if name == "Fn::Equals" => Ok(self.text(&of[0])? == self.text(&of[1])?),
            Some((name, of)) if name == "Fn::Not" => self.test(&of[0]).map(|it| !it),
            Some((name, of)) if name == "Fn::And" => all(of).into_iter().try_fold(true, |so_far, it| Ok(so_far & it?)),
            Some((name, of)) if name == "Fn::Or" => all(of).into_iter().try_fold(false, |so_far, it| Ok(so_far | it?)),
            Some((name, of)) if name == "Condition" => self.holds(of.as_str().unwrap_or_default()),
            _ => Err(format!("{test} is not a condition")),
        }
    }
}

/// The text of a scalar.
pub fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}
