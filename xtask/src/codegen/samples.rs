//! Every resource type with every property set, synthesized by a program of its own, and held against the registry's
//! schema by a JSON Schema library: the generated types give what AWS takes.

mod leaf;
mod node;
mod plan;
mod program;
mod text;
mod validate;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::json_schema::each;
use super::patterns::ecmascript;
use super::registry::Registry;
use super::schema::Snapshot;
use super::{database, model};
use plan::Findings;
use program::{Made, Module};
use validate::validate;

/// Types whose samples the library refuses, for what a sample of all properties cannot meet.
const REFUSED: [&str; 6] = [
    // The service specification requires a property that the registry has in one of two arms.
    "AWS::BedrockAgentCore::OnlineEvaluationConfig",
    // `if` and `then`: which names a custom domain takes.
    "AWS::Cognito::UserPoolDomain",
    // `if` and `then`: tables with local indexes have a sort key.
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    // A pattern with `^` in its middle, which nothing matches.
    "AWS::EC2::CapacityReservation",
    // `if` and `then`: which targets take which settings.
    "AWS::EventsV2::Subscriber",
];

/// Properties of another kind than the registry has them: the sources disagree, and the service specification decides.
const MISMATCHED: [&str; 10] = [
    "lakeformation::PrincipalPermissionsResource.Catalog",
    "memorydb::CfnCluster.DataTiering",
    "memorydb::CfnCluster.IpDiscovery",
    "memorydb::CfnCluster.NetworkType",
    "qldb::StreamKinesisConfiguration.StreamArn",
    "sagemaker::ModelCardMetricDataItems.XAxisName",
    "sagemaker::ModelCardMetricDataItems.YAxisName",
    "serverless::FunctionDeploymentPreference.Alarms",
    "serverless::HttpApiHttpApiDomainConfiguration.BasePath",
    "serverless::WebSocketApiWebSocketApiRoute.RequestParameters",
];

/// Texts that CloudFormation reads as numbers, or the reverse.
const READ_FROM_TEXT: [&str; 6] = [
    "bedrockagentcore::HarnessHarnessAgentCoreMemoryRetrievalConfig.RelevanceScore",
    "bedrockagentcore::HarnessHarnessAgentCoreMemoryRetrievalConfig.TopK",
    "s3::BucketRule.ObjectSizeGreaterThan",
    "s3::BucketRule.ObjectSizeLessThan",
    "serverless::FunctionProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions",
    "serverless::HttpApiMutualTlsAuthentication.TruststoreVersion",
];

/// Properties that only the service specification knows: set, and left out of what the library reads.
const UNKNOWN: usize = 30;

/// Properties that only AWS sets, and those of nested types that only such properties and attributes lead to: set, and
/// not held against a schema.
const UNHELD: usize = 1388;

/// Patterns that the library does not read, or ECMAScript does not know.
const UNREAD_PATTERNS: usize = 18;

/// One of so many services is built unless `PURLIN_SAMPLES=all`; all of them are planned.
const SERVICES: usize = 12;

#[test]
fn every_type_with_every_property_is_what_the_registry_takes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace");
    let folder = root.join("xtask/schema");
    let registry = Registry::read(&folder).expect("the repository has a registry");
    let snapshot = Snapshot::read(&folder).expect("the repository has a snapshot").merged(&registry);
    let (schemas, unread_patterns) = schemas(root, &snapshot, &registry);

    let mut findings = Findings::default();
    let mut modules = Vec::new();
    let mut setters = 0;
    for namespace in model::namespaces(&snapshot) {
        let service = model::service(namespace, &snapshot).expect("every service can be generated");
        setters += service.resources.iter().map(setters_of).sum::<usize>();
        let (instances, functions) = plan::plan(&service, &schemas, &mut findings);
        modules.push(Module { name: service.module, instances, functions });
    }
    assert_eq!(findings.held + findings.unheld.len(), setters, "a setter is called by no sample");

    // The whole costs two CPU minutes: `PURLIN_SAMPLES=all`, as in CI.
    if env::var_os("PURLIN_SAMPLES").is_none_or(|which| which != "all") {
        modules = modules.into_iter().step_by(SERVICES).collect();
    }
    let made = program::run(root, &modules).expect("the program of samples runs");
    check_made(&modules, &made);
    let built = |name: &&str| modules.iter().flat_map(|module| &module.instances).any(|it| it.type_name == **name);
    let expected: Vec<_> = REFUSED.into_iter().filter(built).collect();
    assert_eq!(refused(root, &modules, &schemas).into_iter().collect::<Vec<_>>(), expected);
    assert_eq!(findings.mismatched.iter().collect::<Vec<_>>(), MISMATCHED);
    assert_eq!(findings.read_from_text.iter().collect::<Vec<_>>(), READ_FROM_TEXT);
    let counts = (findings.unknown.len(), findings.unheld.len(), unread_patterns);
    assert_eq!(counts, (UNKNOWN, UNHELD, UNREAD_PATTERNS), "unknown: {:#?}", findings.unknown);
}

