//! Networks: the CDK's subnets, routes and ids, security group rules, endpoints, and mistakes that AWS would refuse.

use purlin::ec2::{
    Connectable, Connections, FlowLog, FlowLogTraffic, GatewayEndpointService, GatewayVpcEndpoint,
    InterfaceEndpointService, InterfaceVpcEndpoint, InternetRoute, Peer, Port, SecurityGroup, SubnetConfiguration,
    SubnetSelection, SubnetType, Vpc, VpcAttributes,
};
use purlin::testing::{Template, problems};
use purlin::{App, CfnParameter, HasScope, Stack};
use serde_json::json;

use super::check;

const ROUTE: &str = "AWS::EC2::Route";
const NAT: &str = "AWS::EC2::NatGateway";

/// A VPC of one public subnet.
fn one_subnet(stack: &Stack) -> Vpc {
    stack.add("Vpc", Vpc::props().max_azs(1).subnet_configuration([SubnetConfiguration::public("P")]))
}

#[test]
fn a_vpc() {
    check("vpc", |stack| drop(stack.add("Vpc", Vpc::props())));
}

#[test]
fn a_vpc_with_groups_endpoints_and_flow_logs() {
    check("vpc_groups_endpoints_flow_logs", |stack| {
        let vpc = Vpc::props()
            .nat_gateways(1)
            .vpc_name("shop")
            .subnet_configuration([
                SubnetConfiguration::public("Pub").cidr_mask(24),
                SubnetConfiguration::private_with_egress("App"),
                SubnetConfiguration::isolated("Res").cidr_mask(28).reserved(),
                SubnetConfiguration::isolated("Db").cidr_mask(28),
            ])
            .gateway_endpoint("S3", GatewayEndpointService::S3)
            .flow_log("cw");
        let vpc = stack.add("Vpc", vpc);
        let isolated = SubnetSelection::of_type(SubnetType::PrivateIsolated);
        let dynamo = GatewayVpcEndpoint::props(&vpc, GatewayEndpointService::DynamoDb).subnets(isolated);
        vpc.scope().add("Ddb", dynamo);
        vpc.add_interface_endpoint("Ecr", InterfaceEndpointService::ECR_DOCKER);
        let secrets = InterfaceVpcEndpoint::props(&vpc, InterfaceEndpointService::SECRETS_MANAGER)
            .closed()
            .without_private_dns()
            .subnets(SubnetSelection::group("Db"));
        vpc.scope().add("Sm", secrets).connections().allow_default_port_from_any_ipv4("");
        let rejected = FlowLog::props(&vpc).traffic(FlowLogTraffic::Rejected).to_s3("arn:aws:s3:::my-logs");
        vpc.scope().add("s3", rejected.fields(["srcaddr", "dstaddr"]));
    });
}

#[test]
fn security_groups_and_their_rules() {
    check("security_groups", |stack| {
        let vpc = one_subnet(stack);
        let a = stack.add("A", SecurityGroup::props(&vpc).restrict_outbound());
        let b = stack.add("B", SecurityGroup::props(&vpc).description("bee").name("bee"));
        let imported = SecurityGroup::from_id(stack, "I", "sg-0123456789abcdef0");
        a.connections().allow_to(&b, Port::tcp(443), "");
        a.connections().allow_from_any_ipv4(Port::tcp(80), "web");
        a.connections().allow_to_any_ipv4(Port::tcp(443), "");
        a.connections().allow_internally(Port::all_traffic(), "");
        b.connections().allow_from(&a, Port::tcp_range(1, 5), "");
        b.add_ingress_rule(Peer::prefix_list("pl-123"), Port::udp(53), "");
        b.add_ingress_rule(Peer::any_ipv6(), Port::icmp_ping(), "");
        b.add_ingress_rule(Peer::ipv4(vpc.cidr_block().unwrap()), Port::HTTPS, "");
        b.add_egress_rule(Peer::any_ipv6(), Port::all_traffic(), "");
        b.add_egress_rule(Peer::any_ipv4(), Port::tcp(1), "");
        imported.connections().allow_from(&a, Port::all_tcp(), "");
        a.connections().allow_to(&imported, Port::all_udp(), "");
    });
}

