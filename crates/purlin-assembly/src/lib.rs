//! The cloud assembly: what lies on disk between synthesis and deployment, in the CDK's format.
