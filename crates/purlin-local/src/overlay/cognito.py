"""Cognito: more CloudFormation types, AWS's refusals, token revocation, and logout with a redirect to the login page."""

import json
import os
import secrets
import uuid
from urllib.parse import parse_qs, urlencode

from ministack.core.responses import get_region
from ministack.services import cognito, secretsmanager
from ministack.services.cloudformation import engine, provisioners, stacks

from . import around, must, refusal

SERVICE = "CognitoIdentityProvider"
RESERVED_WORDS = ("aws", "amazon", "cognito")
BUILT_IN_PROVIDER = "COGNITO"

PROVIDER_FIELDS = ("UserPoolId", "ProviderName", "ProviderType", "ProviderDetails", "AttributeMapping", "IdpIdentifiers")


def install():
    attributes = provisioners._cognito_user_pool_attributes
    provisioners._cognito_user_pool_attributes = lambda pool: {
        **attributes(pool),
        "ProviderURL": f"https://cognito-idp.{get_region()}.amazonaws.com/{pool}",
    }
    provisioners._RESOURCE_HANDLERS.update({
        "AWS::Cognito::UserPoolUser": {"create": create_user, "delete": delete_user},
        "AWS::Cognito::UserPoolUserToGroupAttachment": {"create": create_membership, "delete": delete_membership},
        "AWS::Cognito::UserPoolIdentityProvider": {
            "create": create_provider,
            "update": update_provider,
            "delete": delete_provider,
        },
        "AWS::Cognito::UserPoolUICustomizationAttachment": {
            "create": create_branding,
            "update": lambda _id, _old, new, stack: create_branding(None, new, stack),
            "delete": delete_branding,
        },
    })
    provisioners._RESOURCE_HANDLERS["AWS::Cognito::ManagedLoginBranding"] = {
        "create": create_login_style,
        "update": update_login_style,
        "delete": delete_login_style,
    }
    stacks._resolve_dynamic_references = with_provider_secrets(stacks._resolve_dynamic_references)
    around("AWS::Cognito::UserPoolDomain", create=with_free_domain)
    around("AWS::Cognito::UserPoolClient", create=create_with_known_scopes, update=update_with_known_scopes)
    around("AWS::Cognito::UserPool", delete=unless_protected)
    decode = cognito._decode_id_token_unverified
    cognito._decode_id_token_unverified = lambda token: with_booleans_as_text(decode(token))
    handle = cognito.handle_request

    async def handle_request(method, path, headers, body, query):
        if path == "/oauth2/revoke" and method == "POST":
            return revoke(headers, body)
        return await handle(method, path, headers, body, query)

    cognito.handle_request = handle_request
    logout = cognito.handle_logout
    cognito.handle_logout = lambda method, path, headers, query: back_to_login(query) or logout(method, path, headers, query)


# ---------------------------------------------------------------- users


def create_user(logical_id, props, stack):
    name = props.get("Username") or f"{stack}-{logical_id}".lower()
    request = {
        "UserPoolId": props["UserPoolId"],
        "Username": name,
        "UserAttributes": props.get("UserAttributes", []),
        "DesiredDeliveryMediums": props.get("DesiredDeliveryMediums", []),
    }
    if props.get("MessageAction"):
        request["MessageAction"] = props["MessageAction"]
    must(cognito._admin_create_user(request), "AdminCreateUser")
    return name, {}


def delete_user(name, props):
    cognito._admin_delete_user({"UserPoolId": props.get("UserPoolId"), "Username": name})


def membership(props):
    return {name: props[name] for name in ("UserPoolId", "GroupName", "Username")}


def create_membership(_logical_id, props, _stack):
    must(cognito._admin_add_user_to_group(membership(props)), "AdminAddUserToGroup")
    return "|".join(membership(props).values()), {}


def delete_membership(_id, props):
    cognito._admin_remove_user_from_group(membership(props))


# ---------------------------------------------------------------- identity providers and branding


def create_provider(_logical_id, props, _stack):
    request = {name: props[name] for name in PROVIDER_FIELDS if name in props}
    must(cognito._create_identity_provider(request), "CreateIdentityProvider")
    return props["ProviderName"], {}


def update_provider(name, old, new, stack):
    identity = ("ProviderName", "UserPoolId", "ProviderType")
    if any(old.get(field) != new.get(field) for field in identity):
        created = create_provider(None, new, stack)
        delete_provider(name, old)
        return created
    request = {field: new[field] for field in PROVIDER_FIELDS if field in new and field != "ProviderType"}
    must(cognito._update_identity_provider(request), "UpdateIdentityProvider")
    return name, {}


def delete_provider(name, props):
    cognito._delete_identity_provider({"UserPoolId": props.get("UserPoolId"), "ProviderName": name})


def with_booleans_as_text(claims):
    """A provider's `email_verified: true` becomes the attribute `true`; ministack writes `True`, and reads it as false."""
    words = {True: "true", False: "false"}
    return {name: words[value] if isinstance(value, bool) else value for name, value in claims.items()}


def with_provider_secrets(resolve):
    """At AWS, the user puts a provider's client secret into Secrets Manager before deploying; here it is generated."""

    def resolved(value, *more, **named):
        if isinstance(value, dict) and {"ProviderDetails", "ProviderType"} <= set(value):
            for text in value["ProviderDetails"].values():
                for reference in engine._DYNAMIC_REFERENCE.finditer(str(text)):
                    generate_secret(reference)
        return resolve(value, *more, **named)

    return resolved


