"""ECS: numbers that templates write as strings."""

from ministack.services.cloudformation import provisioners


def install():
    service = provisioners._RESOURCE_HANDLERS["AWS::ECS::Service"]
    create, update = service["create"], service["update"]
    service["create"] = lambda logical_id, props, stack: create(logical_id, numbers(props), stack)
    service["update"] = lambda service_id, old, new, stack, *more, **named: update(
        service_id, numbers(old), numbers(new), stack, *more, **named
    )


def numbers(props):
    """The same properties, whole numbers as numbers."""
    names = ("DesiredCount", "HealthCheckGracePeriodSeconds")
    return {**props, **{name: int(props[name]) for name in names if str(props.get(name, "")).isdigit()}}
