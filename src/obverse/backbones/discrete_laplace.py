"""Whole-number noise with P(z) proportional to exp(-rate |z|), drawn exactly.

Added to a count it is the geometric mechanism (Ghosh, Roughgarden and Sundararajan 2009). Noise made of doubles betrays
the count in its last bits (Mironov 2012), so nothing here is a double: the sampler of Canonne, Kamath and Steinke
(2020, algorithms 1 and 2) needs coins with rational probabilities only, and those are drawn with whole numbers.
"""

from __future__ import annotations

import random
import secrets
from fractions import Fraction


class DiscreteLaplace:
    """Draws of one rate.

    Args:
        rate: above 0; of a count that one row changes by one, the epsilon that publishing it costs.
        source: where chance comes from: the operating system unless a test needs the same noise again.
    """

    def __init__(self, rate: Fraction, source: random.Random | None = None) -> None:
        self.top, self.bottom = rate.numerator, rate.denominator
        self.below = (source or secrets.SystemRandom()).randrange

    def draw(self) -> int:
        """One whole number."""
        while True:
            rest = self.below(self.bottom)
            if not self._exponential_coin(rest, self.bottom):
                continue
            turns = 0
            while self._exponential_coin(1, 1):
                turns += 1
            size = (rest + self.bottom * turns) // self.top  # P(size >= m) = exp(-rate m)
            negative = self.below(2)
            if not (negative and size == 0):  # zero would come twice as often as it should
                return -size if negative else size

    def _exponential_coin(self, top: int, bottom: int) -> bool:
        """True with probability exp(-top / bottom), for 0 <= top <= bottom: the parity of a run of coins."""
        flips = 1
        while self.below(bottom * flips) < top:
            flips += 1
        return flips % 2 == 1
