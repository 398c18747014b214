"""Deployment alarms, which roll a deployment back.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html
ECS also watches them for some time (the bake time) after the new tasks are healthy; the emulator does not.
"""

from ministack.services import cloudwatch

from emulator.ecs import deployments
from emulator.ecs.members import Record


def judge(service: Record) -> None:
    """Fail the deployment in progress if one of the service's alarms has gone off since it began."""
    settings = (service.get("deploymentConfiguration") or {}).get("alarms") or {}
    primary = deployments.primary_of(service)
    returns = primary["id"] == (service.get("_last_completed") or {}).get("id")
    if primary["rolloutState"] != "IN_PROGRESS" or not settings.get("enable") or returns:
        return
    ringing = any(_rings(name) for name in settings.get("alarmNames", []))
    # If an alarm was on before the deployment began, ECS ignores alarms for this deployment.
    if primary.setdefault("_rang_before", ringing) or not ringing:
        return
    reason = "ECS deployment alarms: alarm detected."
    deployments.fail(service, reason, roll_back=bool(settings.get("rollback")))


def _rings(name: str) -> bool:
    return bool(cloudwatch._alarms.get(name, {}).get("StateValue") == "ALARM")
