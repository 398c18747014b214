"""The load balancers' data plane: which targets are healthy, who gets a request, and its way there."""
