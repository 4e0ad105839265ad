"""The catalogue: facts that fit the files, where files are looked for, and fetching over a real (local) connection."""

import gzip
import hashlib
import http.server
import json
import threading

import numpy as np
import pandas as pd
import pytest

from obverse.core.errors import BadInput
from obverse.data import catalogue
from obverse.data.entry import Entry, File
from obverse.data.read import read

PUBLIC = [name for name in catalogue.names() if not catalogue.get(name).embedded]
EMBEDDED = [name for name in catalogue.names() if catalogue.get(name).embedded]


def sha(content):
    return hashlib.sha256(content).hexdigest()


# ---------------------------------------------------------------- facts


def test_names_are_sorted_and_lead_to_their_entries():
    assert list(catalogue.names()) == sorted(catalogue.names())
    assert {"adult", "breast_cancer", "digits_table", "nsl_kdd"} <= set(catalogue.names())
    for name in catalogue.names():
        entry = catalogue.get(name)
        assert entry.name == name
        assert entry.source.startswith("https://")
        assert entry.licence and entry.title and "\n" not in entry.title
        assert [f.path for f in entry.files] == sorted(f.path for f in entry.files)
        assert all(len(f.sha256) == len(f.content_sha256) == 64 for f in entry.files)


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(BadInput, match=r"no data set is called 'adlt'; did you mean adult\?"):
        catalogue.get("adlt")


@pytest.mark.parametrize("name", EMBEDDED)
def test_embedded_sets_load_as_described(name, no_data):
    entry, table = catalogue.get(name), catalogue.load(name)
    assert table.frame.shape == (entry.rows, entry.columns)
    assert table.target == entry.target == table.frame.columns[-1]
    assert table.frame.notna().all().all()
    assert len(table.sha256) == 64
    assert pd.api.types.is_float_dtype(table.frame[entry.target]) == (entry.task == "number")


def test_classes_of_embedded_sets_are_words(no_data):
    diagnosis = catalogue.load("breast_cancer").frame["diagnosis"]
    assert diagnosis.value_counts().to_dict() == {"benign": 357, "malignant": 212}
    assert set(catalogue.load("iris").frame["species"]) == {"setosa", "versicolor", "virginica"}
    assert (catalogue.load("digits_table").frame.dtypes == "int64").all()


@pytest.mark.parametrize("name", PUBLIC)
def test_public_sets_load_as_described(name, public_data):
    entry, table = catalogue.get(name), catalogue.load(name)
    assert table.frame.shape == (entry.rows, entry.columns)
    assert table.target == entry.target
    assert table.frame[entry.target].notna().all()
    assert not set(entry.drop) & set(table.frame.columns)
    assert table.notes == entry.notes
    classes = table.frame[entry.target].nunique()
    assert classes <= 40 if entry.task == "class" else classes > 40
    # the content hashes are those of the real files, so a fetched copy is the same table
    for file in entry.files:
        assert sha(gzip.decompress((public_data / file.path).read_bytes())) == file.content_sha256


def test_facts_agree_with_the_manifest_next_to_the_files(public_data):
    path = public_data / "MANIFEST.json"
    if not path.is_file():
        pytest.skip("no MANIFEST.json beside the data")
    manifest = {entry["name"]: entry for entry in json.loads(path.read_text())}
    for name in PUBLIC:
        assert catalogue.get(name).sha256 == manifest[name]["sha256"]
        assert catalogue.get(name).target == manifest[name]["target"].removesuffix(" (num > 0)")


def test_several_files_are_joined_in_name_order(public_data):
    frame = catalogue.load("adult").frame
    assert frame.iloc[0].tolist()[:3] == [25, "Private", 226802]  # first row of test
    assert frame.iloc[16281].tolist()[:3] == [39, "State-gov", 77516]  # first row of train
    assert int(frame.isna().sum().sum()) == 6465
    assert frame.index.equals(pd.RangeIndex(len(frame)))


def test_zeros_that_mean_missing_are_missing(public_data):
    table = catalogue.load("pima")
    holes = {"glucose": 5, "blood_pressure": 35, "skin_thickness": 227, "insulin": 374, "bmi": 11}
    assert table.frame.isna().sum()[lambda s: s > 0].to_dict() == holes
    assert (table.frame["pregnancies"] == 0).sum() == 111
    assert "missing" in table.notes[0]


def test_values_that_look_missing_stay_values(public_data):
    assert (catalogue.load("metro_traffic_volume").frame["holiday"] == "None").sum() == 48143
    assert (catalogue.load("bank_marketing").frame["job"] == "unknown").sum() > 0
    assert catalogue.load("metro_traffic_volume").frame["date_time"].dtype.kind == "M"


def test_another_target_can_be_asked_for(public_data):
    assert read("penguins").target == "species"
    assert read("penguins", target="sex").target == "sex"


# ---------------------------------------------------------------- looking up and fetching

ONE, TWO = b"a,y\n1,no\n2,yes\n", b"a,y\n3,no\n"


class Serve(http.server.BaseHTTPRequestHandler):
    pages: dict[str, bytes]

    def do_GET(self):
        page = self.pages.get(self.path)
        self.send_response(404 if page is None else 200)
        self.send_header("Content-Length", str(len(page or b"")))
        self.end_headers()
        self.wfile.write(page or b"")

    def log_message(self, format, *args):
        """Say nothing."""


