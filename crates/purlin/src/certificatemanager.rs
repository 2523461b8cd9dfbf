//! AWS Certificate Manager: certificates, validated by DNS or imported.
