"""Load balancers: the `authenticate-cognito` action (stored, described, executed); AWS's defaults and refusals."""

import os
from xml.sax.saxutils import escape

from ministack.core.responses import get_region
from ministack.services import alb, cognito, ec2
from ministack.services.cloudformation import provisioners

from . import around, refusal
from .ec2 import check_group

FIELDS = (
    "UserPoolArn",
    "UserPoolClientId",
    "UserPoolDomain",
    "SessionCookieName",
    "Scope",
    "SessionTimeout",
    "OnUnauthenticatedRequest",
)
DEFAULTS = {
    "SessionCookieName": "AWSELBAuthSessionCookie",
    "Scope": "openid",
    "SessionTimeout": "604800",
    "OnUnauthenticatedRequest": "authenticate",
}


def install():
    parse, show, provision, execute = (
        alb._parse_actions,
        alb._action_xml,
        provisioners._elbv2_listener_actions,
        alb._execute_actions,
    )

    def parse_actions(params, prefix="DefaultActions"):
        actions = parse(params, prefix)
        for number, action in enumerate(actions, 1):
            at = f"{prefix}.member.{number}.AuthenticateCognitoConfig"
            config = {name: alb._p(params, f"{at}.{name}") for name in FIELDS}
            if config["UserPoolArn"]:
                action["AuthenticateCognitoConfig"] = with_defaults(config)
        return actions

    def action_xml(action):
        xml, config = show(action), action.get("AuthenticateCognitoConfig")
        if not config:
            return xml
        fields = "".join(f"<{name}>{escape(str(config[name]))}</{name}>" for name in FIELDS if name in config)
        config_xml = f"<AuthenticateCognitoConfig>{fields}</AuthenticateCognitoConfig>"
        return xml.replace("</member>", config_xml + "</member>")

    def listener_actions(props, balancer, prop="DefaultActions"):
        actions = provision(props, balancer, prop)
        for action, given in zip(actions, [a for a in props.get(prop) or [] if isinstance(a, dict)]):
            if isinstance(given.get("AuthenticateCognitoConfig"), dict):
                action["AuthenticateCognitoConfig"] = with_defaults(given["AuthenticateCognitoConfig"])
            if isinstance(given.get("AuthenticateOidcConfig"), dict):
                action["AuthenticateOidcConfig"] = dict(given["AuthenticateOidcConfig"])
        return actions

    async def execute_actions(actions, *args, **kwargs):
        return await execute([as_oidc(action) for action in actions], *args, **kwargs)

    alb._parse_actions, alb._action_xml, alb._execute_actions = parse_actions, action_xml, execute_actions
    provisioners._elbv2_listener_actions = listener_actions
    balancer_xml = alb._lb_xml
    alb._lb_xml = lambda balancer: with_zones(balancer_xml(balancer), balancer)
    around("AWS::ElasticLoadBalancingV2::LoadBalancer", create=in_existing_network)
    around("AWS::ElasticLoadBalancingV2::TargetGroup", create=with_all_attributes, update=with_balancers_after_update)
    around("AWS::ElasticLoadBalancingV2::ListenerRule", create=rule_created, update=rule_updated)


def with_defaults(config):
    """A Cognito configuration as AWS describes it: with defaults for missing fields."""
    return {**DEFAULTS, **{name: value for name, value in config.items() if value not in (None, "")}}


def as_oidc(action):
    """The action as OpenID Connect, with the pool's endpoints at the emulator."""
    config = action.get("AuthenticateCognitoConfig")
    if not config or (action.get("Type") or "").lower() != "authenticate-cognito":
        return action
    gateway = f"http://{os.environ['BIND_HOST']}:{os.environ['GATEWAY_PORT']}"
    pool = config["UserPoolArn"].rsplit("/", 1)[-1]
    client = (cognito._user_pools.get(pool) or {}).get("_clients", {}).get(config["UserPoolClientId"], {})
    shared = {name: config[name] for name in DEFAULTS}
    return {
        **action,
        "Type": "authenticate-oidc",
        "AuthenticateOidcConfig": {
            **shared,
            "Issuer": f"https://cognito-idp.{get_region()}.amazonaws.com/{pool}",
            "AuthorizationEndpoint": gateway + "/oauth2/authorize",
            "TokenEndpoint": gateway + "/oauth2/token",
            "UserInfoEndpoint": gateway + "/oauth2/userInfo",
            "ClientId": config["UserPoolClientId"],
            "ClientSecret": client.get("ClientSecret", ""),
        },
    }


