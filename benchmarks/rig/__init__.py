"""The parts of the benchmarks: models, servers, load generators, and the noise of the machine."""
