"""API Gateway: APIs by their own host names, and AWS's status codes for tokens that do not fit the method."""

import json
import re
from types import SimpleNamespace

import ministack.app as ministack
from ministack.services import apigateway_v1 as apigateway


# `https://a1b2c3d4.execute-api.eu-west-1.amazonaws.com/prod/..`; ministack accepts only names with its own host.
HOST = re.compile(r"^([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?(?::\d+)?$")


def install():
    ministack._EXECUTE_API_RE = HOST
    apigateway._AUTHENTICATION_GATEWAY_ERRORS["AccessDenied"] = ("ACCESS_DENIED", "AccessDeniedException")
    ministack._enforce_execute_api = through_gateway_responses(ministack._enforce_execute_api)
    apigateway._validate_cognito_authorizer = with_aws_status_codes(apigateway._validate_cognito_authorizer)


def with_aws_status_codes(validate):
    """Authentication fails with 401, then authorization with 403.

    A method with scopes accepts access tokens, a method without scopes accepts id tokens. ministack accepts both, and
    answers 401 to a token that lacks the scope; AWS answers ACCESS_DENIED
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html).
    """

    async def validated(authorizer, method, headers, query, stage):
        scopes = set(method.get("authorizationScopes") or [])
        claims, error = await validate(authorizer, {**method, "authorizationScopes": []}, headers, query, stage)
        if error:
            return None, error
        if claims.get("token_use") != ("access" if scopes else "id"):
            return None, apigateway._gw_error("UNAUTHORIZED", "Unauthorized")
        if scopes and scopes.isdisjoint(apigateway._token_scopes(claims)):
            return None, apigateway._deny_error(False)
        return claims, None

    return validated


def through_gateway_responses(enforce):
    """IAM's refusals go through the API's gateway responses too, so that web pages can read them (CORS)."""

    def enforced(api_id, stage, method, path, headers, query, *more, **named):
        refused = enforce(api_id, stage, method, path, headers, query, *more, **named)
        message = denial(refused)
        if message is None:
            return refused
        error = SimpleNamespace(code="AccessDenied", message=message)
        return apigateway.authentication_error_response(api_id, stage, error, headers, query) or refused

    return enforced


def denial(answer):
    """The message of IAM's refusal, or None."""
    if answer is None or answer[0] != 403:
        return None
    try:
        content = json.loads(answer[2])
    except ValueError:
        return None
    message = content.get("message") or content.get("Message") or ""
    return message if "is not authorized to perform" in message else None
