//! Reasons of networks: balancers, certificates, DNS, VPCs.

use super::{Known, row};

const BALANCER: &str = "AWS::ElasticLoadBalancingV2::LoadBalancer";
const RULE: &str = "AWS::ElasticLoadBalancingV2::ListenerRule";
const TARGETS: &str = "AWS::ElasticLoadBalancingV2::TargetGroup";
const CERTIFICATE: &str = "AWS::CertificateManager::Certificate";
const RECORD: &str = "AWS::Route53::RecordSet";
const GROUP: &str = "AWS::EC2::SecurityGroup";

pub(super) static BALANCERS: &[Known] = &[
    row(
        "AWS::ElasticLoadBalancingV2::",
        &["cannot be associated with more than one load balancer"],
        "a target group belongs to one balancer, and the new balancer is made before the old one goes",
        "give a replaced balancer a new target group too: another construct id will do",
    ),
    row(
        RULE,
        &["priority", "in use"],
        "another rule of the listener has this priority",
        "choose a free one; two rules that swap priorities take two deployments",
    ),
    row(
        RULE,
        &["priorities not found|priority"],
        "somebody changed the listener's rules outside the stack",
        "put the rule's priority back as the template has it, or give it a new one",
    ),
    row(
        RULE,
        &["cognito|user pool|userpool|authenticate"],
        "a rule that signs people in needs a pool with a domain, and a client with a secret, the code flow and `openid`",
        "check the client's settings, and that the rule depends on the domain",
    ),
    row(
        "AWS::ElasticLoadBalancingV2::Listener",
        &["already exists|duplicatelistener"],
        "the balancer has a listener on this port, perhaps the one that is being replaced",
        "use another port, or remove the other listener; a replaced one takes two deployments",
    ),
    row(
        "AWS::ElasticLoadBalancingV2::Listener",
        &["certificate"],
        "a listener takes an issued certificate of its own region, and TLS needs one",
        "wait until the certificate is issued, or use one of the stack's region",
    ),
    row(
        BALANCER,
        &["at least two subnets|two different availability zones"],
        "an application balancer stands in two zones at least",
        "give it subnets in two availability zones",
    ),
    row(
        BALANCER,
        &["multiple subnets in the same availability zone"],
        "a balancer takes one subnet of each zone",
        "choose one subnet per availability zone",
    ),
    row(
        BALANCER,
        &["no internet gateway"],
        "a balancer that faces the internet was made before the VPC's gateway was attached",
        "let the balancer depend on the gateway's attachment, or make it internal",
    ),
    row(
        BALANCER,
        &["access denied for bucket"],
        "the balancer may not write its access logs into the bucket",
        "let the bucket's policy permit it, in the same region and with S3's own encryption (SSE-S3)",
    ),
    row(
        BALANCER,
        &["deletion protection"],
        "deletion protection keeps the balancer",
        "turn the attribute `deletion_protection.enabled` off and deploy that before",
    ),
    row(
        TARGETS,
        &["currently in use|resourceinuse"],
        "a listener or rule outside the stack still sends to this target group",
        "remove that rule, then run this again",
    ),
    row(
        "AWS::ElasticLoadBalancingV2::",
        &["same name|already exist"],
        "one of that name exists in the region, perhaps the one that is being replaced",
        "leave the name to AWS, or change it together with what replaces it",
    ),
];

pub(super) static CERTIFICATES: &[Known] = &[
    row(
        CERTIFICATE,
        &["caa"],
        "a CAA record of the domain, or of one above it, does not let Amazon issue certificates",
        "add `0 issue \"amazon.com\"` to the CAA records",
    ),
    row(
        CERTIFICATE,
        &["additional verification|additional_verification"],
        "the domain's name resembles one that is known for fraud, so AWS looks at it by hand",
        "open a case with AWS Support, or choose another name",
    ),
    row(
        CERTIFICATE,
        &["not allowed|domain_not_allowed|public domain"],
        "nobody issues certificates for this name: it is no public domain, or on a list of unsafe ones",
        "use a domain of your own; names inside AWS, such as `amazonaws.com`, have none",
    ),
    row(
        CERTIFICATE,
        &["too long|length"],
        "the first name of a certificate has 64 characters at most",
        "put a shorter one first, and the long one among the alternative names",
    ),
    row(
        CERTIFICATE,
        &["in use"],
        "a balancer, distribution or domain outside the stack still uses the certificate",
        "replace it there, then run this again",
    ),
    row(
        CERTIFICATE,
        &["limit|quota"],
        "the account has made as many certificates in a year as it may, failed ones among them",
        "use one that is issued already, or ask for more in Service Quotas",
    ),
    row(
        CERTIFICATE,
        &["validation|timed out|notstabilized|no hosted zone|pending"],
        "the DNS records that prove the domain is yours are missing, or are in a zone that the public DNS does not ask",
        "compare the zone's name servers with those the registrar has; the record is shown while it is waited for",
    ),
    row(
        "AWS::CloudFront::Distribution",
        &["certificate"],
        "CloudFront takes issued certificates of us-east-1 alone, for every alias of the distribution",
        "make the certificate in a stack in us-east-1, with all the names",
    ),
    row(
        "AWS::CloudFront::Distribution",
        &["cname|alias"],
        "another distribution in the world, perhaps an old one of yours, has this name",
        "remove the alias there first",
    ),
    row(
        "AWS::CloudFront::",
        &["in use|disable"],
        "a distribution, or something it uses, is deleted only once CloudFront has let go of it everywhere",
        "try again in some minutes",
    ),
];

