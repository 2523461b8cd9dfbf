"""IAM's conditions: the way to the emulator counts as TLS. It has none, and never leaves the machine.

Policies that refuse plain HTTP (`aws:SecureTransport`), as those of buckets do, would let nobody in.
"""

from ministack.core import iam_evaluator


def install():
    resolve = iam_evaluator._resolve_condition_key

    def resolved(key, context):
        return "true" if key.lower() == "aws:securetransport" else resolve(key, context)

    iam_evaluator._resolve_condition_key = resolved
