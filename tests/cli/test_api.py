"""The Python API: small, quick to import, and a good guest in a process that goes on afterwards."""

import signal
import subprocess
import sys

import numpy as np
import pytest
import soundfile
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig

import gtzan
from gtzan.audio.files import read_audio, write_wav
from gtzan.experiments.runs.folder import RunFolder
from gtzan.synthesis.synthesizer import Sample

TINY = ("model=dense", "data=folder", "segment_seconds=0.5", "features.n_mfcc=13", "logger=none")


@pytest.fixture
def song(tiny_corpus):
    return tiny_corpus.tracks[0].path


@pytest.fixture
def places(tiny_corpus, shared_cache, tmp_path):
    return (f"data.root={tiny_corpus.root}", f"cache={shared_cache}", f"runs={tmp_path / 'runs'}")


def test_importing_is_quick_and_shows_every_name():
    code = (
        "import sys, time; t = time.perf_counter(); import gtzan; t = time.perf_counter() - t; "
        "assert not {'numpy', 'torch', 'hydra'} & set(sys.modules), 'imports too much'; "
        "assert set(gtzan.__all__) <= set(dir(gtzan)); assert t < 0.3, t"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_name_is_there_and_others_are_not():
    for name in gtzan.__all__:
        assert callable(getattr(gtzan, name)), name
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        gtzan.trian  # noqa: B018


def test_features_of_a_file_are_those_of_its_waveform(song):
    of_file = gtzan.extract_features(song, n_mfcc=13)
    of_array = gtzan.extract_features(read_audio(song), n_mfcc=13)
    assert of_file["mfcc"].shape[1] == 13
    assert of_file["chroma"].shape == (len(of_file["mfcc"]), 12)
    for name, values in of_file.items():
        assert np.array_equal(values, of_array[name]), name


def test_a_waveform_is_brought_to_the_extractors_rate(song):
    frames = gtzan.extract_features(read_audio(song, 44100), sample_rate=44100)["mfcc"]
    assert len(frames) == len(gtzan.extract_features(song)["mfcc"])


@pytest.mark.parametrize(
    ("audio", "settings", "message"),
    [
        (np.zeros((2, 100)), {}, r"not \(2, 100\)"),
        (np.zeros(0), {}, "array"),
        (np.zeros(100, dtype=np.int16), {}, "not int16"),
        (np.full(100, np.nan), {}, "not finite"),
        (np.full(3000, 1e30), {}, "too large"),
        (np.zeros(100), {"mfccs": 3}, "no setting mfccs"),
        (np.zeros(100), {"n_mfcc": 0}, "n_mfcc"),
        (np.zeros(100), {"sample_rate": -1}, "sample_rate=-1"),
        (np.zeros(100), {"sample_rate": float("nan")}, "sample_rate=nan"),
        (np.zeros(100), {"sample_rate": "44100"}, "sample_rate='44100' must be a number"),
        (np.zeros(100), {"sample_rate": 10**12}, "from 1000 to 384000"),
        ("nothing.wav", {}, "nothing.wav"),
    ],
)
def test_mistakes_about_audio_are_said_in_a_sentence(audio, settings, message):
    with pytest.raises(gtzan.UserError, match=message):
        gtzan.extract_features(audio, **settings)


def test_a_corpus_is_opened(tiny_corpus):
    corpus = gtzan.open_corpus(tiny_corpus.root)
    assert corpus.genres == ("bass", "middle", "treble")
    assert len(corpus.tracks) == len(tiny_corpus.tracks)


def test_a_genre_that_nobody_composes_is_named(tmp_path):
    with pytest.raises(gtzan.UserError, match="no genre 'techno'"):
        gtzan.compose_corpus(tmp_path / "music", genres=["pop", "techno"])
    assert not (tmp_path / "music").exists()


def test_training_leaves_a_run_and_the_process_as_it_was(places, tmp_path, monkeypatch):
    import torch

    monkeypatch.setattr("gtzan.reports.classifier_report.save_pictures", lambda *_: None)
    monkeypatch.setattr(sys, "argv", ["ipykernel_launcher.py", "-f", "kernel.json"])
    before = (torch.get_num_threads(), signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM))
    run = gtzan.train(*TINY, *places, split="50/50", epochs=1, genres=["bass", "treble"], threads=1)
    assert run.metrics()["epochs"] == 1
    assert run.config().genres == ["bass", "treble"]
    assert run.path.parent == tmp_path / "runs"
    assert before == (torch.get_num_threads(), signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM))
    assert not GlobalHydra.instance().is_initialized()
    assert not HydraConfig.initialized()
    assert gtzan.open_run(run.path) == run
    assert run.environment()["command"].startswith("python train.py model=dense data=folder")

    longer = gtzan.train(resume=run.path, epochs=2)
    assert longer == run
    assert run.metrics()["epochs"] == 2


