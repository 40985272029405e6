"""Tiny synthetic audio: three "genres" of tones in noise, artists of two tracks each."""

import gc
import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
import soundfile
from filelock import FileLock
from hypothesis import HealthCheck, settings

from gtzan.corpora.corpus import Corpus, Track
from gtzan.data.store import FeatureStore
from gtzan.experiments.processes.terminal import PrintableRecord

# The same few examples everywhere, and no folder of found ones: who hunts for more raises max_examples.
slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.differing_executors]
settings.register_profile(
    "suite", derandomize=True, database=None, deadline=None, max_examples=50, suppress_health_check=slow
)
settings.load_profile("suite")


COMPILE = """
import librosa, numpy
from gtzan.audio.phases import phases_of
waveform = numpy.sin(numpy.arange(22050, dtype=numpy.float32))
librosa.istft(librosa.stft(waveform))
librosa.feature.mfcc(y=waveform)
phases_of(numpy.ones((4, 9), numpy.float32), 4)
"""


# As in the programs: a worker of xdist that has to report a name that is not text ends, with the rest of its tests.
logging.setLogRecordFactory(PrintableRecord)


def pytest_configure(config):
    """Give this session a copy of compiled Numba code, ours and librosa's, which takes each process 25 s to compile.

    A copy, made by one process and complete before it is seen: processes that fill a cache at once can leave code
    there that crashes those that load it.
    """
    if "NUMBA_CACHE_DIR" in os.environ:  # xdist's workers have that of the process that started them
        return
    session = os.environ["NUMBA_CACHE_DIR"] = tempfile.mkdtemp(prefix="numba-")
    config.add_cleanup(lambda: shutil.rmtree(session, ignore_errors=True))
    python = sys.implementation.cache_tag
    source = COMPILE.encode() + Path(__file__).parents[1].joinpath("gtzan/audio/phases.py").read_bytes()
    ours = hashlib.sha256(source).hexdigest()[:8]
    kept = config.cache.mkdir("numba") if config.pluginmanager.hasplugin("cacheprovider") else Path(session, "compiled")
    compiled = kept / f"{python}-librosa-{version('librosa')}-numba-{version('numba')}-{ours}"
    if not compiled.is_dir():
        kept.mkdir(exist_ok=True)
        new = tempfile.mkdtemp(dir=kept)
        environment = {**os.environ, "NUMBA_CACHE_DIR": new}
        subprocess.run([sys.executable, "-c", COMPILE], env=environment, check=True)
        try:
            os.rename(new, compiled)
        except OSError:  # another session was faster
            shutil.rmtree(new)
    shutil.copytree(compiled, session, dirs_exist_ok=True)


def pytest_collection_finish():
    """Spare the garbage collector what is imported by now and stays: else it looks through it again and again."""
    gc.freeze()


RATE = 22050
PITCHES = {"bass": 110.0, "middle": 660.0, "treble": 3520.0}


def write_tone(path: Path, hertz: float, seconds: float, seed: int) -> None:
    """A harmonic tone of a slightly random pitch, in noise."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * RATE)) / RATE
    hertz *= rng.uniform(0.9, 1.1)
    wave = sum(np.sin(2 * np.pi * hertz * k * t) / k for k in (1, 2, 3)) * 0.2 + rng.normal(0, 0.02, len(t))
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, wave, RATE)


def make_corpus(root: Path, tracks_per_genre: int = 8, seconds: float = 2.0, **attributes) -> Corpus:
    """Files below ``root`` and their corpus; every second track has the artist of the one before."""
    corpus = corpus_at(root, tracks_per_genre, **attributes)
    for n, track in enumerate(corpus.tracks):
        g, i = divmod(n, tracks_per_genre)
        write_tone(track.path, PITCHES[track.genre], seconds + 0.1 * i, seed=100 * g + i)
    return corpus


def corpus_at(root: Path, tracks_per_genre: int = 8, **attributes) -> Corpus:
    """The corpus of the files that ``make_corpus`` leaves below ``root``."""
    tracks = []
    for genre in PITCHES:
        for i in range(tracks_per_genre):
            name = f"{genre}.{i:05d}"
            path = root / genre / f"{name}.wav"
            tracks.append(Track(name, genre, path, f"The {genre} {i // 2}", f"Song {i}", group=f"{genre} {i // 2}"))
    return Corpus("tiny corpus", tuple(tracks), root, **attributes)


@pytest.fixture(scope="session")
def session_folder(tmp_path_factory, worker_id) -> Path:
    """A folder that all processes of this session share."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session")
