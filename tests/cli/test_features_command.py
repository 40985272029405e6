import shlex
import shutil

import pytest

from gtzan.cli.main import main


def test_a_store_is_built_and_shown(tiny_corpus, tmp_path, capsys):
    music, stores = tmp_path / "music", tmp_path / "my stores"
    shutil.copytree(tiny_corpus.root, music)
    (music / "bass" / "junk.wav").write_bytes(b"junk")
    status = main(["features", "build", str(music), "--to", str(stores), "--n-mfcc", "5", "--name", "X"])
    assert status == 1  # for the broken file, which it names
    out = capsys.readouterr().out
    assert "junk: not readable" in out
    (store,) = [path for path in stores.iterdir() if path.is_dir()]
    assert shlex.split(out.partition("python train.py ")[2]) == [f"data.store='{store}'"], "for the shell and Hydra"

    assert main(["features", "show", str(store)]) == 0
    out = capsys.readouterr().out
    for fact in ("corpus     X", "tracks     25", "bass (9)", "mfcc (5)", "n_fft=2048", store.name.rpartition("-")[2]):
        assert fact in out


def test_damage_is_told(tiny_store, tmp_path, capsys):
    copy = tmp_path / "store"
    shutil.copytree(tiny_store.path, copy)
    with open(copy / "frames.npy", "r+b") as file:
        file.seek(5000)
        file.write(b"damage")
    assert main(["features", "show", str(copy)]) == 2
    assert "damaged" in capsys.readouterr().err


@pytest.mark.parametrize("data", ["gtzan", "folder", "builtin"])
def test_a_root_that_is_not_there_is_one_sentence(tmp_path, capsys, data):
    assert main(["features", "build", str(tmp_path / "nowhere"), "--data", data, "--to", str(tmp_path)]) == 2
    assert "nowhere" in capsys.readouterr().err


def test_composed_music_without_a_finished_track_is_named(tmp_path, capsys):
    (tmp_path / "composer.json").write_text('{"version": 1, "seed": 0, "seconds": 1.0}')
    assert main(["features", "build", str(tmp_path), "--data", "builtin"]) == 2
    assert "holds no finished track: go on with gtzan data compose" in capsys.readouterr().err


def test_composed_music_stays_labelled(tmp_path, capsys):
    root = tmp_path / "composed"
    assert main(["data", "compose", str(root), "--tracks-per-genre", "1", "--seconds", "0.5"]) == 0
    assert main(["features", "build", str(root), "--data", "builtin", "--to", str(tmp_path / "stores")]) == 0
    assert "synthetic music" in capsys.readouterr().out
