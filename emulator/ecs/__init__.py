"""The service scheduler: it starts, checks, replaces and stops the tasks of a service as ECS documents it.

ministack's own counts a task as good a second after its start and stops the old ones at once, whatever the
load balancer thinks of the new ones. Here a deployment is done when its targets are healthy and the old ones
drained.
"""
