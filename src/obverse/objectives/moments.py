"""How far the second moments of made rows are from those of real ones: mean and covariance feature matching.

Mroueh, Sercu and Goel 2017 (McGan), with features that are fixed and not learnt: indicators of categories, and for each
number hats over its places, so that every pair of columns is matched bin by bin. A critic alone finds such pairs late.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    Tensor = torch.Tensor

HATS = 13  # over a number's places, at even distances
LEAST_SPREAD = 0.1  # of a feature: a rarer one is not blown up further


@dataclass(frozen=True)
class Moments:
    """The moments of real rows.

    Attributes:
        numbers: leading entries of a row that are places in -1..1; the others are indicators.
        mean, spread: of the features, (F,).
        wanted: (F + 1, F + 1), mean outer product of standardised features and a one.
    """

    numbers: int
    mean: Tensor
    spread: Tensor
    wanted: Tensor

    @classmethod
    def of(cls, rows: Tensor, numbers: int) -> Moments:
        """Of real rows, (n, places and indicators)."""
        import torch

        features = _features(rows, numbers)
        mean, spread = features.mean(dim=0), features.std(dim=0, correction=0).clamp(min=LEAST_SPREAD)
        bare = cls(numbers, mean, spread, torch.empty(0))
        return cls(numbers, mean, spread, bare._products(rows))

    def distance(self, made: Tensor) -> Tensor:
        """Squared distance of the moments, summed over pairs of features and divided by their number.

        Each half of the made rows gives an estimate of the gap, and the product of two independent ones is an unbiased
        estimate of the square (it may be negative): noise of a small batch does not push towards rows that are alike.
        """
        half = len(made) // 2
        if not half:
            return made.sum() * 0.0
        one, two = (self._products(part) - self.wanted for part in (made[:half], made[half:]))
        return (one * two).sum() / len(self.wanted)

    def _products(self, rows: Tensor) -> Tensor:
        import torch

        standard = (_features(rows, self.numbers) - self.mean) / self.spread
        with_one = torch.cat([torch.ones_like(rows[:, :1]), standard], dim=1)
        return with_one.T @ with_one / len(rows)


def _features(rows: Tensor, numbers: int) -> Tensor:
    """(n, HATS a number, then the indicators)."""
    import torch

    middles = torch.linspace(-1, 1, HATS, device=rows.device)
    hats = (1 - (rows[:, :numbers, None] - middles).abs() * ((HATS - 1) / 2)).relu()
    return torch.cat([hats.flatten(1), rows[:, numbers:]], dim=1)
