"""Load balancers: the `authenticate-cognito` action, kept, shown and carried out."""

import os
from xml.sax.saxutils import escape

from ministack.core.responses import get_region
from ministack.services import alb, cognito
from ministack.services.cloudformation import provisioners

FIELDS = (
    "UserPoolArn",
    "UserPoolClientId",
    "UserPoolDomain",
    "SessionCookieName",
    "Scope",
    "SessionTimeout",
    "OnUnauthenticatedRequest",
)
DEFAULTS = {
    "SessionCookieName": "AWSELBAuthSessionCookie",
    "Scope": "openid",
    "SessionTimeout": "604800",
    "OnUnauthenticatedRequest": "authenticate",
}


def install():
    parse, show, provision, execute = (
        alb._parse_actions,
        alb._action_xml,
        provisioners._elbv2_listener_actions,
        alb._execute_actions,
    )

    def parse_actions(params, prefix="DefaultActions"):
        actions = parse(params, prefix)
        for number, action in enumerate(actions, 1):
            at = f"{prefix}.member.{number}.AuthenticateCognitoConfig"
            config = {name: alb._p(params, f"{at}.{name}") for name in FIELDS}
            if config["UserPoolArn"]:
                action["AuthenticateCognitoConfig"] = with_defaults(config)
        return actions

    def action_xml(action):
        xml, config = show(action), action.get("AuthenticateCognitoConfig")
        if not config:
            return xml
        fields = "".join(f"<{name}>{escape(str(config[name]))}</{name}>" for name in FIELDS if name in config)
        config_xml = f"<AuthenticateCognitoConfig>{fields}</AuthenticateCognitoConfig>"
        return xml.replace("</member>", config_xml + "</member>")

    def listener_actions(props, balancer, prop="DefaultActions"):
        actions = provision(props, balancer, prop)
        for action, given in zip(actions, [a for a in props.get(prop) or [] if isinstance(a, dict)]):
            if isinstance(given.get("AuthenticateCognitoConfig"), dict):
                action["AuthenticateCognitoConfig"] = with_defaults(given["AuthenticateCognitoConfig"])
            if isinstance(given.get("AuthenticateOidcConfig"), dict):
                action["AuthenticateOidcConfig"] = dict(given["AuthenticateOidcConfig"])
        return actions

    async def execute_actions(actions, *args, **kwargs):
        return await execute([as_oidc(action) for action in actions], *args, **kwargs)

    alb._parse_actions, alb._action_xml, alb._execute_actions = parse_actions, action_xml, execute_actions
    provisioners._elbv2_listener_actions = listener_actions


def with_defaults(config):
    """A Cognito configuration as AWS shows it: with what was not given."""
    return {**DEFAULTS, **{name: value for name, value in config.items() if value not in (None, "")}}


def as_oidc(action):
    """Cognito speaks OpenID Connect: the same action, with the pool's endpoints on this gateway."""
    config = action.get("AuthenticateCognitoConfig")
    if not config or (action.get("Type") or "").lower() != "authenticate-cognito":
        return action
    gateway = f"http://{os.environ['BIND_HOST']}:{os.environ['GATEWAY_PORT']}"
    pool = config["UserPoolArn"].rsplit("/", 1)[-1]
    client = (cognito._user_pools.get(pool) or {}).get("_clients", {}).get(config["UserPoolClientId"], {})
    shared = {name: config[name] for name in DEFAULTS}
    return {
        **action,
        "Type": "authenticate-oidc",
        "AuthenticateOidcConfig": {
            **shared,
            "Issuer": f"https://cognito-idp.{get_region()}.amazonaws.com/{pool}",
            "AuthorizationEndpoint": gateway + "/oauth2/authorize",
            "TokenEndpoint": gateway + "/oauth2/token",
            "UserInfoEndpoint": gateway + "/oauth2/userInfo",
            "ClientId": config["UserPoolClientId"],
            "ClientSecret": client.get("ClientSecret", ""),
        },
    }