def made_once(session_folder):
    """A function from a name to a folder, which ``make`` makes in the first process that asks for it."""

    def folder(name: str, make: Callable[[], Path]) -> Path:
        made = session_folder / f"{name}.txt"
        with FileLock(made.with_suffix(".lock")):
            if not made.exists():
                made.write_text(str(make()))
        return Path(made.read_text())

    return folder


@pytest.fixture(scope="session")
def tiny_corpus(made_once, tmp_path_factory) -> Corpus:
    """For reading only: other processes have the same files."""
    root = made_once("tiny-corpus", lambda: make_corpus(tmp_path_factory.mktemp("tiny")).root)
    return corpus_at(root, synthetic=True)


@pytest.fixture(scope="session")
def shared_cache(session_folder) -> Path:
    """The feature stores of all processes."""
    return session_folder / "shared-cache"


@pytest.fixture(scope="session")
def tiny_store(tiny_corpus, shared_cache) -> FeatureStore:
    return FeatureStore.of(tiny_corpus, {"n_mfcc": 13}, shared_cache)


@pytest.fixture(scope="session")
def configured(tiny_corpus, shared_cache, tmp_path_factory):
    """A function from overrides to the configuration of a tiny run on the tiny corpus, in a folder of its own."""
    from hydra import compose, initialize_config_dir

    from gtzan.experiments.processes.launch import register_resolvers

    register_resolvers()

    @cache  # many tests start from the same configuration
    def composed(*overrides: str, config: str):
        with initialize_config_dir(str(Path(__file__).parents[1] / "conf"), version_base="1.3"):
            return compose(
                config,
                overrides=[
                    "data=folder",
                    f"data.root={tiny_corpus.root}",
                    f"cache={shared_cache}",
                    "run_dir=unnamed",
                    "segment_seconds=0.5",
                    "features.n_mfcc=13",
                    "trainer.precision=32-true",
                    "epochs=2",
                    *overrides,
                ],
            )

    def configure(*overrides: str, config: str = "train"):
        cfg = composed(*overrides, config=config).copy()
        if cfg.run_dir == "unnamed":
            cfg.run_dir = str(tmp_path_factory.mktemp("runs") / "run")  # alone: runs are searched for siblings
        return cfg

    return configure


@pytest.fixture(scope="session")
def tiny_run(made_once, configured) -> Path:
    """The directory of a finished run that learned too little to be always right."""
    return made_once("tiny-run", lambda: trained(configured("model=dense", "split=50/50", "lr=1e-6")))


def draw_no_figures(monkeypatch) -> None:
    monkeypatch.setattr("gtzan.reports.classifier_report.draw_classifier_figures", lambda *_: ())
    monkeypatch.setattr("gtzan.reports.generator_report.draw_generator_figures", lambda *_: ())
    monkeypatch.setattr("gtzan.reports.synthesis_folder.draw_synthesis_figures", lambda *_: ())


def trained(cfg, figures: bool = True) -> Path:
    """The run folder of a training."""
    from train import train

    with pytest.MonkeyPatch.context() as monkeypatch:
        if not figures:
            draw_no_figures(monkeypatch)
        train(cfg)
    return Path(cfg.run_dir)


@pytest.fixture
def without_figures(monkeypatch):
    """Trainings and syntheses draw no figures, which take most of a tiny one's time, where a test is about others."""
    draw_no_figures(monkeypatch)


SMALL = ("model.net.width=16", "model.net.style=4", "model.net.latent=4", "model.weights.guide=0.1")


@pytest.fixture(scope="session")
def tiny_guide(made_once, configured) -> Path:
    """The run folder of a convolutional classifier."""
    words = ("model=cnn", "split=50/50", "logger=none", "model.net.channels=[8,8]")
    return made_once("tiny-guide", lambda: trained(configured(*words), figures=False))


@pytest.fixture(scope="session")
def tiny_judge(made_once, configured) -> Path:
    """The run folder of another classifier, of another seed, that listens to MFCCs alone."""
    words = ("model=judge", "split=50/50", "logger=none", "seed=1")
    return made_once("tiny-judge", lambda: trained(configured(*words), figures=False))


