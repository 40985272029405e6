"""The built-in corpus on disk: layout, levels, determinism, resuming, errors."""

import json
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from gtzan.corpora import builtin
from gtzan.corpora.builtin import builtin_corpus
from gtzan.corpora.composer.styles import STYLES
from gtzan.errors import UserError
from gtzan.files import PART

SECONDS = 2.0


def contents(root):
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.glob("*/*.*"))}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return builtin_corpus(tmp_path_factory.mktemp("builtin"), tracks_per_genre=2, seconds=SECONDS)


def test_layout_is_gtzans_with_midi_beside(corpus):
    assert corpus.genres == tuple(STYLES)
    assert [t.name for t in corpus.tracks][:3] == ["blues.00000", "blues.00001", "classical.00000"]
    assert corpus.tracks[0].path == corpus.root / "blues" / "blues.00000.wav"
    assert corpus.synthetic
    assert corpus.default_split == "artist"
    for track in corpus.tracks:
        assert track.path.is_file()
        assert track.path.with_suffix(".mid").read_bytes().startswith(b"MThd")
        assert track.artist
        assert track.title
        assert track.group


def test_audio_is_16_bit_mono_of_the_exact_length(corpus):
    for track in corpus.tracks:
        info = soundfile.info(track.path)
        assert (info.samplerate, info.channels, info.subtype) == (22_050, 1, "PCM_16")
        assert info.frames == round(SECONDS * 22_050)


def test_levels_are_a_records(corpus):
    for track in corpus.tracks:
        waveform, _ = soundfile.read(track.path)
        assert np.abs(waveform).max() < 0.985, track.name  # nothing is clipped
        assert -32 < 20 * np.log10(waveform.std()) < -6, track.name
        assert abs(waveform.mean()) < 1e-3, track.name


def test_the_same_seed_gives_the_same_bytes(corpus, tmp_path):
    some = ["disco", "jazz"]
    builtin_corpus(tmp_path, tracks_per_genre=2, seconds=SECONDS, genres=some)
    again = contents(tmp_path)
    assert len(again) == 8
    assert again == {name: content for name, content in contents(corpus.root).items() if name.startswith(tuple(some))}


def test_another_seed_gives_other_music(corpus, tmp_path):
    builtin_corpus(tmp_path, tracks_per_genre=1, seconds=SECONDS, seed=1, genres=["disco", "jazz"])
    first = contents(corpus.root)
    assert all(content != first[name] for name, content in contents(tmp_path).items())


def test_a_track_does_not_depend_on_how_many_are_composed(corpus, tmp_path):
    few = builtin_corpus(tmp_path, tracks_per_genre=1, seconds=SECONDS, genres=["disco", "jazz"])
    first = contents(corpus.root)
    assert all(content == first[name] for name, content in contents(tmp_path).items())
    assert few.tracks[0].artist == next(t.artist for t in corpus.tracks if t.name == few.tracks[0].name)


def test_fewer_tracks_than_composed_are_served_without_deleting_any(corpus):
    before = contents(corpus.root)
    assert len(builtin_corpus(corpus.root, tracks_per_genre=1, seconds=SECONDS).tracks) == len(STYLES)
    assert contents(corpus.root) == before


def test_a_killed_run_is_resumed(tmp_path):
    genres = ["pop", "rock"]
    corpus = builtin_corpus(tmp_path, tracks_per_genre=2, seconds=1.0, genres=genres)
    whole = contents(tmp_path)
    kept, lost, headless = (corpus.tracks[k].path for k in range(3))
    lost.unlink()  # never written
    headless.with_suffix(".mid").unlink()
    (lost.parent / f".{lost.name}.1.1{PART}").write_bytes(b"RIFF half a file")
    stamp = kept.stat().st_mtime_ns
    builtin_corpus(tmp_path, tracks_per_genre=2, seconds=1.0, genres=genres)
    assert contents(tmp_path) == whole
    assert kept.stat().st_mtime_ns == stamp  # not composed twice


def test_a_full_disk_is_one_sentence_and_the_same_command_completes_it(tmp_path, monkeypatch):
    write, writes = builtin.write_atomically, []

    def failing(*arguments):
        writes.append(1)
        if len(writes) > 3:
            raise OSError(28, "No space left on device")
        write(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(builtin, "write_atomically", failing)
        with pytest.raises(UserError, match=r"\(no space left on device\): make room"):
            builtin_corpus(tmp_path, tracks_per_genre=1, seconds=0.5, genres=["blues", "pop"])
    assert len(list(tmp_path.glob("*/*wav*"))) == 1
    corpus = builtin_corpus(tmp_path, tracks_per_genre=1, seconds=0.5, genres=["blues", "pop"])
    assert all(soundfile.info(track.path).frames == 11025 for track in corpus.tracks)


def test_other_settings_in_one_folder_are_refused(corpus):
    with pytest.raises(UserError, match=r"composed with other settings.*choose another folder"):
        builtin_corpus(corpus.root, tracks_per_genre=2, seconds=3.0)
    with pytest.raises(UserError, match="composed with other settings"):
        builtin_corpus(corpus.root, tracks_per_genre=2, seconds=SECONDS, seed=7)


def test_a_folder_of_real_music_is_never_written_to(tmp_path):
    (tmp_path / "blues").mkdir()
    (tmp_path / "blues" / "blues.00000.wav").write_bytes(b"GTZAN's own")
    with pytest.raises(UserError, match="not composed here"):
        builtin_corpus(tmp_path, tracks_per_genre=1, seconds=1.0)
    assert not (tmp_path / "composer.json").exists()


def test_a_damaged_parameter_file_is_named(tmp_path):
    (tmp_path / "composer.json").write_text("{")
    with pytest.raises(UserError, match=r"composer\.json"):
        builtin_corpus(tmp_path, tracks_per_genre=1, seconds=1.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tracks_per_genre": 0}, "tracks_per_genre=0"),
        ({"seconds": 0}, "seconds=0"),
        ({"seconds": -3.0}, "seconds=-3"),
        ({"seconds": float("nan")}, "seconds=nan"),
        ({"seed": -1}, "seed=-1"),
        ({"genres": ["blues", "polka"]}, "no genre 'polka'.*blues, classical"),
        ({"genres": ["blues"]}, "at least two genres"),
        ({"genres": []}, "at least two genres"),
    ],
)
def test_bad_values_are_one_sentence(tmp_path, changes, message):
    arguments = {"tracks_per_genre": 1, "seconds": 1.0} | changes
    with pytest.raises(UserError, match=message):
        builtin_corpus(tmp_path / "none", **arguments)
    assert not (tmp_path / "none").exists()


def test_settings_are_left_for_people_to_read(corpus):
    assert json.loads((corpus.root / "composer.json").read_text())["seconds"] == SECONDS


def test_the_import_stays_light():
    code = "import sys, gtzan.corpora.builtin; print({'torch', 'sklearn', 'librosa', 'pretty_midi'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