# ---------------------------------------------------------------- balancers and target groups


def in_existing_network(create):
    """Security groups and subnets must exist; the VPC is that of the subnets; missing attributes get defaults."""

    def checked(logical_id, props, stack):
        subnets = provisioners._elbv2_as_list(props.get("Subnets"))
        for group in provisioners._elbv2_as_list(props.get("SecurityGroups")):
            check_group(group)
        for subnet in subnets:
            if subnet not in ec2._subnets:
                raise refusal(f"The subnet ID '{subnet}' is not valid", "ElasticLoadBalancingV2")
        arn, attributes = create(logical_id, props, stack)
        if subnets:
            alb._lbs[arn]["VpcId"] = ec2._subnets[subnets[0]]["VpcId"]
        add_defaults(alb._lb_attrs[arn], BALANCER_ATTRIBUTES)
        return arn, attributes

    return checked


def with_zones(xml, balancer):
    """The availability zone of each subnet; ministack reports zone `a` for all."""
    for subnet in balancer.get("Subnets", []):
        zone = ec2._subnets.get(subnet, {}).get("AvailabilityZone")
        if zone:
            reported = f"<ZoneName>{get_region()}a</ZoneName><SubnetId>{subnet}<"
            xml = xml.replace(reported, f"<ZoneName>{zone}</ZoneName><SubnetId>{subnet}<")
    return xml


def with_all_attributes(create):
    """Missing attributes get AWS's defaults."""

    def created(logical_id, props, stack):
        arn, attributes = create(logical_id, props, stack)
        add_defaults(alb._tg_attrs[arn], TARGET_GROUP_ATTRIBUTES)
        return arn, {**attributes, "LoadBalancerArns": []}

    return created


def with_balancers_after_update(update):
    def updated(arn, old, new, stack, *more):
        arn, attributes = update(arn, old, new, stack, *more)
        return arn, {**attributes, "LoadBalancerArns": alb._tgs[arn].get("LoadBalancerArns", [])}

    return updated


BALANCER_ATTRIBUTES = {
    "access_logs.s3.enabled": "false",
    "deletion_protection.enabled": "false",
    "idle_timeout.timeout_seconds": "60",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http2.enabled": "true",
}
TARGET_GROUP_ATTRIBUTES = {
    "deregistration_delay.timeout_seconds": "300",
    "stickiness.enabled": "false",
    "stickiness.type": "lb_cookie",
    "slow_start.duration_seconds": "0",
    "load_balancing.algorithm.type": "round_robin",
}


def add_defaults(attributes, defaults):
    known = {row["Key"] for row in attributes}
    attributes.extend({"Key": key, "Value": value} for key, value in defaults.items() if key not in known)


# ---------------------------------------------------------------- rules


def rule_created(create):
    def created(logical_id, props, stack):
        check_priority(props)
        arn, attributes = create(logical_id, props, stack)
        attach(arn)
        return arn, {**attributes, "IsDefault": "false"}

    return created


def rule_updated(update):
    def updated(arn, old, new, stack, *more):
        check_priority(new, arn)
        arn, attributes = update(arn, old, new, stack, *more)
        attach(arn)
        return arn, {**attributes, "IsDefault": "false"}

    return updated


def check_priority(props, itself=None):
    """Two rules of a listener cannot share a priority."""
    for arn, rule in alb._rules.items():
        same = rule["ListenerArn"] == props.get("ListenerArn") and rule["Priority"] == str(props.get("Priority"))
        if same and arn != itself:
            raise refusal(f"Priority '{props['Priority']}' is currently in use", "ElasticLoadBalancingV2", "AlreadyExists")


def attach(rule_arn):
    """Adds the rule's load balancer to the target groups that the rule forwards to."""
    rule = alb._rules[rule_arn]
    balancer = alb._listeners[rule["ListenerArn"]]["LoadBalancerArn"]
    for action in rule["Actions"]:
        group = alb._tgs.get(action.get("TargetGroupArn"))
        if group is not None and balancer not in group.setdefault("LoadBalancerArns", []):
            group["LoadBalancerArns"].append(balancer)
