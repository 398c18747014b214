"""The price tables, a file a region, and the command that asks AWS for them: see __main__.py."""
