"""Starts the emulator with everything our stacks need: `python -m purlin_local`."""

import json
import os
import signal

import ministack.app as ministack

from . import autoscaling, cloudformation, cognito, ec2, ecs, elbv2

INSTANCE = os.environ.get("PURLIN_INSTANCE", "")


async def reply(send, status, content, content_type=b"application/json"):
    """Sends one whole answer."""
    raw = json.dumps(content).encode()
    headers = [(b"content-type", content_type), (b"content-length", str(len(raw)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": raw})


async def read(receive):
    """The whole body of a request."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


async def answer_purlin(scope, headers, send):
    """The two questions of `purlin local`: who are you, and please stop.

    A stop needs the instance's name in a header, which a web page in the user's browser can neither know nor send.
    """
    if scope["method"] == "GET" and scope["path"] == "/_purlin/emulator":
        await reply(send, 200, {"instance": INSTANCE, "pid": os.getpid()})
    elif scope["method"] == "POST" and scope["path"] == "/_purlin/stop" and headers.get("x-purlin-instance") == INSTANCE:
        await reply(send, 202, {"stopping": True})
        os.kill(os.getpid(), signal.SIGTERM)
    else:
        await reply(send, 403, {"message": "not for you"})


def front(inner):
    """Puts purlin's own paths and the APIs ministack has no service for before ministack."""

    async def app(scope, receive, send):
        if scope["type"] != "http":
            return await inner(scope, receive, send)
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if scope["path"].startswith("/_purlin/"):
            return await answer_purlin(scope, headers, send)
        target = headers.get("x-amz-target", "")
        if target.startswith(autoscaling.TARGET_PREFIX):
            request = json.loads(await read(receive) or b"{}")
            status, content = autoscaling.call(target.removeprefix(autoscaling.TARGET_PREFIX), request)
            return await reply(send, status, content, b"application/x-amz-json-1.1")
        if scope["path"] == "/_ministack/reset" and scope["method"] == "POST":
            autoscaling.reset()
        return await inner(scope, receive, send)

    return app


def main():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    for module in (cloudformation, ec2, elbv2, ecs, cognito, autoscaling):
        module.install()
    ministack.app = front(ministack.app)
    ministack.main()


if __name__ == "__main__":
    main()
