"""What is particular to the detector: that it finds, folders of transformers, its arguments, resuming."""

import json

import numpy as np
import pytest

import obverse
from obverse.core.errors import BadInput, BrokenModel, CannotAnswer
from obverse.core.queries import Impossible
from obverse.data.worlds.shapes import scenes
from obverse.families.detector import Detector
from obverse.study.metrics.detection import mean_average_precision

torch = pytest.importorskip("torch")

SMALL = {"width": 8, "epochs": 2}


def held(made):
    return list(zip(made.boxes, made.labels, strict=True))


TRAIN, FRESH = scenes(60, seed=1, size=32), scenes(20, seed=2, size=32)
Y = held(TRAIN)


def same(one, other):
    return len(one) == len(other) and all(
        np.array_equal(a, b) for x, y in zip(one, other, strict=True) for a, b in zip(x, y, strict=True)
    )


@pytest.fixture(scope="module")
def model():
    return obverse.fit("detector", TRAIN.pixels, Y, seed=0, **SMALL)


def test_large_pictures_are_looked_at_smaller_and_answered_in_their_own_pixels():
    train, fresh = scenes(200, seed=3, size=48, most=2), scenes(40, seed=4, size=48, most=2)
    large = train.pixels.repeat(2, axis=1).repeat(2, axis=2)
    wide = [(2 * boxes, labels) for boxes, labels in held(train)]
    fitted = obverse.fit("detector", large, wide, seed=0, width=16, epochs=10, side=48)
    found = fitted.predict(fresh.pixels.repeat(2, axis=1).repeat(2, axis=2))
    assert mean_average_precision([(2 * b, c) for b, c in held(fresh)], found) > 0.3  # .0 in pixels of another size


def test_arguments_say_what_is_told(model):
    every = model.predict(FRESH.pixels)
    for name, value, kept in (("threshold", 0.2, lambda s: s >= 0.2), ("most", 3, lambda s: np.arange(len(s)) < 3)):
        loaded = obverse.fit("detector", TRAIN.pixels, Y, seed=0, **SMALL, **{name: value})
        expected = [tuple(part[kept(one[2])] for part in one) for one in every]
        assert same(loaded.predict(FRESH.pixels), expected)


def test_wrong_arguments_are_all_named():
    wrong = {"width": 3, "side": 0, "batch": 1.5, "rate": 0, "threshold": 1.5, "most": 0, "overlap": 0.0, "budget": -1}
    with pytest.raises(BadInput) as found:
        obverse.fit("detector", TRAIN.pixels, Y, **wrong)
    assert len(found.value.problems) == len(wrong)


def test_what_it_cannot_answer_is_said(model):
    for query in ("sample", "log_prob", "impute"):
        assert isinstance(Detector.can(query, target="structure"), Impossible)
    assert isinstance(Detector.can("predict", target="class"), Impossible)
    for ask in (model.predict_proba, model.log_prob, model.impute, model.anomaly, lambda x: model.sample(len(x))):
        with pytest.raises(CannotAnswer):
            ask(FRESH.pixels)


def test_pictures_of_other_sizes_are_answered(model):
    found = model.predict([FRESH.pixels[0], np.zeros((20, 50, 3), np.uint8)])
    assert len(found) == 2 and all((boxes <= [50, 32, 50, 32]).all() for boxes, _, _ in found)


def test_training_goes_on_where_it_stopped(model, tmp_path):
    first = obverse.fit("detector", TRAIN.pixels, Y, seed=0, **SMALL, checkpoint=str(tmp_path / "kept"))
    again = obverse.fit("detector", TRAIN.pixels, Y, seed=0, **SMALL, checkpoint=str(tmp_path / "kept"))
    assert same(first.predict(FRESH.pixels), model.predict(FRESH.pixels))
    assert same(again.predict(FRESH.pixels), model.predict(FRESH.pixels))
    moved = [(boxes * 0.9, labels) for boxes, labels in Y]
    with pytest.raises(BadInput, match="another training"):
        obverse.fit("detector", TRAIN.pixels, moved, seed=0, **SMALL, checkpoint=str(tmp_path / "kept"))


# ------------------------------------------------------------------ folders of transformers


def yolos():
    from transformers import YolosConfig, YolosForObjectDetection

    return YolosForObjectDetection(YolosConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, image_size=[32, 32],
        patch_size=16, num_detection_tokens=6, id2label={0: "cat", 1: "dog"}, label2id={"cat": 0, "dog": 1},
    ))  # fmt: skip


