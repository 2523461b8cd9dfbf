"""IAM conditions: connections to the emulator count as TLS (`aws:SecureTransport`).

They are plain HTTP on the loopback interface; without this, policies that require TLS would refuse all requests.
"""

from ministack.core import iam_evaluator


def install():
    resolve = iam_evaluator._resolve_condition_key

    def resolved(key, context):
        return "true" if key.lower() == "aws:securetransport" else resolve(key, context)

    iam_evaluator._resolve_condition_key = resolved
