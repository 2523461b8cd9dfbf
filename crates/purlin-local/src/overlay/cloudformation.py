"""CloudFormation itself: conditions on pseudo parameters, references to nothing, and failures in AWS's words."""

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
        reworded = in_aws_words(getattr(provisioners, name))
        for module in (provisioners, stacks, changesets, handlers):
            if hasattr(module, name):
                setattr(module, name, reworded)
    actions = handlers._ACTION_HANDLERS
    actions["ListChangeSets"] = by_name(actions["ListChangeSets"])


def by_name(handler):
    """AWS takes a stack's ARN for its name; ministack finds no change sets by it."""

    def handle(params):
        given = params.get("StackName", "")
        stack = given[0] if isinstance(given, list) else given
        name = stack.split(":stack/")[-1].split("/")[0]
        return handler({**params, "StackName": [name] if isinstance(given, list) else name})

    return handle


def pseudo_parameters():
    """Pseudo parameters in the shape of given ones."""
    values = {
        "AWS::Region": get_region(),
        "AWS::AccountId": get_account_id(),
        "AWS::Partition": "aws",
        "AWS::URLSuffix": "amazonaws.com",
    }
    return {name: {"Value": value} for name, value in values.items()}


def check_references(template):
    """AWS refuses a template whose `Ref` or `Fn::GetAtt` names nothing; ministack lets it pass."""
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


def in_aws_words(handler):
    """The same handler; where it fails with a service's raw answer, the reason is that answer's message."""

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
    """The message inside a `... failed: b'{...}'`, or none."""
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
