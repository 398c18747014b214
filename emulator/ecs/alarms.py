"""Alarms that take a roll-out back.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html
ECS also watches for some time after the new tasks are healthy, which is left out here.
"""

from ministack.services import cloudwatch

from emulator.ecs import deployments
from emulator.ecs.members import Record


def judge(service: Record) -> None:
    """Fail the deployment that is on its way if one of the service's alarms has gone off since it began."""
    settings = (service.get("deploymentConfiguration") or {}).get("alarms") or {}
    primary = deployments.primary_of(service)
    returns = primary["id"] == (service.get("_last_completed") or {}).get("id")
    if primary["rolloutState"] != "IN_PROGRESS" or not settings.get("enable") or returns:
        return
    ringing = any(_rings(name) for name in settings.get("alarmNames", []))
    # What was wrong before the deployment began is none of its doing: ECS watches no alarm then.
    if primary.setdefault("_rang_before", ringing) or not ringing:
        return
    reason = "ECS deployment alarms: alarm detected."
    deployments.fail(service, reason, roll_back=bool(settings.get("rollback")))


def _rings(name: str) -> bool:
    return bool(cloudwatch._alarms.get(name, {}).get("StateValue") == "ALARM")
