"""What is particular to text_to_image: captions met and not met, folders of Stable Diffusion, sizes, checkpoints."""

import numpy as np
import pytest
import torch

import obverse
from obverse.core.errors import BadInput, CannotAnswer
from obverse.core.rng import seeded
from obverse.data.worlds.shapes import captioned
from obverse.families.text_to_image import TextToImage

TINY = {"channels": 8, "epochs": 1, "steps": 3}
DATA = captioned(48, 1, size=16)


@pytest.fixture(scope="module")
def model():
    return obverse.fit("text_to_image", DATA.pixels, DATA.captions, **TINY)


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    """A tiny Stable Diffusion with weights as they come, and the folder it was saved in."""
    from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    torch.manual_seed(0)
    letters = [chr(i) for i in range(97, 123)]
    words = [*letters, *(f"{a}</w>" for a in letters), "<|startoftext|>", "<|endoftext|>"]
    tokenizer = CLIPTokenizer(vocab={word: i for i, word in enumerate(words)}, merges=[], model_max_length=20)
    made = StableDiffusionPipeline(
        vae=AutoencoderKL(
            block_out_channels=(8, 8), down_block_types=("DownEncoderBlock2D",) * 2,
            up_block_types=("UpDecoderBlock2D",) * 2, norm_num_groups=4, latent_channels=4,
        ),
        text_encoder=CLIPTextModel(CLIPTextConfig(
            vocab_size=len(words), hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
            max_position_embeddings=20, bos_token_id=52, eos_token_id=53, pad_token_id=53,
        )),
        tokenizer=tokenizer,
        unet=UNet2DConditionModel(
            sample_size=8, block_out_channels=(8, 16), layers_per_block=1, cross_attention_dim=16, norm_num_groups=4,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), attention_head_dim=2,
        ),
        scheduler=DDIMScheduler(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, clip_sample=False,
                                set_alpha_to_one=False, steps_offset=1),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("pipelines") / "tiny"
    made.save_pretrained(folder)
    made.set_progress_bar_config(disable=True)
    return made, folder


def test_a_folder_of_stable_diffusion_draws_what_its_pipeline_draws(pipeline, tmp_path):
    made, folder = pipeline
    model = obverse.list_families()["text_to_image"].from_pretrained(folder, steps=4, guidance=5.0)
    drawn = model.sample(2, given={"caption": "a red disc"}, seed=3)
    assert drawn.shape == (2, 16, 16, 3) and drawn.dtype == np.uint8
    noise = torch.as_tensor(seeded(3).standard_normal((2, 4, 8, 8), dtype=np.float32))
    expected = made(["a red disc"] * 2, latents=noise, num_inference_steps=4, guidance_scale=5.0, output_type="np")
    np.testing.assert_allclose(drawn, expected.images * 255, atol=1.0)
    other = model.sample(2, given={"caption": "a blue box"}, seed=3)
    assert not np.array_equal(drawn, other)
    again = obverse.load(model.save(tmp_path / "model"))
    np.testing.assert_array_equal(again.sample(2, given={"caption": "a red disc"}, seed=3), drawn)
    with pytest.raises(BadInput, match="has over 18 words or parts"):
        model.sample(1, given={"caption": "quite a long red disc beside a box"})


def test_a_folder_of_stable_diffusion_goes_on_learning(pipeline):
    _, folder = pipeline
    start = TextToImage.from_pretrained(folder, steps=4)
    texts = [text.split(" at ")[0] for text in DATA.captions]
    model = obverse.fit("text_to_image", DATA.pixels, texts, weights=str(folder), epochs=2, steps=4)
    assert len(model.history_["train"]) == 2 and "autoencoder" not in model.history_
    before, after = ({k: t.numpy() for k, t in one.parts_.network.state_dict().items()} for one in (start, model))
    assert any(not np.array_equal(before[k], after[k]) for k in before)
    kept = zip(start.parts_.reader.parameters(), model.parts_.reader.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in kept)
    with pytest.raises(BadInput, match="draws 3 channels, the pictures have 1"):
        obverse.fit("text_to_image", DATA.pixels[..., :1], texts, weights=str(folder))


