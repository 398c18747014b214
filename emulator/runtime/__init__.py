"""Run tasks as local processes: from an image in the registry to a process with its own address and logs."""
