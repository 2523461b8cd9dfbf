"""API Gateway: what a Cognito authorizer answers to a token that is good, but not for this method."""

from ministack.services import apigateway_v1 as apigateway


def install():
    apigateway._validate_cognito_authorizer = as_aws_does(apigateway._validate_cognito_authorizer)


def as_aws_does(validate):
    """Who a caller is comes first, answered by 401; what the caller may do second, answered by 403.

    A method with scopes takes access tokens, one without takes id tokens. ministack takes either, and answers 401 to a
    token that lacks the scope, which is ACCESS_DENIED at AWS
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
