import numpy as np
import pytest
import soundfile

from gtzan.audio.files import write_wav
from gtzan.cli.main import main
from gtzan.corpora.check import check_corpus
from gtzan.corpora.gtzan import GENRES
from gtzan.errors import UserError


def noise(seed, seconds=1.0, rate=22050):
    return np.random.default_rng(seed).uniform(-0.1, 0.1, round(seconds * rate))


def clean_folder(root):
    for seed in range(8):
        write_wav(root / "ab"[seed % 2] / f"{seed}.wav", noise(seed))


def faults(root):
    return {(fault.kind, fault.track) for fault in check_corpus(root).faults}


def test_a_clean_folder_passes(tmp_path, capsys):
    clean_folder(tmp_path)
    assert main(["data", "check", str(tmp_path)]) == 0
    assert "Nothing is wrong." in capsys.readouterr().out


def retag(path):
    """The same samples in a file of other bytes."""
    samples, rate = soundfile.read(path.with_name("0.wav"), dtype="int16")
    with soundfile.SoundFile(path, "w", rate, 1, "PCM_16") as file:
        file.title = "another"
        file.write(samples)


def truncated(path):
    write_wav(path, noise(9, seconds=1.2))
    path.write_bytes(path.read_bytes()[:-8000])


FAULTS = {
    "broken": lambda root: (root / "a" / "x.wav").write_bytes(b"no audio"),
    "duplicate": lambda root: retag(root / "a" / "x.wav"),
    "rate": lambda root: write_wav(root / "a" / "x.wav", noise(9, rate=44100), 44100),
    "length": lambda root: write_wav(root / "a" / "x.wav", noise(9, seconds=2)),
    "unused": lambda root: (root / "a" / "x.m4a").touch(),
    "silent": lambda root: write_wav(root / "a" / "x.wav", 0 * noise(9)),
    "clipped": lambda root: write_wav(root / "a" / "x.wav", np.clip(20 * noise(9), -1, 1)),
    "offset": lambda root: write_wav(root / "a" / "x.wav", noise(9) + 0.1),
    "truncated": lambda root: truncated(root / "a" / "x.wav"),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_each_fault_is_named_and_fails_the_check(tmp_path, capsys, without_ffmpeg, kind):
    clean_folder(tmp_path)
    FAULTS[kind](tmp_path)
    assert main(["data", "check", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert f"{kind:<10} a/x" in out
    assert out.endswith("\n1 fault.\n")


def test_a_duplicate_across_genres_is_said_to_be_one(tmp_path):
    clean_folder(tmp_path)
    write_wav(tmp_path / "b" / "x.wav", noise(0))
    (fault,) = check_corpus(tmp_path).faults
    assert (fault.kind, fault.track) == ("duplicate", "b/x.wav")
    assert "a/0.wav" in fault.detail
    assert "another genre" in fault.detail


def test_songs_of_all_lengths_are_nothing_odd(tmp_path):
    for seed in range(6):
        write_wav(tmp_path / "ab"[seed % 2] / f"{seed}.wav", noise(seed, seconds=1 + seed))
    assert not faults(tmp_path)


def test_the_reason_of_a_broken_file_is_given(tmp_path, capsys):
    clean_folder(tmp_path)
    (tmp_path / "b" / "void.wav").touch()
    main(["data", "check", str(tmp_path)])
    assert "b/void.wav: an empty file" in capsys.readouterr().out


def gtzan(root, *tracks, seconds=30.0):
    for seed, track in enumerate(tracks):
        samples = noise(seed, seconds)
        path = root / "genres" / track.split(".")[0] / f"{track}.flac"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, samples, 22050)


def test_gtzan_is_held_against_its_list_of_tracks(tmp_path):
    gtzan(tmp_path, "blues.00000", "blues.00005", "rock.00099")
    report = check_corpus(tmp_path)
    assert (report.found["blues"], report.found["rock"], report.found["pop"]) == (2, 1, 0)
    assert {fault.kind for fault in report.faults} == {"missing"}
    assert len(report.faults) == 997
    text = str(report)
    assert "blues.00001 … blues.00004, blues.00006 … blues.00099" in text
    assert "3 of 1000" in text


def test_gtzans_faults_are_named(tmp_path):
    gtzan(tmp_path, "blues.00000", "blues.00001", "metal.00058", "rock.00016")
    folder = tmp_path / "genres"
    write_wav(folder / "blues" / "blues.00002.wav", noise(10, seconds=30))
    write_wav(folder / "blues" / "blues.00003.wav", noise(11, seconds=20))
    soundfile.write(folder / "blues" / "blues.00004.flac", noise(12, 30, 44100), 44100)
    (folder / "blues" / "blues.00005.wav").write_bytes(b"no audio")
    (folder / "blues" / "my song.wav").touch()
    (folder / "blues" / "blues.00000.mp3").touch()
    for copy, of in (("blues.00001", "blues.00000"), ("rock.00016", "metal.00058")):
        original = folder / of.split(".")[0] / f"{of}.flac"
        (folder / copy.split(".")[0] / f"{copy}.flac").write_bytes(original.read_bytes())

    report = check_corpus(tmp_path)
    found = {(fault.kind, fault.track) for fault in report.faults if fault.kind != "missing"}
    assert found == {
        ("checksum", "blues.00002"),
        ("checksum", "blues.00003"),
        ("length", "blues.00003"),
        ("rate", "blues.00004"),
        ("broken", "blues.00005"),
        ("duplicate", "blues.00001"),
        ("duplicate", "rock.00016"),
        ("unused", "blues/my song.wav"),
        ("unused", "blues/blues.00000.mp3"),
    }
    known = {fault.track for fault in report.faults if fault.known}
    assert known == {"rock.00016"}


def test_the_broken_file_of_the_common_copy_is_known(tmp_path):
    gtzan(tmp_path, "blues.00000", seconds=30)
    (tmp_path / "genres" / "jazz").mkdir()
    (tmp_path / "genres" / "jazz" / "jazz.00054.wav").write_bytes(b"no audio")
    report = check_corpus(tmp_path)
    assert [fault.track for fault in report.faults if fault.known] == ["jazz.00054"]
    assert report.faults, "a known fault is a fault"
    assert "1 of them known faults of GTZAN itself" in str(report)


def test_own_music_in_folders_named_like_gtzans_is_a_folder(tmp_path):
    for seed, name in enumerate(("blues/mine.wav", "rock/yours.wav")):
        write_wav(tmp_path / name, noise(seed))
    assert not faults(tmp_path)


def test_nothing_to_check_is_an_error(tmp_path):
    with pytest.raises(UserError, match="No audio file"):
        check_corpus(tmp_path)
    with pytest.raises(UserError, match="nowhere"):
        check_corpus(tmp_path / "nowhere")


def test_one_gtzan_like_name_in_an_own_library_makes_no_copy_of_gtzan(tmp_path, capsys):
    for seed, genre in enumerate(("blues", "folk")):
        write_wav(tmp_path / genre / f"{genre}.00000.wav", noise(seed))
    assert not faults(tmp_path)
    assert main(["data", "check", str(tmp_path)]) == 0
    assert "--as gtzan" in capsys.readouterr().out
    assert len(check_corpus(tmp_path, "gtzan").faults) > 999


def test_all_genres_and_mostly_its_names_are_gtzan_unless_asked_otherwise(tmp_path):
    for seed, genre in enumerate(GENRES):
        write_wav(tmp_path / genre / f"{genre}.00000.wav", noise(seed))
    assert "missing" in {kind for kind, _ in faults(tmp_path)}
    assert not check_corpus(tmp_path, "folder").faults
    for seed in range(11):
        write_wav(tmp_path / "rock" / f"mine {seed}.wav", noise(100 + seed))
    assert not faults(tmp_path)


def test_a_track_in_two_formats_is_one(tmp_path):
    clean_folder(tmp_path)
    soundfile.write(tmp_path / "a" / "0.ogg", noise(0), 22050)
    (fault,) = check_corpus(tmp_path).faults
    assert (fault.kind, fault.track, fault.detail) == ("unused", "a/0.ogg", "0.wav is used")


def test_genres_of_unequal_size_and_numbered_folders_are_noted(tmp_path, capsys):
    for seed in range(6):
        write_wav(tmp_path / ("000" if seed else "001") / f"{seed}.wav", noise(seed))
    assert main(["data", "check", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "000 has 5 usable tracks, 001 1: class_weights=balanced" in out
    assert "numbered like FMA's" in out
