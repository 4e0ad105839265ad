"""Networks that find boxes, one of our own and those of `transformers`, each with the same two methods.

`loss(x, boxes, codes)` is what training makes small, `found(x, most)` what is said of pictures: boxes (n, k, 4),
classes (n, k) and scores (n, k), surest first. x is (n, c, h, w) from -1 to 1, boxes are left, top, right, bottom in
its pixels, and codes (n, m) are -1 where there is no box.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..backbones.pyramid import STRIDE, pyramid
from ..core.errors import BadInput, BrokenModel, MissingExtra
from ..objectives import boxes as objective
from .boxes import resized

if TYPE_CHECKING:
    import torch
    from torch import nn

KINDS = {"detr": ("DetrConfig", "DetrForObjectDetection"), "yolos": ("YolosConfig", "YolosForObjectDetection")}
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, where a folder does not say


def by_centres(inputs: int, width: int, classes: int) -> Any:
    """An untrained network of our own (`backbones.pyramid`, `objectives.boxes`)."""
    from torch import nn

    class Centres(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net: Any = pyramid(inputs, width, classes + objective.SIDES)
            objective.start(self.net.out.bias)

        def loss(self, x: torch.Tensor, boxes: torch.Tensor, codes: torch.Tensor) -> torch.Tensor:
            return objective.loss(self.net(x), boxes / STRIDE, codes)

        def found(self, x: torch.Tensor, most: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
            boxes, codes, scores = objective.strongest(self.net(x), most)
            return boxes * STRIDE, codes, scores

    return Centres()


def by_queries(net: Any, sight: Mapping[str, Any]) -> Any:
    """A DETR (Carion et al. 2020) or YOLOS (Fang et al. 2021) of `transformers`, whose loss is its own.

    `sight` says how it looks at pictures: `mean` and `deviation` of each channel from 0 to 1, and the sides of the
    picture, `height` and `width` or `shortest` and `longest`, where they are to be of a certain size.
    """
    import torch
    from torch import nn

    class Queries(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net: nn.Module = net

        def _seen(self, x: torch.Tensor) -> torch.Tensor:
            mean, deviation = (torch.tensor(sight[k], device=x.device)[:, None, None] for k in ("mean", "deviation"))
            return (resized(x, _size(sight, *x.shape[-2:])) / 2 + 0.5 - mean) / deviation

        def loss(self, x: torch.Tensor, boxes: torch.Tensor, codes: torch.Tensor) -> torch.Tensor:
            whole = torch.tensor([x.shape[-1], x.shape[-2]] * 2, device=x.device)
            middle = torch.cat([(boxes[..., :2] + boxes[..., 2:]) / 2, boxes[..., 2:] - boxes[..., :2]], dim=-1) / whole
            told = [{"class_labels": c[c >= 0], "boxes": b[c >= 0]} for b, c in zip(middle, codes, strict=True)]
            return self.net(pixel_values=self._seen(x), labels=told).loss

        def found(self, x: torch.Tensor, most: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
            said = self.net(pixel_values=self._seen(x))
            scores, codes = said.logits.softmax(dim=-1)[..., :-1].max(dim=-1)  # the last class is: nothing
            scores, order = scores.sort(dim=1, descending=True)
            middle, sides = said.pred_boxes[..., :2], said.pred_boxes[..., 2:]
            boxes = torch.cat([middle - sides / 2, middle + sides / 2], dim=-1)
            boxes = boxes * torch.tensor([x.shape[-1], x.shape[-2]] * 2, device=x.device)
            order = order[:, :most]
            return boxes.gather(1, order[..., None].expand(-1, -1, 4)), codes.gather(1, order), scores[:, :most]

    return Queries()


def saved_network(folder: str, classes: Sequence[str] | None = None) -> tuple[Any, dict[str, Any]]:
    """The network that `transformers` saved in a folder, and how it looks at pictures (see `by_queries`).

    With `classes` of another number than its own its last layer is new.

    Raises:
        BadInput: the folder holds no DETR or YOLOS with weights as safetensors.
        MissingExtra: transformers, or what the network stands on, is not installed.
    """
    place = Path(folder).expanduser()
    facts = _json(place / "config.json")
    kind = None if facts is None else facts.get("model_type")
    if kind not in KINDS:
        what = "it has no config.json" if facts is None else f"its config.json says {kind!r}"
        raise BadInput(f"{folder} is no folder of a {' or '.join(KINDS)} that transformers saved: {what}")
    _, cls = _classes(kind)
    named = dict(enumerate(classes or ()))
    other = {"id2label": named, "label2id": {c: i for i, c in named.items()}, "ignore_mismatched_sizes": True}
    other = {} if classes is None else other
    try:
        net = cls.from_pretrained(str(place), local_files_only=True, use_safetensors=True, **other)
    except ImportError as error:
        raise MissingExtra(f"{folder} needs what is not installed: {' '.join(str(error).split())}") from error
    except (OSError, ValueError) as error:
        raise BadInput(f"{folder} cannot be loaded: {' '.join(str(error).split())[:200]}") from error
    return net, _sight(_json(place / "preprocessor_config.json") or {})


def network_of(config: str) -> Any:
    """An untrained network of the text of a config, for weights that a model folder holds."""
    facts: dict[str, Any] = json.loads(config)
    if facts.get("model_type") not in KINDS:
        raise BrokenModel(f"a detector of the kind {facts.get('model_type')!r} is not known")
    made, cls = _classes(facts["model_type"])
    return cls(made.from_dict(facts | {"use_pretrained_backbone": False}))


def class_names(net: Any) -> Sequence[str]:
    """Of a network of `transformers`, in the order of its answers."""
    named = net.config.id2label
    return [str(named[i]) for i in range(len(named))]


def _classes(kind: str) -> tuple[Any, Any]:
    """Config and network of that kind."""
    try:
        import transformers
    except ImportError as error:
        raise MissingExtra('a detector of transformers needs it: pip install "obverse[deep]"') from error
    config, network = KINDS[kind]
    return getattr(transformers, config), getattr(transformers, network)


def _json(file: Path) -> dict[str, Any] | None:
    """What a JSON file holds, None when it is not there; BadInput when it is no JSON object."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise BadInput(f"{file} cannot be read as JSON ({error})") from error
    if not isinstance(found, dict):
        raise BadInput(f"{file} is no JSON object")
    return found


def _sight(said: Mapping[str, Any]) -> dict[str, Any]:
    """How to look at pictures, from the settings `transformers` keeps beside a network."""
    size = said.get("size") or {}
    size = {"shortest_edge": size, "longest_edge": said.get("max_size", size)} if isinstance(size, int) else size
    words = {"height": "height", "width": "width", "shortest_edge": "shortest", "longest_edge": "longest"}
    sides = {words[k]: int(v) for k, v in size.items() if k in words and v} if said.get("do_resize", True) else {}
    return {
        "mean": list(said.get("image_mean") or MEAN), "deviation": list(said.get("image_std") or DEVIATION), **sides
    }  # fmt: skip


def _size(sight: Mapping[str, Any], height: int, width: int) -> tuple[int, int]:
    """Height and width at which a picture is looked at."""
    if "height" in sight and "width" in sight:
        return sight["height"], sight["width"]
    if "shortest" not in sight:
        return height, width
    times = min(sight["shortest"] / min(height, width), sight.get("longest", float("inf")) / max(height, width))
    return max(1, round(height * times)), max(1, round(width * times))
