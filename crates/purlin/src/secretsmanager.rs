//! AWS Secrets Manager: secrets, imported.
