"""Secrets Manager: `Ref` to a secret is its ARN, as at AWS."""

from ministack.services import secretsmanager

from . import around


def install():
    around("AWS::SecretsManager::Secret", create=create_by_arn, update=update_by_arn, delete=delete_by_arn)


def name_of(arn):
    """The name under which ministack stores the secret."""
    name, secret = secretsmanager._resolve(arn)
    return name if secret else arn


def create_by_arn(create):
    def created(logical_id, props, stack):
        _name, attributes = create(logical_id, props, stack)
        return attributes["Arn"], attributes

    return created


def update_by_arn(update):
    def updated(arn, old, new, stack, logical_id=None):
        _name, attributes = update(name_of(arn), old, new, stack, logical_id)
        return attributes["Arn"], attributes

    return updated


def delete_by_arn(delete):
    return lambda arn, props: delete(name_of(arn), props)
