//! Validates JSON against JSON Schemas: standard input has a schema and its instances per line, standard output the
//! errors of each line. It is a package outside the workspace, because features of `jsonschema` change the SDK's crates.

use std::io::{self, BufRead, Write};

use jsonschema::Draft;
use serde_json::Value;

fn main() -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let (schema, instances): (Value, Vec<Value>) = serde_json::from_str(&line?)?;
        writeln!(out, "{}", serde_json::to_string(&errors(&schema, &instances))?)?;
    }
    out.flush()
}

/// The errors of all instances, or nothing where the schema has a pattern that the library does not support. The
/// registry's schemas are draft 7; their formats (`AWS::EC2::VPC.Id`) are AWS's.
fn errors(schema: &Value, instances: &[Value]) -> Option<Vec<String>> {
    let options = jsonschema::options().with_draft(Draft::Draft7).should_validate_formats(false);
    let validator = options.build(schema).ok()?;
    let errors = instances.iter().flat_map(|instance| validator.iter_errors(instance));
    Some(errors.map(|error| format!("{} {error}", error.instance_path())).collect())
}
