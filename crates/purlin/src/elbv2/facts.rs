//! Reads listeners and rules from the finished tree, whether declared by this module or raw.

use std::collections::BTreeMap;
use std::rc::Rc;

use purlin_construct::{Expr, HasScope, NodeId, Scope};

use super::listener::ImportedListener;
use super::load_balancer::Known;
use super::protocol::Protocol;

pub(super) const LISTENER: &str = "AWS::ElasticLoadBalancingV2::Listener";
const RULE: &str = "AWS::ElasticLoadBalancingV2::ListenerRule";
const BALANCER: &str = "AWS::ElasticLoadBalancingV2::LoadBalancer";

/// What a reference points to: a node of the tree, or another expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Identity {
    Node(NodeId),
    Other(Expr),
}

impl From<&Expr> for Identity {
    fn from(expr: &Expr) -> Self {
        expr.target().map_or_else(|| Self::Other(expr.clone()), Self::Node)
    }
}

/// A listener of the tree, or imported into it.
#[derive(Debug)]
pub(super) struct ListenerFacts {
    pub id: Identity,
    pub balancer: Identity,
    pub is_http: bool,
}

/// A rule of a listener, or its default rule.
#[derive(Debug)]
pub(super) struct RuleFacts {
    pub scope: Scope,
    pub listener: Identity,
    pub actions: Vec<Expr>,
    pub is_default: bool,
    /// None for a default rule, or where it is not literal.
    pub priority: Option<i64>,
    /// Empty for a default rule.
    pub hosts: Vec<Expr>,
}

/// A balancer of the tree, or imported into it.
#[derive(Debug, Clone)]
pub(super) struct BalancerFacts {
    pub scope: Scope,
    pub known: Option<Rc<Known>>,
}

/// The listeners and rules of a tree.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// All scopes of the tree.
    pub scopes: Vec<Scope>,
    listeners: Vec<ListenerFacts>,
    /// The places in the list of listeners that are referred to by a node.
    listener_at: BTreeMap<NodeId, usize>,
    pub rules: Vec<RuleFacts>,
}

pub(super) fn list(expr: Option<Expr>) -> Vec<Expr> {
    expr.and_then(|expr| expr.as_list().map(<[Expr]>::to_vec)).unwrap_or_default()
}

impl Facts {
    /// Reads the whole tree.
    pub(super) fn of(root: &Scope) -> Self {
        let mut facts = Self::default();
        let scopes = root.descendants();
        for scope in &scopes {
            facts.read(scope);
        }
        Self { scopes, ..facts }
    }

    fn read(&mut self, scope: &Scope) {
        if let Some(imported) = scope.extension::<ImportedListener>() {
            let id: Identity = imported.arn.expr().into();
            // A parameter may hold the ARN.
            if let Identity::Node(node) = id {
                self.listener_at.entry(node).or_insert(self.listeners.len());
            }
            self.listeners.push(ListenerFacts {
                id,
                balancer: imported.balancer_arn.expr().into(),
                is_http: imported.protocol == Protocol::Http,
            });
        }
        match scope.resource_type().as_deref() {
            Some(LISTENER) => self.read_listener(scope),
            Some(RULE) => self.rules.push(RuleFacts {
                scope: scope.clone(),
                listener: (&scope.property("ListenerArn").unwrap_or(Expr::Null)).into(),
                actions: list(scope.property("Actions")),
                is_default: false,
                priority: scope.property("Priority").and_then(|priority| priority.as_int()),
                hosts: hosts(&list(scope.property("Conditions"))),
            }),
            _ => (),
        }
    }

    fn read_listener(&mut self, scope: &Scope) {
        let id = Identity::Node(scope.node());
        let protocol = scope.property("Protocol");
        self.listener_at.insert(scope.node(), self.listeners.len());
        self.listeners.push(ListenerFacts {
            id: id.clone(),
            balancer: (&scope.property("LoadBalancerArn").unwrap_or(Expr::Null)).into(),
            is_http: protocol.as_ref().and_then(Expr::as_str) == Some("HTTP"),
        });
        let (scope, actions) = (scope.clone(), list(scope.property("DefaultActions")));
        let (priority, hosts) = (None, Vec::new());
        self.rules.push(RuleFacts { scope, listener: id, actions, is_default: true, priority, hosts });
    }

