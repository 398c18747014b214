"""Read the prices of a region from AWS: `python -m wrapper.review.prices REGION...`

Needs credentials that may call pricing:GetProducts; the call itself is free.
"""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from wrapper.aws.client import Aws
from wrapper.review.prices.ask import API_REGION, NotFoundError
from wrapper.review.prices.catalog import INSTANCES, wanted
from wrapper.review.prices.refresh import refresh

if TYPE_CHECKING:
    from types_boto3_pricing import PricingClient

_FOLDER = Path(__file__).parent


def main(
    arguments: list[str] | None = None, *, folder: Path = _FOLDER, client: "PricingClient | None" = None
) -> int:
    """Return the exit code: 0, or 10 if AWS could not be asked or has none of the prices."""
    parser = argparse.ArgumentParser(prog="python -m wrapper.review.prices", description=__doc__)
    parser.add_argument("regions", nargs="+", metavar="REGION", help="such as eu-west-1")
    parser.add_argument(
        "--instances", nargs="*", default=INSTANCES, metavar="TYPE", help="EC2 instance types"
    )
    chosen = parser.parse_args(arguments)
    today = datetime.now(tz=UTC).date()
    try:
        asked = client or Aws(region=API_REGION).pricing
        for region in chosen.regions:
            done = refresh(asked, region, wanted(tuple(chosen.instances)), folder=folder, today=today)
            print(f"{done.path}: {done.prices} prices of {today}")
            for missing in done.missing:
                print(f"  left out: {missing}", file=sys.stderr)
    except (BotoCoreError, ClientError, NotFoundError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 10
    return 0


if __name__ == "__main__":
    sys.exit(main())
