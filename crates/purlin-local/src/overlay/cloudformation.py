"""CloudFormation: conditions on pseudo parameters, checks of references, and failures with AWS's messages."""

import ast
import json
import re

from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import changesets, engine, handlers, provisioners, stacks

from . import refusal


def install():
    evaluate, parse = engine._evaluate_conditions, engine._parse_template

    def evaluate_conditions(template, params):
        return evaluate(template, {**pseudo_parameters(), **params})

    def parse_template(body):
        template = parse(body)
        check_references(template)
        return template

    for module in (engine, handlers, changesets, stacks):
        module._evaluate_conditions = evaluate_conditions
    for module in (engine, handlers, changesets):
        module._parse_template = parse_template
    for name in ("_provision_resource", "_update_resource", "_delete_resource"):
        reworded = with_aws_message(getattr(provisioners, name))
        for module in (provisioners, stacks, changesets, handlers):
            if hasattr(module, name):
                setattr(module, name, reworded)
    actions = handlers._ACTION_HANDLERS
    actions["ListChangeSets"] = by_name(actions["ListChangeSets"])


def by_name(handler):
    """AWS accepts a stack's ARN in place of its name; ministack finds change sets by name only."""

    def handle(params):
        given = params.get("StackName", "")
        stack = given[0] if isinstance(given, list) else given
        name = stack.split(":stack/")[-1].split("/")[0]
        return handler({**params, "StackName": [name] if isinstance(given, list) else name})

    return handle


def pseudo_parameters():
    """The pseudo parameters, in the form of stack parameters."""
    values = {
        "AWS::Region": get_region(),
        "AWS::AccountId": get_account_id(),
        "AWS::Partition": "aws",
        "AWS::URLSuffix": "amazonaws.com",
    }
    return {name: {"Value": value} for name, value in values.items()}


def check_references(template):
    """AWS refuses a template with a `Ref` or `Fn::GetAtt` to an unknown id; ministack accepts it."""
    if not isinstance(template, dict) or not isinstance(template.get("Resources"), dict) or template.get("Transform"):
        return
    known = set(template["Resources"]) | set(template.get("Parameters") or {})
    for section in ("Resources", "Outputs"):
        names = references(template.get(section) or {})
        unknown = sorted({name for name in names if not name.startswith("AWS::") and name not in known})
        if unknown:
            raise ValueError(
                f"Template format error: Unresolved resource dependencies [{', '.join(unknown)}] "
                f"in the {section} block of the template"
            )


def references(node):
    """Every logical id that `Ref` and `Fn::GetAtt` name."""
    if isinstance(node, list):
        for item in node:
            yield from references(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "Ref" and isinstance(value, str):
                yield value
            elif key == "Fn::GetAtt":
                yield value[0] if isinstance(value, list) else str(value).split(".")[0]
            else:
                yield from references(value)


def with_aws_message(handler):
    """Wraps a handler: if it fails with a service's raw response, the reason becomes the message in it."""

    def call(resource_type, *args, **kwargs):
        try:
            return handler(resource_type, *args, **kwargs)
        except ValueError as error:
            message = service_message(str(error))
            if message is None:
                raise
            raise refusal(message, resource_type.split("::")[1]) from error

    return call


def service_message(text):
    """The message inside a `... failed: b'{...}'`, or None."""
    raw = re.search(r"""(b(['"]).*\2|[{<].*)$""", text, re.DOTALL)
    if not raw:
        return None
    body = raw.group(1)
    try:
        body = ast.literal_eval(body).decode() if body.startswith("b") else body
        answer = json.loads(body) if body.startswith("{") else {}
    except (ValueError, SyntaxError):
        return None
    found = re.search(r"<Message>(.*?)</Message>", body, re.DOTALL)
    return answer.get("message") or answer.get("Message") or (found and found.group(1))
