"""The command line: a file for each group of commands, options, and the boundary that prints errors."""
