"""The format of amounts and durations."""


def dollars(amount: float) -> str:
    return f"{amount:,.2f}"


def difference(amount: float) -> str:
    """Write the difference with its sign; one that rounds to zero has none."""
    return "0.00" if abs(amount) < 0.005 else f"{amount:+,.2f}"


def duration(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    if not minutes:
        return f"{seconds} s"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"
