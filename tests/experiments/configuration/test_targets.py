"""Names of classes are looked up in the sources, without an import."""

import subprocess
import sys

import pytest

from gtzan.errors import UserError
from gtzan.experiments.configuration.targets import missing
from gtzan.experiments.configuration.validation import validate
from gtzan.models.instantiation import instantiate_from


@pytest.mark.parametrize(
    "name",
    [
        "lightning.pytorch.callbacks.EarlyStopping",
        "lightning.pytorch.callbacks.early_stopping.EarlyStopping",
        "lightning.Trainer",
        "torch.optim.AdamW",
        "torch.nn.Linear",
        "gtzan.models.callbacks.History",
        "gtzan.experiments.factory.make_classifier",
        "numpy.random.default_rng",
        "os.path.join",
        "numpy.linalg._umath_linalg.inv",  # compiled: only an import could tell
    ],
)
def test_what_is_there_is_found(name):
    assert missing(name) is None


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("lightning.pytorch.callbacks.EarlyStoping", "did you mean lightning.pytorch.callbacks.EarlyStopping?"),
        ("gtzan.models.nets.dense.Nope", "gtzan.models.nets.dense has no Nope"),
        ("no_such_module.Net", "there is no module no_such_module here"),
        ("Net", "with its module"),
        ("a b.c", "with its module"),
    ],
)
def test_what_is_not_there_is_named(name, sentence):
    assert sentence in missing(name)


def test_nothing_is_imported():
    code = "import sys; from gtzan.experiments.configuration.targets import missing\n"
    code += "print(missing('torch.optim.Nope'), missing('lightning.pytorch.callbacks.Nope'))\n"
    code += "assert not {'torch', 'lightning'} & set(sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.count("has no Nope") == 2


@pytest.mark.parametrize(
    "override",
    [
        "+callbacks.x._target_=lightning.pytorch.callbacks.Nope",
        "logger={_target_:lightning.pytorch.loggers.Nope}",
        "model.net._target_=no_such_module.Nope",
        "model.make=gtzan.experiments.factory.make_nope",
        "optimizer._target_=no_such_module.Nope",
    ],
)
def test_a_class_that_is_not_there_is_missed_before_work_begins(configured, override):
    with pytest.raises(UserError, match=r"_target_=.*ope: |make=.*nope: "):
        validate(configured(override))


def test_an_optimizer_of_the_users_own_is_accepted(configured, tmp_path, monkeypatch):
    (tmp_path / "my_optimizers.py").write_text("from torch.optim import SGD\nclass Mine(SGD): ...\n")
    monkeypatch.syspath_prepend(tmp_path)
    validate(configured("optimizer={_target_:my_optimizers.Mine,lr:0.1}"))


def test_arguments_that_a_class_does_not_take_are_one_sentence():
    node = {"_target_": "lightning.pytorch.callbacks.EarlyStopping", "nope": 1}
    with pytest.raises(UserError, match="unexpected keyword argument 'nope'") as error:
        instantiate_from(node, "callbacks.x")
    assert "\n" not in str(error.value)


def test_a_full_disk_stays_one():
    with pytest.raises(FileNotFoundError):
        instantiate_from({"_target_": f"{__name__}.fails"}, "logger")


def fails():
    raise FileNotFoundError(2, "no such file", "x")
