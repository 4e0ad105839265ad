"""Peers run in processes and environments of their own: limits hold, and whatever goes wrong is an answer."""

import os
import subprocess
import sys
import time

import pytest

BURN = "while True: pass"
CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BURN!r}])"


@pytest.fixture
def cold():
    from forest_bars.cold import cold

    return cold


@pytest.fixture
def environment():
    from peers import environment

    return environment


@pytest.mark.parametrize("code", [BURN, CHILD], ids=["itself", "its child"])
def test_processor_seconds_are_limited(cold, code):
    run = cold([sys.executable, "-c", code], 120.0, processor=1.0)
    assert run.error == "ended after 1 processor seconds"
    assert 1.0 <= run.processor_seconds < 10.0
    figures = run.figures()
    assert figures["error"] == run.error and figures["ended_after"] > 0 and "seconds" not in figures


@pytest.mark.parametrize("processor", [None, 60.0])
def test_seconds_by_the_clock_are_limited(cold, tmp_path, processor):
    note = tmp_path / "pid"
    code = f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    start = time.monotonic()
    run = cold([sys.executable, "-c", code], 3.0, processor=processor)
    assert run.error == "ended after 3 s" and time.monotonic() - start < 60
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


def test_what_a_process_says_and_used(cold):
    code = "import json; sum(i for i in range(10**6)); print('more'); print(json.dumps({'mib': 1.0, 'fit_seconds': 2}))"
    figures = cold([sys.executable, "-c", code], 60.0, processor=60.0).figures()
    assert figures["fit_seconds"] == 2 and figures["seconds"] > 0
    assert figures["processor_seconds"] > 0 and figures["mib"] >= 1.0 and figures["load"] >= 0


def test_threads_are_limited(cold):
    code = "import json, os; print(json.dumps({'threads': [os.environ.get('OMP_NUM_THREADS')]}))"
    assert cold([sys.executable, "-c", code], 60.0, threads=1).answer == {"threads": ["1"]}
    assert cold([sys.executable, "-c", code], 60.0).answer == {"threads": [None]}


def test_a_crash_is_an_answer(cold):
    run = cold([sys.executable, "-c", "raise ValueError('no such column')"], 60.0)
    assert run.error == "exit code 1: ValueError: no such column"


def test_an_environment_is_made_once_and_again_when_its_pins_change(environment, tmp_path):
    folder, home = tmp_path / "requirements", tmp_path / "home"
    folder.mkdir()
    (folder / "one.txt").write_text("# import: json\n")
    python = environment.interpreter("one", folder=folder, home=home)
    prefix = subprocess.run([python, "-c", "import sys; print(sys.prefix)"], capture_output=True, text=True, check=True)
    assert prefix.stdout.strip() == str(home / "one")
    mark = home / "one" / "mark"
    mark.touch()
    (folder / "one.txt").write_text("# a remark\n# import: json\n")
    environment.interpreter("one", folder=folder, home=home)
    assert mark.exists()
    (folder / "one.txt").write_text("# import: json no_such_module\n")
    with pytest.raises(environment.NotInstalled, match="ModuleNotFoundError: No module named 'no_such_module'"):
        environment.interpreter("one", folder=folder, home=home)
    assert not (home / "one").exists()


def test_a_peer_without_requirements_is_an_answer():
    from forest_bars.peer import peer

    run = peer("no_such_peer", "argn.py", {})
    assert run.error.startswith(
        "not installed: no_such_peer: no requirements at no_such_peer.txt; there are arfpy, argn, "
    )
    assert set(run.figures()) == {"error", "ended_after", "processor_seconds", "load"}


def test_every_peer_has_requirements_script_and_licence(environment):
    from side_by_side import generation, imputers

    used = [(p.environment, p.script) for p in generation.PEERS.values()]
    used += [(name, script) for name, script, _ in imputers.SCRIPTS.values()]
    for name, script in used:
        text = (environment.FOLDER / f"{name}.txt").read_text()
        assert (environment.FOLDER / script).is_file()
        assert "# licence: " in text and environment.order(text, "import")
        assert all("==" in line for line in text.splitlines() if line and not line.startswith("#"))
