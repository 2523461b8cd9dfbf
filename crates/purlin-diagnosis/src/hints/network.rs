//! Hints for reasons of networking: load balancers, certificates, DNS, VPCs.

use super::{Hint, row};

const BALANCER: &str = "AWS::ElasticLoadBalancingV2::LoadBalancer";
const RULE: &str = "AWS::ElasticLoadBalancingV2::ListenerRule";
const TARGETS: &str = "AWS::ElasticLoadBalancingV2::TargetGroup";
const CERTIFICATE: &str = "AWS::CertificateManager::Certificate";
const RECORD: &str = "AWS::Route53::RecordSet";
const GROUP: &str = "AWS::EC2::SecurityGroup";

pub(super) static BALANCERS: &[Hint] = &[
    row(
        "AWS::ElasticLoadBalancingV2::",
        &["cannot be associated with more than one load balancer"],
        "a target group belongs to one load balancer, and a replacement creates the new one before it deletes the old \
         one",
        "give the replaced load balancer a new target group: change the target group's construct id",
    ),
    row(
        RULE,
        &["priority", "in use"],
        "another rule of the listener has this priority",
        "choose a free one; to swap the priorities of two rules, deploy twice",
    ),
    row(
        RULE,
        &["priorities not found|priority"],
        "the listener's rules were changed outside the stack",
        "put the rule's priority back to that of the template, or give it a new one",
    ),
    row(
        RULE,
        &["cognito|user pool|userpool|authenticate"],
        "a rule with sign-in needs a user pool with a domain, and a client with a secret, the code flow and the scope \
         `openid`",
        "check the client's settings, and make the rule depend on the domain",
    ),
    row(
        "AWS::ElasticLoadBalancingV2::Listener",
        &["already exists|duplicatelistener"],
        "the load balancer has a listener on this port, perhaps the one that is being replaced",
        "use another port, or remove the other listener; to replace it, deploy once without it, then with it",
    ),
    row(
        "AWS::ElasticLoadBalancingV2::Listener",
        &["certificate"],
        "a TLS listener needs an issued certificate of its own region",
        "wait until the certificate is issued, or use one of the stack's region",
    ),
    row(
        BALANCER,
        &["at least two subnets|two different availability zones"],
        "an application load balancer needs at least two availability zones",
        "add subnets so that it has two availability zones",
    ),
    row(
        BALANCER,
        &["multiple subnets in the same availability zone"],
        "a load balancer takes one subnet per availability zone",
        "choose one subnet per availability zone",
    ),
    row(
        BALANCER,
        &["no internet gateway"],
        "an internet-facing load balancer was created before the VPC's internet gateway was attached",
        "make the load balancer depend on the gateway's attachment, or make it internal",
    ),
    row(
        BALANCER,
        &["access denied for bucket"],
        "the load balancer may not write its access logs to the bucket",
        "allow it in the bucket's policy, and use a bucket in the same region with S3's own encryption (SSE-S3)",
    ),
    row(
        BALANCER,
        &["deletion protection"],
        "deletion protection keeps the load balancer",
        "turn the attribute `deletion_protection.enabled` off and deploy that first",
    ),
    row(
        TARGETS,
        &["currently in use|resourceinuse"],
        "a listener or rule outside the stack still forwards to this target group",
        "remove that rule, then run this again",
    ),
    row(
        "AWS::ElasticLoadBalancingV2::",
        &["same name|already exist"],
        "the region has one with this name, perhaps the one that is being replaced",
        "change the name together with the replacement, or remove it, so that AWS chooses one",
    ),
];

pub(super) static CERTIFICATES: &[Hint] = &[
    row(
        CERTIFICATE,
        &["caa"],
        "a CAA record of the domain, or of a parent domain, does not allow Amazon to issue certificates",
        "add `0 issue \"amazon.com\"` to the CAA records",
    ),
    row(
        CERTIFICATE,
        &["additional verification|additional_verification"],
        "the domain's name is similar to one known for fraud, so AWS reviews it by hand",
        "open a case with AWS Support, or choose another name",
    ),
    row(
        CERTIFICATE,
        &["not allowed|domain_not_allowed|public domain"],
        "ACM issues no certificates for this name: it is not a public domain, or is listed as unsafe",
        "use a domain of your own, not a name of AWS such as `amazonaws.com`",
    ),
    row(
        CERTIFICATE,
        &["too long|length"],
        "the first name of a certificate has at most 64 characters",
        "put a shorter name first, and the long one among the alternative names",
    ),
    row(
        CERTIFICATE,
        &["in use"],
        "a load balancer, distribution or domain outside the stack still uses the certificate",
        "replace it there, then run this again",
    ),
    row(
        CERTIFICATE,
        &["limit|quota"],
        "the account's quota of certificates per year is used up; failed ones count",
        "use an existing certificate, or request a higher quota in Service Quotas",
    ),
    row(
        CERTIFICATE,
        &["validation|timed out|notstabilized|no hosted zone|pending"],
        "the DNS records that validate the domain are missing, or in a zone that public DNS does not use",
        "compare the zone's name servers with those at the registrar, and add the record that the deployment shows \
         while it waits",
    ),
    row(
        "AWS::CloudFront::Distribution",
        &["certificate"],
        "CloudFront takes only issued certificates of us-east-1 that have every alias of the distribution",
        "create the certificate in a stack in us-east-1, with all the aliases",
    ),
    row(
        "AWS::CloudFront::Distribution",
        &["cname|alias"],
        "another distribution, perhaps an old one of yours, has this alias",
        "remove the alias there first",
    ),
    row(
        "AWS::CloudFront::",
        &["in use|disable"],
        "CloudFront deletes a distribution, and what it uses, only after it is disabled at all edge locations",
        "try again in some minutes",
    ),
];