fn setters_of(r: &model::ResourceModel) -> usize {
    r.nested.iter().chain([&r.table]).map(|table| table.setters.len()).sum()
}

/// That the program's templates have what was planned, of every type.
fn check_made(modules: &[Module], made: &Made) {
    let none = Value::Object(Map::new());
    for module in modules {
        for (index, instance) in module.instances.iter().enumerate() {
            let resource = &made[&(module.name.clone(), index)];
            assert_eq!(resource["Type"], instance.type_name.as_str());
            let properties = resource.get("Properties").unwrap_or(&none);
            assert_eq!(*properties, whole(&instance.properties), "{}", instance.type_name);
        }
    }
}

/// The same with whole numbers as templates have them: without a point.
fn whole(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(whole).collect(),
        Value::Object(map) => map.iter().map(|(name, value)| (name.clone(), whole(value))).collect(),
        Value::Number(number) => {
            let text = number.as_f64().unwrap_or_default().to_string();
            text.parse::<i64>().map_or_else(|_| value.clone(), Value::from)
        }
        other => other.clone(),
    }
}

/// The types whose samples the library refuses. Unexpected errors are printed.
fn refused<'a>(root: &Path, modules: &'a [Module], schemas: &BTreeMap<String, Value>) -> BTreeSet<&'a str> {
    let mut samples: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for instance in modules.iter().flat_map(|module| &module.instances) {
        if let Some(checked) = &instance.checked {
            samples.entry(&instance.type_name).or_default().push(checked);
        }
    }
    let (names, samples): (Vec<&str>, Vec<_>) =
        samples.into_iter().map(|(name, samples)| (name, (&schemas[name], samples))).unzip();
    let errors = validate(root, &samples).expect("the program of validation runs");
    let mut refused = BTreeSet::new();
    for (name, errors) in names.into_iter().zip(errors) {
        for error in errors.expect("patterns that the library does not support are left out") {
            refused.insert(name);
            if !REFUSED.contains(&name) {
                eprintln!("{name}: {error}");
            }
        }
    }
    refused
}

/// The registry's schemas, converted ones of types it lacks, with patterns as ECMAScript has them; and how many of the
/// patterns could not be kept.
fn schemas(root: &Path, snapshot: &Snapshot, registry: &Registry) -> (BTreeMap<String, Value>, usize) {
    let mut schemas = database::union(snapshot, registry);
    schemas.extend(registry.types.clone());
    let known = patterns(root, &mut schemas);
    for schema in schemas.values_mut() {
        each(schema, &mut |keywords| {
            if let Some(pattern) = keywords.get("pattern").and_then(Value::as_str) {
                match &known[pattern] {
                    Some(pattern) => keywords["pattern"] = pattern.as_str().into(),
                    None => drop(keywords.shift_remove("pattern")),
                }
            }
            if let Some(Value::Object(by_pattern)) = keywords.get_mut("patternProperties") {
                let all = std::mem::take(by_pattern).into_iter();
                *by_pattern = all.map(|(it, schema)| (known[&it].clone().unwrap_or_default(), schema)).collect();
            }
        });
    }
    (schemas, known.values().filter(|pattern| pattern.is_none()).count())
}

/// Every pattern of the schemas, as ECMAScript has it where the library supports it.
fn patterns(root: &Path, schemas: &mut BTreeMap<String, Value>) -> BTreeMap<String, Option<String>> {
    let mut found = BTreeSet::new();
    for schema in schemas.values_mut() {
        each(schema, &mut |keywords| {
            found.extend(keywords.get("pattern").and_then(Value::as_str).map(str::to_owned));
            if let Some(Value::Object(by_pattern)) = keywords.get("patternProperties") {
                found.extend(by_pattern.keys().cloned());
            }
        });
    }
    let converted: Vec<Option<String>> = found.iter().map(|pattern| ecmascript(pattern)).collect();
    let schema = |pattern: &Option<String>| pattern.as_ref().map_or(json!({}), |it| json!({ "pattern": it }));
    let schemas: Vec<Value> = converted.iter().map(schema).collect();
    let schemas: Vec<(&Value, Vec<&Value>)> = schemas.iter().map(|schema| (schema, Vec::new())).collect();
    let errors = validate(root, &schemas).expect("the program of validation runs");
    let readable = converted.into_iter().zip(errors).map(|(pattern, errors)| errors.and(pattern));
    found.into_iter().zip(readable).collect()
}
