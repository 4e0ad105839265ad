"""Diffusion: a network learns what noise was mixed into a picture; asked again and again it turns noise into one.

A point at time t in 0..1 is a(t) x + s(t) e, data x and standard noise e. On the `straight` path (flow matching, Lipman
et al. 2023) a = t and s = 1 - t and the network says the velocity x - e; on the `cosine` path (DDPM, Ho et al. 2020;
Nichol and Dhariwal 2021) a = sin(pi t / 2), s = cos(pi t / 2) and it says the noise e. Either answer gives the other
and the picture itself, so that drawing, filling and the bound on the likelihood are written once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import torch

    Tensor = torch.Tensor
    Network = Callable[[Tensor, Tensor], Tensor]

Path = Literal["straight", "cosine"]
FIRST, LAST = 1e-3, 1 - 1e-3  # times between which a network is asked
SNR_LOW, SNR_HIGH = -8.0, 13.0  # log of (a / s)^2 between which the bound integrates


def mixing(time: Tensor, path: Path) -> tuple[Tensor, Tensor]:
    """a and s at times, of their shape."""
    if path == "straight":
        return time, 1 - time
    return (time * (math.pi / 2)).sin(), (time * (math.pi / 2)).cos()


def time_of(log_snr: Tensor, path: Path) -> Tensor:
    """The time at which log (a / s)^2 is so much."""
    if path == "straight":
        return (0.5 * log_snr).sigmoid()
    return (0.5 * log_snr).exp().atan() * (2 / math.pi)


def loss(network: Network, x: Tensor, noise: torch.Generator, path: Path) -> Tensor:
    """Mean squared error of what the network says of points (n, c, h, w) at random times (n,), per number."""
    import torch

    n = len(x)
    e = torch.randn(x.shape, generator=noise).to(x.device)
    even = (torch.arange(n) + torch.rand(n, generator=noise)) / n  # times are spread evenly over the batch
    time = (FIRST + (LAST - FIRST) * even).to(x.device)
    a, s = (part[:, None, None, None] for part in mixing(time, path))
    target = x - e if path == "straight" else e
    return (network(a * x + s * e, time) - target).square().mean()


def picture_and_noise(said: Tensor, point: Tensor, time: Tensor, path: Path) -> tuple[Tensor, Tensor]:
    """What a network's answer says that the picture and the noise of a point were, at times (n,)."""
    a, s = (part[:, None, None, None] for part in mixing(time, path))
    if path == "straight":
        return point + s * said, point - a * said
    return (point - s * said) / a.clamp(min=1e-3), said


def drawn(network: Network, noise: Tensor, steps: int, path: Path) -> Tensor:
    """Pictures from noise, (n, c, h, w), by so many steps of the deterministic flow (DDIM, Song et al. 2021), each
    corrected once (Heun; Karras et al. 2022) except the last: 2 steps - 1 answers of the network."""
    import torch

    times = torch.linspace(FIRST, LAST, steps + 1)
    x = noise

    def answer(at: Tensor, i: int) -> tuple[Tensor, Tensor]:
        time = times[i].expand(len(at)).to(at.device)
        a, s = mixing(times[i], path)
        clean = picture_and_noise(network(at, time), at, time, path)[0].clamp(-1, 1)
        return clean, (at - a * clean) / s  # kept in the range of pictures, an early slip does not run away

    for i in range(steps):
        a, s = mixing(times[i + 1], path)
        clean, e = answer(x, i)
        moved = a * clean + s * e
        if i < steps - 1:
            clean2, e2 = answer(moved, i + 1)
            moved = a * (clean + clean2) / 2 + s * (e + e2) / 2
        x = moved
    return answer(x, steps)[0]


