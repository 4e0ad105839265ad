"""Seconds and memory of a step, against a step whose needs are known."""

from __future__ import annotations

import time

import numpy as np
import pytest

from obverse.study.meter import PROC, Meter


def test_seconds_are_those_the_step_took():
    meter = Meter()
    with meter.measure("wait"):
        time.sleep(0.05)
    assert 0.05 <= meter.seconds["wait"] < 1


@pytest.mark.skipif(not (PROC / "clear_refs").exists(), reason="the system keeps no record of peak memory")
def test_the_peak_is_of_the_largest_step_even_when_its_memory_is_free_again():
    meter = Meter()
    with meter.measure("large"):
        np.ones(10_000_000).sum()  # 80 MB, gone at the end of the line
    with meter.measure("small"):
        np.ones(10)
    assert meter.peak_mb == pytest.approx(80, rel=0.2)
