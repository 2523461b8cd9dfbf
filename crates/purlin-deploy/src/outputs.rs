//! The outputs of a deployment as a file, in the CDK's shape.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::deploy::{Deployed, Output};

/// `{"Stack": {"Key": "value"}}`. Secret outputs are left out: a file is soon committed.
pub fn outputs_json<'a>(deployed: impl IntoIterator<Item = (&'a str, &'a Deployed)>) -> Value {
    let plain = |outputs: &BTreeMap<String, Output>| {
        let values = outputs.iter().filter_map(|(key, output)| match output {
            Output::Plain(value) => Some((key.clone(), Value::String(value.clone()))),
            Output::Secret => None,
        });
        Value::Object(values.collect())
    };
    let stacks: Map<String, Value> =
        deployed.into_iter().map(|(name, deployed)| (name.to_owned(), plain(&deployed.outputs))).collect();
    Value::Object(stacks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::Outcome;

    #[test]
    fn the_file_is_the_cdks_without_secrets() {
        let outputs = [("Url".to_owned(), Output::Plain("https://x".into())), ("Key".to_owned(), Output::Secret)];
        let deployed =
            Deployed { stack_id: "1".into(), outcome: Outcome::Created, change_set: None, outputs: outputs.into() };
        assert_eq!(outputs_json([("Web", &deployed)]).to_string(), r#"{"Web":{"Url":"https://x"}}"#);
    }
}