@pytest.fixture
def site(monkeypatch):
    """A web server on this machine that serves /one.csv and /two.csv; returns (address, its pages)."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    pages = {"/one.csv": ONE, "/two.csv": TWO}
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Serve,), {"pages": pages}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", pages
    server.shutdown()
    thread.join()
    server.server_close()


def add(monkeypatch, *urls):
    """Put a set of two files into the catalogue."""
    files = [
        File(f"tiny/{i}.csv.gz", sha(gzip.compress(content, mtime=0)), sha(content), url)
        for i, (content, url) in enumerate(zip((ONE, TWO), urls, strict=True))
    ]
    entry = Entry("tiny", "Tiny", "class", "y", 3, 2, "CC0", "https://example.org/tiny", tuple(files))
    monkeypatch.setitem(catalogue.ENTRIES, "tiny", entry)
    return entry


def test_fetch_downloads_verifies_and_is_then_found(site, monkeypatch, no_data, cache):
    address, pages = site
    add(monkeypatch, f"{address}/one.csv", f"{address}/two.csv")
    with pytest.raises(BadInput, match="obverse data get tiny"):
        catalogue.load("tiny")
    assert catalogue.fetch("tiny") == (cache / "tiny" / "0.csv", cache / "tiny" / "1.csv")
    table = read("tiny")
    assert table.frame.to_dict("list") == {"a": [1, 2, 3], "y": ["no", "yes", "no"]}
    assert table.sha256 == sha(ONE + TWO)
    pages.clear()  # what is there is not fetched again
    assert len(catalogue.fetch("tiny")) == 2


def test_a_changed_byte_on_the_server_is_refused(site, monkeypatch, no_data, cache):
    address, pages = site
    add(monkeypatch, f"{address}/one.csv", f"{address}/two.csv")
    pages["/two.csv"] = TWO.replace(b"3", b"4")
    with pytest.raises(BadInput, match=r"two\.csv serves has changed: .*nothing was kept"):
        catalogue.fetch("tiny")
    assert not (cache / "tiny" / "1.csv").exists()
    with pytest.raises(BadInput, match="not on this machine"):
        catalogue.load("tiny")


def test_a_page_that_is_gone_and_a_server_that_is_down(site, monkeypatch, no_data):
    address, _ = site
    add(monkeypatch, f"{address}/gone.csv", f"{address}/two.csv")
    with pytest.raises(BadInput, match=r"could not download .*404"):
        catalogue.fetch("tiny")
    add(monkeypatch, "http://127.0.0.1:9/one.csv", "http://127.0.0.1:9/two.csv")
    with pytest.raises(BadInput, match=r"could not download .*check the network"):
        catalogue.fetch("tiny")


def test_a_set_without_address_says_where_to_get_it_and_where_to_put_it(monkeypatch, no_data):
    entry = add(monkeypatch, "http://127.0.0.1:9/one.csv", None)
    with pytest.raises(BadInput) as caught:
        catalogue.fetch("tiny")
    text = str(caught.value)
    assert entry.source in text
    assert str(no_data) in text
    assert all(f.path in text and f.sha256 in text for f in entry.files)
    assert entry.url is None


def test_own_folder_comes_before_the_cache_packed_or_not(monkeypatch, no_data, cache):
    add(monkeypatch, None, None)
    for root in (cache, no_data):
        (root / "tiny").mkdir(parents=True)
    (cache / "tiny" / "0.csv").write_bytes(ONE)
    (cache / "tiny" / "1.csv").write_bytes(TWO)
    assert len(catalogue.load("tiny").frame) == 3
    (no_data / "tiny" / "0.csv.gz").write_bytes(gzip.compress(ONE, mtime=0))
    assert catalogue.fetch("tiny") == (no_data / "tiny" / "0.csv.gz", cache / "tiny" / "1.csv")
    assert catalogue.load("tiny").sha256 == sha(ONE + TWO)


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_changed_byte_on_disk_is_refused(monkeypatch, no_data, ending):
    add(monkeypatch, None, None)
    (no_data / "tiny").mkdir()
    for i, content in enumerate((ONE, TWO.replace(b"3", b"4"))):
        path = no_data / "tiny" / f"{i}.csv{ending}"
        path.write_bytes(gzip.compress(content, mtime=0) if ending else content)
    for verb in (catalogue.load, catalogue.fetch):
        with pytest.raises(BadInput, match=rf"1\.csv{ending} is not the 'tiny' the catalogue knows"):
            verb("tiny")


def test_without_own_folder_only_the_cache_is_looked_at(monkeypatch, cache):
    monkeypatch.delenv("OBVERSE_DATA", raising=False)
    add(monkeypatch, None, None)
    (cache / "tiny").mkdir(parents=True)
    (cache / "tiny" / "0.csv").write_bytes(ONE)
    with pytest.raises(BadInput, match=r"looked for tiny/1\.csv\.gz"):
        catalogue.load("tiny")


def test_embedded_sets_need_no_fetching(no_data):
    assert catalogue.fetch("iris") == ()


def test_diabetes_is_in_its_own_units(no_data):
    frame = catalogue.load("diabetes").frame
    assert np.isclose(frame["age"].mean(), 48.5181, atol=1e-3)
    assert set(frame["sex"]) == {1.0, 2.0}
