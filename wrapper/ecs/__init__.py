"""What runs on ECS: services, their counts and pauses, jobs, alarms, and roll-outs."""