pub(super) static ZONES: &[Known] = &[
    row(
        RECORD,
        &["not permitted in zone"],
        "the record's name does not end with the zone's name",
        "use the zone of that domain, or a name inside the zone",
    ),
    row(
        RECORD,
        &["conflicts with other records|cname"],
        "a name with a CNAME record has no other records, and the top of a zone has no CNAME",
        "remove the other record, or use an alias record",
    ),
    row(
        RECORD,
        &["target name does not lie within|alias target"],
        "the alias names a zone that its target is not in",
        "use the target's own hosted zone id, such as the balancer's `CanonicalHostedZoneID`",
    ),
    row(
        RECORD,
        &["not found|do not match the current values|does not match the current"],
        "somebody changed or removed the record outside the stack",
        "put it back as it was, or retain it, then run this again",
    ),
    row(
        RECORD,
        &["already exists"],
        "the zone has that record already, perhaps from another stack",
        "delete it there first",
    ),
    row(
        "",
        &["no hosted zone found|nosuchhostedzone|no hosted zones matched"],
        "there is no such hosted zone in this account",
        "check the zone's id, and that it is of the account that deploys",
    ),
    row(
        "AWS::Route53::HostedZone",
        &["non-required|hostedzonenotempty|not empty"],
        "the zone has records that are not of the stack, such as those of certificates",
        "delete them in the Route 53 console, then run this again",
    ),
];

pub(super) static NETWORKS: &[Known] = &[
    row(
        GROUP,
        &["dependent object|dependencyviolation"],
        "something outside the stack still uses the security group: a network interface (of a function, balancer or \
         task), or a rule of another group",
        "find it with `aws ec2 describe-network-interfaces --filters Name=group-id,Values=ID`; interfaces of functions \
         take up to 20 minutes to go",
    ),
    row(
        GROUP,
        &["rules per security group|rulespersecuritygrouplimitexceeded|maximum number of rules"],
        "a security group takes 60 rules each way, and a prefix list counts as many as it may have entries",
        "permit wider ranges, spread the rules over groups, or ask for more in Service Quotas",
    ),
    row(
        GROUP,
        &["already exists|duplicate"],
        "the group has that rule already, from another stack or by hand, or one of that name exists in the VPC",
        "remove the other one, or leave the name to AWS",
    ),
    row(
        GROUP,
        &["different networks|does not exist|not found"],
        "the rule names a security group of another VPC, or one that is gone",
        "use a group of the same VPC",
    ),
    row(
        "AWS::EC2::EIP",
        &["maximum number of addresses|addresslimitexceeded"],
        "the region has as many public addresses as the account may have, five unless raised",
        "release unused ones, use fewer NAT gateways, or ask for more in Service Quotas",
    ),
    row(
        "AWS::EC2::VPC",
        &["maximum number of vpcs|vpclimitexceeded"],
        "the region has as many VPCs as the account may have, five unless raised",
        "delete unused ones, share one, or ask for more in Service Quotas",
    ),
    row(
        "AWS::EC2::InternetGateway",
        &["maximum number of internet gateways|internetgatewaylimitexceeded"],
        "there are as many internet gateways as there may be VPCs, five unless raised",
        "delete unused ones, or ask for more in Service Quotas",
    ),
    row(
        "AWS::EC2::NatGateway",
        &["limit"],
        "the zone has as many NAT gateways as the account may have, five unless raised",
        "use fewer, or ask for more in Service Quotas",
    ),
    row(
        "AWS::EC2::",
        &["mapped public address"],
        "something in the VPC that is not of the stack has a public address",
        "release it, then run this again",
    ),
    row(
        "AWS::EC2::Subnet",
        &["conflicts with another subnet|invalidsubnet.conflict"],
        "the range overlaps that of another subnet of the VPC, perhaps the one that is being replaced",
        "choose a free range",
    ),
    row(
        "AWS::EC2::Subnet",
        &["cidr", "invalid"],
        "the range is not part of the VPC's, or not between /16 and /28",
        "choose one inside the VPC's range",
    ),
    row(
        "AWS::EC2::VPCEndpoint",
        &["conflicting dns domain|private-dns-enabled"],
        "the VPC has an endpoint for this service already, or does not resolve names",
        "use the endpoint there is, or turn the VPC's DNS support and host names on",
    ),
    row(
        "AWS::EC2::",
        &["dependencies|dependencyviolation"],
        "something outside the stack is still in it, usually a network interface of a balancer, function or endpoint",
        "find it with `aws ec2 describe-network-interfaces`, delete what it belongs to, then run this again",
    ),
    row(
        "",
        &["insufficientinstancecapacity|insufficient capacity|sufficient capacity"],
        "AWS has no room for this type in that zone at the moment",
        "use another size or zone, or try again later",
    ),
];