def filled(network: Network, x: Tensor, hole: Tensor, noise: torch.Generator, steps: int, path: Path,
           again: int = 3) -> Tensor:  # fmt: skip
    """Pictures whose holes (boolean, of x's shape) are drawn given the rest.

    At every step what is known is mixed with fresh noise in place of what the network made of it, and each step is
    taken `again` times, so that both come to agree (RePaint, Lugmayr et al. 2022).
    """
    import torch

    def fresh() -> Tensor:
        return torch.randn(x.shape, generator=noise).to(x.device)

    times = torch.linspace(FIRST, LAST, steps + 1)
    point, clean = fresh(), x
    for i in range(steps):
        here, after = mixing(times[i], path), mixing(times[i + 1], path)
        time = times[i].expand(len(x)).to(x.device)
        for turn in range(again if i < steps - 1 else 1):
            known = here[0] * x + here[1] * fresh()
            point = torch.where(hole, point, known)
            clean = picture_and_noise(network(point, time), point, time, path)[0].clamp(-1, 1)
            e = (point - here[0] * clean) / here[1]
            if turn < again - 1 and i < steps - 1:  # back to this time, with other noise
                point = here[0] * clean + here[1] * fresh()
            else:
                point = after[0] * clean + after[1] * (e if i == steps - 1 else fresh())
    return torch.where(hole, clean, x)


def bound(network: Network, x: Tensor, noise: torch.Generator, draws: int, path: Path, half: float) -> Tensor:
    """Evidence lower bound of the mass of pictures, (n,), in nats.

    Minus half the integral of the squared error of the noise over log (a / s)^2 (Kingma et al. 2021; Kingma and Gao
    2023), estimated at `draws` values of it spread evenly, minus what the noisiest point tells of the picture, plus the
    log-probability of every value given the least noisy point.

    Args:
        network: says of points (n, c, h, w) at times (n,).
        x: pictures in -1..1.
        noise: the same for every picture, so that an answer does not depend on its neighbours.
        draws: answers of the network for each picture.
        half: half the distance between neighbouring values.
    """
    import torch

    width = SNR_HIGH - SNR_LOW
    error = torch.zeros(len(x), device=x.device, dtype=torch.float64)
    offset = torch.rand(1, generator=noise)
    for i in range(draws):
        log_snr = SNR_LOW + width * ((i + offset) / draws)
        time = time_of(log_snr, path).expand(len(x)).to(x.device)
        a, s = (part[:, None, None, None] for part in mixing(time, path))
        e = torch.randn((1, *x.shape[1:]), generator=noise).to(x.device)
        point = a * x + s * e
        guess = picture_and_noise(network(point, time), point, time, path)[1]
        error += (guess - e).square().sum(dim=(1, 2, 3)).double()
    integral = 0.5 * width * error / draws
    a, s = mixing(time_of(torch.tensor(SNR_LOW), path), path)
    norm = float(s) ** 2
    prior = 0.5 * ((float(a) * x).square() + norm - 1 - math.log(norm)).sum(dim=(1, 2, 3)).double()
    # the least noisy point says x to within this spread: the mass of the cell of the value that x is
    spread = math.exp(-0.5 * SNR_HIGH)
    e = torch.randn((1, *x.shape[1:]), generator=noise).to(x.device)
    return -integral - prior + _cell_mass(x + spread * e, x, spread, half)


def _cell_mass(seen: Tensor, x: Tensor, spread: float, half: float) -> Tensor:
    """Log-probability of the values x given points seen through noise, when all values are alike before, (n,)."""
    import torch

    count = round(1 / half) + 1  # values from -1 to 1
    grid = torch.linspace(-1, 1, count, device=x.device)
    total = torch.zeros(len(x), device=x.device, dtype=torch.float64)
    for part, truth, row in zip(seen.flatten(1), x.flatten(1), range(len(x)), strict=True):
        logits = -0.5 * ((part[:, None] - grid) / spread) ** 2
        own = -0.5 * ((part - truth) / spread) ** 2
        total[row] = (own - logits.logsumexp(dim=1)).double().sum()
    return total
