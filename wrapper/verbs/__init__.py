"""One file or folder for each command, without the command line itself."""
