"""What a file names is looked up in lists before anything is imported, and so before anything can run."""

import sys
from pathlib import Path

import pytest
import torch
from lightning.pytorch.callbacks import Callback
from omegaconf import OmegaConf, open_dict

from gtzan.cli.main import main
from gtzan.corpora.corpus import Corpus
from gtzan.errors import UserError
from gtzan.experiments.configuration.composition import to_plain_values
from gtzan.experiments.resuming import resume
from gtzan.experiments.runs.folder import RunFolder
from gtzan.models.checkpoints import load_model
from gtzan.models.classifier import Classifier
from gtzan.models.targets import check_targets


class Mine(Callback):
    """A user's own."""


def my_corpus() -> Corpus:
    """A user's own."""


def nested(place: str, value) -> dict:
    for key in reversed(place.split(".")):
        value = {key: value}
    return value


FORBIDDEN = {
    "data._target_": [
        "os.system",
        "subprocess.Popen",
        "gtzan.experiments.factory.find_corpus",
        "pathlib.Path",
        5,
        ["os.system"],
    ],
    "model.make": ["os.system", "gtzan.cli.main.main", "evil", None],
    "model.anything": ["os.system"],
    "model.report": ["subprocess.Popen", "os.system"],
    "model.results": ["subprocess.Popen", "gtzan.experiments.runs.environment.subprocess.Popen"],
    "model.net._target_": ["evil.Net", "gtzan.models.nets.evil.Net", "subprocess.Popen", "gtzan.data.views.Frames"],
    "model.view._target_": ["evil.View", "torch.nn.Linear"],
    "optimizer._target_": ["joblib.load", "torch.load", "torch.hub.load", "torch.optim.os.system", "torch.optim"],
    "trainer._target_": ["os.system", "lightning.pytorch.Callback"],
    "trainer.strategy._target_": ["builtins.eval", "lightning.pytorch.strategies.os.System"],
    "logger._target_": ["joblib.load", "logging.FileHandler"],
    "logger.csv._target_": ["joblib.load"],
    "callbacks.x._target_": [
        "joblib.load",
        "gtzan.models.callbacks.time.sleep",
        "lightning.pytorch.callbacks.x.Y",
        "a\n.B",
    ],
    "callbacks.x.inner._target_": ["builtins.exec", "torch.nn.Linear"],
    "callbacks.x.deep.a.b._target_": ["os.system"],
    "features._target_": ["os.system"],
    "anything.else._target_": ["lightning.Trainer"],
    "guide.net._target_": ["evil.Net"],
    "_target_": ["os.system"],
}


@pytest.mark.parametrize(("place", "target"), [(place, t) for place, targets in FORBIDDEN.items() for t in targets])
def test_what_is_on_no_list_is_refused(place, target):
    before = set(sys.modules)
    with pytest.raises(UserError, match=r"nothing else is run"):
        check_targets(nested(place, target), "config.yaml")
    assert set(sys.modules) == before


@pytest.mark.parametrize(
    ("place", "target"),
    [
        ("callbacks.x._target_", "lightning.pytorch.callbacks.EarlyStopping"),
        ("callbacks.x._target_", "tests.models.test_targets.Mine"),
        ("data._target_", "tests.models.test_targets.my_corpus"),
        ("model.net._target_", "torch.nn.Linear"),
        ("logger._target_", "lightning.pytorch.loggers.WandbLogger"),
        ("logger.mlflow._target_", "lightning.pytorch.loggers.MLFlowLogger"),
        ("optimizer._target_", "torch.optim.SGD"),
        ("trainer.profiler._target_", "lightning.pytorch.profilers.SimpleProfiler"),
    ],
)
def test_lightnings_own_and_the_users_imported_classes_are_allowed(place, target):
    check_targets(nested(place, target), "config.yaml")


def test_a_target_within_a_list_is_found():
    plugins = [{"_target_": "lightning.pytorch.plugins.TorchSyncBatchNorm"}, {"_target_": "os.system"}]
    with pytest.raises(UserError, match=r"trainer\.plugins\.1"):
        check_targets({"trainer": {"plugins": plugins}}, "config.yaml")


CONF = Path(__file__).parents[2] / "conf"
CHOICES = [
    f"{group}={path.stem}" for group in ("model", "data", "logger", "trainer") for path in (CONF / group).glob("*.yaml")
]


@pytest.mark.parametrize("choice", CHOICES)
def test_what_our_own_runs_store_is_allowed(configured, choice, tmp_path):
    cfg = configured(choice)
    run = RunFolder(tmp_path)
    cfg.run_dir = str(tmp_path)
    run.save_config(cfg)
    assert run.config().model.net == cfg.model.net


@pytest.fixture
def hostile(configured, tmp_path):
    """A downloaded run whose corpus would write a file."""
    cfg = configured(f"run_dir={tmp_path}")
    run = RunFolder(tmp_path)
    run.save_config(cfg)
    run.save_metrics({"test/accuracy": 1.0})
    stored = OmegaConf.load(run.config_file)
    proof = tmp_path / "proof"
    with open_dict(stored):
        stored.data = {"_target_": "os.system", "command": f"touch {proof}", "store": None}
    OmegaConf.save(stored, run.config_file)
    return run, proof


