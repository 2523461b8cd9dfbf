"""Starts the emulator with the overlay: `python -m purlin_local`."""

import json
import os
import signal

import ministack.app as ministack
from ministack.core.responses import set_request_account_id, set_request_region

from . import apigateway, autoscaling, cloudformation, cognito, ec2, ecs, elbv2, iam, route53, secretsmanager, traffic

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


async def answer_purlin(scope, headers, send):
    """Answers Purlin's own paths: identity of the instance, stop, and the public keys of load balancers.

    A stop requires the instance's name in a header, so that a web page in the user's browser cannot send it.
    """
    if scope["method"] == "GET" and scope["path"] == "/_purlin/emulator":
        await reply(send, 200, {"instance": INSTANCE, "pid": os.getpid()})
    elif scope["method"] == "POST" and scope["path"] == "/_purlin/stop" and headers.get("x-purlin-instance") == INSTANCE:
        await reply(send, 202, {"stopping": True})
        os.kill(os.getpid(), signal.SIGTERM)
    elif scope["method"] == "GET" and scope["path"].startswith(KEYS):
        key = traffic.public_key(scope["path"].removeprefix(KEYS))
        await reply(send, 200 if key else 404, key or {"message": "no such key"}, b"text/plain")
    else:
        await reply(send, 403, {"message": "forbidden"})


def front(inner):
    """An ASGI app that answers Purlin's own paths and the APIs that ministack lacks, and passes the rest to ministack."""

    async def app(scope, receive, send):
        if scope["type"] != "http":
            return await inner(scope, receive, send)
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if scope["path"].startswith("/_purlin/"):
            return await answer_purlin(scope, headers, send)
        balancer = traffic.balancer_of(headers.get("host", ""))
        if balancer:
            return await traffic.answer(scope, headers, await read(receive), receive, send, balancer)
        target = headers.get("x-amz-target", "")
        if target.startswith(autoscaling.TARGET_PREFIX):
            request = json.loads(await read(receive) or b"{}")
            set_request_account_id(ministack.extract_access_key_id(headers, {}))
            set_request_region(ministack.extract_region(headers, {}))
            status, content = autoscaling.call(target.removeprefix(autoscaling.TARGET_PREFIX), request)
            return await reply(send, status, content, b"application/x-amz-json-1.1")
        if scope["path"] == "/_ministack/reset" and scope["method"] == "POST":
            autoscaling.reset()
        return await inner(traffic.without_tls(scope, headers.get("host", "")), receive, send)

    return app


def main():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    for module in (iam, cloudformation, ec2, elbv2, ecs, cognito, route53, autoscaling, apigateway, secretsmanager):
        module.install()
    ministack.app = front(ministack.app)
    ministack.main()


if __name__ == "__main__":
    main()