pub(super) static ZONES: &[Hint] = &[
    row(
        RECORD,
        &["not permitted in zone"],
        "the record's name does not end with the zone's name",
        "use the hosted zone of that domain, or a name inside the zone",
    ),
    row(
        RECORD,
        &["conflicts with other records|cname"],
        "a name with a CNAME record can have no other records, and the top of a zone cannot have a CNAME",
        "remove the other record, or use an alias record",
    ),
    row(
        RECORD,
        &["target name does not lie within|alias target"],
        "the alias has a hosted zone id that is not its target's",
        "use the target's own hosted zone id, such as the load balancer's `CanonicalHostedZoneID`",
    ),
    row(
        RECORD,
        &["not found|do not match the current values|does not match the current"],
        "the record was changed or deleted outside the stack",
        "put it back as it was, or retain it, then run this again",
    ),
    row(
        RECORD,
        &["already exists"],
        "the zone already has this record, perhaps from another stack",
        "delete it there first",
    ),
    row(
        "",
        &["no hosted zone found|nosuchhostedzone|no hosted zones matched"],
        "the account has no such hosted zone",
        "correct the zone's id, or use a zone of the account that deploys",
    ),
    row(
        "AWS::Route53::HostedZone",
        &["non-required|hostedzonenotempty|not empty"],
        "the zone has records from outside the stack, such as those of certificates",
        "delete them in the Route 53 console, then run this again",
    ),
];

pub(super) static NETWORKS: &[Hint] = &[
    row(
        GROUP,
        &["dependent object|dependencyviolation"],
        "a network interface (of a function, load balancer or task) or another group's rule still uses the security \
         group",
        "find it with `aws ec2 describe-network-interfaces --filters Name=group-id,Values=ID`; AWS deletes those of \
         functions after up to 20 minutes",
    ),
    row(
        GROUP,
        &["rules per security group|rulespersecuritygrouplimitexceeded|maximum number of rules"],
        "a security group has at most 60 rules in each direction by default; a prefix list counts with its maximum of \
         entries",
        "use wider ranges or more groups, or request a higher quota in Service Quotas",
    ),
    row(
        GROUP,
        &["already exists|duplicate"],
        "the group already has this rule, or the VPC already has a group with this name",
        "remove the other one, or remove the name, so that AWS chooses one",
    ),
    row(
        GROUP,
        &["different networks|does not exist|not found"],
        "the rule has a security group of another VPC, or a deleted one",
        "use a group of the same VPC",
    ),
    row(
        "AWS::EC2::EIP",
        &["maximum number of addresses|addresslimitexceeded"],
        "the account's quota of Elastic IP addresses in the region is used up, five by default",
        "release unused ones, use fewer NAT gateways, or request a higher quota in Service Quotas",
    ),
    row(
        "AWS::EC2::VPC",
        &["maximum number of vpcs|vpclimitexceeded"],
        "the account's quota of VPCs in the region is used up, five by default",
        "delete unused ones, share one, or request a higher quota in Service Quotas",
    ),
    row(
        "AWS::EC2::InternetGateway",
        &["maximum number of internet gateways|internetgatewaylimitexceeded"],
        "the account's quota of internet gateways in the region is used up, five by default",
        "delete unused ones, or request a higher quota in Service Quotas",
    ),
    row(
        "AWS::EC2::NatGateway",
        &["limit"],
        "the account's quota of NAT gateways in the zone is used up, five by default",
        "use fewer, or request a higher quota in Service Quotas",
    ),
    row(
        "AWS::EC2::",
        &["mapped public address"],
        "a resource in the VPC outside the stack has a public IP address",
        "release it, then run this again",
    ),
    row(
        "AWS::EC2::Subnet",
        &["conflicts with another subnet|invalidsubnet.conflict"],
        "the CIDR range overlaps that of another subnet of the VPC, perhaps the one that is being replaced",
        "choose a free range",
    ),
    row(
        "AWS::EC2::Subnet",
        &["cidr", "invalid"],
        "the CIDR range is outside the VPC's, or not between /16 and /28",
        "choose one inside the VPC's range",
    ),
    row(
        "AWS::EC2::VPCEndpoint",
        &["conflicting dns domain|private-dns-enabled"],
        "the VPC already has an endpoint with private DNS for this service, or has DNS turned off",
        "use the existing endpoint, or turn the VPC's DNS support and DNS host names on",
    ),
    row(
        "AWS::EC2::",
        &["dependencies|dependencyviolation"],
        "a resource outside the stack is still in it, usually a network interface of a load balancer, function or \
         endpoint",
        "find it with `aws ec2 describe-network-interfaces`, delete its owner, then run this again",
    ),
    row(
        "",
        &["insufficientinstancecapacity|insufficient capacity|sufficient capacity"],
        "AWS has no capacity for this instance type in this zone at the moment",
        "use another size or zone, or try again later",
    ),
];
