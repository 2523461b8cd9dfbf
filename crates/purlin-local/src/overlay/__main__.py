"""Starts the emulator with the overlay: `python -m purlin_local`."""

import json
import os
import signal
import traceback

from . import life

# Before ministack is imported, which takes a second.
life.install()

import ministack.app as ministack

from . import access, apigateway, autoscaling, cloudformation, cognito, ec2, ecs, elbv2, gate, iam, route53
from . import secretsmanager, traffic

INSTANCE = os.environ.get("PURLIN_INSTANCE", "")


KEYS = "/_purlin/elb-public-keys/"


async def reply(send, status, content, content_type=b"application/json"):
    """Sends a complete response."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    headers = [(b"content-type", content_type), (b"content-length", str(len(raw)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": raw})


async def read(receive):
    """Reads the complete body of a request."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


async def answer_purlin(scope, send):
    """Answers Purlin's own paths: identity of the instance, stop, and the public keys of load balancers."""
    if scope["method"] == "GET" and scope["path"] == "/_purlin/emulator":
        await reply(send, 200, {"instance": INSTANCE, "pid": os.getpid()})
    elif scope["method"] == "POST" and scope["path"] == "/_purlin/stop":
        await reply(send, 202, {"stopping": True})
        life.stop()
    elif scope["method"] == "GET" and scope["path"].startswith(KEYS):
        key = traffic.public_key(scope["path"].removeprefix(KEYS))
        await reply(send, 200 if key else 404, key or {"message": "no such key"}, b"text/plain")
    else:
        await reply(send, 404, {"message": "not found"})


async def refuse(scope, receive, send, message):
    """Refuses a request; an upgrade to a WebSocket is closed."""
    if scope["type"] == "http":
        return await reply(send, 403, {"message": message})
    await receive()
    await send({"type": "websocket.close", "code": 1008})


def front(inner):
    """An ASGI app that checks where a request comes from, answers Purlin's own paths and the APIs that ministack lacks,
    and passes the rest to ministack."""

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            return await inner(scope, receive, send)
        request = gate.Request(scope)
        refused = gate.refusal(request)
        if refused:
            return await refuse(scope, receive, send, refused)
        with life.request():
            if scope["type"] == "http":
                return await answer(request, scope, receive, send)
            await inner(scope, receive, send)

    async def answer(request, scope, receive, send):
        headers = request.headers
        if request.path.startswith("/_purlin/"):
            return await answer_purlin(scope, send)
        balancer = traffic.balancer_of(request.host)
        if balancer:
            return await traffic.answer(scope, headers, await read(receive), receive, send, balancer)
        if not gate.lets_pages_read(request):
            send = gate.without_cors(send)
        access.is_form.set(request.is_form())
        access.is_login.set(request.is_login())
        if request.path == "/_ministack/reset" and request.method == "POST":
            autoscaling.reset()
        await inner(traffic.without_tls(scope, request.host), receive, send)

    return app


def main():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    for module in (access, gate, iam, cloudformation, ec2, elbv2, ecs, cognito, route53, autoscaling, apigateway, secretsmanager):
        module.install()
    ministack.app = front(ministack.app)
    try:
        ministack.main()
    except BaseException as failure:
        traceback.print_exception(failure)
        life.end(0 if isinstance(failure, SystemExit) and not failure.code else 1)
    life.end()


if __name__ == "__main__":
    main()
