//! Whole services from one recipe: behind a load balancer, behind a login.