@pytest.mark.parametrize("command", ["report", "pca"])
def test_a_downloaded_run_runs_nothing(hostile, command, capsys):
    run, proof = hostile
    assert main([command, str(run)]) == 2
    assert "os.system" in capsys.readouterr().err
    assert not proof.exists()


def test_nor_does_resuming_it(hostile, configured):
    run, _ = hostile
    with pytest.raises(UserError, match=r"os\.system"):
        resume(configured(f"resume={run}"))


def hyper_parameters(**changes) -> dict:
    return {
        "net": {"_target_": "gtzan.models.nets.dense.Dense", "hidden": [4]},
        "view": {"_target_": "gtzan.data.views.Statistics", "features": ["mfcc"]},
        "input_shape": [20],
        "classes": ["a", "b"],
        "features": {"n_mfcc": 20},
        "segment_seconds": 3.0,
        "optimizer": {"_target_": "torch.optim.Adam"},
        "corpus": "tiny",
        **changes,
    }


def checkpoint(path: Path, arguments: dict, state: dict | None = None) -> Path:
    state = Classifier(**hyper_parameters()).state_dict() if state is None else state
    torch.save({"hyper_parameters": arguments, "state_dict": state}, path)
    return path


def test_an_honest_checkpoint_loads(tmp_path):
    assert (
        load_model(Classifier, checkpoint(tmp_path / "a.ckpt", hyper_parameters()), "a classifier").hparams.corpus
        == "tiny"
    )


@pytest.mark.parametrize("name", ["net", "view", "optimizer"])
def test_a_module_beside_a_checkpoint_is_not_imported(tmp_path, name, monkeypatch):
    proof = tmp_path / "proof"
    (tmp_path / "evil.py").write_text(f"open({str(proof)!r}, 'w')\nfrom torch.nn import Module as Net")
    monkeypatch.syspath_prepend(tmp_path)
    path = checkpoint(tmp_path / "a.ckpt", hyper_parameters(**{name: {"_target_": "evil.Net"}}))
    with pytest.raises(UserError, match=r"evil\.Net"):
        load_model(Classifier, path, "a classifier")
    assert not proof.exists()
    assert main(["predict", "--model", str(path), __file__]) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"net": {"_target_": "gtzan.models.nets.dense.Dense", "hidden": [10**9]}},
        {"net": {"_target_": "gtzan.models.nets.dense.Dense", "hidden": [10**30]}},
        {"net": {"_target_": "gtzan.models.nets.dense.Dense", "hidden": [1] * 20_000}},
        {"net": {"_target_": "gtzan.models.nets.dense.Dense", "hidden": "x"}},
        {"net": "x"},
        {"net": {"_target_": "gtzan.models.nets.dense.Dense", "hidden": [0]}},
        {"net": {"_target_": "gtzan.models.nets.cnn.Cnn", "channels": [0]}, "input_shape": [1, 20, 20]},
        {"features": {"n_mels": 10**6}},
        {"features": {"n_fft": 2**40}},
        {"features": {"unknown": 1}},
        {"features": []},
        {"segment_seconds": 1e12},
        {"segment_seconds": float("nan")},
        {"segment_seconds": "long"},
        {"input_shape": [10**12]},
        {"input_shape": [-20]},
        {"input_shape": 20},
        {"classes": ["x"] * 20_000},
        {"classes": [b"x", 2]},
        {"corpus": "x" * 10**6},
    ],
)
def test_a_checkpoint_takes_no_more_than_it_holds(tmp_path, changes):
    path = checkpoint(tmp_path / "a.ckpt", hyper_parameters(**changes))
    with pytest.raises(UserError, match=r"a\.ckpt") as error:
        load_model(Classifier, path, "a classifier")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_are_numbers(tmp_path, value):
    state = Classifier(**hyper_parameters()).state_dict()
    next(iter(state.values())).view(-1)[0] = value
    with pytest.raises(UserError, match="not finite"):
        load_model(Classifier, checkpoint(tmp_path / "a.ckpt", hyper_parameters(), state), "a classifier")


def test_a_packed_checkpoint_is_not_unpacked(tmp_path):
    import zipfile

    path, bomb = checkpoint(tmp_path / "a.ckpt", hyper_parameters()), tmp_path / "bomb.ckpt"
    with zipfile.ZipFile(path) as honest, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in honest.namelist():
            packed.writestr(name, honest.read(name))
    with pytest.raises(UserError, match="safely"):
        load_model(Classifier, bomb, "a classifier")


@pytest.mark.parametrize("content", [{}, [], {"hyper_parameters": {}}, {"hyper_parameters": 5, "state_dict": []}])
def test_anything_else_is_one_sentence(tmp_path, content):
    torch.save(content, tmp_path / "a.ckpt")
    with pytest.raises(UserError, match=r"a\.ckpt"):
        load_model(Classifier, tmp_path / "a.ckpt", "a classifier")


def test_plain_hyper_parameters_of_our_models_are_allowed(configured):
    cfg = configured("model=cnn")
    check_targets({key: to_plain_values(cfg.model[key]) for key in ("net", "view")}, "a.ckpt")
