"""Denoising under a scheduler of diffusers, whatever the network says: the best one of one picture gives it back."""

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler

from obverse.objectives import denoising

X = torch.randn((1, 4, 2, 2), generator=torch.Generator().manual_seed(0))
KINDS = ("epsilon", "v_prediction", "sample")


def scheduler(kind):
    more = {"timestep_spacing": "trailing", "rescale_betas_zero_snr": kind != "epsilon"}
    return DDIMScheduler(beta_schedule="squaredcos_cap_v2", clip_sample=False, prediction_type=kind, **more)


def ideal(kind, schedule):
    """The network that knows the picture is X."""

    def network(point, time):
        share = schedule.alphas_cumprod[time.long()].reshape(-1, 1, 1, 1)
        a, s = share.sqrt(), (1 - share).sqrt()
        e = (point - a * X) / s
        return {"epsilon": e, "v_prediction": a * e - s * X, "sample": X.expand(point.shape)}[kind]

    return network


@pytest.mark.parametrize("kind", KINDS)
def test_the_ideal_network_has_no_loss_and_gives_the_picture_back(kind):
    schedule = scheduler(kind)
    network = ideal(kind, schedule)
    noise = torch.Generator().manual_seed(1)
    assert float(denoising.loss(network, X.expand(8, 4, 2, 2), noise, schedule)) < 1e-4
    start = torch.randn((3, 4, 2, 2), generator=noise)
    np.testing.assert_allclose(denoising.drawn(network, start, 5, schedule), X.expand(3, 4, 2, 2), atol=0.02)


def test_times_are_spread_over_a_batch():
    seen = []

    def network(point, time):
        seen.append(time)
        return point

    denoising.loss(network, X.expand(10, 4, 2, 2), torch.Generator().manual_seed(2), scheduler("epsilon"))
    assert (seen[0] // 100).tolist() == list(range(10))
