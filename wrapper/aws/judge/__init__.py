"""What AWS would answer to recorded requests: by its models, its documents and IAM's rules."""
