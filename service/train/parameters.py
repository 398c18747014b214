"""The hyperparameters, apart from the libraries that need them, whose import takes long."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """The hyperparameters of the factorisation."""

    regularization: float
    factors: int = 64
    iterations: int = 15
    confidence: float = 4.0
    seed: int = 0
