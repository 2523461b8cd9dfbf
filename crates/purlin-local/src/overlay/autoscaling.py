"""Application Auto Scaling: the whole API, which ministack lacks, and its two CloudFormation types."""

import hashlib
import json
import time
import uuid

import ministack.app as ministack
from ministack.core import router
from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import provisioners

TARGET_PREFIX = "AnyScaleFrontendService."
TARGETS, POLICIES = {}, {}
POLICY_FIELDS = (
    "PolicyName",
    "PolicyType",
    "ServiceNamespace",
    "ResourceId",
    "ScalableDimension",
    "TargetTrackingScalingPolicyConfiguration",
    "StepScalingPolicyConfiguration",
)


def install():
    router.SERVICE_PATTERNS["application-autoscaling"] = {"target_prefixes": [TARGET_PREFIX]}
    ministack.SERVICE_HANDLERS["application-autoscaling"] = handle
    provisioners._RESOURCE_HANDLERS.update({
        "AWS::ApplicationAutoScaling::ScalableTarget": {
            "create": create_target,
            "update": lambda _id, _old, new, stack: create_target(None, new, stack),
            "delete": lambda _id, props: call("DeregisterScalableTarget", props),
        },
        "AWS::ApplicationAutoScaling::ScalingPolicy": {
            "create": create_policy,
            "update": lambda _id, _old, new, stack: create_policy(None, new, stack),
            "delete": lambda _id, props: call("DeleteScalingPolicy", with_target(props)),
        },
    })


def reset():
    TARGETS.clear()
    POLICIES.clear()


# ---------------------------------------------------------------- the API


async def handle(_method, _path, headers, body, _query):
    status, content = call(headers["x-amz-target"].removeprefix(TARGET_PREFIX), json.loads(body or b"{}"))
    return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(content).encode()


def call(action, request):
    """Executes one action. Returns status and content."""
    actions = {
        "RegisterScalableTarget": register,
        "DeregisterScalableTarget": deregister,
        "PutScalingPolicy": put_policy,
        "DeleteScalingPolicy": delete_policy,
        "DescribeScalableTargets": lambda d: (200, {"ScalableTargets": rows(TARGETS, d)}),
        "DescribeScalingPolicies": lambda d: (200, {"ScalingPolicies": rows(POLICIES, d)}),
        "ListTagsForResource": lambda _: (200, {"Tags": {}}),
    }
    if action not in actions:
        return 400, {"__type": "UnknownOperationException", "message": action}
    return actions[action](request)


def key(d):
    return (get_account_id(), get_region(), d.get("ServiceNamespace"), d.get("ResourceId"), d.get("ScalableDimension"))


def missing(k):
    text = (
        f"No scalable target found for service namespace: {k[2]}, "
        f"resource ID: {k[3]}, scalable dimension: {k[4]}"
    )
    return 400, {"__type": "ObjectNotFoundException", "message": text}


def register(d):
    k = key(d)
    named = {"ServiceNamespace": k[2], "ResourceId": k[3], "ScalableDimension": k[4], "CreationTime": time.time()}
    target = TARGETS.setdefault(k, named)
    target.update({name: int(d[name]) for name in ("MinCapacity", "MaxCapacity") if name in d})
    target.update({name: d[name] for name in ("RoleARN", "SuspendedState") if name in d})
    digest = hashlib.sha256("|".join(map(str, k)).encode()).hexdigest()[:32]
    target["ScalableTargetARN"] = f"arn:aws:application-autoscaling:{k[1]}:{k[0]}:scalable-target/{digest}"
    return 200, {"ScalableTargetARN": target["ScalableTargetARN"]}


def deregister(d):
    k = key(d)
    if TARGETS.pop(k, None) is None:
        return missing(k)
    for name in [name for name in POLICIES if name[0] == k]:
        del POLICIES[name]
    return 200, {}


def put_policy(d):
    k = key(d)
    if k not in TARGETS:
        return missing(k)
    known = POLICIES.get((k, d["PolicyName"]), {})
    arn = known.get("PolicyARN") or (
        f"arn:aws:autoscaling:{k[1]}:{k[0]}:scalingPolicy:{uuid.uuid4()}"
        f":resource/{k[2]}/{k[3]}:policyName/{d['PolicyName']}"
    )
    given = {name: d[name] for name in POLICY_FIELDS if name in d}
    POLICIES[(k, d["PolicyName"])] = {**given, "PolicyARN": arn, "Alarms": [], "CreationTime": time.time()}
    return 200, {"PolicyARN": arn, "Alarms": []}


def delete_policy(d):
    POLICIES.pop((key(d), d.get("PolicyName")), None)
    return 200, {}


def rows(table, d):
    """The rows of this account, region and namespace, limited to the requested resources."""
    here = (get_account_id(), get_region(), d.get("ServiceNamespace"))
    wanted = d.get("ResourceIds") or ([d["ResourceId"]] if d.get("ResourceId") else None)
    found = []
    for name, row in table.items():
        target = name[0] if isinstance(name[0], tuple) else name
        if target[:3] == here and (wanted is None or row["ResourceId"] in wanted):
            found.append(row)
    return found


# ---------------------------------------------------------------- CloudFormation


def done(answer, what):
    status, content = answer
    if status >= 400:
        raise ValueError(f"{what}: {content['message']}")
    return content


def create_target(_logical_id, props, _stack):
    arn = done(call("RegisterScalableTarget", props), "RegisterScalableTarget")["ScalableTargetARN"]
    return f"{props['ResourceId']}|{props['ScalableDimension']}|{props['ServiceNamespace']}", {"Id": arn}


def with_target(props):
    """A policy's properties with its target's fields: `ScalingTargetId` is `resource|dimension|namespace`."""
    if props.get("ScalingTargetId") and not props.get("ResourceId"):
        resource, dimension, namespace = props["ScalingTargetId"].split("|")
        return {**props, "ResourceId": resource, "ScalableDimension": dimension, "ServiceNamespace": namespace}
    return props


def create_policy(_logical_id, props, _stack):
    request = with_target(props)
    tracking = request.get("TargetTrackingScalingPolicyConfiguration")
    if tracking and "TargetValue" in tracking:
        tracking = {**tracking, "TargetValue": float(tracking["TargetValue"])}
        request = {**request, "TargetTrackingScalingPolicyConfiguration": tracking}
    arn = done(call("PutScalingPolicy", request), "PutScalingPolicy")["PolicyARN"]
    return arn, {"Arn": arn}
