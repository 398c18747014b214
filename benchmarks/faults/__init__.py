"""Damage an environment of its own, run the next command, and print the results as a table."""
