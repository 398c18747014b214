"""What ministack's ECS lacks of capacity providers."""

from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import ecs

from emulator.patching import wrap
from emulator.replies import Response


def managed_draining() -> None:
    """Upstream drops managedDraining of a new capacity provider, so the next plan wants to set it."""

    def create(original: Callable[..., Response], data: Mapping[str, Any]) -> Response:
        response = original(data)
        if response[0] == 200:
            asked = data.get("autoScalingGroupProvider", {}).get("managedDraining", "ENABLED")
            ecs._capacity_providers[data["name"]]["autoScalingGroupProvider"]["managedDraining"] = asked
        return response

    wrap(ecs, "_create_capacity_provider", create)
