"""The parts of a latent diffusion of pictures told by captions, as `diffusers` and `transformers` build them.

An autoencoder makes pictures small, a text encoder reads the caption, a U-shaped network undoes noise on the small
pictures with its eyes on the caption's words (Rombach et al. 2022). From scratch they are a few hundred thousand
numbers and the words are those of the captions; a folder that a Stable Diffusion pipeline of diffusers saved has the
same parts.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

from __future__ import annotations

import inspect
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.errors import BadInput, MissingExtra
from ..core.schema import Array

if TYPE_CHECKING:
    import torch

    Tensor = torch.Tensor

LATENTS = 4  # channels of a small picture
SMALL = 8  # side of a small picture, about
MOST_CUT = 2  # halvings of a side by cutting it into patches; what is more the autoencoder halves
MOST_WORDS, MOST_TOKENS = 20_000, 77
PAD, UNKNOWN, BEGIN, END = "[PAD]", "[UNK]", "[BEGIN]", "[END]"
FOLDERS = ("vae", "unet", "text_encoder", "tokenizer", "scheduler")
NOISE_STEPS = 1_000


@dataclass
class Parts:
    """All that draws.

    Attributes:
        autoencoder: AutoencoderKL.
        network: UNet2DConditionModel, of small pictures, times and what was read.
        reader: CLIPTextModel.
        tokenizer: of the package `tokenizers`; pads to one length.
        scheduler: DDIMScheduler: how much noise at which time, and what the network says.
        patch: side of the squares of pixels that the autoencoder takes for one pixel of many channels; 1 in folders.
    """

    autoencoder: Any
    network: Any
    reader: Any
    tokenizer: Any
    scheduler: Any
    patch: int = 1

    # ------------------------------------------------------------------------ captions

    @property
    def length(self) -> int:
        """Tokens that a caption has, padding included."""
        return int(self.tokenizer.padding["length"])

    def tokens(self, captions: Sequence[str]) -> Tensor:
        """int64 (n, length).

        Raises:
            BadInput: a caption is too long or has a word that no caption had.
        """
        import torch

        found = self.tokenizer.encode_batch(list(captions))
        problems: list[str] = []
        unknown = self.tokenizer.token_to_id(UNKNOWN)
        for caption, one in zip(captions, found, strict=True):
            if len(one.ids) > self.length:
                problems.append(f"the caption {caption[:60]!r} has over {self.length - 2} words or parts; shorten it")
            strange = [caption[a:b] for i, (a, b) in zip(one.ids, one.offsets, strict=True) if i == unknown]
            if strange:
                problems.append(f"no caption had {', '.join(map(repr, strange))}; say {caption[:60]!r} in other words")
        if problems:
            raise BadInput(problems)
        return torch.as_tensor([one.ids for one in found], dtype=torch.int64).reshape(-1, self.length)

    def read(self, tokens: Tensor) -> Tensor:
        """(n, length) tokens to (n, length, width): what the network looks at."""
        return self.reader(input_ids=tokens).last_hidden_state

    # ------------------------------------------------------------------------ pictures

    @property
    def shrink(self) -> int:
        """How many times smaller a small picture's side is."""
        return self.patch * 2 ** (len(self.autoencoder.config.block_out_channels) - 1)

    @property
    def whole(self) -> int:
        """What a picture's sides must be multiples of."""
        return self.shrink * 2 ** (len(self.network.config.block_out_channels) - 1)

    def cut(self, x: Tensor) -> Tensor:
        """Pictures (n, c, h, w) from -1 to 1 as the autoencoder takes them: edges repeated at the right and below until
        both sides are whole, and each patch one pixel."""
        from torch.nn import functional

        down, right = (-x.shape[2] % self.whole, -x.shape[3] % self.whole)
        whole = functional.pad(x, (0, right, 0, down), mode="replicate") if down or right else x
        return functional.pixel_unshuffle(whole, self.patch)

    def shape(self, height: int, width: int) -> tuple[int, int, int]:
        """Channels, height and width of the small picture of such a picture."""
        up = self.whole
        return LATENTS, -(-height // up) * up // self.shrink, -(-width // up) * up // self.shrink

    def small(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and spread of the small pictures of pictures that were cut."""
        scale, shift = self._scale
        told = self.autoencoder.encode(x).latent_dist
        return (told.mean - shift) * scale, told.std * scale

    def large(self, small: Tensor) -> Tensor:
        """Pictures (n, c, h, w), padding included, of small pictures."""
        from torch.nn import functional

        scale, shift = self._scale
        return functional.pixel_shuffle(self.autoencoder.decode(small / scale + shift).sample, self.patch)

    @property
    def _scale(self) -> tuple[float, float]:
        config = self.autoencoder.config
        return float(config.scaling_factor), float(config.shift_factor or 0.0)

    # --------------------------------------------------------------------------- state

    def nets(self) -> dict[str, Any]:
        """The three networks by name."""
        return {"autoencoder": self.autoencoder, "network": self.network, "reader": self.reader}

    def state(self) -> dict[str, Any]:
        """Configs as JSON texts and weights as arrays."""
        configs = {
            "autoencoder": _plain(self.autoencoder.config),
            "network": _plain(self.network.config),
            "reader": self.reader.config.to_diff_dict(),
            "scheduler": _plain(self.scheduler.config),
        }
        weights = {name: {k: t.detach().cpu().numpy() for k, t in net.state_dict().items()}
                   for name, net in self.nets().items()}  # fmt: skip
        return {"configs": {name: json.dumps(config) for name, config in configs.items()}, "weights": weights,
                "tokenizer": self.tokenizer.to_str(), "patch": self.patch}  # fmt: skip

    @classmethod
    def of_state(cls, state: dict[str, Any]) -> Parts:
        """Inverse of `state`."""
        import torch
        from tokenizers import Tokenizer

        built = _built({name: json.loads(text) for name, text in state["configs"].items()})
        parts = cls(**built, tokenizer=Tokenizer.from_str(state["tokenizer"]), patch=int(state["patch"]))
        for name, net in parts.nets().items():
            net.load_state_dict({k: torch.as_tensor(a) for k, a in state["weights"][name].items()})
        return parts.at_rest()

    def at_rest(self) -> Parts:
        """The same with all networks on the CPU, for asking."""
        for net in self.nets().values():
            net.eval().cpu()
        return self


def from_scratch(captions: Sequence[str], height: int, width: int, channels: int, size: int) -> Parts:
    """New parts for pictures of this size, whose words are those of the captions; weights from PyTorch's generator.

    Args:
        channels: of a picture, 1 or 3.
        size: channels of the network's finest scale, a multiple of 8; others follow from it.
    """
    side = min(height, width)
    halvings = int(np.clip(round(np.log2(side / SMALL)), 1, 3))
    patch = 2 ** min(halvings, MOST_CUT)  # convolutions at the full size would take most of the time
    sizes = [size] * (1 + max(0, halvings - MOST_CUT))
    tokenizer = words_of(captions)
    numbers = {name: tokenizer.token_to_id(mark) for name, mark in
               (("pad_token_id", PAD), ("bos_token_id", BEGIN), ("eos_token_id", END))}  # fmt: skip
    configs = {
        "autoencoder": {
            "in_channels": channels * patch**2, "out_channels": channels * patch**2, "latent_channels": LATENTS,
            "sample_size": side // patch, "block_out_channels": sizes, "layers_per_block": 1, "norm_num_groups": 8,
            "mid_block_add_attention": False, "scaling_factor": 1.0,  # until it is measured
            "down_block_types": ["DownEncoderBlock2D"] * len(sizes),
            "up_block_types": ["UpDecoderBlock2D"] * len(sizes),
        },
        "network": {
            "in_channels": LATENTS, "out_channels": LATENTS, "sample_size": side // 2**halvings,
            "block_out_channels": [size, 2 * size], "layers_per_block": 1, "norm_num_groups": 8,
            "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"],
            "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"],
            "cross_attention_dim": 2 * size, "attention_head_dim": 2,
        },
        "reader": {
            "vocab_size": tokenizer.get_vocab_size(), "hidden_size": 2 * size, "intermediate_size": 4 * size,
            "num_hidden_layers": 2, "num_attention_heads": 4,
            "max_position_embeddings": tokenizer.padding["length"], **numbers,
        },
        "scheduler": {
            "num_train_timesteps": NOISE_STEPS, "beta_schedule": "squaredcos_cap_v2", "clip_sample": False,
            "prediction_type": "v_prediction", "timestep_spacing": "trailing", "rescale_betas_zero_snr": True,
        },
    }  # fmt: skip
    return Parts(**_built(configs), tokenizer=tokenizer, patch=patch)


def from_folder(folder: str | Path) -> Parts:
    """The parts that a Stable Diffusion pipeline (version 1 or 2) of diffusers saved in a folder; nothing is fetched,
    no file is unpickled, and what checks or censors pictures is not read.

    Raises:
        BadInput: it is no such folder.
    """
    folder = Path(folder).expanduser()
    lacking = [name for name in FOLDERS if not (folder / name).is_dir()]
    if lacking or (folder / "text_encoder_2").is_dir():
        why = f"it has no {', '.join(lacking)}" if lacking else "it has a second text encoder"
        raise BadInput(f"{folder} is no Stable Diffusion 1 or 2 that diffusers saved: {why}")
    diffusers, transformers = _libraries()
    from tokenizers import Tokenizer

    local: dict[str, Any] = {"local_files_only": True, "use_safetensors": True}
    try:
        autoencoder = diffusers.AutoencoderKL.from_pretrained(folder / "vae", **local)
        network = diffusers.UNet2DConditionModel.from_pretrained(folder / "unet", **local)
        reader = transformers.CLIPTextModel.from_pretrained(folder / "text_encoder", **local)
        own = transformers.CLIPTokenizer.from_pretrained(folder / "tokenizer", local_files_only=True)
        schedule = json.loads((folder / "scheduler" / "scheduler_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError) as error:
        raise BadInput(f"{folder} cannot be read whole ({str(error).splitlines()[0]})") from error
    tokenizer: Any = Tokenizer.from_str(own.backend_tokenizer.to_str())
    length = min(int(own.model_max_length), int(reader.config.max_position_embeddings))
    tokenizer.enable_padding(length=length, pad_id=own.pad_token_id, pad_token=own.pad_token)
    tokenizer.no_truncation()
    return Parts(autoencoder, network, reader, tokenizer, _scheduler(schedule)).at_rest()


def words_of(captions: Sequence[str]) -> Any:
    """A tokenizer whose tokens are the words of the captions, in lower case, and their punctuation marks."""
    _libraries()
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    plain: Any = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    cut: Any = pre_tokenizers.Whitespace()
    counts = Counter[str]()
    longest = 0
    for caption, times in Counter(captions).items():
        words = [word for word, _ in cut.pre_tokenize_str(plain.normalize_str(caption))]
        longest = max(longest, len(words))
        counts.update({word: times * many for word, many in Counter(words).items()})
    common = sorted(counts, key=lambda word: (-counts[word], word))[:MOST_WORDS]
    vocabulary = {word: i for i, word in enumerate([PAD, UNKNOWN, BEGIN, END, *common])}
    out: Any = Tokenizer(models.WordLevel(vocabulary, unk_token=UNKNOWN))
    out.normalizer, out.pre_tokenizer = plain, cut
    marks = [(mark, vocabulary[mark]) for mark in (BEGIN, END)]
    out.post_processor = processors.TemplateProcessing(single=f"{BEGIN} $A {END}", special_tokens=marks)
    out.enable_padding(length=min(MOST_TOKENS, longest + 2), pad_id=vocabulary[PAD], pad_token=PAD)
    return out


def _built(configs: dict[str, Any]) -> dict[str, Any]:
    """Networks and schedule of their configs, with new weights."""
    diffusers, transformers = _libraries()
    return {
        "autoencoder": diffusers.AutoencoderKL(**configs["autoencoder"]),
        "network": diffusers.UNet2DConditionModel(**configs["network"]),
        "reader": transformers.CLIPTextModel(transformers.CLIPTextConfig.from_dict(configs["reader"])),
        "scheduler": _scheduler(configs["scheduler"]),
    }


def _scheduler(config: dict[str, Any]) -> Any:
    """The noise of a config of any scheduler, undone by DDIM (Song et al. 2021): what it does not know is left out."""
    diffusers, _ = _libraries()
    known = inspect.signature(diffusers.DDIMScheduler.__init__).parameters
    return diffusers.DDIMScheduler(**{name: value for name, value in config.items() if name in known})


def _plain(config: Any) -> dict[str, Any]:
    """A config of diffusers without what it notes about itself."""
    return {name: value for name, value in dict(config).items() if not name.startswith("_")}


def _libraries() -> tuple[Any, Any]:
    """The packages diffusers and transformers."""
    try:
        import diffusers
        import transformers
    except ImportError as error:
        raise MissingExtra('captioned pictures need diffusers and transformers: pip install "obverse[deep]"') from error
    return diffusers, transformers


def as_arrays(x: Tensor) -> Array:
    """float32 on the CPU."""
    return x.detach().cpu().float().numpy()