@pytest.mark.parametrize(
    ("overrides", "settings", "message"),
    [
        (("modle=dense",), {}, "did you mean"),
        ((), {"epoch": 3}, "did you mean epochs=3"),
        (("model=dense",), {"lr": "fast"}, "lr=fast"),
        (("-m", "seed=0,1"), {}, "train\\(\\) takes no -m"),
        (("seed=0,1",), {}, "several values"),
        ((), {"split": "90/20"}, "split"),
        (("data=folder", "data.root=nowhere"), {}, "nowhere"),
        ((), {"resume": "nowhere"}, "nowhere"),
    ],
)
def test_mistakes_in_a_training_leave_nothing_behind(overrides, settings, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(gtzan.UserError, match=message):
        gtzan.train(*overrides, **settings)
    assert not list(tmp_path.glob("runs/*"))


def test_a_folder_of_runs_that_cannot_be_written_ends_nothing(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(gtzan.UserError, match="not a folder"):
        gtzan.train(runs=tmp_path / "file")


def test_interrupting_a_training_is_a_keyboard_interrupt(places, tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("gtzan.models.classifier.Classifier.training_step", interrupt)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        gtzan.train(*TINY, *places, split="50/50", epochs=1, run_dir=tmp_path / "named")
    assert signal.getsignal(signal.SIGINT) == before
    assert (tmp_path / "named" / "config.yaml").exists()
    assert not (tmp_path / "runs").exists()


def test_no_run_is_no_run(tmp_path):
    with pytest.raises(gtzan.UserError, match="is not a run"):
        gtzan.open_run(tmp_path)


def test_a_run_predicts_files_and_waveforms_alike(tiny_run, song):
    of_file = gtzan.predict(song, model=tiny_run)
    of_waveform = gtzan.predict(read_audio(song), model=RunFolder(tiny_run))
    assert of_file.classes == ("bass", "middle", "treble")
    assert np.allclose(of_file.probabilities, of_waveform.probabilities, atol=1e-5)


@pytest.mark.parametrize(
    ("waveform", "message"),
    [
        (np.zeros(22050), "silent"),
        (np.random.default_rng(0).uniform(-9e-5, 9e-5, 22050), "silent"),
        (np.random.default_rng(0).uniform(-0.5, 0.5, 2204), r"only 0\.100 s long"),
    ],
)
def test_a_waveform_is_refused_as_its_file_is(tiny_run, tmp_path, waveform, message):
    soundfile.write(tmp_path / "it.wav", waveform, 22050, subtype="FLOAT")
    for audio in (waveform, tmp_path / "it.wav"):
        for judged in (gtzan.predict, gtzan.explain, gtzan.judge):
            with pytest.raises(gtzan.UserError, match=message):
                judged(audio, tiny_run)


def test_a_sample_is_judged_however_silent_it_is(tiny_judge):
    sample = Sample("bass", 0, np.zeros((20, 40)), np.zeros(22050, np.float32), 0.0, 22050)
    assert gtzan.judge(sample, tiny_judge).seconds == 1


def test_a_generator_makes_samples_that_a_judge_hears(tiny_generator, tiny_judge, tmp_path):
    samples = gtzan.generate("bass", n=2, seconds=1, generator=tiny_generator)
    assert [sample.genre for sample in samples] == ["bass", "bass"]
    assert all(len(sample.waveform) == sample.sample_rate for sample in samples)
    heard = gtzan.judge(samples[0], judge=tiny_judge)
    assert heard.classes == ("bass", "middle", "treble")
    write_wav(tmp_path / "sample.wav", samples[0].waveform, samples[0].sample_rate)
    assert gtzan.judge(tmp_path / "sample.wav", judge=tiny_judge).seconds == pytest.approx(1)


@pytest.mark.parametrize(("arguments", "message"), [({"n": 0}, "n=0"), ({"seconds": -1}, "seconds=-1")])
def test_numbers_out_of_range_are_named(arguments, message, tiny_generator):
    with pytest.raises(gtzan.UserError, match=message):
        gtzan.generate("bass", generator=tiny_generator, **arguments)


def test_whole_numbers_may_be_numpys(tiny_generator):
    (sample,) = gtzan.generate("bass", n=np.int64(1), seconds=np.int32(1), seed=np.uint8(0), generator=tiny_generator)
    assert len(sample.waveform) == sample.sample_rate
    with pytest.raises(gtzan.UserError, match="n=true"):
        gtzan.generate("bass", n=True, generator=tiny_generator)


@pytest.mark.parametrize("genre", [[], ()])
def test_no_genre_at_all_is_refused(tiny_generator, genre):
    with pytest.raises(gtzan.UserError, match="names no genre"):
        gtzan.generate(genre, generator=tiny_generator)


def test_a_generator_on_a_device_that_computes_nothing_is_refused(tiny_generator):
    with pytest.raises(gtzan.UserError, match="device=meta cannot be used"):
        gtzan.generate("bass", seconds=1, generator=tiny_generator, device="meta")


def test_a_genre_that_the_generator_does_not_know_is_named(tiny_generator):
    with pytest.raises(gtzan.UserError, match="genre=jazz is unknown"):
        gtzan.generate("jazz", generator=tiny_generator)
