"""Do harm to an environment of its own, see what the next command makes of it, and print it as a table."""