    pub(super) fn listener(&self, id: &Identity) -> Option<&ListenerFacts> {
        match id {
            Identity::Node(node) => self.listener_at.get(node).map(|at| &self.listeners[*at]),
            Identity::Other(_) => self.listeners.iter().find(|listener| listener.id == *id),
        }
    }

    pub(super) fn balancer(&self, id: &Identity) -> Option<BalancerFacts> {
        let found = match id {
            Identity::Node(node) => self
                .scopes
                .iter()
                .find(|scope| scope.node() == *node && scope.resource_type().as_deref() == Some(BALANCER)),
            Identity::Other(arn) => self.scopes.iter().find(|scope| {
                scope.extension::<Known>().is_some_and(|known| known.is_imported && known.arn.expr() == arn)
            }),
        };
        found.map(|scope| BalancerFacts { scope: scope.clone(), known: scope.extension::<Known>() })
    }

    /// The raw resources of a type.
    pub(super) fn of_type<'a>(&'a self, type_name: &'a str) -> impl Iterator<Item = &'a Scope> {
        self.scopes.iter().filter(move |scope| scope.has_type(type_name))
    }

    /// The resource that an expression refers to, if it is of this type.
    pub(super) fn target(&self, expr: &Expr, type_name: &str) -> Option<Scope> {
        let scope = self.scopes.first()?.scope_of(expr.target()?)?;
        scope.has_type(type_name).then_some(scope)
    }
}

fn hosts(conditions: &[Expr]) -> Vec<Expr> {
    let of_hosts =
        conditions.iter().filter(|condition| condition.get("Field").and_then(Expr::as_str) == Some("host-header"));
    let values = of_hosts.flat_map(|condition| {
        let config = condition.get("HostHeaderConfig").and_then(|config| config.get("Values"));
        list(config.or_else(|| condition.get("Values")).cloned())
    });
    values.collect()
}

impl RuleFacts {
    /// The action that signs users in or checks their tokens, if there is one.
    pub(super) fn login(&self) -> Option<&Expr> {
        self.actions
            .iter()
            .find(|step| matches!(kind(step), Some("authenticate-cognito" | "authenticate-oidc" | "jwt-validation")))
    }

    /// The kind of the login.
    pub(super) fn login_kind(&self) -> Option<&str> {
        self.login().and_then(kind)
    }

    /// Whether the rule or its listener is created only under a condition.
    pub(super) fn is_conditional(&self, facts: &Facts) -> bool {
        let listener = match &self.listener {
            Identity::Node(node) => facts.scopes.first().and_then(|scope| scope.scope_of(*node)),
            Identity::Other(_) => None,
        };
        self.scope.is_conditional() || listener.is_some_and(|listener| listener.is_conditional())
    }

    /// The references to the target groups of the rule, also to those that receive no requests now.
    pub(super) fn all_groups(&self) -> impl Iterator<Item = &Expr> {
        self.actions.iter().flat_map(|step| {
            let weighted = step.get("ForwardConfig").and_then(|config| config.get("TargetGroups"));
            let weighted = weighted.and_then(Expr::as_list).unwrap_or_default().iter();
            step.get("TargetGroupArn").into_iter().chain(weighted.filter_map(|tuple| tuple.get("TargetGroupArn")))
        })
    }

    /// The target groups that receive requests; those of weight 0 receive none.
    pub(super) fn groups(&self) -> Vec<Identity> {
        let mut groups = Vec::new();
        for step in self.actions.iter().filter(|step| kind(step) == Some("forward")) {
            groups.extend(step.get("TargetGroupArn").map(Identity::from));
            let weighted = step.get("ForwardConfig").and_then(|config| config.get("TargetGroups")).cloned();
            for tuple in list(weighted) {
                if tuple.get("Weight").and_then(Expr::as_int) != Some(0) {
                    groups.extend(tuple.get("TargetGroupArn").map(Identity::from));
                }
            }
        }
        groups
    }
}

fn kind(step: &Expr) -> Option<&str> {
    step.get("Type").and_then(Expr::as_str)
}

impl HasScope for RuleFacts {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}
