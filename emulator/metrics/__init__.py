"""CloudWatch's metrics: the store, queries, alarms and target tracking.

All functions are pure, except for the store, which is in memory. Nothing here depends on load balancers,
tasks or ministack.
"""
