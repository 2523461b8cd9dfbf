"""Routes requests to load balancers by alias records, handles TLS by the port, and publishes load balancers' keys.

ministack routes to a load balancer by its DNS name only, and its Cognito answers `/login` and `/logout` first.
"""

import ministack.app as ministack
from ministack.core.responses import StreamingResponse, request_scope
from ministack.services import alb

from . import route53


def balancer_of(host):
    """`(account, region, balancer)` for a Host header, or None."""
    name = host.rsplit(":", 1)[0].lower() if ":" in host else host.lower()
    target = route53.alias_of(name) or name
    for (account, region, _arn), balancer in list(alb._lbs._data.items()):
        if balancer["DNSName"].lower() == target.lower():
            return account, region, balancer
    return None


def port_of(host):
    """The port in the Host header, else 80."""
    _name, colon, port = host.rpartition(":")
    return int(port) if colon and port.isdigit() else 80


def without_tls(scope, host):
    """The request after TLS termination: the Host header without the port 443, and `X-Forwarded-Proto: https`.

    The host of an alias record to a CloudFront distribution becomes the distribution's name.
    """
    if not host.endswith(":443"):
        return scope
    name = host.removesuffix(":443")
    target = route53.alias_of(name) or ""
    name = target if target.endswith(".cloudfront.net") else name
    kept = [(key, value) for key, value in scope["headers"] if key.lower() not in (b"host", b"x-forwarded-proto")]
    return {**scope, "headers": [*kept, (b"host", name.encode()), (b"x-forwarded-proto", b"https")]}


async def answer(scope, headers, body, receive, send, found):
    """Answers a request through a load balancer."""
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
    """The public key of load balancers' signed claims, as AWS publishes it, or None for an unknown key id."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key, known = alb._oidc_signing_material()
    if kid != known or key is None:
        return None
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
