"""The service scheduler: it starts, checks, replaces and stops the tasks of a service as ECS documents it.

ministack's own scheduler counts a task as healthy a second after its start, and stops the old tasks at once,
whether or not the load balancer's health checks pass. Here a deployment is complete when its targets are
healthy and the old ones are drained.
"""
