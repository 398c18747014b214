"""What a plan costs a month, from dated price tables; nothing is asked of AWS."""

from wrapper.review.cost.estimate import CostLine, Estimate, estimate
from wrapper.review.cost.table import PriceTable, regions, table_of

__all__ = ["CostLine", "Estimate", "PriceTable", "estimate", "regions", "table_of"]
