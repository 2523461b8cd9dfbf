"""Secrets Manager: `Ref` to a secret is its ARN, as policies and other accounts need it."""

from ministack.services import secretsmanager

from . import around


def install():
    around("AWS::SecretsManager::Secret", create=by_arn, update=by_arn_still, delete=of_arn)


def name_of(arn):
    """The name by which ministack keeps the secret."""
    name, secret = secretsmanager._resolve(arn)
    return name if secret else arn


def by_arn(create):
    def created(logical_id, props, stack):
        _name, attributes = create(logical_id, props, stack)
        return attributes["Arn"], attributes

    return created


def by_arn_still(update):
    def updated(arn, old, new, stack, logical_id=None):
        _name, attributes = update(name_of(arn), old, new, stack, logical_id)
        return attributes["Arn"], attributes

    return updated


def of_arn(delete):
    return lambda arn, props: delete(name_of(arn), props)
