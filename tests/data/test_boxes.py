"""Pictures with boxes from disk: folders, zips and tables; what they refuse, in one line and all at once."""

import gzip
import zipfile

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from obverse.core.errors import BadInput
from obverse.data.boxes import as_table, read_boxes, read_either
from obverse.data.pictures import Pictures

HEAD = "image,width,label,xmin,ymin,xmax,ymax\n"
ROWS = "a.png,20,cat,1,2,11,8\nb.png,20,dog,0,0,5,5\na.png,20,dog,12,1,20.5,10\n"


@pytest.fixture
def folder(tmp_path):
    """Three pictures 20 wide and 10 high and a table of boxes; one box sticks out by half a pixel."""
    for i, name in enumerate("abc"):
        Image.new("RGB", (20, 10), (10 * i, 20, 30)).save(tmp_path / f"{name}.png")
    (tmp_path / "boxes.csv").write_text(HEAD + ROWS)
    return tmp_path


def test_a_folder_with_a_table(folder):
    read = read_boxes(folder)
    assert read.names == ("a.png", "b.png", "c.png") and read.pixels.shape == (3, 10, 20, 3)
    np.testing.assert_array_equal(read.boxes[0], np.array([[1, 2, 11, 8], [12, 1, 20, 10]], np.float32))
    assert [labels.tolist() for labels in read.labels] == [["cat", "dog"], ["dog"], []]
    assert read.y[2][0].shape == (0, 4) and "1 of 3 pictures hold no box" in read.notes


def test_a_zip_beside_a_packed_table_is_the_same(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("zipped")
    with zipfile.ZipFile(other / "images.zip", "w") as packed:
        for name in "cab":
            packed.write(folder / f"{name}.png", f"deep/{name}.png")
        packed.writestr("deep/read.me", "no picture")
    (other / "boxes.csv.gz").write_bytes(gzip.compress((HEAD + ROWS).encode()))
    read = read_boxes(folder)
    for place in (other, other / "images.zip"):
        assert read_boxes(place).sha256 == read.sha256
    (folder / "images").mkdir()
    for name in "abc":
        (folder / f"{name}.png").rename(folder / "images" / f"{name}.png")
    assert read_boxes(folder).sha256 == read.sha256
    assert read_boxes(folder, other / "boxes.csv.gz").sha256 == read.sha256


def test_without_a_table_nobody_says_what_is_there(folder):
    one = read_boxes(folder / "a.png")  # of one picture, the table beside it is not looked at
    assert one.names == ("a.png",) and one.y is None
    (folder / "boxes.csv").unlink()
    assert read_boxes(folder).y is None and len(read_boxes(folder)) == 3


def test_small_pictures_get_grey_where_no_box_moves(folder):
    Image.new("L", (8, 12), 200).save(folder / "d.png")
    with (folder / "boxes.csv").open("a") as table:
        table.write("d.png,8,cat,1,1,8,12\n")
    read = read_boxes(folder)
    assert read.pixels.shape == (4, 12, 20, 3) and len(read.notes) == 3
    assert (read.pixels[3, :, :8] == 200).all() and (read.pixels[3, :, 8:] == 128).all()
    assert (read.pixels[0, 10:] == 128).all()
    assert read.boxes[3].tolist() == [[1, 1, 8, 12]]
    with (folder / "boxes.csv").open("a") as table:
        table.write("d.png,8,cat,1,1,12,12\n")  # in the grey, and outside its own picture
    with pytest.raises(BadInput, match=r"d\.png: box 2, \(1, 1, 12, 12\), is not inside the picture of 8 x 12"):
        read_boxes(folder)


def test_all_that_is_wrong_is_told_at_once(folder):
    (folder / "c.png").write_bytes(b"no picture")
    rows = "nope.png,20,cat,1,1,2,2\nnope.png,20,cat,1,1,2,2\na.png,20,cat,5,5,5,8\nb.png,20,,1,1,2,2\n"
    (folder / "boxes.csv").write_text(HEAD + rows + "b.png,20,cat,1,1,40,5\nc.png,20,cat,1,1,3,3\n")
    with pytest.raises(BadInput) as found:
        read_boxes(folder)
    said = found.value.problems
    assert len(said) == 5 and "\n" not in str(found.value)
    for problem, words in zip(said, ("c.png is no picture", "'nope.png' (row 1)", "row 4 has no label",
                                     "a.png: box 1 is empty", "40, 5), is not inside the picture of 20 x 10"),
                              strict=True):  # fmt: skip
        assert words in problem


def test_many_problems_are_shortened(folder):
    (folder / "boxes.csv").write_text(HEAD + "a.png,20,cat,9,9,1,1\n" * 12)
    with pytest.raises(BadInput, match="and 7 more"):
        read_boxes(folder)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("image,label,xmin\na.png,cat,1\n", "no column ymin, xmax, ymax"),
        (HEAD + "a.png,20,cat,1,1,2,far\n" * 5, "xmax|ymax"),
        (HEAD + "a.png,20,cat,1,1,,5\n", "box 1 has a corner that is no number"),
    ],
)
def test_tables_that_are_none(folder, table, said):
    (folder / "boxes.csv").write_text(table)
    with pytest.raises(BadInput, match=said):
        read_boxes(folder)


