"""Adds to the local emulator (ministack 1.5.33) what it lacks for the reference stacks, at run time.

Each module patches one service and has one entry point, `install()`. The modules use private names of exactly
this version, so `requirements.txt` pins it. Where a stack can meet a refusal of AWS, the overlay refuses with
AWS's message.
"""


import uuid

from ministack.services.cloudformation import provisioners


def refusal(message, service, code="InvalidRequest"):
    """The error of an AWS resource handler whose service refuses a request."""
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
    """Returns the body of a service function's response `(status, headers, body)`; raises if it is an error."""
    status, _headers, body = answer[:3]
    text = body.decode() if isinstance(body, bytes) else body
    if status >= 400:
        raise ValueError(f"{what}: {text}")
    return body


def form(**fields):
    """The fields as a parsed query-protocol request; `A__B` is the name `A.B`."""
    return {name.replace("__", "."): [str(value)] for name, value in fields.items() if value is not None}
