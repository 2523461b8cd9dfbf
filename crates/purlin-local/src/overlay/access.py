"""Who may call the emulator's APIs: its owner, by the key of this instance, and those it gave credentials to.

ministack checks the signatures of IAM users and STS sessions. It believes requests in the name of `test`, of an account
id, or of no key at all, and the sessions of functions can be computed from their ARNs. Here the owner's key is random,
its signatures are checked like all others, and a request without a key may do what AWS permits everybody.
"""

import base64
import contextvars
import hashlib
import hmac
import os

from ministack.core import iam_evaluator as iam
from ministack.core import lambda_runtime
from ministack.core.responses import get_account_id
from ministack.services import ecr, lambda_svc, s3, sts

KEY_ID = os.environ.get("AWS_ACCESS_KEY_ID", "")
SECRET = os.environ.get("AWS_SECRET_ACCESS_KEY", "")

# Calls whose authorization is decided by the API or the function itself, not by IAM.
OPEN_ACTIONS = ("execute-api:Invoke", "lambda:InvokeFunctionUrl")
# Addresses with a random token in them.
TOKEN_SERVICES = ("ecs-metadata",)

# Whether the request is an S3 form upload, whose signature is among the form's fields.
is_form = contextvars.ContextVar("purlin_is_form", default=False)
# Whether it is for Cognito's pages and OAuth endpoints, which check clients and sessions themselves.
is_login = contextvars.ContextVar("purlin_is_login", default=False)

# Nobody: only policies of resources that name everybody permit anything.
EVERYBODY = iam.PrincipalInfo(arn="", type="Anonymous", account="", policies=[])


def install():
    if not KEY_ID or not SECRET:
        raise SystemExit("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY name the key of this emulator; both must be set")
    iam.is_root_access_key = sts.is_root_access_key = is_owner
    # The name under which signatures of root keys are skipped.
    iam._is_root_key = lambda _key: False
    identity, principal = iam.resolve_caller_identity, iam.resolve_principal
    iam.resolve_caller_identity = lambda key: owner_identity(key) if is_owner(key) else identity(key)
    iam.resolve_principal = lambda key, *more, **named: principal(key, *more, **named) if key else EVERYBODY
    iam.enforce, iam.check_credentials = unless_open(iam.enforce), unless_anonymous(iam.check_credentials)
    # Forms with a signature are checked against it; this is the size check of those without one.
    s3._enforce_post_policy_size = lambda _policy, _size: s3._error("AccessDenied", "Access Denied", 403)
    lambda_runtime.execution_credentials = with_secrets(lambda_runtime.execution_credentials)
    lambda_svc.execution_credentials = lambda_runtime.execution_credentials
    ecr._get_authorization_token = with_registry_password(ecr._get_authorization_token)


def is_owner(key):
    """Whether this is the key of the emulator's owner."""
    return hmac.compare_digest((key or "").encode(), KEY_ID.encode())


def is_issued(key):
    """Whether the emulator itself gave this key out, for a while."""
    return key in sts._sessions


def owner_identity(key):
    account = get_account_id()
    arn = f"arn:aws:iam::{account}:root"
    organization = iam._principal_org_id(account)
    return {"accessKey": key, "accountId": account, "userArn": arn, "userId": account,
            "principalOrgId": organization, "session": None}


def unless_open(enforce):
    def enforced(key, action, service, region, resource_arn="*", **named):
        if not key and iam._signed_request.get() is None:
            is_open = action in OPEN_ACTIONS or iam._served_unsigned(service, action)
            if is_open or (service == "s3" and (is_upload(action) or is_missing(action, resource_arn))):
                return None
        return enforce(key, action, service, region, resource_arn, **named)

    return enforced


def is_upload(action):
    return action == "s3:PutObject" and is_form.get()


def is_missing(action, resource_arn):
    """Whether a bucket to read from does not exist: S3 says so to everybody."""
    bucket = resource_arn.removeprefix("arn:aws:s3:::").split("/")[0]
    return action in ("s3:GetObject", "s3:ListBucket") and s3._bucket_owner_account(bucket) is None


def unless_anonymous(check):
    """Requests that no IAM action covers need credentials all the same."""

    def checked(key, service=None):
        is_open = service in TOKEN_SERVICES or is_login.get()
        if not key and iam._signed_request.get() is None and not is_open:
            return iam.AuthError("MissingAuthenticationToken", "Missing Authentication Token")
        return check(key, service)

    return checked


def secret_of(name):
    """A secret of this instance that only it can compute."""
    return hmac.new(SECRET.encode(), name.encode(), hashlib.sha256).hexdigest()


def with_secrets(credentials):
    """The session of a function's role: the same for each run, as ministack has it, and not to be guessed."""

    def given(config):
        guessable = credentials(config)["AWS_ACCESS_KEY_ID"]
        session = sts._sessions.pop(guessable)
        key = f"ASIA{secret_of('key' + guessable)[:16].upper()}"
        secret, token = secret_of("secret" + guessable), secret_of("token" + guessable)
        sts.register_session(key, {**session, "SecretAccessKey": secret, "SessionToken": token})
        return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}

    return given


REGISTRY_LOGIN = base64.b64encode(f"AWS:{secret_of('registry')}".encode()).decode()


def with_registry_password(get_token):
    """Docker's password for the registry; ministack's is the same for all."""

    def given(request):
        status, headers, body = get_token(request)
        return status, headers, body.replace(base64.b64encode(b"AWS:ministack-auth-token"), REGISTRY_LOGIN.encode())

    return given


def may_use_registry(headers):
    return hmac.compare_digest(headers.get("authorization", "").encode(), f"Basic {REGISTRY_LOGIN}".encode())
