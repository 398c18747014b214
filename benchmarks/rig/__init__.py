"""What the benchmarks are made of: models, servers, load generators, and the noise around them."""
