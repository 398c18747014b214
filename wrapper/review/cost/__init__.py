"""The monthly cost of a plan, from dated price tables; AWS is not asked."""

from wrapper.review.cost.estimate import CostLine, Estimate, estimate
from wrapper.review.cost.table import PriceTable, regions, table_of

__all__ = ["CostLine", "Estimate", "PriceTable", "estimate", "regions", "table_of"]
