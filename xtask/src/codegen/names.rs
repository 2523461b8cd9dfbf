//! How AWS's names read in Rust: `AllowedOAuthFlows` is `allowed_oauth_flows`, `CallbackURLs` is `callback_urls`.

use std::collections::BTreeSet;

/// Words whose inner capitals are no word boundaries.
const WHOLE: [&str; 39] = [
    "ActiveMQ",
    "DDoS",
    "DocumentDB",
    "DynamoDB",
    "DynamoDBv2",
    "ETag",
    "FSx",
    "GiB",
    "GitHub",
    "GitLab",
    "GraphQL",
    "IPSec",
    "IPsec",
    "IPv4",
    "IPv6",
    "IdC",
    "InfluxDB",
    "IoT",
    "IpV4",
    "IpV6",
    "KiB",
    "LoRaWAN",
    "MiB",
    "MiBps",
    "MySQL",
    "OAuth",
    "OTel",
    "PostgreSQL",
    "QnA",
    "RStudio",
    "RabbitMQ",
    "SaaS",
    "TiB",
    "VCenter",
    "VCpu",
    "VMotion",
    "VSan",
    "VTep",
    "XRay",
];

/// Rust's words, and the methods every generated type has.
const TAKEN: [&str; 54] = [
    "abstract", "as", "async", "await", "become", "box", "break", "clone", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "new", "override", "priv", "pub", "ref", "return", "self", "static", "struct",
    "super", "trait", "true", "try", "type", "typeof", "union", "unsafe", "unsized", "use", "virtual", "where",
    "while", "yield",
];

/// Features that are no service.
const FEATURES: [&str; 2] = ["default", "full"];

/// The words of a name, in lower case.
///
/// A run of capitals is one word, with the plural's `s` if that ends it (`URLs`); its last capital begins the next
/// word otherwise (`DNSName`). Digits belong to the word before them (`Ec2`, `Route53`), or to the one they begin
/// (`2XLARGE`). A few words are known (`OAuth`).
pub fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        if !chars[at].is_ascii_alphanumeric() {
            at += 1;
            continue;
        }
        let end = at + word_length(&chars[at..]);
        words.push(chars[at..end].iter().collect::<String>().to_ascii_lowercase());
        at = end;
    }
    words
}

fn word_length(rest: &[char]) -> usize {
    let lower = |at: usize| rest.get(at).is_some_and(char::is_ascii_lowercase);
    let run = |from: usize, test: fn(&char) -> bool| rest[from..].iter().take_while(|c| test(c)).count();
    for whole in WHOLE {
        let length = whole.len();
        if rest.len() < length || rest.iter().zip(whole.chars()).any(|(a, b)| *a != b) {
            continue;
        }
        if !lower(length) {
            return with_digits(rest, length);
        }
        if rest[length] == 's' && !lower(length + 1) {
            return length + 1;
        }
    }
    let digits = run(0, char::is_ascii_digit);
    with_digits(rest, digits + run_length(&rest[digits..]))
}

/// The letters of one word: small ones, one capital and small ones, or capitals.
fn run_length(rest: &[char]) -> usize {
    let lower = |at: usize| rest.get(at).is_some_and(char::is_ascii_lowercase);
    let run = |from: usize, test: fn(&char) -> bool| rest[from..].iter().take_while(|c| test(c)).count();
    let capitals = run(0, char::is_ascii_uppercase);
    let plural = rest.get(capitals) == Some(&'s') && !lower(capitals + 1);
    match capitals {
        0 => run(0, char::is_ascii_lowercase),
        1 => 1 + run(1, char::is_ascii_lowercase),
        _ if plural => capitals + 1,
        _ if lower(capitals) => capitals - 1,
        _ => capitals,
    }
}

/// Digits, and the small letters after them (`1080p`), belong to the word.
fn with_digits(rest: &[char], mut length: usize) -> usize {
    while rest.get(length).is_some_and(char::is_ascii_digit) {
        length += rest[length..].iter().take_while(|c| c.is_ascii_digit()).count();
        length += rest[length..].iter().take_while(|c| c.is_ascii_lowercase()).count();
    }
    length
}

