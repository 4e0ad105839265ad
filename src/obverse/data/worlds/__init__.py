"""Tiny data sets with known truth: whatever a model answers about them can be compared with the right answer."""

from .blobs import Blobs
from .finite import Finite
from .line import Line
from .mixed import Mixed
from .steps import Steps
from .world import World

ALL: tuple[World, ...] = (Blobs(), Finite(), Mixed(), Line(), Steps())

__all__ = ["ALL", "Blobs", "Finite", "Line", "Mixed", "Steps", "World"]
