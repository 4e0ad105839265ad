"""Readers of pictures: class folders, npz, idx, the embedded digits; what they refuse, in one line."""

import gzip

import numpy as np
import pytest
from PIL import Image

from obverse.core.errors import BadInput
from obverse.data.pictures import read_pictures, write_pictures


@pytest.fixture
def folder(tmp_path):
    """Two classes of three grey pictures, 6 wide and 5 high."""
    rng = np.random.default_rng(0)
    for name in ("cats", "dogs"):
        (tmp_path / name).mkdir()
        for i in range(3):
            Image.fromarray(rng.integers(256, size=(5, 6)).astype(np.uint8)).save(tmp_path / name / f"{i}.png")
    return tmp_path


def idx(array):
    head = bytes([0, 0, 8, array.ndim]) + b"".join(int(s).to_bytes(4, "big") for s in array.shape)
    return head + array.astype(np.uint8).tobytes()


def test_a_folder_of_class_folders(folder):
    read = read_pictures(folder)
    assert read.pixels.shape == (6, 5, 6, 1) and read.pixels.dtype == np.uint8
    assert read.labels.tolist() == ["cats"] * 3 + ["dogs"] * 3
    np.testing.assert_array_equal(read.pixels[4, ..., 0], np.asarray(Image.open(folder / "dogs" / "1.png")))
    assert read.sha256 == read_pictures(folder).sha256


def test_grey_and_colour_together_are_read_as_colour_and_said(folder):
    Image.new("RGB", (6, 5), (9, 8, 7)).save(folder / "dogs" / "9.png")
    read = read_pictures(folder)
    assert read.pixels.shape == (7, 5, 6, 3) and "mixed" in read.notes[0]
    assert read.pixels[6, 0, 0].tolist() == [9, 8, 7]


def test_sixteen_bits_a_pixel_are_scaled(tmp_path):
    deep = np.array([[0, 65535], [32896, 257]], dtype=np.uint16)
    Image.fromarray(deep).save(tmp_path / "a.png")
    assert read_pictures(tmp_path).pixels[0, ..., 0].tolist() == [[0, 255], [128, 1]]


def test_what_cannot_be_read_is_named_all_at_once(folder):
    (folder / "cats" / "a.png").write_bytes(b"no picture")
    whole = (folder / "cats" / "0.png").read_bytes()
    (folder / "dogs" / "b.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadInput) as found:
        read_pictures(folder)
    assert len(found.value.problems) == 2 and "a.png" in str(found.value) and "b.png" in str(found.value)
    assert "\n" not in str(found.value)


def test_several_sizes_are_refused_with_an_example_of_each(folder):
    Image.new("L", (7, 7)).save(folder / "cats" / "z.png")
    with pytest.raises(BadInput, match=r"2 sizes, 6 x 5 \(0.png\), 7 x 7 \(z.png\)"):
        read_pictures(folder)


def test_pictures_beside_class_folders_are_refused(folder):
    Image.new("L", (6, 5)).save(folder / "loose.png")
    with pytest.raises(BadInput, match=r"loose\.png"):
        read_pictures(folder)


@pytest.mark.parametrize("name", ["nothing", "empty", "a.txt"])
def test_no_pictures(tmp_path, name):
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(BadInput):
        read_pictures(tmp_path / name)


def test_npz_with_and_without_labels(tmp_path):
    x, y = np.arange(32, dtype=np.uint8).reshape(2, 4, 4), np.array([[3], [5]])
    np.savez(tmp_path / "a.npz", images=x, labels=y)
    np.savez(tmp_path / "b.npz", x=x)
    read = read_pictures(tmp_path / "a.npz")
    assert read.pixels.shape == (2, 4, 4, 1) and read.labels.tolist() == [3, 5]
    assert read_pictures(tmp_path / "b.npz").labels is None
    for wrong, said in ((x.astype(float), "uint8"), (x[0], "shape"), (x[..., None].repeat(2, 3), "shape")):
        np.savez(tmp_path / "c.npz", x=wrong)
        with pytest.raises(BadInput, match=said):
            read_pictures(tmp_path / "c.npz")
    np.savez(tmp_path / "d.npz", x=np.array([None, {}], dtype=object))
    with pytest.raises(BadInput, match=r"d\.npz"):  # an object array would have to be unpickled
        read_pictures(tmp_path / "d.npz")


def test_idx_files_plain_and_packed(tmp_path):
    x, y = np.arange(48, dtype=np.uint8).reshape(3, 4, 4), np.array([1, 0, 2])
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(x))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(y))
    (tmp_path / "t-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(x)))
    read = read_pictures(tmp_path / "train-images-idx3-ubyte")
    np.testing.assert_array_equal(read.pixels[..., 0], x)
    assert read.labels.tolist() == [1, 0, 2]
    assert read_pictures(tmp_path / "t-images-idx3-ubyte.gz").labels is None
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(x)[:-1])
    with pytest.raises(BadInput, match="no whole idx file"):
        read_pictures(tmp_path / "train-images-idx3-ubyte")


def test_digits_come_along():
    read = read_pictures("digits")
    assert read.pixels.shape == (1797, 8, 8, 1) and read.pixels.max() == 255 and set(read.labels) == set(range(10))


def test_pictures_are_written_whole_or_not_at_all(tmp_path):
    x = np.arange(3 * 16, dtype=np.uint8).reshape(3, 4, 4, 1)
    write_pictures(x, tmp_path / "a.npz", np.array([1, 2, 3]))
    read = read_pictures(tmp_path / "a.npz")
    np.testing.assert_array_equal(read.pixels, x)
    assert read.labels.tolist() == [1, 2, 3]
    write_pictures(x, tmp_path / "a.png")
    sheet = np.asarray(Image.open(tmp_path / "a.png"))
    assert sheet.shape == (2 * 49 + 1, 2 * 49 + 1) and sheet[1, 50] == x[1, 0, 0, 0]
    with pytest.raises(BadInput, match="png or"):
        write_pictures(x, tmp_path / "a.gif")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.npz", "a.png"]
