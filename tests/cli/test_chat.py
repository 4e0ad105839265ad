"""`obverse chat` and streamed texts as processes of their own: pipes, a terminal, real interrupts."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

import pytest
import typer

import obverse
from obverse.cli.chat import ASK, _lines

pytest.importorskip("transformers")

COMMAND = [sys.executable, "-m", "obverse"]
ENDLESS = ("--length", "1000000", "--temperature", "0")  # the likeliest token of a net that learned nothing is no end


def words(writer, *more):
    return [*COMMAND, "chat", str(writer), *more]


def test_lines_of_a_pipe_are_answered_in_turn_and_the_oldest_are_forgotten_aloud(writer):
    lines = ["hi", "", "a" * 20, "b" * 40, "c" * 200, "d"]
    ask = words(writer, "--length", "2", "--temperature", "0")
    asked = "\n".join(lines).encode() + b"\n\xff\xfe\n"
    done = subprocess.run(ask, input=asked, capture_output=True)
    done = subprocess.CompletedProcess(ask, done.returncode, done.stdout.decode(), done.stderr.decode())
    assert done.returncode == 0, done.stderr
    assert [len(line) for line in done.stdout.splitlines()] == [2] * 4  # none to the empty line and the one too long
    assert "its oldest 2 turns are forgotten" in done.stderr or "its oldest 4 turns are forgotten" in done.stderr
    assert "this message was left out: the conversation has" in done.stderr
    assert "a line that is no UTF-8 was left out" in done.stderr


def test_what_cannot_talk_says_so_in_one_line(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for model, why in (("nothing", "nothing is not a model folder"), ("docstrings", "was taught no conversation")):
        done = run("chat", model, said="hi\n")
        assert done.exit_code == 1 and why in done.stderr and done.stderr.count("\n") == 1


class Terminal:
    """A process whose stdin, stdout and stderr are a terminal."""

    def __init__(self, command):
        self.own, its = pty.openpty()
        self.process = subprocess.Popen(command, stdin=its, stdout=its, stderr=its, start_new_session=True)
        os.close(its)
        self.text = ""

    def until(self, pattern, seconds=60):
        """Read on until the text matches."""
        end = time.monotonic() + seconds
        while not re.search(pattern, self.text, re.DOTALL):
            assert time.monotonic() < end, f"no {pattern!r} in {self.text[-300:]!r}"
            if select.select([self.own], [], [], 0.2)[0]:
                try:
                    self.text += os.read(self.own, 4096).decode(errors="replace").replace("\r", "")
                except OSError:  # the other side is closed
                    assert re.search(pattern, self.text, re.DOTALL), f"no {pattern!r} in {self.text[-300:]!r}"

    def type(self, text):
        os.write(self.own, text.encode())

    def end(self):
        self.process.kill()
        self.process.wait()
        os.close(self.own)


def test_an_interrupt_ends_the_answer_and_where_there_is_none_the_conversation(writer):
    talk = Terminal(words(writer, *ENDLESS))
    try:
        talk.until(r"> $")
        for word in ("first", "again"):
            talk.type(f"{word}\n")
            talk.until(rf"{word}\n\w{{20}}")
            talk.process.send_signal(signal.SIGINT)
            talk.until(rf"{word}\n\w+\n> $")  # the line is ended, and the next message is asked for
        talk.process.send_signal(signal.SIGINT)
        talk.until(r"> \nstopped\n$")
        assert talk.process.wait(30) == 1
    finally:
        talk.end()


def test_an_interrupt_between_the_sign_and_the_first_key_ends_the_line(monkeypatch, capsys):
    """Asked for and stopped before anything is read: too short a while for a real signal to hit."""

    def echo(text="", **how):
        shown(text, **how)
        if text == ASK:
            signal.raise_signal(signal.SIGINT)

    shown = typer.echo
    monkeypatch.setattr(typer, "echo", echo)
    own, its = pty.openpty()
    with os.fdopen(its) as terminal, pytest.raises(KeyboardInterrupt):
        monkeypatch.setattr(sys, "stdin", terminal)
        next(_lines())
    os.close(own)
    assert capsys.readouterr().err == "> \n"


def interrupted(command):
    """What a process says that answers `hi` without end and is stopped by a real Ctrl-C."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            process.stdin.write(b"hi\n")
            process.stdin.flush()
            begun = process.stdout.read(20)
            process.send_signal(signal.SIGINT)
            out, told = process.communicate(timeout=60)
        finally:
            process.kill()  # or a test that fails would wait for it without end
    return process.returncode, begun + out, told


def test_an_interrupted_text_ends_its_line(tmp_path, writer):
    small = {"layers": 1, "width": 16, "heads": 2, "context": 8, "epochs": 1, "length": 1_000_000}
    obverse.fit("gpt", ["ab" * 200], temperature=0.0, **small).save(tmp_path / "m")
    sample = [*COMMAND, "sample", str(tmp_path / "m"), "-n", "1", "--given", "ab"]
    for command in (sample, words(writer, *ENDLESS)):
        code, out, told = interrupted(command)
        assert (code, told) == (1, b"stopped\n") and out.endswith(b"\n") and out.count(b"\n") == 1