/// In the CDK, `maxAzs: 3` becomes two zones without a message if the region is not set.
#[test]
fn cdk_24_the_vpc_has_the_given_number_of_availability_zones() {
    let template = Template::of(|stack| {
        let vpc = stack.add("Vpc", Vpc::props().max_azs(3));
        assert_eq!((vpc.public_subnets().len(), vpc.private_subnets().len()), (3, 3));
    });
    let third = &template.resource("VpcPublicSubnet3SubnetBE12F0B6")["Properties"]["AvailabilityZone"];
    assert_eq!(*third, json!({"Fn::Select": [2, {"Fn::GetAZs": ""}]}));
    assert_eq!(template.resources_of("AWS::EC2::Subnet").len(), 6);
}

/// Two NAT gateways by default, or the given number; the library never adds a function.
#[test]
fn cdk_25_the_vpc_has_the_given_number_of_nat_gateways() {
    let count = |vpc: purlin::ec2::VpcProps| {
        let template = Template::of(|stack| drop(stack.add("Vpc", vpc)));
        assert!(template.resources_of("AWS::Lambda::Function").is_empty());
        let routed = template
            .resources_of(ROUTE)
            .iter()
            .filter(|(_, route)| route["Properties"]["NatGatewayId"].is_object())
            .count();
        (template.resources_of(NAT).len(), routed)
    };
    assert_eq!(count(Vpc::props()), (2, 2));
    assert_eq!(count(Vpc::props().nat_gateways(1)), (1, 2));
    assert_eq!(count(Vpc::props().nat_gateways(2).max_azs(3)), (2, 3));
    assert_eq!(count(Vpc::props().nat_gateways(0)), (0, 0));
    assert_eq!(count(Vpc::props().without_internet_gateway()), (0, 0));
}

#[test]
fn without_nat_gateways_the_private_subnets_are_isolated() {
    let template = Template::of(|stack| {
        let vpc = stack.add("Vpc", Vpc::props().nat_gateways(0));
        assert!(vpc.private_subnets().is_empty());
        let default = vpc.select_subnets(&SubnetSelection::default());
        assert!(default.iter().all(|subnet| subnet.internet_route() == InternetRoute::None));
        assert_eq!(default, vpc.isolated_subnets());
    });
    template.resource("VpcIsolatedSubnet1SubnetE48C5737");
}

#[test]
fn addresses_are_reserved_for_more_availability_zones() {
    let template = Template::of(|stack| drop(stack.add("Vpc", Vpc::props().reserved_azs(1).nat_gateways(1))));
    let blocks: Vec<_> = template
        .resources_of("AWS::EC2::Subnet")
        .iter()
        .map(|(_, subnet)| subnet["Properties"]["CidrBlock"].clone())
        .collect();
    assert_eq!(blocks, ["10.0.0.0/19", "10.0.32.0/19", "10.0.96.0/19", "10.0.128.0/19"]);
}

#[test]
fn elastic_addresses_can_be_given() {
    let template = Template::of(|stack| {
        let zones = ["eu-central-1a", "eu-central-1b"];
        let vpc = Vpc::props().availability_zones(zones).nat_gateway_addresses(["eipalloc-1", "eipalloc-2"]);
        stack.add("Vpc", vpc);
    });
    assert!(template.resources_of("AWS::EC2::EIP").is_empty());
    let second = template.resources_of(NAT)[1].1;
    assert_eq!(second["Properties"]["AllocationId"], "eipalloc-2");
}

