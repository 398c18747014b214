"""The price tables, one file per region, and the command that reads them from AWS: see __main__.py."""