def generate_secret(reference):
    """Creates the secret of `{{resolve:secretsmanager:ID:SecretString:FIELD::}}`, unless it exists."""
    service, body = reference.groups()
    if service != "secretsmanager":
        return
    parts = body.split(":")
    name = parts[6] if parts[0] == "arn" else parts[0]
    field = (parts[8:9] if parts[0] == "arn" else parts[2:3]) or [""]
    try:
        engine._resolve_dynamic_reference(reference.group())
    except ValueError as unresolved:
        if "not found" not in str(unresolved):
            raise
        value = secrets.token_urlsafe(24)
        content = json.dumps({field[0]: value}) if field[0] else value
        must(secretsmanager._create_secret({"Name": name, "SecretString": content}), "CreateSecret")


def create_branding(_logical_id, props, _stack):
    request = {name: props[name] for name in ("UserPoolId", "ClientId", "CSS") if name in props}
    must(cognito._set_ui_customization(request), "SetUICustomization")
    return f"UserPoolUICustomizationAttachment-{props['UserPoolId']}-{props.get('ClientId')}", {}


def delete_branding(_id, props):
    pool = cognito._user_pools.get(props.get("UserPoolId")) or {}
    pool.get("_ui_customizations", {}).pop(props.get("ClientId"), None)


def create_login_style(_logical_id, props, _stack):
    """A style of the managed login pages: stored with its pool, one for each client. The emulator has no API for it."""
    pool = cognito._user_pools.get(props.get("UserPoolId"))
    if pool is None:
        raise refusal(f"User pool {props.get('UserPoolId')} does not exist.", SERVICE, "NotFound")
    style = str(uuid.uuid4())
    pool.setdefault("_login_styles", {})[style] = props
    return f"{props['UserPoolId']}|{style}", {"ManagedLoginBrandingId": style}


def update_login_style(identity, old, new, stack):
    if any(old.get(field) != new.get(field) for field in ("UserPoolId", "ClientId")):
        created = create_login_style(None, new, stack)
        delete_login_style(identity, old)
        return created
    style = identity.split("|")[1]
    cognito._user_pools[new["UserPoolId"]]["_login_styles"][style] = new
    return identity, {"ManagedLoginBrandingId": style}


def delete_login_style(identity, props):
    pool = cognito._user_pools.get(props.get("UserPoolId")) or {}
    pool.get("_login_styles", {}).pop(identity.split("|")[-1], None)


# ---------------------------------------------------------------- refusals


def with_free_domain(create):
    """All customers of a region share the prefixes, and some words are reserved."""

    def created(logical_id, props, stack):
        domain = props.get("Domain", "")
        for word in RESERVED_WORDS:
            if word in domain and not props.get("CustomDomainConfig"):
                raise refusal(f"Domain cannot contain reserved word: {word}", SERVICE)
        if domain in cognito._pool_domain_map:
            raise refusal("Domain already associated with another user pool.", SERVICE)
        return create(logical_id, props, stack)

    return created


def create_with_known_scopes(create):
    def created(logical_id, props, stack):
        check_client(props)
        return create(logical_id, props, stack)

    return created


def update_with_known_scopes(update):
    def updated(client, old, new, stack, *more):
        check_client(new)
        return update(client, old, new, stack, *more)

    return updated


def check_client(props):
    """A client's custom scopes and identity providers must exist before the client."""
    pool = cognito._user_pools.get(props.get("UserPoolId"))
    if pool is None:
        raise refusal(f"User pool {props.get('UserPoolId')} does not exist.", SERVICE, "NotFound")
    servers = cognito._pool_resource_servers(pool)
    known = {f"{name}/{scope['ScopeName']}" for name, server in servers.items() for scope in server.get("Scopes", [])}
    for scope in props.get("AllowedOAuthScopes") or []:
        if "/" in scope and scope not in known:
            raise refusal(f"Invalid scope requested: {scope}", SERVICE)
    for provider in props.get("SupportedIdentityProviders") or []:
        if provider != BUILT_IN_PROVIDER and provider not in pool.get("_identity_providers", {}):
            raise refusal(f"The provider {provider} does not exist for User Pool {pool['Id']}.", SERVICE)


def unless_protected(delete):
    """A pool with deletion protection is not deleted."""

    def deleted(pool_id, props):
        pool = cognito._user_pools.get(pool_id) or {}
        if pool.get("DeletionProtection") == "ACTIVE":
            raise refusal(
                "The user pool cannot be deleted because deletion protection is activated. "
                "Deletion protection must be inactivated first.",
                SERVICE,
            )
        return delete(pool_id, props)

    return deleted


# ---------------------------------------------------------------- revocation


def revoke(headers, body):
    """`/oauth2/revoke` revokes a refresh token; an unknown token is not an error (RFC 7009)."""
    fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    client_id, secret = cognito._authenticate_client(headers, fields)
    _pool_id, _pool, client = cognito._find_pool_by_client_id(client_id)
    if not client or (client.get("ClientSecret") and secret != client["ClientSecret"]):
        return cognito._oauth2_error("invalid_client", "Invalid client credentials.")
    if not fields.get("token"):
        return cognito._oauth2_error("invalid_request", "token is required.")
    cognito._revoke_token({"Token": fields["token"]})
    return 200, {"Cache-Control": "no-store"}, b""


# ---------------------------------------------------------------- logout


def back_to_login(query):
    """`/logout` with `redirect_uri` and `response_type` ends the session and shows the login page again."""
    given = {name: values[0] if isinstance(values, list) else values for name, values in query.items()}
    if "logout_uri" in given or not {"client_id", "redirect_uri", "response_type"} <= set(given):
        return None
    gateway = f"http://{os.environ['BIND_HOST']}:{os.environ['GATEWAY_PORT']}"
    return 302, {"Location": f"{gateway}/oauth2/authorize?{urlencode(given)}", "Cache-Control": "no-store"}, b""