#[test]
fn an_imported_vpc_has_ids_and_no_resources() {
    let template = Template::of(|stack| {
        let attributes = VpcAttributes::new("vpc-1")
            .cidr_block("10.0.0.0/16")
            .availability_zones(["a", "b"])
            .public_subnet_ids(["subnet-1", "subnet-2"])
            .private_subnet_ids(["subnet-3", "subnet-4", "subnet-5", "subnet-6"])
            .private_subnet_groups(["App", "Db"])
            .private_subnet_route_table_ids(["rtb-3", "rtb-4", "rtb-5", "rtb-6"]);
        let vpc = Vpc::from_attributes(stack, "Vpc", attributes);
        let database = vpc.select_subnets(&SubnetSelection::group("Db"));
        assert_eq!(
            database
                .iter()
                .map(purlin::ec2::Subnet::id)
                .filter_map(|id| id.as_str().map(str::to_owned))
                .collect::<Vec<_>>(),
            ["subnet-5", "subnet-6"]
        );
        assert_eq!(vpc.select_subnets(&SubnetSelection::of_type(SubnetType::PrivateWithEgress).one_per_az()).len(), 2);
        let zone = SubnetSelection::of_type(SubnetType::Public).availability_zones(["b"]);
        assert_eq!(vpc.select_subnets(&zone).len(), 1);
        let private = SubnetSelection::default();
        vpc.scope().add("S3", GatewayVpcEndpoint::props(&vpc, GatewayEndpointService::S3).subnets(private));
        vpc.add_interface_endpoint("Logs", InterfaceEndpointService::CLOUDWATCH_LOGS);
    });
    assert_eq!(template.json()["Resources"].as_object().unwrap().len(), 4);
    let (gateway, interface) = (template.resource("VpcS3A5408339"), template.resource("VpcLogsE1759C4E"));
    assert_eq!(gateway["Properties"]["RouteTableIds"], json!(["rtb-3", "rtb-4", "rtb-5", "rtb-6"]));
    assert_eq!(interface["Properties"]["SubnetIds"], json!(["subnet-3", "subnet-4"]));
    assert_eq!(template.only("AWS::EC2::SecurityGroupIngress")["Properties"]["Description"], "from 10.0.0.0/16:443");
}

#[test]
fn the_same_rule_twice_is_one_rule() {
    let template = Template::of(|stack| {
        let vpc = one_subnet(stack);
        let group = stack.add("A", SecurityGroup::props(&vpc).restrict_outbound());
        let block = stack.add("Block", CfnParameter::string());
        for description in ["first", "second"] {
            group.add_egress_rule(Peer::any_ipv4(), Port::HTTPS, description);
            group.add_ingress_rule(Peer::ipv4(block.value()), Port::HTTPS, description);
        }
        group.add_ingress_rule(Peer::ipv4(vpc.cidr_block().unwrap()), Port::HTTPS, "the VPC");
    });
    assert_eq!(template.only("AWS::EC2::SecurityGroupEgress")["Properties"]["Description"], "first");
    assert_eq!(template.resources_of("AWS::EC2::SecurityGroupIngress").len(), 2);
}

