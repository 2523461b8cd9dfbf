"""ECS: all fields of task definitions and services, and the order of creation that AWS requires."""

from ministack.services import alb, ecs
from ministack.services.cloudformation import provisioners

from . import around, refusal

# Their keys are chosen by the user: they are not property names.
FREE_MAPS = ("options", "dockerLabels", "driverOpts", "labels")
TASK_FIELDS = {
    "RuntimePlatform": "runtimePlatform",
    "EphemeralStorage": "ephemeralStorage",
    "ProxyConfiguration": "proxyConfiguration",
    "EnableFaultInjection": "enableFaultInjection",
}
SERVICE_FIELDS = {
    "HealthCheckGracePeriodSeconds": "healthCheckGracePeriodSeconds",
    "EnableExecuteCommand": "enableExecuteCommand",
    "EnableECSManagedTags": "enableECSManagedTags",
    "PropagateTags": "propagateTags",
    "PlatformVersion": "platformVersion",
    "SchedulingStrategy": "schedulingStrategy",
    "DeploymentController": "deploymentController",
    "ServiceRegistries": "serviceRegistries",
    "AvailabilityZoneRebalancing": "availabilityZoneRebalancing",
}


def install():
    provisioners._normalize_container_defs = api_names
    around("AWS::ECS::TaskDefinition", create=with_all_task_fields)
    around("AWS::ECS::Service", create=with_all_service_fields, update=with_numbers)


def api_names(node):
    """Converts CloudFormation's property names to the API's, recursively."""
    if isinstance(node, list):
        return [api_names(item) for item in node]
    if not isinstance(node, dict):
        return node
    named = {name[:1].lower() + name[1:]: value for name, value in node.items()}
    return {name: value if name in FREE_MAPS else api_names(value) for name, value in named.items()}


def fields(props, names):
    """The given properties under the API's names."""
    return {api: api_names(props[name]) for name, api in names.items() if name in props}


def with_all_task_fields(create):
    def created(logical_id, props, stack):
        arn, attributes = create(logical_id, props, stack)
        task = next(task for task in ecs._task_defs.values() if task["taskDefinitionArn"] == arn)
        task.update(fields(props, TASK_FIELDS), volumes=api_names(props.get("Volumes", [])))
        return arn, attributes

    return created


def with_all_service_fields(create):
    def created(logical_id, props, stack):
        props = numbers(props)
        for balancer in props.get("LoadBalancers") or []:
            check_target_group(balancer.get("TargetGroupArn"))
        arn, attributes = create(logical_id, props, stack)
        service = next(service for service in ecs._services.values() if service["serviceArn"] == arn)
        service.update(fields(props, SERVICE_FIELDS))
        return arn, attributes

    return created


def with_numbers(update):
    return lambda arn, old, new, stack, *more: update(arn, numbers(old), numbers(new), stack, *more)


def check_target_group(arn):
    """A service's target group needs a listener or rule that forwards to it."""
    if arn and not alb._tgs.get(arn, {}).get("LoadBalancerArns"):
        raise refusal(
            f"The target group with targetGroupArn {arn} does not have an associated load balancer.", "AmazonECS"
        )


def numbers(props):
    """The properties with whole numbers as numbers, and the cluster's name in place of its ARN."""
    names = ("DesiredCount", "HealthCheckGracePeriodSeconds")
    converted = {name: int(props[name]) for name in names if str(props.get(name, "")).isdigit()}
    if props.get("Cluster"):
        converted["Cluster"] = props["Cluster"].rsplit("/", 1)[-1]
    return {**props, **converted}
