"""Values that a program gets in plain text: not sensitive for Terraform, although users put secrets there."""

from wrapper.environment.fields import JOB_VARIABLES, SERVICE_VARIABLES
from wrapper.terraform.plan.values import Json, decoded

# The stack's own variables, which name images, models and ports.
_PUBLIC = SERVICE_VARIABLES | JOB_VARIABLES
# Where a task's environment is: in its definition, or in what starts it with other values.
_WITH_CONTAINERS = ("container_definitions", "input", "input_transformer", "target")
# What an instance gets when it boots.
_TOLD = ("user_data", "user_data_base64")


def environment_marks(values: Json) -> Json:
    """Mark the values of environments as sensitive, except the stack's own, and instances' user data."""
    if not isinstance(values, dict):
        return None
    marks = {name: _container_marks(decoded(values[name])) for name in _WITH_CONTAINERS if values.get(name)}
    marks |= {name: True for name in _TOLD if values.get(name)}
    if values.get("environment"):
        marks["environment"] = _variable_marks(values["environment"])
    return marks or None


def _container_marks(value: Json) -> Json:
    """Visit, through JSON in texts, every list of names and values that is called environment."""
    value = decoded(value)
    if isinstance(value, list):
        return [_container_marks(item) for item in value]
    if not isinstance(value, dict):
        return None
    variables = value.get("environment")
    marks = {name: _container_marks(item) for name, item in value.items()}
    if isinstance(variables, list):
        marks["environment"] = [{"value": _is_private(variable)} for variable in variables]
    return marks


def _variable_marks(environment: Json) -> Json:
    """Mark a Lambda function's variables, which are a map in a block."""
    blocks = environment if isinstance(environment, list) else [environment]
    marks = [
        {"variables": True} if isinstance(block, dict) and "variables" in block else None for block in blocks
    ]
    return marks if isinstance(environment, list) else marks[0]


def _is_private(variable: Json) -> bool:
    return not (isinstance(variable, dict) and variable.get("name") in _PUBLIC)
