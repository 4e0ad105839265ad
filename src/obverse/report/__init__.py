"""A study's summary as one self-contained HTML page, which shows what the summary holds and computes no statistics."""

from .page import render
from .save import write

__all__ = ["render", "write"]