def test_what_is_no_place_of_pictures(folder, tmp_path_factory):
    (folder / "broken.zip").write_bytes(b"PK no zip")
    with zipfile.ZipFile(folder / "twice.zip", "w") as packed:
        for place in ("one", "two"):
            packed.write(folder / "a.png", f"{place}/a.png")
    (folder / "boxes.csv").unlink()
    empty = tmp_path_factory.mktemp("empty")
    for place, said in ((folder / "broken.zip", "no whole zip"), (folder / "twice.zip", "two pictures called a.png"),
                        (empty, "holds no picture"), (folder / "gone", "there is no")):  # fmt: skip
        with pytest.raises(BadInput, match=said):
            read_boxes(place)


def test_a_changed_byte_in_a_zip_is_told(folder):
    with zipfile.ZipFile(folder / "images.zip", "w") as packed:
        packed.write(folder / "a.png", "a.png")
    raw = bytearray((folder / "images.zip").read_bytes())
    raw[60] ^= 255
    (folder / "images.zip").write_bytes(raw)
    with pytest.raises(BadInput, match=r"a\.png"):
        read_boxes(folder / "images.zip")


def test_answers_are_a_table_that_can_be_read_again(folder):
    names = ["a.png", "b.png", "c.png"]
    found = [
        (
            np.array([[1, 2, 3.126, 4], [5, 5, 9, 9]], np.float32),
            np.array(["cat", "dog"], object),
            np.array([0.9, 0.5]),
        ),
        (np.empty((0, 4), np.float32), np.array([], object), np.empty(0)),
        (np.array([[0, 0, 20, 10]], np.float32), np.array(["dog"], object), np.array([0.123456])),
    ]
    frame = as_table(names, found)
    assert list(frame.columns) == ["image", "label", "score", "xmin", "ymin", "xmax", "ymax"]
    assert frame["image"].tolist() == ["a.png", "a.png", "c.png"] and frame["xmax"].tolist() == [3.13, 9, 20]
    assert frame["score"].tolist() == [0.9, 0.5, 0.1235] and frame["label"].tolist() == ["cat", "dog", "dog"]
    frame.to_csv(folder / "boxes.csv", index=False)
    assert [len(b) for b in read_boxes(folder).boxes] == [2, 0, 1]
    assert as_table([], []).empty and isinstance(as_table([], []), pd.DataFrame)


def test_arrays_are_read_as_pictures(folder):
    np.savez(folder / "a.npz", x=np.zeros((2, 4, 4), np.uint8))
    assert isinstance(read_either(folder / "a.npz"), Pictures) and len(read_either("digits")) == 1797
    assert read_either(folder).y is not None
