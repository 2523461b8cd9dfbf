"""Cognito: users, memberships, identity providers and branding as CloudFormation resources."""

from ministack.core.responses import get_region
from ministack.services import cognito
from ministack.services.cloudformation import provisioners

from . import must

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


def create_branding(_logical_id, props, _stack):
    request = {name: props[name] for name in ("UserPoolId", "ClientId", "CSS") if name in props}
    must(cognito._set_ui_customization(request), "SetUICustomization")
    return f"UserPoolUICustomizationAttachment-{props['UserPoolId']}-{props.get('ClientId')}", {}


def delete_branding(_id, props):
    pool = cognito._user_pools.get(props.get("UserPoolId")) or {}
    pool.get("_ui_customizations", {}).pop(props.get("ClientId"), None)
