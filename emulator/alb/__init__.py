"""The load balancers' data plane: health checks, routing, and forwarding of requests."""