@pytest.fixture(scope="session")
def tiny_generator(made_once, configured, tiny_guide) -> Path:
    """The run folder of a generator that has learned next to nothing."""
    words = ("model=generator_lstm", "model.net.lstm=8", f"guide={tiny_guide}", "split=50/50", "threads=1", *SMALL)
    return made_once("tiny-generator", lambda: trained(configured(*words)))


SLOW = ("torch", "librosa", "sklearn", "matplotlib")  # seconds to import; Lightning is not shadowed, but needs torch


def without(folder: Path, *libraries: str) -> dict[str, str]:
    """An environment in which importing any of the libraries is an error, as a clock says little on a busy machine."""
    poison = folder / "poison" / "site-packages"  # where libraries are: own code would define a point of a sweep
    for name in libraries:
        (poison / name).mkdir(parents=True)
        (poison / name / "__init__.py").write_text(f"raise RuntimeError('nobody needs {name} for this')")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(poison), str(Path(__file__).parents[1])])}


@pytest.fixture
def without_ffmpeg(monkeypatch):
    monkeypatch.setattr("gtzan.audio.formats.ffmpeg", lambda: None)


EVIL = "<img src=x onerror=alert(1)>"


def metrics(accuracy: float) -> dict:
    """Of a finished classifier."""
    interval = {"test/accuracy_low": accuracy - 0.1, "test/accuracy_high": accuracy + 0.1}
    facts = {"corpus": "tiny (synthetic music)", "split": "50/50"}
    return {"test/accuracy": accuracy, **interval, "test/f1_macro": accuracy, "all/accuracy": 0.9, **facts}


@pytest.fixture(scope="session")
def sweep_folder(tmp_path_factory):
    """A sweep of two models, two batch sizes and two seeds, one of its points failed, one without a report."""
    root = tmp_path_factory.mktemp("sweep")
    points = []
    for model in ("dense", EVIL):
        for batch_size in (100, 16):
            for seed in (0, 1):
                name = f"{'a' if model == 'dense' else 'b'}_{batch_size}_{seed}"
                point = root / "points" / name
                point.mkdir(parents=True)
                if name == "b_16_1":
                    (point / "error.json").write_text(json.dumps({"message": EVIL, "log": "train.log"}))
                else:
                    accuracy = 0.5 + 0.2 * (model == "dense") + 0.001 * batch_size + 0.01 * seed
                    (point / "metrics.json").write_text(json.dumps(metrics(accuracy)))
                    if name != "a_16_0":
                        (point / "report.html").write_text("<!doctype html><title>a point</title>")
                overrides = {"model": model, "batch_size": str(batch_size), "seed": str(seed)}
                points.append({"overrides": overrides, "folder": f"../../points/{name}", "error": None})
    folder = root / "sweeps" / "some"
    folder.mkdir(parents=True)
    (folder / "sweep.json").write_text(json.dumps({"points": points}))
    return folder


QUIET = ("hydra.mode=MULTIRUN", "hydra/job_logging=none", "hydra/hydra_logging=none", "logger=none")


@pytest.fixture
def sweep(tiny_corpus, shared_cache, tmp_path, monkeypatch, capsys):
    """A function from overrides to the exit status and the output of a sweep in this process."""
    from hydra._internal.hydra import Hydra
    from hydra.core.global_hydra import GlobalHydra

    import train
    from gtzan.experiments.processes.launch import register_resolvers

    register_resolvers()
    monkeypatch.setattr(sys, "argv", ["train.py"])
    # Half of a tiny run's time; other tests look at the figures.
    monkeypatch.setattr("gtzan.reports.classifier_report.save_pictures", lambda *_: None)

    def run(*overrides: str, runs: Path = tmp_path / "runs", program=train) -> tuple[int, str]:
        GlobalHydra.instance().clear()
        hydra = Hydra.create_main_hydra_file_or_module(program.__file__, None, "conf", program.__name__)
        tiny = ["data=folder", f"data.root={tiny_corpus.root}", "segment_seconds=0.5", "features.n_mfcc=13"]
        places = [f"cache={shared_cache}", f"runs={runs}"]
        status = 0
        try:
            hydra.multirun(program.__name__, program.main.__wrapped__, [*tiny, *places, *QUIET, *overrides])
        except SystemExit as ended:
            status = ended.code
        finally:
            GlobalHydra.instance().clear()
        return status, "".join(capsys.readouterr())

    return run
