"""Kernel density of the local contrasts of pictures: how far a picture is from those that were learned.

A likelihood of pixels is highest for smooth and pale pictures, whatever they show (Nalisnick et al. 2019; Serra et al.
2020), so that a picture which is odd for lacking something passes for very ordinary. Here a picture is a list of
contrasts by place, scale and direction (`backbones.contrasts`), of which too little is as odd as too much. Their
density is an average of normal distributions around the pictures learned (Parzen 1962), whose width is the one that
makes each of those likeliest given the others (Duin 1976). No network, no training.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backbones.arguments import COUNT, POSITIVE_OR_NONE, check
from ..backbones.contrasts import contrasts
from ..core.card import Card
from ..core.evidence import Evidence
from ..core.model import Model
from ..core.queries import Scores
from ..core.rng import RandomState
from ..core.schema import Array, Dataset, FloatArray
from ..modalities.image import IMAGE, shape_of

NUMBERS = 20_000_000  # features of all pictures kept
LEAST_SCALE = 0.05  # of a feature, in root mean squares of the scales of all: features that never change have none
WIDTHS = np.geomspace(0.1, 3.0, 35)  # tried, in standard deviations of a feature
TRIED = 2_000  # pictures that widths are tried on
AT_ONCE = 2_000_000  # pixels, and distances, held together


class ImageKernelDensity(Scores, Model):
    """P(x) up to a constant: mean over the pictures kept of N(contrasts of x; contrasts of that picture, width²).

    `log_prob` is a density of contrasts, in nats but not in the measure of pixels: pictures of one model compare,
    models do not. Contrasts of a place that is mostly hole are marginalised; those beside it are of the picture with
    the hole filled by what is near.

    Args:
        kept: most pictures that the density stands on; of more, as many drawn at random.
        width: of the normal distributions, in standard deviations of each contrast; None finds it.
        random_state: seeds which pictures are kept.
    """

    card = Card(
        key="image_kernel_density",
        title="Kernel density of local contrasts (for odd pictures)",
        learns=frozenset({"P(x)"}),
        modality=IMAGE,
        backbone="kernel",
        objective="leave-one-out likelihood of contrasts by place, scale and direction",
        log_prob="unnormalised",
        missing="native",
        condition="none",
        references=(
            "Parzen 1962, On estimation of a probability density function and mode",
            "Duin 1976, On the choice of smoothing parameters for Parzen estimators of probability density functions",
            "Dalal and Triggs 2005, Histograms of oriented gradients for human detection, CVPR",
            "Bruna and Mallat 2013, Invariant scattering convolution networks, PAMI",
        ),
        tasks=frozenset(),
        density_tasks=frozenset(),
        avoid_when="pictures are to be created or completed, or what matters may lie anywhere in them",
        by_name=True,
    )

    def __init__(self, kept: int = 5_000, width: float | None = None, random_state: RandomState = None) -> None:
        self.kept = kept
        self.width = width
        self.random_state = random_state

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        check(self, kept=COUNT, width=POSITIVE_OR_NONE)
        features = len(contrasts(data.values[:1])[0])
        most = min(self.kept, max(1, NUMBERS // features))
        rows = np.arange(len(data))
        if len(rows) > most:
            rows = np.sort(rng.choice(rows, most, replace=False))
        found = _contrasts(data.values[rows])
        self.centre_, scale = found.mean(axis=0), found.std(axis=0)
        least = LEAST_SCALE * float(np.sqrt((scale**2).mean()))
        self.scale_ = np.maximum(scale, least or 1.0)
        self.known_ = ((found - self.centre_) / self.scale_).astype(np.float32)
        self.width_ = self.width or _likeliest_width(self.known_[rng.permutation(len(rows))[:TRIED]])

    def _log_prob(self, event: Evidence) -> FloatArray:
        asked = (_contrasts(event.values) - self.centre_) / self.scale_
        seen, out = ~np.isnan(asked), np.zeros(len(asked))
        for part in _parts(len(asked), len(self.known_)):
            distance = _distances(np.nan_to_num(asked[part]), self.known_, seen[part])
            out[part] = np.logaddexp.reduce(-0.5 * distance / self.width_**2, axis=1) - np.log(len(self.known_))
        constant = 0.5 * np.log(2 * np.pi) + np.log(self.width_ * self.scale_)
        return out - seen @ constant

    def _state(self) -> dict[str, Any]:
        return {"centre": self.centre_, "scale": self.scale_, "known": self.known_, "width": self.width_}

    def _restore(self, state: dict[str, Any]) -> None:
        self.centre_, self.scale_, self.known_ = (state[key] for key in ("centre", "scale", "known"))
        self.width_ = float(state["width"])
        features = contrasts(np.zeros((1, *shape_of(self.schema_)))).shape[1:]
        if not self.centre_.shape == self.scale_.shape == self.known_.shape[1:] == features:
            raise ValueError("its contrasts are not those of its pictures")


def _contrasts(values: Array) -> FloatArray:
    """`contrasts` of any number of pictures, (n, features), so many at once."""
    parts = _parts(len(values), int(np.prod(values.shape[1:])))
    return np.concatenate([contrasts(values[part]) for part in parts] or [contrasts(values)])


def _parts(n: int, each: int) -> list[slice]:
    size = max(1, AT_ONCE // each)
    return [slice(i, i + size) for i in range(0, n, size)]


def _distances(asked: FloatArray, known: Array, seen: Array | None = None) -> FloatArray:
    """Squared, (n, kept), over the features that are seen; what is not seen of `asked` is 0."""
    squares: FloatArray = (known**2).sum(axis=1) if seen is None or seen.all() else seen @ (known.astype(float) ** 2).T
    return np.maximum((asked**2).sum(axis=1)[:, None] - 2 * asked @ known.T + squares, 0.0)


def _likeliest_width(known: Array) -> float:
    """That of `WIDTHS` under which the others make each of the pictures (n, features) likeliest; 1 for one picture."""
    if len(known) < 2:
        return 1.0
    distance = _distances(known.astype(float), known)
    np.fill_diagonal(distance, np.inf)
    mean = [np.logaddexp.reduce(-0.5 * distance / w**2, axis=1).mean() - known.shape[1] * np.log(w) for w in WIDTHS]
    return float(WIDTHS[int(np.argmax(mean))])
