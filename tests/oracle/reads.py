"""Prints as JSON what cfn-lint, another reader of templates, understands from each YAML file."""

import json
import sys

from cfnlint.decode import cfn_yaml

json.dump([cfn_yaml.load(path) for path in sys.argv[1:]], sys.stdout, default=str)
