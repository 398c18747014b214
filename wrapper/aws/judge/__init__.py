"""What AWS would say to recorded requests: by its models, by what it documents besides, and by IAM's rules."""
