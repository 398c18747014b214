"""Tasks as containers of the real image, by Docker or Podman: the same interface as local processes."""
