"""One file or folder for each verb of the command line, free of the command line itself."""
