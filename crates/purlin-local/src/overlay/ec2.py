"""EC2: elastic IP addresses, NAT gateways, flow logs, and security group rules as separate resources."""

import uuid

from ministack.services import ec2
from ministack.services.cloudformation import provisioners

from . import around, form, must, refusal


def install():
    provisioners._RESOURCE_HANDLERS.update({
        "AWS::EC2::EIP": {"create": create_address, "update": update_address, "delete": delete_address},
        "AWS::EC2::NatGateway": {"create": create_nat, "update": update_nat, "delete": delete_nat},
        "AWS::EC2::SecurityGroupIngress": rule_type("IpPermissions"),
        "AWS::EC2::SecurityGroupEgress": rule_type("IpPermissionsEgress"),
        "AWS::EC2::FlowLog": {"create": create_flow_log, "update": update_flow_log, "delete": delete_flow_log},
    })
    around("AWS::EC2::SecurityGroup", create=in_existing_network)
    around("AWS::EC2::VPC", create=with_attributes(of_network), update=with_attributes(of_network))
    around("AWS::EC2::Subnet", create=with_attributes(of_subnet), update=with_attributes(of_subnet))
    describe = ec2._describe_nat_gateways
    for table in [t for t in vars(ec2).values() if isinstance(t, dict)]:
        if table.get("DescribeNatGateways") is describe:
            table["DescribeNatGateways"] = lambda params: with_addresses(describe(params))


# ---------------------------------------------------------------- attributes


def with_attributes(of):
    """Wraps a handler: its resource has the attributes `of(id)` too."""

    def wrapper(handler):
        def handled(*args):
            name, attributes = handler(*args)
            return name, {**of(name), **attributes}

        return handled

    return wrapper


def of_network(network):
    row = ec2._vpcs[network]
    groups = (g for g in ec2._security_groups.values() if g["VpcId"] == network and g["GroupName"] == "default")
    acls = (a for a in ec2._network_acls.values() if a["VpcId"] == network and a.get("IsDefault"))
    return {
        "VpcId": network,
        "CidrBlock": row["CidrBlock"],
        "CidrBlockAssociations": [a.get("AssociationId", "") for a in row.get("CidrBlockAssociationSet", [])],
        "DefaultSecurityGroup": next((g["GroupId"] for g in groups), ""),
        "DefaultNetworkAcl": next((a["NetworkAclId"] for a in acls), ""),
        "Ipv6CidrBlocks": [],
    }


def of_subnet(subnet):
    row = ec2._subnets[subnet]
    return {
        "SubnetId": subnet,
        "VpcId": row["VpcId"],
        "CidrBlock": row["CidrBlock"],
        "AvailabilityZone": row["AvailabilityZone"],
        "Ipv6CidrBlocks": [],
    }


# ---------------------------------------------------------------- elastic addresses


def create_address(_logical_id, props, _stack):
    before = set(ec2._addresses)
    must(ec2._allocate_address(form(Domain=props.get("Domain", "vpc"))), "AllocateAddress")
    allocation = (set(ec2._addresses) - before).pop()
    provisioners._ec2_apply_tags(allocation, props)
    address = ec2._addresses[allocation]["PublicIp"]
    return address, {"AllocationId": allocation, "PublicIp": address}


def update_address(address, old, new, _stack):
    allocation = next(name for name, row in ec2._addresses.items() if row["PublicIp"] == address)
    provisioners._ec2_apply_tags(allocation, new, old)
    return address, {"AllocationId": allocation, "PublicIp": address}


def delete_address(address, _props):
    for allocation, row in list(ec2._addresses.items()):
        if row["PublicIp"] == address:
            ec2._release_address(form(AllocationId=allocation))


# ---------------------------------------------------------------- NAT gateways


def create_nat(_logical_id, props, _stack):
    before = set(ec2._nat_gateways)
    fields = ("SubnetId", "AllocationId", "ConnectivityType")
    must(ec2._create_nat_gateway(form(**{name: props.get(name) for name in fields})), "CreateNatGateway")
    gateway = (set(ec2._nat_gateways) - before).pop()
    provisioners._ec2_apply_tags(gateway, props)
    return gateway, {"NatGatewayId": gateway}


