//! CloudFormation templates as data: reading YAML and JSON with positions, writing YAML, the resource graph.