#[test]
fn rules_across_stacks_are_in_the_stack_of_the_call() {
    let app = App::new();
    let net = app.add("Net", Stack::props());
    let vpc = net.add("Vpc", Vpc::props());
    let database = net.add("Database", SecurityGroup::props(&vpc).restrict_outbound());
    let web = app.add("Web", Stack::props());
    let service = web.add("Service", SecurityGroup::props(&vpc).restrict_outbound());
    service.connections().allow_to(&database, Port::POSTGRES, "");
    let synthesis = app.synth().unwrap();
    let ids = |stack: usize| {
        let resources = synthesis.stacks[stack].template["Resources"].as_object().unwrap().iter();
        let rules = resources.filter(|(_, it)| it["Type"].as_str().is_some_and(|kind| kind.ends_with("gress")));
        rules.map(|(id, _)| id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(0), Vec::<String>::new());
    // Measured with aws-cdk-lib.
    assert_eq!(ids(1), ["ServicetoNetDatabaseD5E912E65432750E548C", "ServiceNetDatabaseD5E912E65432toD8BFFD33"]);
}

#[test]
fn an_unmanaged_group_gets_no_rules() {
    let template = Template::of(|stack| {
        let vpc = one_subnet(stack);
        let open = stack.add("Open", SecurityGroup::props(&vpc));
        let fixed = SecurityGroup::from_id_unmanaged(stack, "Fixed", "sg-1");
        assert!(open.allows_all_outbound() && !fixed.takes_rules());
        Connections::new([fixed]).allow_from_any_ipv4(Port::HTTPS, "");
        open.add_egress_rule(Peer::any_ipv4(), Port::HTTPS, "is out already");
        let restricted = SecurityGroup::from_id_with_restricted_outbound(stack, "Restricted", "sg-2");
        restricted.add_egress_rule(Peer::any_ipv4(), Port::HTTPS, "");
    });
    assert!(template.resources_of("AWS::EC2::SecurityGroupIngress").is_empty());
    assert_eq!(template.only("AWS::EC2::SecurityGroupEgress")["Properties"]["GroupId"], "sg-2");
}

#[test]
fn a_group_has_no_more_rules_than_aws_allows() {
    let rules = |stack: &Stack, count: u8| {
        let group = stack.add("G", SecurityGroup::props(&one_subnet(stack)));
        group.add_ingress_rule(Peer::prefix_list_of("pl-1", 50), Port::HTTPS, "");
        (0..count).for_each(|last| group.add_ingress_rule(Peer::ipv4(format!("192.0.2.{last}/32")), Port::HTTPS, ""));
    };
    assert_eq!(problems(|stack| rules(stack, 10)), []);
    let found = problems(|stack| rules(stack, 12));
    assert_eq!(found.len(), 1);
    assert!(found[0].message.contains("more than 60 inbound rules over IPv4"), "{}", found[0]);
    let raised = problems(|stack| {
        stack.set_context("purlin:security-group-rules-quota", json!(100));
        rules(stack, 12);
    });
    assert_eq!(raised, []);
}

#[test]
fn settings_that_aws_would_refuse_are_problems() {
    type Case = (&'static str, fn(&Stack));
    let cases: [Case; 21] = [
        ("the VPC's block is `10.0.0.0`", |stack| drop(stack.add("V", Vpc::props().cidr("10.0.0.0")))),
        ("`10.0.0.0/8`, but AWS takes sizes", |stack| drop(stack.add("V", Vpc::props().cidr("10.0.0.0/8")))),
        ("but the VPC has no NAT gateways", |stack| {
            stack.add("V", Vpc::props().nat_gateways(0).nat_gateway_addresses(["eipalloc-1"]));
        }),
        ("but the VPC has no NAT gateways", |stack| {
            let isolated = [SubnetConfiguration::public("A"), SubnetConfiguration::isolated("B")];
            let vpc = Vpc::props().subnet_configuration(isolated);
            stack.add("V", vpc.nat_gateway_subnets(SubnetSelection::group("A")));
        }),
        ("has 2 NAT gateways, but 1 subnets are selected", |stack| {
            let one = SubnetSelection::of_type(SubnetType::Public)
                .availability_zones([stack.availability_zones(1).remove(0)]);
            stack.add("V", Vpc::props().nat_gateway_subnets(one));
        }),
        ("do not fit into the VPC", |stack| {
            let groups =
                [SubnetConfiguration::public("A").cidr_mask(17), SubnetConfiguration::isolated("B").cidr_mask(17)];
            stack.add("V", Vpc::props().subnet_configuration(groups));
        }),
        ("the size /29, but AWS takes /16 to /28", |stack| {
            stack.add("V", Vpc::props().subnet_configuration([SubnetConfiguration::public("A").cidr_mask(29)]));
        }),
        ("two groups of subnets are named `A`", |stack| {
            stack.add(
                "V",
                Vpc::props()
                    .subnet_configuration([SubnetConfiguration::public("A"), SubnetConfiguration::isolated("A")]),
            );
        }),
        ("in no availability zone", |stack| drop(stack.add("V", Vpc::props().max_azs(0)))),
        ("the VPC has 3 NAT gateways, but only 2 availability zones", |stack| {
            stack.add("V", Vpc::props().nat_gateways(3));
        }),
        ("need a NAT gateway, but the VPC has no public subnet", |stack| {
            stack.add("V", Vpc::props().subnet_configuration([SubnetConfiguration::private_with_egress("A")]));
        }),
        ("has NAT gateways but no internet gateway", |stack| {
            stack.add("V", Vpc::props().nat_gateways(1).without_internet_gateway());
        }),
        ("has no subnets in a group `Db`; it has `Public` (public), `Private` (private-with-egress)", |stack| {
            stack.add("V", Vpc::props()).select_subnets(&SubnetSelection::group("Db"));
        }),
        ("3 public subnets were given for a VPC in 2 availability zones", |stack| {
            let attributes = VpcAttributes::new("vpc-1")
                .availability_zones(["a", "b"])
                .public_subnet_ids(["subnet-1", "subnet-2", "subnet-3"]);
            one_subnet(stack);
            Vpc::from_attributes(stack, "Imported", attributes);
        }),
        ("the id of the VPC is `my-vpc`", |stack| {
            one_subnet(stack);
            Vpc::from_attributes(stack, "Imported", VpcAttributes::new("my-vpc"));
        }),
        ("the id of the security group is `default`", |stack| {
            one_subnet(stack);
            SecurityGroup::from_id(stack, "G", "default");
        }),
        ("`192.0.2.1` is not an IPv4 block", |stack| {
            let group = stack.add("G", SecurityGroup::props(&one_subnet(stack)));
            group.add_ingress_rule(Peer::ipv4("192.0.2.1"), Port::HTTPS, "");
        }),
        ("description is `it's`, but AWS takes at most 255 ASCII letters", |stack| {
            stack.add("G", SecurityGroup::props(&one_subnet(stack)).description("it's"));
        }),
        ("names that are not empty and do not start with `sg-`", |stack| {
            stack.add("G", SecurityGroup::props(&one_subnet(stack)).name("sg-web"));
        }),
        ("the VPC has no DNS host names", |stack| {
            let vpc = stack.add("V", Vpc::props().without_dns_hostnames());
            vpc.add_interface_endpoint("Sm", InterfaceEndpointService::SECRETS_MANAGER);
        }),
        ("has no default port", |stack| {
            stack.add("G", SecurityGroup::props(&one_subnet(stack))).connections().allow_default_port_from_any_ipv4("");
        }),
    ];
    for (expect, build) in cases {
        let found = problems(build);
        assert!(found.iter().any(|problem| problem.message.contains(expect)), "{expect}: {found:?}");
        assert_eq!(found.len(), 1, "{expect}: {found:?}");
    }
}

#[test]
fn generated_descriptions_and_names_are_allowed_by_aws() {
    let template = Template::of(|stack| {
        let scope = ["Ünser|Web~App", &"a".repeat(120), &"b".repeat(120)]
            .into_iter()
            .fold(stack.scope().clone(), |scope, id| scope.child(id));
        let vpc = scope.add("Vpc", Vpc::props());
        let (web, db) = (scope.add("Web", SecurityGroup::props(&vpc)), scope.add("Db", SecurityGroup::props(&vpc)));
        db.connections().allow_from(&web, Port::tcp(5432), "");
    });
    let groups = template.resources_of("AWS::EC2::SecurityGroup");
    let rules = template.resources_of("AWS::EC2::SecurityGroupIngress");
    let texts = groups.iter().map(|(_, group)| &group["Properties"]["GroupDescription"]);
    let texts = texts.chain(rules.iter().map(|(_, rule)| &rule["Properties"]["Description"]));
    for text in texts.map(|text| text.as_str().unwrap()) {
        assert!(text.is_ascii() && text.len() <= 255, "{text}");
    }
    let name = template.only("AWS::EC2::VPC")["Properties"]["Tags"][0]["Value"].as_str().unwrap();
    assert!(name.ends_with("/Vpc") && name.chars().count() <= 256, "{name}");
    let short = Template::of(|stack| drop(stack.child("Café").add("G", SecurityGroup::props(&one_subnet(stack)))));
    assert_eq!(short.only("AWS::EC2::SecurityGroup")["Properties"]["GroupDescription"], "Stack/Caf-/G");
}