def test_other_folders_are_refused(pipeline, tmp_path):
    with pytest.raises(BadInput, match="it has no vae, unet, text_encoder, tokenizer, scheduler"):
        TextToImage.from_pretrained(tmp_path)
    with pytest.raises(BadInput, match="steps must be"):
        TextToImage.from_pretrained(pipeline[1], steps=0)
    for name in ("vae", "unet", "text_encoder", "tokenizer", "scheduler"):
        (tmp_path / name).mkdir()
    with pytest.raises(BadInput, match="cannot be read whole"):
        TextToImage.from_pretrained(tmp_path)
    (tmp_path / "text_encoder_2").mkdir()
    with pytest.raises(BadInput, match="a second text encoder"):
        TextToImage.from_pretrained(tmp_path)


def test_a_caption_may_be_asked_in_both_spellings(model):
    one = model.sample(2, given={"caption": DATA.captions[0]}, seed=1)
    assert one.shape == (2, 16, 16, 3) and one.dtype == np.uint8
    np.testing.assert_array_equal(one, model.sample(2, given=f'caption == "{DATA.captions[0].upper()}"', seed=1))
    assert not np.array_equal(one, model.sample(2, seed=1))  # without a caption: any picture


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("a red disc at the top left", r'or caption == "text", not'),
        ({"label": "a red disc"}, r'or caption == "text", not'),
        ('caption != "a red disc"', r'or caption == "text", not'),
        ({"caption": ["a red disc", "a blue disc"]}, r'or caption == "text", not'),
        ({"caption": 7}, "a caption is a text with words in it, not 7"),
        ({"caption": " "}, "a caption is a text with words in it"),
        ({"caption": "a crimson disc"}, "no caption had 'crimson'"),
        ({"caption": "a red disc at the top left of a blue disc"}, "over 7 words"),
    ],
)
def test_other_conditions_are_refused(model, given, said):
    with pytest.raises(BadInput, match=said):
        model.sample(1, given=given)


def test_what_it_does_not_answer_is_said(model):
    for ask in (model.predict, model.log_prob, model.impute):
        with pytest.raises(CannotAnswer):
            ask(DATA.pixels[:2])


def test_pictures_of_odd_sizes_keep_them():
    pixels = np.random.default_rng(0).integers(256, size=(24, 9, 13)).astype(np.uint8)
    model = obverse.fit("text_to_image", pixels, ["noise"] * 24, **TINY)
    assert model.sample(2, given={"caption": "noise"}, seed=0).shape == (2, 9, 13, 1)


def test_a_training_goes_on_from_its_checkpoint(tmp_path):
    settings = TINY | {"epochs": 2, "checkpoint": str(tmp_path / "kept")}
    whole = obverse.fit("text_to_image", DATA.pixels, DATA.captions, **settings)
    again = obverse.fit("text_to_image", DATA.pixels, DATA.captions, **settings)  # nothing is left to learn
    assert {p.name for p in (tmp_path / "kept").iterdir()} == {"autoencoder", "network"}
    given = {"caption": DATA.captions[0]}
    np.testing.assert_array_equal(again.sample(2, given=given, seed=1), whole.sample(2, given=given, seed=1))


def test_arguments_are_checked():
    with pytest.raises(BadInput) as error:
        obverse.fit("text_to_image", DATA.pixels, DATA.captions, channels=12, budget=0, guidance=-1)
    assert len(error.value.problems) == 3


def test_a_budget_ends_both_trainings():
    model = obverse.fit("text_to_image", DATA.pixels, DATA.captions, channels=8, epochs=10_000, budget=3.0)
    assert 1 <= len(model.history_["autoencoder"]) < 1_000 and 1 <= len(model.history_["train"]) < 1_000
