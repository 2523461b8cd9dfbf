//! Amazon VPC: networks, subnets, security groups and what may connect to what.
