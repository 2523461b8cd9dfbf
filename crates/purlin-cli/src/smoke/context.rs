//! The deployed resources that the checks of `purlin smoke` read.

use std::collections::BTreeMap;
use std::time::Duration;

use purlin_auth::Http;
use purlin_deploy::{AppClient, Balancer, Part, Session, UserPool};

use crate::failure::Failure;

/// The longest time for a response: a balancer waits 5 seconds for Cognito.
const PATIENCE: Duration = Duration::from_secs(15);

/// The session, and the resources of the stack.
pub(crate) struct Context {
    pub(crate) session: Session,
    pub(crate) parts: Vec<Part>,
    pub(crate) pools: Vec<Pool>,
    pub(crate) balancers: Vec<Balancer>,
    pub(crate) http: Http,
}

/// A user pool with its app clients.
pub(crate) struct Pool {
    pub(crate) pool: UserPool,
    pub(crate) clients: Vec<AppClient>,
}

impl Context {
    /// Reads the user pools of the stack and those of its load balancers' rules.
    pub(super) async fn read(http: Http, session: Session, stack: &str) -> Result<Self, Failure> {
        let parts = session.parts(stack).await?;
        let of = |kind: &'static str| {
            parts.iter().filter(move |it| it.resource_type == kind).map(|it| it.physical_id.clone())
        };
        let mut balancers = Vec::new();
        for arn in of("AWS::ElasticLoadBalancingV2::LoadBalancer") {
            balancers.push(session.balancer(&arn).await?);
        }
        let rules = balancers.iter().flat_map(|balancer| &balancer.rules);
        let elsewhere = rules.filter_map(|rule| rule.pool.rsplit('/').next().map(str::to_owned));
        let ids: Vec<String> = of("AWS::Cognito::UserPool").chain(elsewhere).collect();
        let mut pools: BTreeMap<String, Pool> = BTreeMap::new();
        for id in ids {
            if pools.contains_key(&id) {
                continue;
            }
            let pool = session.user_pool(&id).await?;
            let mut clients = Vec::new();
            for (client, _) in session.app_clients(&id).await? {
                clients.push(session.app_client(&id, &client).await?);
            }
            pools.insert(id, Pool { pool, clients });
        }
        let http = http.timeout(PATIENCE);
        Ok(Self { pools: pools.into_values().collect(), session, parts, balancers, http })
    }

    pub(crate) fn of_type(&self, kind: &str) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(move |part| part.resource_type == kind)
    }
}
