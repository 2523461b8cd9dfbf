//! Every CloudFormation intrinsic function and pseudo parameter, typed.
//!
//! Names and semantics are AWS's
//! (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html>).
//! Functions of literals are computed at synthesis, as the CDK does. `Fn::ForEach` has no counterpart: loop in Rust.

use std::borrow::Cow;

use crate::elements::{self, Condition, Mapping, Parameter};
use crate::expr::{Expr, Key, Pseudo};
use crate::interpolate;
use crate::scope::HasScope;
use crate::value::{IntoValue, Json, Value};

fn call<T>(name: &'static str, argument: Expr) -> Value<T> {
    Value::new(Expr::Call(name, Box::new(argument)))
}

fn list(items: impl IntoIterator<Item = Expr>) -> Expr {
    Expr::List(items.into_iter().collect())
}

/// `AWS::AccountId`: the account the stack is deployed to.
pub fn account_id() -> Value<String> {
    Value::new(Expr::Pseudo(Pseudo::AccountId))
}

/// `AWS::Region`: the region the stack is deployed to.
pub fn region() -> Value<String> {
    Value::new(Expr::Pseudo(Pseudo::Region))
}

/// `AWS::Partition`: `aws`, `aws-cn` or `aws-us-gov`.
pub fn partition() -> Value<String> {
    Value::new(Expr::Pseudo(Pseudo::Partition))
}

/// `AWS::URLSuffix`: `amazonaws.com` in most regions.
pub fn url_suffix() -> Value<String> {
    Value::new(Expr::Pseudo(Pseudo::UrlSuffix))
}

/// `AWS::StackId`: the ARN of the stack.
pub fn stack_id() -> Value<String> {
    Value::new(Expr::Pseudo(Pseudo::StackId))
}

/// `AWS::StackName`.
pub fn stack_name() -> Value<String> {
    Value::new(Expr::Pseudo(Pseudo::StackName))
}

/// `AWS::NotificationARNs`: the topics the stack reports to.
pub fn notification_arns() -> Value<Vec<String>> {
    Value::new(Expr::Pseudo(Pseudo::NotificationArns))
}

/// `AWS::NoValue`: as if the property had not been given; for [`if_`].
pub fn no_value<T>() -> Value<T> {
    Value::no_value()
}

/// `Fn::Base64`: the Base64 of a text, for instance user data.
pub fn base64(text: impl IntoValue<String>) -> Value<String> {
    call("Fn::Base64", text.into_value().into_expr())
}

/// `Fn::Cidr`: `count` address blocks of `bits` subnet bits out of a block.
pub fn cidr(block: impl IntoValue<String>, count: u16, bits: u8) -> Value<Vec<String>> {
    let bits = Expr::Str(Cow::Owned(bits.to_string()));
    call("Fn::Cidr", list([block.into_value().into_expr(), Expr::Int(count.into()), bits]))
}

/// `Fn::FindInMap`: the value of a mapping at two keys.
pub fn find_in_map(mapping: &Mapping, first: impl IntoValue<String>, second: impl IntoValue<String>) -> Value<String> {
    let keys = [mapping.name(), first.into_value().into_expr(), second.into_value().into_expr()];
    call("Fn::FindInMap", list(keys))
}

/// `Fn::FindInMap` with `DefaultValue`: needs the `AWS::LanguageExtensions` transform, which synthesis adds.
pub fn find_in_map_or(
    mapping: &Mapping,
    first: impl IntoValue<String>,
    second: impl IntoValue<String>,
    default: impl IntoValue<String>,
) -> Value<String> {
    let default = Expr::map([("DefaultValue", default.into_value().into_expr())]);
    let keys = [mapping.name(), first.into_value().into_expr(), second.into_value().into_expr(), default];
    call("Fn::FindInMap", list(keys))
}

/// `Fn::GetAZs`: the availability zones of the stack's region.
pub fn availability_zones() -> Value<Vec<String>> {
    call("Fn::GetAZs", Expr::Str(Cow::Borrowed("")))
}

/// `Fn::GetAZs` of a region.
pub fn availability_zones_of(region: impl IntoValue<String>) -> Value<Vec<String>> {
    call("Fn::GetAZs", region.into_value().into_expr())
}

/// `Fn::ImportValue`: what another stack of the same account and region exports under a name.
pub fn import_value(name: impl IntoValue<String>) -> Value<String> {
    call("Fn::ImportValue", name.into_value().into_expr())
}

