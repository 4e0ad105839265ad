"""A folder of pictures with a table of captions: both spellings of its columns, and all that is wrong at once."""

import numpy as np
import pytest
from PIL import Image

from obverse.core.errors import BadInput
from obverse.data.pictures import read_pictures, write_pictures


@pytest.fixture
def folder(tmp_path):
    """Three coloured pictures of one shade each, the third in a sub-folder, and their captions."""
    (tmp_path / "more").mkdir()
    for i, name in enumerate(("a.png", "b.png", "more/c.png")):
        Image.new("RGB", (6, 5), (10 * i, 0, 0)).save(tmp_path / name)
    (tmp_path / "metadata.csv").write_text('file_name,text\nb.png,"two, shades"\nmore/c.png,third\na.png, one \n')
    return tmp_path


def test_captions_come_in_the_order_of_the_table(folder):
    read = read_pictures(folder)
    assert read.labels.tolist() == ["two, shades", "third", "one"]
    assert read.pixels.shape == (3, 5, 6, 3) and read.pixels[:, 0, 0, 0].tolist() == [10, 20, 0]


def test_columns_may_be_named_image_and_caption(folder):
    plain = read_pictures(folder)
    table = (folder / "metadata.csv").read_text().replace("file_name,text", "Image,Caption")
    (folder / "metadata.csv").write_bytes(b"\xef\xbb\xbf" + table.encode())
    assert read_pictures(folder).sha256 == plain.sha256


def test_all_that_does_not_fit_is_said_in_one_line(folder):
    (folder / "metadata.csv").write_text(
        "file_name,text\na.png,one\na.png,again\nb.png,  \ngone.png,lost\n../up.png,outside\nnoise.png,noise\n"
    )
    (folder.parent / "up.png").write_bytes((folder / "a.png").read_bytes())
    (folder / "noise.png").write_bytes(b"no picture")
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "a.png").write_bytes(b"")
    with pytest.raises(BadInput) as found:
        read_pictures(folder)
    text = str(found.value)
    assert len(found.value.problems) == 5 and "\n" not in text
    for said in (
        "not there: gone.png, ../up.png",
        "an empty caption: b.png",
        "several captions: a.png",
        "no caption in metadata.csv: more/c.png",
        "noise.png is no picture",
    ):
        assert said in text


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (b"file_name,label\na.png,1\n", "needs the columns file_name and text; it has file_name, label"),
        (b"", "it has none"),
        (b"file_name,text\n", "has no row"),
        (b"file_name,text\na.png,\xff\xfe\n", "no table in UTF-8"),
        (b'file_name,text\na.png,"never closed\n', "no table in UTF-8 that can be read"),
        (b"file_name,text\na.png\n", "an empty caption: a.png"),
    ],
)
def test_a_broken_table_is_refused(folder, table, said):
    (folder / "metadata.csv").write_bytes(table)
    with pytest.raises(BadInput, match=said):
        read_pictures(folder)


def test_captions_in_a_file_of_arrays(tmp_path):
    pixels = np.zeros((2, 4, 4, 1), np.uint8)
    write_pictures(pixels, tmp_path / "a.npz", np.array(["one", "two"]))
    np.savez(tmp_path / "b.npz", images=pixels, captions=np.array(["one", "two"]))
    for name in ("a.npz", "b.npz"):
        assert read_pictures(tmp_path / name).labels.tolist() == ["one", "two"]
