"""How many threads a library may take: on few rows they cost more than they save, and they spin on shared cores."""

ENOUGH = 5_000  # rows


def threads(rows: int) -> int:
    """Threads for so many rows, as XGBoost counts them: 1, or 0 for one a core."""
    return 0 if rows >= ENOUGH else 1