/// `Fn::GetStackOutput`: an output of another stack, without an export; of this region unless one is given.
pub fn stack_output(stack_name: &str, output: &str, region: Option<&str>) -> Value<String> {
    let region = region.map_or(Expr::Null, Expr::from);
    let argument =
        Expr::map([("StackName", Expr::from(stack_name)), ("OutputName", Expr::from(output)), ("Region", region)]);
    call("Fn::GetStackOutput", argument)
}

/// `Fn::Join` of a list. Literal neighbours are merged.
pub fn join(delimiter: &str, items: impl IntoValue<Vec<String>>) -> Value<String> {
    Value::new(match items.into_value().into_expr() {
        Expr::List(items) => interpolate::join(delimiter, items),
        list_value => call::<String>("Fn::Join", list([Expr::from(delimiter), list_value])).into_expr(),
    })
}

/// `Fn::Select`: the item at an index, counted from 0.
pub fn select<T>(index: usize, items: impl IntoValue<Vec<T>>) -> Value<T> {
    let items = items.into_value().into_expr();
    if let Expr::List(known) = &items
        && let Some(item) = known.get(index)
    {
        return Value::new(item.clone());
    }
    let index = Expr::Int(i64::try_from(index).unwrap_or(i64::MAX));
    call("Fn::Select", list([index, items]))
}

/// `Fn::Split`: the pieces of a text.
pub fn split(delimiter: &str, text: impl IntoValue<String>) -> Value<Vec<String>> {
    match text.into_value().into_expr() {
        Expr::Str(text) | Expr::Custom(text) => Value::new(list(text.split(delimiter).map(Expr::from))),
        text => call("Fn::Split", list([Expr::from(delimiter), text])),
    }
}

/// `Fn::Sub` with variables. [`sub!`](crate::sub) is the typed way; this is for texts that come from elsewhere.
pub fn sub_with<K: Into<Key>>(text: &str, variables: impl IntoIterator<Item = (K, Value<String>)>) -> Value<String> {
    let variables = Expr::map(variables.into_iter().map(|(key, value)| (key, value.into_expr())));
    call("Fn::Sub", list([Expr::from(text), variables]))
}

/// `Fn::Transform`: runs a macro on a part of the template.
pub fn transform<K: Into<Key>>(name: &str, parameters: impl IntoIterator<Item = (K, Expr)>) -> Value<Json> {
    let parameters = Expr::map(parameters);
    call("Fn::Transform", Expr::map([("Name", Expr::from(name)), ("Parameters", parameters)]))
}

/// `Fn::Length` of a list: needs the `AWS::LanguageExtensions` transform, which synthesis adds.
pub fn length<T>(items: impl IntoValue<Vec<T>>) -> Value<i64> {
    call("Fn::Length", items.into_value().into_expr())
}

/// `Fn::ToJsonString`: needs the `AWS::LanguageExtensions` transform, which synthesis adds.
/// [`json_text`] does the same at synthesis and needs no transform.
pub fn to_json_string(value: impl IntoValue<Json>) -> Value<String> {
    call("Fn::ToJsonString", value.into_value().into_expr())
}

/// The JSON text of a value, written at synthesis; references inside become `Fn::Join` parts.
///
/// Numbers and booleans that only the deployment knows have no quotes, lists become arrays, and a member of a map that is
/// [`no_value`] is left out, also where a condition decides it. A text from the deployment is not escaped: one with a quote or
/// backslash in it breaks the JSON.
pub fn json_text(value: impl IntoValue<Json>) -> Value<String> {
    Value::new(Expr::JsonText(Box::new(value.into_value().into_expr())))
}

/// `Fn::If`: one of two values, by a condition.
pub fn if_<T>(condition: &Condition, then: impl IntoValue<T>, otherwise: impl IntoValue<T>) -> Value<T> {
    call("Fn::If", list([condition.name(), then.into_value().into_expr(), otherwise.into_value().into_expr()]))
}

/// `Fn::RefAll`: the values of all parameters of a type, for example `AWS::EC2::VPC::Id`. For rules only.
pub fn ref_all(parameter_type: &str) -> Value<Vec<String>> {
    elements::ref_all(parameter_type)
}

/// `Fn::ValueOf`: an attribute of a parameter's value, for example `VpcId` of a subnet. For rules only.
pub fn value_of<T>(parameter: &Parameter<T>, attribute: &str) -> Value<String> {
    elements::value_of(parameter.scope().node(), attribute)
}

/// `Fn::ValueOfAll`: an attribute of the values of all parameters of a type. For rules only.
pub fn value_of_all(parameter_type: &str, attribute: &str) -> Value<Vec<String>> {
    elements::value_of_all(parameter_type, attribute)
}
