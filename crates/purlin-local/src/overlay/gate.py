"""What reaches the emulator from a web browser: pages of other sites call its APIs in vain.

A page may send requests to this machine, and a name that it controls may point here (DNS rebinding). So a request needs
a host name that is ours or AWS's, pages of other sites get no answer that they can read, and none may use the owner's
key. Pages of what is deployed here keep working: load balancers, distributions, APIs, sites, Cognito.
"""

import hmac
import http.server
import ipaddress
from urllib.parse import parse_qs, urlsplit

import ministack.app as ministack
from ministack.core import router
from ministack.services import cognito

from . import access, route53, traffic

# The domains of AWS: no page can make one of their names point to this machine.
AWS_DOMAINS = (
    "amazonaws.com", "amazonaws.com.cn", "amazonaws.eu", "amazoncognito.com", "amazoncognito.eu", "cloudfront.net",
    "aws", "c2s.ic.gov", "sc2s.sgov.gov",
)
ADMIN_PATHS = ("/_ministack/", "/_localstack/", "/_purlin/")
# Their callers have a random token: custom resources, wait conditions, EKS, databases.
TOKEN_PATHS = ("/_ministack/cfn-response/", "/_ministack/cfn-signal/", "/_ministack/eks-auth/", "/_ministack/rds/iam-auth")
COGNITO_TARGETS = ("AWSCognitoIdentityProviderService.", "AWSCognitoIdentityService.")
LOGIN_PATHS = ("/oauth2/", "/saml2/")
COGNITO_PAGES = ("/login", "/logout")
COGNITO_DOCUMENTS = ("/.well-known/jwks.json", "/.well-known/openid-configuration")


def install():
    http.server.BaseHTTPRequestHandler.parse_request = unless_of_page(http.server.BaseHTTPRequestHandler.parse_request)


def unless_of_page(parse):
    """The only such servers here are the runtime APIs of functions, which hold events. No page needs them."""

    def parsed(handler):
        if not parse(handler):
            return False
        name, _port = place(f"//{handler.headers.get('host', '')}")
        if is_loopback(name) and "origin" not in handler.headers and "sec-fetch-site" not in handler.headers:
            return True
        handler.send_error(403)
        return False

    return parsed


class Request:
    """A request's head, as far as the decisions need it."""

    def __init__(self, scope):
        self.method, self.path = scope.get("method", "GET"), scope["path"]
        self.headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        self.query = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
        self.host = self.headers.get("host", "")
        self.key = router.extract_access_key_id(self.headers, self.query)

    def names_admin(self):
        return self.path.startswith(ADMIN_PATHS) and not self.path.startswith(TOKEN_PATHS)

    def is_from_elsewhere(self):
        """Whether a browser sent it for a page of another origin."""
        if self.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return True
        origin = self.headers.get("origin")
        return origin is not None and place(origin) != place(f"//{self.host}")

    def is_of_deployed(self):
        """Whether something that was deployed answers: it decides itself on who may call it, and on CORS."""
        return bool(
            traffic.balancer_of(self.host)
            or ministack._parse_execute_api_url(self.host, self.path)
            or ministack._parse_lambda_url(self.host, self.path)
            or ministack._resolve_custom_domain_request(self.host, self.path)
            or ministack._parse_cloudfront_dataplane_host(self.host)
            or ministack._is_potential_alb_request(self.host, self.path)
            or self.is_login()
            or self.path in COGNITO_PAGES
            or self.path.endswith(COGNITO_DOCUMENTS)
        )

    def is_for_bucket(self):
        """Whether a bucket answers, with its own CORS configuration."""
        target = ministack._s3_cors_target(self.host, self.path)
        return target is not None and ministack.detect_service(self.method, self.path, self.headers, self.query) == "s3"

    def is_login(self):
        """Whether Cognito's pages and OAuth endpoints answer, and no API of AWS."""
        is_api = "x-amz-target" in self.headers or "Action" in self.query
        return self.path.startswith(LOGIN_PATHS) and not is_api

    def is_form(self):
        """Whether it is a form upload to a bucket."""
        content = self.headers.get("content-type", "")
        at_bucket = "/" not in self.path.strip("/") and not self.query
        return self.method == "POST" and at_bucket and content.startswith("multipart/form-data")


def place(url):
    """Host and port. TLS ends before the emulator, so the default ports of both schemes are the same."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "").rstrip("."), None if parts.port in (80, 443) else parts.port
    except ValueError:
        return "", None


def refusal(request):
    """Why a request is refused, or None."""
    if not is_known(request.host):
        return f"the emulator serves no host `{request.host}`: it answers as 127.0.0.1, localhost, and by AWS's names"
    if request.names_admin() and request.path != "/_purlin/emulator" and not request.path.startswith("/_purlin/elb-"):
        given = request.headers.get("x-purlin-key", "")
        if request.is_from_elsewhere() or not hmac.compare_digest(given.encode(), access.SECRET.encode()):
            return "this address is for `purlin local` only"
    if ministack._is_ecr_registry_path(request.path) and not access.may_use_registry(request.headers):
        return "the registry needs a login: `aws ecr get-login-password`"
    if request.is_of_deployed() or not request.is_from_elsewhere():
        return None
    if request.method == "OPTIONS":
        return None if request.is_for_bucket() or asks_with_session(request.headers) else "no page may call this API"
    if access.is_owner(request.key) and "authorization" in request.headers:
        return "no page may use the key of the emulator's owner"
    return None


def asks_with_session(headers):
    """Whether a browser asks for calls with a session's credentials, or for Cognito's calls without any."""
    named = headers.get("access-control-request-headers", "").lower()
    return "x-amz-security-token" in named or ("x-amz-target" in named and "authorization" not in named)


def lets_pages_read(request):
    """Whether pages of other sites can read the answer."""
    is_cognitos = request.headers.get("x-amz-target", "").startswith(COGNITO_TARGETS)
    return (
        request.is_of_deployed()
        or request.is_for_bucket()
        or is_cognitos
        or access.is_issued(request.key)
        or (request.method == "OPTIONS" and asks_with_session(request.headers))
    )


def without_cors(send):
    """Leaves out the headers by which pages of other sites can read an answer."""

    async def sent(message):
        if message["type"] == "http.response.start":
            kept = [it for it in message.get("headers", []) if not it[0].lower().startswith(b"access-control-")]
            message = {**message, "headers": kept}
        await send(message)

    return sent


def is_known(host):
    """Whether a Host header names this machine, AWS, or a host of what is deployed here."""
    name, _port = place(f"//{host}")
    if name == "localhost" or name.endswith((".localhost", ".127.0.0.1")) or is_loopback(name):
        return True
    if any(name.endswith(f".{domain}") for domain in AWS_DOMAINS):
        return True
    return "." in name and bool(
        route53.alias_of(name)
        or any(domain == name for *_scope, domain in list(cognito._pool_domain_map._data))
        or ministack._resolve_custom_domain_request(name, "/")
    )


def is_loopback(name):
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