/// The name of a setter: `TargetGroupARNs` is `target_group_arns`, `Type` is `type_`.
pub fn method(name: &str) -> String {
    let snake = words(name).join("_");
    if TAKEN.contains(&snake.as_str()) { format!("{snake}_") } else { snake }
}

/// The name of a constant: `cloud-watch-logs` is `CLOUD_WATCH_LOGS`, `7` is `V7`, `*` is `ANY`, no text `EMPTY`.
pub fn constant(text: &str) -> String {
    let screaming = words(text).join("_").to_ascii_uppercase();
    match screaming.chars().next() {
        None if text == "*" => "ANY".to_owned(),
        None => "EMPTY".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("V{screaming}"),
        Some(_) => screaming,
    }
}

/// A name as part of a type's name: `botLocale` is `BotLocale`; AWS's own capitals stay.
pub fn pascal(name: &str) -> String {
    let mut pascal = String::new();
    for part in name.split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut chars = part.chars();
        pascal.extend(chars.next().map(|c| c.to_ascii_uppercase()));
        pascal.extend(chars);
    }
    pascal
}

/// The module of a namespace: `AWS::ElasticLoadBalancingV2` is `elasticloadbalancingv2`, `Alexa::ASK` is `alexa_ask`.
/// It is the feature's name too, so that `AWS::Full` would be `full_`.
pub fn module(namespace: &str) -> String {
    let module = namespace.strip_prefix("AWS::").unwrap_or(namespace).replace("::", "_").to_ascii_lowercase();
    let taken = TAKEN.contains(&module.as_str()) || FEATURES.contains(&module.as_str());
    if taken { format!("{module}_") } else { module }
}

/// Keeps the names of one scope apart: who comes second gets a number.
#[derive(Default)]
pub struct Scope(BTreeSet<String>);

