//! Permits services to write their logs to a bucket of the app.

use purlin_construct::{HasScope, IntoValue, Scope, Value, sub};

use super::Bucket;
use crate::iam::{PolicyStatement, Principal};

/// The service that delivers flow logs, and of some load balancers' logs.
const DELIVERY: &str = "delivery.logs.amazonaws.com";
/// The service that delivers logs of load balancers.
const BALANCERS: &str = "logdelivery.elasticloadbalancing.amazonaws.com";

/// The accounts that deliver logs of load balancers in regions from before August 2022; the others have the service
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html>).
const BALANCER_ACCOUNTS: [(&str, &str); 31] = [
    ("af-south-1", "098369216593"),
    ("ap-east-1", "754344448648"),
    ("ap-northeast-1", "582318560864"),
    ("ap-northeast-2", "600734575887"),
    ("ap-northeast-3", "383597477331"),
    ("ap-south-1", "718504428378"),
    ("ap-southeast-1", "114774131450"),
    ("ap-southeast-2", "783225319266"),
    ("ap-southeast-3", "589379963580"),
    ("ca-central-1", "985666609251"),
    ("cn-north-1", "638102146993"),
    ("cn-northwest-1", "037604701340"),
    ("eu-central-1", "054676820928"),
    ("eu-north-1", "897822967062"),
    ("eu-south-1", "635631232127"),
    ("eu-west-1", "156460612806"),
    ("eu-west-2", "652711504416"),
    ("eu-west-3", "009996457667"),
    ("me-south-1", "076674570225"),
    ("sa-east-1", "507241528517"),
    ("us-east-1", "127311923021"),
    ("us-east-2", "033677994240"),
    ("us-gov-east-1", "190560391635"),
    ("us-gov-west-1", "048591011584"),
    ("us-iso-east-1", "770363063475"),
    ("us-iso-west-1", "121062877647"),
    ("us-isob-east-1", "740734521339"),
    ("us-isof-east-1", "091100254016"),
    ("us-isof-south-1", "412137745753"),
    ("us-west-1", "027434742980"),
    ("us-west-2", "797873946194"),
];

impl Bucket {
    /// Permits the flow logs of the writer's account and region to write below a folder. Returns the policy that the
    /// writer waits for; none for an imported bucket.
    pub(crate) fn permit_flow_logs(&self, writer: &Scope, folder: &str) -> Option<Scope> {
        if self.encryption_key().is_some() {
            writer.warning(
                format!(
                    "the flow log goes to `{}`, which is encrypted with its own key: the key's policy has to permit the \
                     delivery",
                    self.scope().path()
                ),
                format!("permit `kms:GenerateDataKey*`, `kms:Decrypt`, `kms:Encrypt`, `kms:ReEncrypt*` and `kms:DescribeKey` to `{DELIVERY}` in the key's policy"),
            );
        }
        let source = writer.arn("logs", "*");
        let only_here = |statement: PolicyStatement| {
            statement
                .principal(Principal::service(DELIVERY))
                .condition("StringEquals", "aws:SourceAccount", writer.stack().account())
                .condition("ArnLike", "aws:SourceArn", source.clone())
        };
        let put = PolicyStatement::allow()
            .action("s3:PutObject")
            .resource(self.log_objects(writer, Some(&folder.trim_matches('/').into_value())));
        let look = PolicyStatement::allow().actions(["s3:GetBucketAcl", "s3:ListBucket"]).resource(self.arn());
        self.permit([only_here(with_acl(put)), only_here(look)])
    }

    /// Permits load balancers of the writer's account and region to write below a prefix. Returns the policy that the
    /// writer waits for; none for an imported bucket.
    pub(crate) fn permit_balancer_logs(&self, writer: &Scope, prefix: Option<&Value<String>>) -> Option<Scope> {
        let region = writer.stack().environment().region;
        let known = region.and_then(|region| BALANCER_ACCOUNTS.iter().find(|(known, _)| *known == region.as_str()));
        let principal =
            known.map_or_else(|| Principal::service(BALANCERS), |(_, account)| Principal::account(*account));
        let put = || PolicyStatement::allow().action("s3:PutObject").resource(self.log_objects(writer, prefix));
        let look = PolicyStatement::allow().action("s3:GetBucketAcl").resource(self.arn());
        let delivery = Principal::service(DELIVERY);
        self.permit([put().principal(principal), with_acl(put()).principal(delivery.clone()), look.principal(delivery)])
    }

    /// Permits S3 to write the access log of another bucket.
    pub(super) fn permit_access_logs(&self, source: &Bucket, prefix: &str) {
        let put = PolicyStatement::allow()
            .action("s3:PutObject")
            .resource(self.arn_for_objects(format!("{prefix}*")))
            .principal(Principal::service("logging.s3.amazonaws.com"))
            .condition("StringEquals", "aws:SourceAccount", source.scope().stack().account());
        // The policy of another stack's bucket would wait for the source, which waits for the policy's bucket.
        let is_here = self.scope().stack().scope() == source.scope().stack().scope();
        let put = if is_here { put.condition("ArnLike", "aws:SourceArn", source.arn()) } else { put };
        self.permit([put]);
    }

    /// The keys of AWS's logs: `PREFIX/AWSLogs/ACCOUNT/`.
    fn log_objects(&self, writer: &Scope, prefix: Option<&Value<String>>) -> Value<String> {
        let account = writer.stack().account();
        match prefix.filter(|prefix| prefix.as_str() != Some("")) {
            Some(prefix) => self.arn_for_objects(sub!("{}/AWSLogs/{}/*", prefix, account)),
            None => self.arn_for_objects(sub!("AWSLogs/{}/*", account)),
        }
    }

    fn permit(&self, statements: impl IntoIterator<Item = PolicyStatement>) -> Option<Scope> {
        for statement in statements {
            self.add_to_resource_policy(statement);
        }
        self.policy().map(|policy| policy.scope().clone())
    }
}

/// Only objects that the bucket's owner has all rights to.
fn with_acl(statement: PolicyStatement) -> PolicyStatement {
    statement.condition("StringEquals", "s3:x-amz-acl", "bucket-owner-full-control")
}
