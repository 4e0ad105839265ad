"""Words as tokens, and the parts of a latent diffusion from scratch: sizes, and a state that gives the same answers."""

import numpy as np
import pytest
import torch

from obverse.backbones.stable_diffusion import Parts, from_scratch, words_of
from obverse.core.errors import BadInput

CAPTIONS = ["A red disc.", "a blue disc", "a red, RED box"]


@pytest.fixture(scope="module")
def parts():
    torch.manual_seed(0)
    return from_scratch(CAPTIONS, 10, 16, 3, 8).at_rest()


def test_words_are_numbered_by_how_often_they_come_then_by_the_alphabet():
    found = words_of(CAPTIONS)
    order = sorted(found.get_vocab(), key=found.token_to_id)
    assert order == ["[PAD]", "[UNK]", "[BEGIN]", "[END]", "a", "red", "disc", ",", ".", "blue", "box"]
    assert found.to_str() == words_of(CAPTIONS[::-1]).to_str()


def test_captions_are_padded_and_strange_words_named(parts):
    assert parts.length == 7
    assert parts.tokens(["A  Blue disc", ""]).tolist() == [[2, 4, 9, 6, 3, 0, 0], [2, 3, 0, 0, 0, 0, 0]]
    assert parts.tokens([]).shape == (0, 7)
    with pytest.raises(BadInput) as error:
        parts.tokens(["a green Sphere", "a red, red disc, a blue box"])
    assert "no caption had 'green', 'Sphere'" in str(error.value) and len(error.value.problems) == 2


def test_sides_are_padded_to_what_halves_evenly(parts):
    x = torch.rand((2, 3, 10, 16))
    cut = parts.cut(x)
    assert parts.patch == 2 and cut.shape == (2, 12, 6, 8)
    assert torch.equal(cut[:, 0, :5], x[:, 0, ::2, ::2]) and torch.equal(cut[:, 0, 5], x[:, 0, 9, ::2])
    small, spread = parts.small(cut)
    assert small.shape == spread.shape == (2, *parts.shape(10, 16)) == (2, 4, 6, 8)
    assert parts.large(small).shape == (2, 3, 12, 16)


@pytest.mark.parametrize(("side", "patch", "scales"), [(8, 2, 1), (32, 4, 1), (64, 4, 2), (256, 4, 2)])
def test_small_pictures_are_cut_first_and_then_halved(side, patch, scales):
    made = from_scratch(CAPTIONS, side, side, 1, 8)
    assert (made.patch, len(made.autoencoder.config.block_out_channels)) == (patch, scales)


def test_a_state_gives_the_same_answers(parts):
    again = Parts.of_state(parts.state())
    x, time = torch.rand((2, 4, 6, 8)), torch.tensor([3, 700])
    said = [p.network(x, time, p.read(p.tokens(CAPTIONS[:2]))).sample.detach().numpy() for p in (parts, again)]
    np.testing.assert_array_equal(*said)
    assert again.scheduler.config.prediction_type == "v_prediction"
    assert float(again.scheduler.alphas_cumprod[-1]) == 0.0  # nothing is left of the picture at the end
