"""EventBridge's starts of ECS tasks: when a schedule is due, retries, and dead letters."""
