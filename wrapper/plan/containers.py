"""What a container is told in plain text: not sensitive to Terraform, yet people put secrets there."""

from wrapper.plan.values import Json, decoded

# The stack's own variables, which name images, models and ports.
_PUBLIC = frozenset({"IMAGE_DIGEST", "MODEL_SHA256", "MODEL_URI", "PORT"})


def environment_marks(values: Json) -> Json:
    """Mark the values of a task definition's environment as sensitive, all but the stack's own."""
    containers = decoded(values.get("container_definitions")) if isinstance(values, dict) else None
    if not isinstance(containers, list):
        return None
    return {"container_definitions": [_container_marks(container) for container in containers]}


def _container_marks(container: Json) -> Json:
    variables = container.get("environment") if isinstance(container, dict) else None
    if not isinstance(variables, list):
        return None
    return {"environment": [{"value": _is_private(variable)} for variable in variables]}


def _is_private(variable: Json) -> bool:
    return not (isinstance(variable, dict) and variable.get("name") in _PUBLIC)
