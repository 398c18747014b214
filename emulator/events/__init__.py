"""What EventBridge does with ECS tasks: when a schedule is due, how a start is tried, repeated and buried."""
