"""What a result follows from includes the code, but not the words about it."""

import sys

import pytest

from gtzan.data import source
from gtzan.data.source import FEATURES, GUIDES, SYNTHESIS, TRAINING, UNCOUNTED, code_digest, find_source, target_digest

CODE = '''"""A net."""

class Net:
    """Doubles."""

    def forward(self, x):
        """Returns twice ``x``."""
        return 2 * x  # twice
'''
REWORDED = '"""Another text."""\n\nclass Net:\n    def forward(self, x): return 2 * x\n'


@pytest.fixture
def digest_of(tmp_path, monkeypatch):
    """A function from the texts of modules to the digest of ``net.Net``."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def digest(**modules: str) -> str | None:
        for name, text in modules.items():
            (tmp_path / f"{name}.py").write_text(text)
        for function in (source._own_folder, source._imports, source._normalised, code_digest, target_digest):
            function.cache_clear()
        sys.path_importer_cache.clear()
        return target_digest("net.Net")

    return digest


def test_words_do_not_count_but_code_does(digest_of):
    assert digest_of(net=CODE) == digest_of(net=REWORDED) != digest_of(net=CODE.replace("2 *", "3 *"))


def test_what_a_net_imports_counts(digest_of):
    text = "from blocks import Block\nclass Net(Block): pass\n"
    assert digest_of(net=text, blocks="class Block: x = 1\n") != digest_of(net=text, blocks="class Block: x = 2\n")
    assert "net" not in sys.modules


def test_nets_of_our_own_are_told_apart_and_libraries_are_not_ours():
    assert target_digest("gtzan.models.nets.dense.Dense") != target_digest("gtzan.models.nets.cnn.Cnn")
    assert target_digest("torch.optim.Adam") is None
    assert target_digest("no.such.thing") is None
    assert target_digest("gtzan./etc/passwd.x") is target_digest("..x") is target_digest("") is None


def test_a_file_that_is_no_python_is_left_to_fail_when_it_runs(digest_of):
    assert digest_of(net="class Net(:") == digest_of(net="class Net:\0")


@pytest.mark.parametrize("modules", [FEATURES, TRAINING, GUIDES, SYNTHESIS, UNCOUNTED])
def test_every_module_that_is_named_is_there(modules):
    assert all(find_source(module) for module in modules)


def test_what_a_module_imports_counts_and_what_only_shows_does_not():
    found = source._with_imports(TRAINING)
    assert {
        "gtzan.models.metrics",
        "gtzan.data.segments",
        "gtzan.data.store",
        "gtzan.models.checkpoints",
    } <= found.keys()
    assert (
        not {
            "gtzan.reports.dashboard",
            "gtzan.reports.plots.classification",
            "gtzan.experiments.sweeps.sweep",
            "gtzan.experiments.processes.launch",
            "gtzan.models.nets.cnn",
        }
        & found.keys()
    )
