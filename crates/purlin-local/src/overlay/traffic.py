"""A browser's requests: to a balancer by any name that points to it, with its public keys beside; TLS by its port.

ministack reaches a balancer by its own DNS name only, and lets Cognito answer `/login` and `/logout` first.
"""

import ministack.app as ministack
from ministack.core.responses import StreamingResponse, request_scope
from ministack.services import alb

from . import route53


def balancer_of(host):
    """`(account, region, balancer)` for a Host header, or none."""
    name = host.rsplit(":", 1)[0].lower() if ":" in host else host.lower()
    target = route53.alias_of(name) or name
    for (account, region, _arn), balancer in list(alb._lbs._data.items()):
        if balancer["DNSName"].lower() == target.lower():
            return account, region, balancer
    return None


def port_of(host):
    """The port a browser asked for: the one it names, else plain HTTP's."""
    _name, colon, port = host.rpartition(":")
    return int(port) if colon and port.isdigit() else 80


def as_it_came(scope, host):
    """The request as a service at AWS sees it: with TLS taken off, and the host as the browser names it and signs it.

    A name of one's own that leads to a distribution of CloudFront becomes the distribution's.
    """
    if not host.endswith(":443"):
        return scope
    name = host.removesuffix(":443")
    target = route53.alias_of(name) or ""
    name = target if target.endswith(".cloudfront.net") else name
    kept = [(key, value) for key, value in scope["headers"] if key.lower() not in (b"host", b"x-forwarded-proto")]
    return {**scope, "headers": [*kept, (b"host", name.encode()), (b"x-forwarded-proto", b"https")]}


async def answer(scope, headers, body, receive, send, found):
    """Lets a balancer answer a request."""
    account, region, balancer = found
    raw_query = scope.get("query_string", b"").decode("latin-1")
    query = ministack.parse_qs(raw_query, keep_blank_values=True)
    raw_path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    client = (scope.get("client") or ("127.0.0.1",))[0]
    with request_scope(account, region):
        status, answer_headers, content = await alb.dispatch_request(
            balancer, scope["method"], scope["path"], headers, body, query, port_of(headers.get("host", "")),
            client_ip=client, raw_query_string=raw_query, raw_path=raw_path,
        )
    if isinstance(content, StreamingResponse):
        await ministack._send_streaming_response(send, receive, status, answer_headers, content)
    else:
        await ministack._send_response(send, status, answer_headers, content, head=scope["method"] == "HEAD")


def public_key(kid):
    """The key a balancer signs its claims with, as AWS publishes it, or none for an unknown key id."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key, known = alb._oidc_signing_material()
    if kid != known or key is None:
        return None
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