impl Scope {
    pub fn claim(&mut self, name: String) -> String {
        if self.0.insert(name.clone()) {
            return name;
        }
        let numbered = (2..).map(|number| format!("{name}_{number}"));
        let mut free = numbered.filter(|name| !self.0.contains(name));
        let name = free.next().expect("there are more numbers than names");
        self.0.insert(name.clone());
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setters() {
        let table = [
            ("CallbackURLs", "callback_urls"),
            ("LogoutURLs", "logout_urls"),
            ("TargetGroupARNs", "target_group_arns"),
            ("TopicARN", "topic_arn"),
            ("AllowedOAuthFlows", "allowed_oauth_flows"),
            ("AllowedOAuthFlowsUserPoolClient", "allowed_oauth_flows_user_pool_client"),
            ("DefaultRedirectURI", "default_redirect_uri"),
            ("DNSName", "dns_name"),
            ("EnableDnsHostnames", "enable_dns_hostnames"),
            ("EnableECSManagedTags", "enable_ecs_managed_tags"),
            ("AvailabilityZones", "availability_zones"),
            ("AZs", "azs"),
            ("VPCs", "vpcs"),
            ("VPCSubnets", "vpc_subnets"),
            ("DNSServers", "dns_servers"),
            ("CidrIpv6", "cidr_ipv6"),
            ("Ipv6CidrBlock", "ipv6_cidr_block"),
            ("IPv6Address", "ipv6_address"),
            ("EnableIPv4", "enable_ipv4"),
            ("Ec2SecurityGroupIds", "ec2_security_group_ids"),
            ("EC2InstanceId", "ec2_instance_id"),
            ("S3Bucket", "s3_bucket"),
            ("HTTP2Enabled", "http2_enabled"),
            ("Route53HealthCheck", "route53_health_check"),
            ("AES256GCM", "aes256_gcm"),
            ("DynamoDBTable", "dynamodb_table"),
            ("DynamoDBv2", "dynamodbv2"),
            ("EnableXRay", "enable_xray"),
            ("ETagOfIdCUser", "etag_of_idc_user"),
            ("IoTRule", "iot_rule"),
            ("GraphQLApi", "graphql_api"),
            ("MemoryMiB", "memory_mib"),
            ("MemoryGiBPerVCpu", "memory_gib_per_vcpu"),
            ("VCpuCount", "vcpu_count"),
            ("DefaultVCpus", "default_vcpus"),
            ("WebACLId", "web_acl_id"),
            ("KmsMasterKeyID", "kms_master_key_id"),
            ("botLocale", "bot_locale"),
            ("s3BackupMode", "s3_backup_mode"),
            ("InfluxDBProperties", "influxdb_properties"),
            ("DocumentDBEventSourceConfig", "documentdb_event_source_config"),
            ("ActiveMQBrokerParameters", "activemq_broker_parameters"),
            ("LoRaWANResponse", "lorawan_response"),
            ("IpV6Addresses", "ipv6_addresses"),
            ("CurrentMiBps", "current_mibps"),
            ("FNwkSIntKey", "f_nwk_s_int_key"),
            ("Convert608To708", "convert608_to708"),
            ("Vpc.Id", "vpc_id"),
            ("DBSystemIdBKP", "db_system_id_bkp"),
            ("EndpointDetails.VpcEndpointId", "endpoint_details_vpc_endpoint_id"),
            ("Resource.Sub", "resource_sub"),
            ("Match", "match_"),
            ("Self", "self_"),
            ("Override", "override_"),
            ("Type", "type_"),
            ("Ref", "ref_"),
            ("New", "new_"),
            ("Clone", "clone_"),
        ];
        for (name, expected) in table {
            assert_eq!(method(name), expected, "{name}");
        }
    }

    #[test]
    fn constants() {
        let table = [
            ("FARGATE", "FARGATE"),
            ("TASK_DEFINITION", "TASK_DEFINITION"),
            ("cloud-watch-logs", "CLOUD_WATCH_LOGS"),
            ("GatewayLoadBalancer", "GATEWAY_LOAD_BALANCER"),
            ("Bytes/Second", "BYTES_SECOND"),
            ("aws:kms", "AWS_KMS"),
            ("AWS::EC2::VPC", "AWS_EC2_VPC"),
            ("t2.micro", "T2_MICRO"),
            ("m5d.2xlarge", "M5D_2XLARGE"),
            ("1080p", "V1080P"),
            ("BUILD_GENERAL1_2XLARGE", "BUILD_GENERAL1_2XLARGE"),
            ("G.4X", "G_4X"),
            ("STANDARD_8GB", "STANDARD_8GB"),
            ("TR31_M1_ISO_9797_1_MAC_KEY", "TR31_M1_ISO_9797_1_MAC_KEY"),
            ("cloudfront-js-2.0", "CLOUDFRONT_JS_2_0"),
            ("image/x-icon", "IMAGE_X_ICON"),
            ("-1", "V1"),
            ("*", "ANY"),
            ("7", "V7"),
            ("", "EMPTY"),
        ];
        for (text, expected) in table {
            assert_eq!(constant(text), expected, "{text}");
        }
    }

    #[test]
    fn modules_and_type_names() {
        assert_eq!(module("AWS::ElasticLoadBalancingV2"), "elasticloadbalancingv2");
        assert_eq!(module("Alexa::ASK"), "alexa_ask");
        assert_eq!([module("AWS::Loop"), module("AWS::Full")], ["loop_", "full_"]);
        assert_eq!(pascal("botLocale"), "BotLocale");
        assert_eq!(pascal("IAMPolicyDocument"), "IAMPolicyDocument");
    }

    #[test]
    fn the_second_of_two_equal_names_gets_a_number() {
        let mut scope = Scope::default();
        let claimed = ["Glacier", "GLACIER", "glacier"].map(|value| scope.claim(constant(value)));
        assert_eq!(claimed, ["GLACIER", "GLACIER_2", "GLACIER_3"]);
        let claimed = ["A", "A_2", "A", "A_2"].map(|value| scope.claim(value.to_owned()));
        assert_eq!(claimed, ["A", "A_2", "A_3", "A_2_2"], "a number that is part of a name is not given twice");
    }
}
