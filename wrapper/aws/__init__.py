"""The door to AWS: one client for every service, its errors in our words, its pages as one list."""
