"""From a genre to judged sounds, as people ask for them."""

import csv
import errno
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from gtzan.audio.features import FeatureExtractor
from gtzan.audio.files import read_audio, write_wav
from gtzan.audio.generated import GeneratedFile
from gtzan.audio.mastering import true_peak
from gtzan.cli.main import main
from gtzan.errors import UserError
from gtzan.evaluation.listening.key import KINDS, Key
from gtzan.experiments.companions import Companions
from gtzan.experiments.runs.checkpoint_search import checkpoint_of
from gtzan.experiments.runs.folder import RunFolder
from gtzan.models.predictor import Predictor
from gtzan.synthesis.judging import Judgement, Panel
from gtzan.synthesis.request import Request
from gtzan.synthesis.synthesizer import Synthesizer
from synthesize import synthesize


@pytest.fixture(scope="module")
def asked(configured, tiny_generator, tiny_judge):
    def ask(*overrides: str):
        named = (f"ckpt={tiny_generator}", f"judge={tiny_judge}", "seconds=1", "n=2")
        return configured(*named, *overrides, config="synthesize")

    return ask


@pytest.fixture(scope="module")
def written(asked) -> Path:
    cfg = asked()
    synthesize(cfg)
    return Path(cfg.run_dir)


def test_every_sample_has_sound_numbers_and_a_picture(written):
    with open(written / "synthesis.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["genre"] for row in rows] == ["bass", "bass", "middle", "middle", "treble", "treble"]
    for row in rows:
        waveform, rate = soundfile.read(written / row["wav"])
        assert rate == 22050
        assert len(waveform) == rate
        assert 0 < np.abs(waveform).max() < 1
        assert np.load(written / row["wav"].replace("wav", "npy")).shape == (44, 13)
        assert (written / row["wav"].replace("wav", "png")).stat().st_size > 5000


def test_what_is_judged_is_the_file(written, tiny_judge):
    """The verdict on a sample is what the judge says of its WAV, at its level before mastering, whoever asks."""
    samples = json.loads((written / "synthesis.json").read_text())["samples"]
    predictor = Predictor.load(checkpoint_of(tiny_judge))
    for sample in samples:
        waveform = read_audio(written / sample["wav"], 22050) * 10 ** (-sample["gain_db"] / 20)
        genre, probability = predictor.predict_waveform(waveform).ranking[0]
        assert [genre, probability] == [sample["judge"][0][0], pytest.approx(sample["judge"][0][1], abs=1e-3)]
        assert sample["judge_right"] == (genre == sample["genre"])


def test_of_a_continuation_what_was_generated_is_judged(written, tiny_generator, tiny_judge):
    synthesizer = Synthesizer.load(checkpoint_of(tiny_generator))
    panel = Panel.of(synthesizer.generator, checkpoint_of(tiny_judge))
    wav = written / "bass_00.wav"
    whole, part = (
        Judgement.of(panel, synthesizer, [GeneratedFile("bass", wav, 0.0, start)], None).sets for start in (0.0, 0.5)
    )
    assert [len(sets[name].frames[0]) for sets in (whole, part) for name in ("features", "synth")] == [44, 44, 22, 22]
    alone = panel.judge.predict_waveform(read_audio(wav, 22050)[11025:])
    np.testing.assert_allclose(part["synth"].judge[0], alone.probabilities, atol=1e-5)


def test_the_numbers_have_their_names(written):
    metrics = json.loads((written / "metrics.json").read_text())
    for name in (
        "synth/guide_accuracy",
        "synth/judge_accuracy",
        "synth/judge_accuracy_features",
        "real/judge_accuracy",
        "copy/judge_accuracy",
        "synth/frechet",
        "real/frechet",
        "synth/mmd",
        "synth/diversity_of_real",
        "synth/nearest_of_real",
        "synth/train_on_it_accuracy",
        "synth/judge_accuracy/bass",
    ):
        assert isinstance(metrics[name], float), name
    assert "test/accuracy" not in metrics  # this folder is not a classifier's


def test_page_pictures_and_dashboard_are_there(written):
    page = (written / "report.html").read_text(encoding="utf-8")
    assert page.count("<audio") == page.count("data:audio/mpeg") == 6
    assert page.count("data:image/webp") == 6 + len(list((written / "figures").glob("*.png")))
    for name in ("confusion_judge", "report_judge", "spectrograms", "pca", "pca_variance", "pca_loadings"):
        assert (written / "figures" / f"{name}.png").exists()
    assert list((written / "tensorboard").glob("events*"))


def test_a_listening_page_is_made_of_the_folder(written, capsys):
    """What listeners are compared with is the verdict that is known of a sample."""
    assert main(["listening", "--make", str(written)]) == 0
    out = capsys.readouterr().out
    assert "18 clips of bass, middle, treble: 1 s each, at −" in out.replace("-", "−")
    assert "listening.html" in out
    clips = Key.read(written / "listening_key.json").clips.values()
    kinds = [(clip.genre, clip.kind) for clip in clips]
    assert all(kinds.count((genre, kind)) == 2 for genre in ("bass", "middle", "treble") for kind in KINDS)
    verdicts = {sample["wav"]: sample["judge"][0][0] for sample in RunFolder(written).synthesis()["samples"]}
    assert {clip.source: clip.judge for clip in clips if clip.kind == "generated"} == verdicts


def test_a_sample_is_a_function_of_its_genre_number_seed_and_temperature(tiny_generator):
    synthesizer = Synthesizer.load(RunFolder(tiny_generator).checkpoint)
    whole = list(synthesizer.samples(Request(("bass", "treble"), 3, 1.0)))
    (alone,) = [s for s in synthesizer.samples(Request(("treble",), 3, 1.0)) if s.number == 1]
    np.testing.assert_array_equal(alone.waveform, whole[4].waveform)
    for other in (Request(("treble",), 2, 1.0, seed=1), Request(("treble",), 2, 1.0, temperature=0.5)):
        assert not np.array_equal(list(synthesizer.samples(other))[1].waveform, alone.waveform)
    assert not any(np.array_equal(whole[0].waveform, sample.waveform) for sample in whole[1:])


@pytest.mark.parametrize("seconds", [0.1, 0.99, 7.3])
def test_a_sample_is_as_long_as_asked(tiny_generator, seconds):
    synthesizer = Synthesizer.load(RunFolder(tiny_generator).checkpoint)
    sample = synthesizer.sample("bass", 0, seconds)
    assert len(sample.waveform) == round(seconds * 22050)
    assert FeatureExtractor(n_mfcc=13)(torch.from_numpy(sample.waveform)[None]).shape[1] == len(sample.mfcc)


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("genre=polka", "genre=polka is unknown: choose from bass, middle, treble"),
        ("n=0", "n=0 must be a whole number from 1"),
        ("seconds=0", "seconds=0 must be a number from 0.1"),
        ("ckpt=/nowhere", "There is no /nowhere"),
        ("judge=/nowhere", "There is no /nowhere"),
        ("like=/no.mp3", "like=/no.mp3: there is no such file"),
        ("strength=0.3", "strength=0.3 is that of variations of a song: name one with like=SONG"),
        ("strength=2", "strength=2 must be a number from 0 to 1"),
        ("blend={bass:-1}", "blend=.* must be genres and their shares, such as"),
        ("blend={polka:1}", "blend has polka, which is unknown: choose from bass, middle, treble"),
        ("blend={bass:1,polka:1}", "blend has polka, which is unknown"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(asked, override, sentence):
    with pytest.raises(UserError, match=sentence):
        synthesize(asked(override))


@pytest.mark.parametrize("song", ["like", "continue"])
def test_a_temperature_without_effect_is_refused(asked, song):
    with pytest.raises(UserError, match=f"temperature=2 changes nothing with {song}="):
        synthesize(asked(f"{song}=song.mp3", "temperature=2"))


def test_a_classifier_is_refused_as_generator_and_a_generator_as_judge(asked, tiny_judge, tiny_generator):
    with pytest.raises(UserError, match="something else than a generator"):
        synthesize(asked(f"ckpt={tiny_judge}"))
    with pytest.raises(UserError, match="something else than a genre classifier"):
        synthesize(asked(f"judge={tiny_generator}"))


def test_a_judge_of_other_features_is_refused(asked, tiny_run):
    with pytest.raises(UserError, match="uses other features than MFCCs"):
        synthesize(asked(f"judge={tiny_run}"))


def test_samples_before_a_full_disk_are_kept(asked, monkeypatch):
    import gtzan.reports.synthesis_folder as module

    written = []

    def write(path, *arguments):
        if len(written) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(path)
        soundfile.write(path, *arguments)

    monkeypatch.setattr(module, "write_wav", write)
    cfg = asked()
    with pytest.raises(UserError, match=r"no space left on device. The 2 samples before it are kept"):
        synthesize(cfg)
    assert sorted(path.name for path in Path(cfg.run_dir).glob("*.wav")) == ["bass_00.wav", "bass_01.wav"]


class Pulled(Exception):
    """The plug."""


def pull_the_plug(*_) -> None:
    raise Pulled


@pytest.fixture(scope="module")
def pulled(asked) -> Path:
    """The folder of a synthesis of six samples that was killed while it wrote the fourth."""
    import gtzan.reports.synthesis_folder as module

    written = []

    def pull(path, *arguments):
        if len(written) == 3:
            raise Pulled
        written.append(path)
        write_wav(path, *arguments)

    cfg = asked()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "write_wav", pull)
        with pytest.raises(Pulled):
            synthesize(cfg)
    return Path(cfg.run_dir)


@pytest.fixture
def interrupted(pulled, tmp_path) -> Path:
    """A copy of it."""
    return shutil.copytree(pulled, tmp_path / "interrupted")


@pytest.fixture
def made(monkeypatch) -> list[tuple[str, int]]:
    """Genre and number of the samples that are made."""
    sample, made = Synthesizer.sample, []

    def remember(self, genre, number, *arguments):
        made.append((genre, number))
        return sample(self, genre, number, *arguments)

    monkeypatch.setattr(Synthesizer, "sample", remember)
    return made


@pytest.mark.usefixtures("without_figures")
def test_a_resumed_synthesis_equals_an_uninterrupted_one(interrupted, written, configured, made):
    synthesize(configured(f"resume={interrupted}", "model=generator", config="synthesize"))
    assert made == [("middle", 1), ("treble", 0), ("treble", 1)]
    for name in ("synthesis.csv", "samples.csv", "bass_00.wav", "treble_01.npy"):
        assert (interrupted / name).read_bytes() == (written / name).read_bytes(), name
    one, other = (json.loads((path / "metrics.json").read_text()) for path in (interrupted, written))
    assert one | {"duration": 0} == other | {"duration": 0}


@pytest.mark.parametrize("change", ["seed=1", "damaged", "wav"])
def test_samples_that_are_others_or_not_whole_are_made_again(interrupted, asked, made, monkeypatch, change):
    if change == "damaged":
        (interrupted / "samples.csv").write_text("genre,number\nbass,x\n")
    elif change == "wav":
        (interrupted / "bass_01.wav").unlink()
    more = [change] if change == "seed=1" else []
    monkeypatch.setattr(Judgement, "of", pull_the_plug)  # what follows is the same for all
    with pytest.raises(Pulled):
        synthesize(asked(f"run_dir={interrupted}", *more))
    assert len(made) == (5 if change == "wav" else 6)
    rows = RunFolder(interrupted).samples()
    assert [(row["genre"], row["number"]) for row in rows] == [
        (g, n) for g in ("bass", "middle", "treble") for n in "01"
    ]


def test_a_list_of_samples_that_names_files_elsewhere_is_refused(interrupted, asked):
    listed = (interrupted / "samples.csv").read_text()
    (interrupted / "samples.csv").write_text(listed.replace("bass_00.wav", "../bass_00.wav"))
    with pytest.raises(UserError, match="names a file outside its folder"):
        synthesize(asked(f"run_dir={interrupted}"))


def test_levels_are_checked(written):
    metrics = RunFolder(written).metrics()
    peaks = [true_peak(read_audio(wav, 22050), 22050) for wav in written.glob("*.wav")]
    assert metrics["synth/true_peak"] == pytest.approx(max(peaks), abs=0.01)
    assert metrics["synth/true_peak"] <= -1 + 0.01
    assert 0 <= metrics["synth/dc/bass"] <= metrics["synth/dc"] < 1e-3


def test_an_unwritable_folder_is_named(asked, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="cannot be written"):
        synthesize(asked(f"run_dir={tmp_path / 'file' / 'run'}"))


@pytest.mark.parametrize(
    ("word", "sentence"), [("genre=polka", "choose from bass, middle, treble"), ("n=0", "n=0 must")]
)
def test_the_command_answers_mistakes_at_once(tiny_corpus, tmp_path, word, sentence):
    script = Path(__file__).parents[1] / "synthesize.py"
    words = [word, "data=folder", f"data.root={tiny_corpus.root}"]
    done = subprocess.run([sys.executable, script, *words], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_samples_do_not_depend_on_the_threads_that_a_training_just_used(asked, monkeypatch):
    """A judge that is trained in the same process leaves its own number of threads behind."""
    find, sample, used = Companions.of, Synthesizer.sample, []

    def leave_other_threads(cls, *arguments):
        found = find(*arguments)
        torch.set_num_threads(5)
        return found

    def look(*arguments):
        used.append(torch.get_num_threads())
        return sample(*arguments)

    monkeypatch.setattr(Companions, "of", classmethod(leave_other_threads))
    monkeypatch.setattr(Synthesizer, "sample", look)
    before = torch.get_num_threads()
    try:
        synthesize(asked("genre=bass", "n=1", "threads=2"))
    finally:
        torch.set_num_threads(before)
    assert used == [2]