def detr():
    from transformers import DetrConfig, DetrForObjectDetection, ResNetConfig

    seen = ResNetConfig(embedding_size=8, hidden_sizes=[8, 8, 8, 8], depths=[1, 1, 1, 1], layer_type="basic",
                        out_features=["stage4"])  # fmt: skip
    return DetrForObjectDetection(DetrConfig(
        use_timm_backbone=False, use_pretrained_backbone=False, backbone=None, backbone_config=seen, d_model=16,
        encoder_layers=1, decoder_layers=1, encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=16,
        decoder_ffn_dim=16, num_queries=6, id2label={0: "cat", 1: "dog"}, label2id={"cat": 0, "dog": 1},
    ))  # fmt: skip


@pytest.fixture(scope="module", params=[yolos, detr], ids=["yolos", "detr"])
def saved(request, tmp_path_factory):
    """A folder as transformers saves it, and the network in it."""
    torch.manual_seed(0)
    net, folder = request.param().eval(), tmp_path_factory.mktemp("saved")
    net.save_pretrained(folder)
    sight = {"image_mean": [0.5, 0.4, 0.3], "image_std": [0.2, 0.3, 0.4], "size": {"height": 48, "width": 64}}
    (folder / "preprocessor_config.json").write_text(json.dumps(sight))
    return folder, net


def test_a_folder_detects_as_transformers_does(saved, tmp_path):
    from transformers.models.detr.image_processing_pil_detr import DetrImageProcessorPil

    folder, net = saved
    found = Detector.from_pretrained(folder, threshold=0.0, overlap=1.0)
    assert found.classes_.tolist() == ["cat", "dog"]
    answers = found.predict(FRESH.pixels[:3])
    x = torch.as_tensor(np.moveaxis(FRESH.pixels[:3], -1, 1) / 255, dtype=torch.float32)
    x = torch.nn.functional.interpolate(x, size=(48, 64), mode="bilinear", antialias=True)
    mean, deviation = (torch.tensor(v)[:, None, None] for v in ([0.5, 0.4, 0.3], [0.2, 0.3, 0.4]))
    with torch.no_grad():
        said = net(pixel_values=(x - mean) / deviation)
    theirs = DetrImageProcessorPil().post_process_object_detection(said, threshold=0.0, target_sizes=[(32, 32)] * 3)
    for (boxes, labels, scores), one in zip(answers, theirs, strict=True):
        order = one["scores"].argsort(descending=True)
        np.testing.assert_allclose(scores, one["scores"][order], atol=1e-5)
        np.testing.assert_allclose(boxes, one["boxes"][order].clamp(0, 32), atol=1e-3)
        assert labels.tolist() == [["cat", "dog"][int(i)] for i in one["labels"][order]]
    loaded = obverse.load(found.save(tmp_path / "model"))
    assert same(loaded.predict(FRESH.pixels[:3]), answers)


def test_a_folder_is_where_training_starts(saved, tmp_path):
    folder, net = saved
    fitted = obverse.fit("detector", TRAIN.pixels, Y, seed=0, weights=str(folder), epochs=2, rate=1e-3)
    assert fitted.classes_.tolist() == ["disc", "square", "triangle"]  # others than in the folder
    losses = fitted.history_["train"]
    assert losses[1] < losses[0]
    first, last = (dict(n.named_parameters()) for n in (net, fitted.net_.net))
    shared = [n for n, p in first.items() if p.numel() and p.shape == last[n].shape]
    assert len(shared) > 20 and max((last[n] - first[n]).abs().max() for n in shared) < 0.1  # it started there
    loaded = obverse.load(fitted.save(tmp_path / "model"))
    assert same(loaded.predict(FRESH.pixels), fitted.predict(FRESH.pixels))


def test_what_is_no_folder_of_a_detector(tmp_path, saved):
    for text, said in ((None, r"no config\.json"), ('{"model_type": "bert"}', "'bert'"), ("[1]", "no JSON object"),
                       ('{"model_type": "yolos"}', "cannot be loaded"), ("{", "as JSON")):  # fmt: skip
        if text is not None:
            (tmp_path / "config.json").write_text(text)
        with pytest.raises(BadInput, match=said):
            Detector.from_pretrained(tmp_path)
    with pytest.raises(BadInput, match="3 channels"):
        obverse.fit("detector", TRAIN.pixels[..., :1], Y, weights=str(saved[0]))


def test_a_model_folder_of_another_kind_of_network_is_refused(saved):
    found = Detector.from_pretrained(saved[0])
    state = found._state()
    state["config"] = json.dumps(json.loads(state["config"]) | {"model_type": "bert"})
    with pytest.raises(BrokenModel, match="'bert'"):
        found._restore(state)
