"""What the local emulator (ministack 1.5.33) lacks for our stacks, added at run time.

Each module patches one service and has one entry, `install()`. They touch private names of that very
version, so `requirements.txt` pins it. What AWS refuses is refused here too, with AWS's words, where
our stacks can run into it.
"""


import uuid

from ministack.services.cloudformation import provisioners


def refusal(message, service, code="InvalidRequest"):
    """What a resource handler of AWS reports when the service behind it refuses."""
    return ValueError(
        f'Resource handler returned message: "{provisioners._sdk_error(message, service, 400)}" '
        f"(RequestToken: {uuid.uuid4()}, HandlerErrorCode: {code})"
    )


def around(resource_type, **wrappers):
    """Wraps handlers of a resource type: each wrapper gets the handler it replaces and returns the new one."""
    handlers = provisioners._RESOURCE_HANDLERS[resource_type]
    for verb, wrapper in wrappers.items():
        handlers[verb] = wrapper(handlers[verb])


def must(answer, what):
    """The body of a service function's answer `(status, headers, body)`; an error answer fails the resource."""
    status, _headers, body = answer[:3]
    text = body.decode() if isinstance(body, bytes) else body
    if status >= 400:
        raise ValueError(f"{what}: {text}")
    return body


def form(**fields):
    """Fields in the shape of a parsed query-protocol request; `A__B` stands for `A.B`."""
    return {name.replace("__", "."): [str(value)] for name, value in fields.items() if value is not None}
