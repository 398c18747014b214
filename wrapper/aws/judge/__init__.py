"""What AWS would say to recorded requests: by its models, its documents and IAM's rules."""
