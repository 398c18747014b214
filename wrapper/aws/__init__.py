"""All calls to AWS: one client for every service, its errors as ours, its pages as one list."""
