//! Every CloudFormation resource type as a typed L1 construct (generated).
