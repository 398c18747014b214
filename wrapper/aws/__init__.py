"""All calls to AWS: one client per service, errors as the wrapper's own, pages as one list."""
