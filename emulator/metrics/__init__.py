"""CloudWatch's metrics: what was measured, what is asked of it, and what alarms and scaling make of it.

Pure but for the store, which is in memory; nothing here knows of load balancers, tasks or ministack.
"""
