"""What is particular to diffusion: both paths, guidance, a budget, a bound that integrates, holes."""

import numpy as np
import pytest
import torch

import obverse
from obverse.core.errors import BadInput, CannotAnswer
from obverse.data.worlds.bars import Bars
from obverse.objectives import diffusion

TRAIN = Bars().sample(300, seed=1)


@pytest.fixture(scope="module", params=["flow_matching", "ddpm"])
def model(request):
    return obverse.fit(
        "image_diffusion", TRAIN, objective=request.param, channels=8, epochs=40, batch=32, rate=4e-3, steps=10,
        bound_draws=8,
    )  # fmt: skip


def test_both_objectives_draw_the_class_asked(model):
    drawn = model.sample(60, given={"label": "flat"}, seed=0)
    assert (Bars().read(drawn) == "flat").mean() > 0.8


def test_pictures_with_holes_have_no_likelihood_and_can_be_filled_first(model):
    holed = TRAIN.pixels[:2].astype(float)
    holed[:, 3] = np.nan
    with pytest.raises(CannotAnswer, match="fill them with impute first"):
        model.log_prob(holed)
    with pytest.raises(CannotAnswer, match="fill them with impute first"):
        model.predict(holed)
    assert np.isfinite(model.log_prob(model.impute(holed, seed=0))).all()


def test_likelihood_without_a_label_is_the_sum_over_labels(model):
    x = TRAIN.pixels[:4]
    each = [model._log_prob(model.card.modality.read((x, [c] * 4), model.schema_)[0]) for c in model.classes_]
    np.testing.assert_allclose(model.log_prob(x), np.logaddexp(*each), atol=1e-9)


def test_arguments_are_checked():
    with pytest.raises(BadInput, match="objective"):
        obverse.fit("image_diffusion", TRAIN, objective="gan")


@pytest.mark.parametrize("path", ["straight", "cosine"])
def test_the_ideal_network_of_one_picture_gives_it_back(path):
    """Data that are one picture x: the answers of the best network are known, so that drawing, filling and the bound
    can be compared with the truth, which is that x has probability 1."""
    x = (torch.randint(256, (1, 1, 4, 4), generator=torch.Generator().manual_seed(0)).float() / 127.5) - 1

    def ideal(point, time):
        a, s = (part[:, None, None, None] for part in diffusion.mixing(time, path))
        e = (point - a * x) / s
        return x - e if path == "straight" else e

    noise = torch.randn((3, 1, 4, 4), generator=torch.Generator().manual_seed(1))
    np.testing.assert_allclose(diffusion.drawn(ideal, noise, 12, path), x.expand(3, 1, 4, 4), atol=0.02)
    hole = torch.zeros((1, 1, 4, 4), dtype=torch.bool)
    hole[..., 2:] = True
    made = diffusion.filled(ideal, x, hole, torch.Generator().manual_seed(2), 8, path)
    np.testing.assert_allclose(made, x, atol=0.02)
    bound = diffusion.bound(ideal, x, torch.Generator().manual_seed(3), 16, path, 1 / 255)
    assert -1.5 < float(bound[0]) <= 0.0


@pytest.mark.parametrize("path", ["straight", "cosine"])
def test_time_and_mixing_agree(path):
    log_snr = torch.tensor([-6.0, 0.0, 7.0])
    a, s = diffusion.mixing(diffusion.time_of(log_snr, path), path)
    np.testing.assert_allclose(2 * torch.log(a / s), log_snr, atol=1e-4)


def test_a_budget_ends_training():
    model = obverse.fit("image_diffusion", TRAIN, channels=8, epochs=10_000, budget=1.0, steps=4)
    assert 1 <= len(model.history_["train"]) < 1_000


def test_weights_of_another_network_are_one_line(tmp_path, monkeypatch):
    from obverse.backbones import unet
    from obverse.core.errors import BrokenModel

    pixels = np.random.default_rng(0).integers(0, 256, (40, 20, 20, 1)).astype(np.uint8)
    with monkeypatch.context() as other:
        other.setattr(unet, "patch_of", lambda height, width: 1)
        obverse.fit("image_diffusion", pixels, channels=8, epochs=1, batch=16).save(tmp_path / "m")
    with pytest.raises(BrokenModel, match="is not a whole 'image_diffusion' model") as error:
        obverse.load(tmp_path / "m")
    assert "\n" not in str(error.value)
