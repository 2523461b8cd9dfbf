//! Elastic Load Balancing: application load balancers, listeners, rules, actions, target groups.