def update_nat(gateway, old, new, stack):
    """Only tags are updated in place; other changes replace the resource."""
    if {**old, "Tags": None} == {**new, "Tags": None}:
        provisioners._ec2_apply_tags(gateway, new, old)
        return gateway, {"NatGatewayId": gateway}
    created = create_nat(None, new, stack)
    provisioners._delete_predecessor(delete_nat, gateway, old)
    return created


def delete_nat(gateway, _props):
    ec2._nat_gateways.pop(gateway, None)


def with_addresses(answer):
    """Adds each gateway's elastic IP address, which ministack omits in its response."""
    status, headers, body = answer
    text = body.decode() if isinstance(body, bytes) else body
    for gateway in ec2._nat_gateways.values():
        allocation = gateway.get("AllocationId")
        start = text.find(f"<natGatewayId>{gateway['NatGatewayId']}<")
        empty = text.find("<natGatewayAddressSet/>", start)
        if not allocation or start < 0 or empty < 0:
            continue
        address = ec2._addresses.get(allocation, {}).get("PublicIp", "")
        row = (
            f"<natGatewayAddressSet><item><allocationId>{allocation}</allocationId><publicIp>{address}</publicIp>"
            "<isPrimary>true</isPrimary><status>succeeded</status></item></natGatewayAddressSet>"
        )
        text = text[:empty] + row + text[empty + len("<natGatewayAddressSet/>"):]
    return status, headers, text.encode() if isinstance(body, bytes) else text


# ---------------------------------------------------------------- flow logs


def create_flow_log(_logical_id, props, _stack):
    before = set(ec2._flow_logs)
    fields = ("ResourceType", "TrafficType", "LogDestinationType", "LogDestination", "LogGroupName")
    request = form(**{name: props.get(name) for name in fields}, ResourceId__1=props["ResourceId"])
    must(ec2._create_flow_logs(request), "CreateFlowLogs")
    flow_log = (set(ec2._flow_logs) - before).pop()
    provisioners._ec2_apply_tags(flow_log, props)
    return flow_log, {"Id": flow_log}


def update_flow_log(flow_log, old, new, stack):
    """Only tags are updated in place; other changes replace the resource."""
    if {**old, "Tags": None} == {**new, "Tags": None}:
        provisioners._ec2_apply_tags(flow_log, new, old)
        return flow_log, {"Id": flow_log}
    created = create_flow_log(None, new, stack)
    provisioners._delete_predecessor(delete_flow_log, flow_log, old)
    return created


def delete_flow_log(flow_log, _props):
    ec2._delete_flow_logs(form(FlowLogId__1=flow_log))


# ---------------------------------------------------------------- groups and rules


def in_existing_network(create):
    """A security group's VPC must exist."""

    def checked(logical_id, props, stack):
        network = props.get("VpcId")
        if network and network not in ec2._vpcs:
            raise refusal(f"The vpc ID '{network}' does not exist", "Ec2", "NotFound")
        return create(logical_id, props, stack)

    return checked


def check_group(group):
    """A referenced security group must exist."""
    if group not in ec2._security_groups:
        raise refusal(f"The security group '{group}' does not exist", "Ec2", "NotFound")


def rule_type(direction):
    """Handlers of `SecurityGroupIngress` or `SecurityGroupEgress`."""

    def permissions(props):
        check_group(props.get("GroupId"))
        return ec2._security_groups[props["GroupId"]].setdefault(direction, [])

    def create(_logical_id, props, _stack):
        for side in ("SourceSecurityGroupId", "DestinationSecurityGroupId"):
            if props.get(side):
                check_group(props[side])
        provisioners._ec2_sg_reconcile(permissions(props), [], provisioners._ec2_sg_permissions([props]))
        rule = "sgr-" + uuid.uuid4().hex[:17]
        return rule, {"Id": rule}

    def update(_rule, old, new, stack):
        delete(None, old)
        return create(None, new, stack)

    def delete(_rule, props):
        if props.get("GroupId") in ec2._security_groups:
            provisioners._ec2_sg_reconcile(permissions(props), provisioners._ec2_sg_permissions([props]), [])

    return {"create": create, "update": update, "delete": delete}
