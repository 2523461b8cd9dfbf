//! AWS Systems Manager: parameters, imported.
