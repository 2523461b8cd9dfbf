//! Amazon ECR: image repositories.
