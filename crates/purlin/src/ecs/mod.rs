//! Amazon ECS on Fargate: clusters, task definitions, containers, services.
