"""EC2: elastic addresses, NAT gateways, and security-group rules as resources of their own."""

import uuid

from ministack.services import ec2
from ministack.services.cloudformation import provisioners

from . import form, must


def install():
    provisioners._RESOURCE_HANDLERS.update({
        "AWS::EC2::EIP": {"create": create_address, "update": update_address, "delete": delete_address},
        "AWS::EC2::NatGateway": {"create": create_nat, "delete": delete_nat},
        "AWS::EC2::SecurityGroupIngress": rule_type("IpPermissions"),
        "AWS::EC2::SecurityGroupEgress": rule_type("IpPermissionsEgress"),
    })
    describe = ec2._describe_nat_gateways
    for table in [t for t in vars(ec2).values() if isinstance(t, dict)]:
        if table.get("DescribeNatGateways") is describe:
            table["DescribeNatGateways"] = lambda params: with_addresses(describe(params))


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


def delete_nat(gateway, _props):
    ec2._nat_gateways.pop(gateway, None)


def with_addresses(answer):
    """Adds each gateway's elastic address, which ministack leaves out of its answer."""
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


# ---------------------------------------------------------------- rules


def rule_type(direction):
    """Handlers of `SecurityGroupIngress` or `SecurityGroupEgress`."""

    def permissions(props):
        group = ec2._security_groups.get(props.get("GroupId"))
        if group is None:
            raise ValueError(f"The security group '{props.get('GroupId')}' does not exist")
        return group.setdefault(direction, [])

    def create(_logical_id, props, _stack):
        for side in ("SourceSecurityGroupId", "DestinationSecurityGroupId"):
            if props.get(side) and props[side] not in ec2._security_groups:
                raise ValueError(f"The security group '{props[side]}' does not exist")
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
