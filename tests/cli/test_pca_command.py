import csv
import json
import shutil

import pytest
import soundfile
from omegaconf import OmegaConf

from gtzan.cli.main import main

FILES = {"pca.png", "pca_variance.png", "pca_loadings.png", "separability.csv"}


@pytest.fixture(scope="module")
def trained(configured, tmp_path_factory):
    """What gtzan pca reads of a run folder: its configuration."""
    run = tmp_path_factory.mktemp("trained")
    (run / "config.yaml").write_text(OmegaConf.to_yaml(configured("split=50/50"), resolve=True))
    return run


@pytest.fixture
def synthesised(trained, tiny_corpus, tmp_path):
    """A folder as synthesize.py leaves it: two tracks of treble, two of bass."""
    folder = tmp_path / "synthesis"
    folder.mkdir()
    samples = []
    for i in (17, 18, 0, 1):
        track = tiny_corpus.tracks[i]
        shutil.copy(track.path, folder / track.path.name)
        samples.append({"genre": track.genre, "wav": track.path.name, "seed": i, "gain_db": 0.0})
    write(folder, {"generator": str(trained / "checkpoints" / "last.ckpt"), "samples": samples})
    return folder


def amplify(folder, gain_db: float, *, noted: bool) -> None:
    """Make every second file louder, the others softer, as mastering does, with or without a note in the manifest."""
    manifest = json.loads((folder / "synthesis.json").read_text())
    for sample in manifest["samples"]:
        gain_db = -gain_db
        waveform, rate = soundfile.read(folder / sample["wav"])
        soundfile.write(folder / sample["wav"], waveform * 10 ** (gain_db / 20), rate, subtype="FLOAT")
        if noted:
            sample["gain_db"] = sample["gain_db"] + gain_db
        else:
            sample.pop("gain_db", None)
    write(folder, manifest)


def write(folder, manifest) -> None:
    (folder / "synthesis.json").write_text(json.dumps(manifest))


def table(path) -> list[dict]:
    with open(path / "separability.csv", newline="") as file:
        return list(csv.DictReader(file))


def test_a_run_has_pictures_table_and_the_corpuss_name(trained, tiny_corpus, capsys):
    assert main(["pca", str(trained)]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"PCA of {tiny_corpus.root.name} · split 50/50\n")
    assert "bass, middle, treble: 12 training, 12 held-out tracks\n" in out
    assert "bass – treble" in out
    assert "component 1" in out
    assert {path.name for path in (trained / "pca").iterdir()} == FILES
    rows = table(trained / "pca")
    assert [row["source"] for row in rows] == ["real"] * 3
    assert all(float(row["silhouette"]) > 0 for row in rows)


def test_genres_and_folder_are_the_users(trained, tmp_path, capsys):
    out = tmp_path / "deep" / "er"
    assert main(["pca", str(trained), "--genres", "treble, bass,treble", "--out", str(out)]) == 0
    assert [(row["genre_a"], row["genre_b"]) for row in table(out)] == [("treble", "bass")]
    assert "treble, bass: 8 training, 8 held-out tracks" in capsys.readouterr().out


def test_one_genre_has_no_pairs(trained, tmp_path):
    assert main(["pca", str(trained), "--genres", "bass", "--out", str(tmp_path)]) == 0
    assert table(tmp_path) == []


def test_a_synthesis_is_placed_among_the_real_tracks_of_its_genres(synthesised, capsys):
    assert main(["pca", str(synthesised)]) == 0
    assert "treble, bass: 8 training, 8 held-out, 4 generated tracks" in capsys.readouterr().out
    assert {path.name for path in (synthesised / "pca").iterdir()} == FILES
    real, generated = table(synthesised / "pca")
    assert (generated["source"], generated["genre_a"], generated["genre_b"]) == ("generated", "treble", "bass")
    # They are copies of real tracks, so they lie where those do.
    assert float(generated["centroid_distance"]) == pytest.approx(float(real["centroid_distance"]), rel=0.3)


def test_levels_are_those_before_mastering(synthesised):
    tables = []
    for gain_db in (0, 6):
        amplify(synthesised, gain_db, noted=True)
        assert main(["pca", str(synthesised)]) == 0
        rows = table(synthesised / "pca")
        tables.append([float(row[key]) for row in rows for key in ("silhouette", "centroid_distance")])
    assert tables[1] == pytest.approx(tables[0], abs=1e-4)


def test_unknown_gains_are_said_and_levels_left_out(synthesised, capsys):
    tables = []
    for gain_db in (0, 6):
        amplify(synthesised, gain_db, noted=False)
        assert main(["pca", str(synthesised)]) == 0
        out = capsys.readouterr().out
        assert "synthesis.json does not say by how much each file was amplified" in out
        assert "mfcc 1" in out
        rows = table(synthesised / "pca")
        tables.append([float(row[key]) for row in rows for key in ("silhouette", "centroid_distance")])
    assert tables[1] == pytest.approx(tables[0], abs=1e-3)


def test_genres_that_were_not_generated_have_real_tracks_only(synthesised, capsys):
    assert main(["pca", str(synthesised), "--genres", "middle"]) == 0
    assert "middle: 4 training, 4 held-out tracks" in capsys.readouterr().out


def test_a_store_stands_for_the_audio(configured, tiny_store, tmp_path, capsys):
    cfg = configured("split=50/50", f"data.store={tiny_store.path}", "data.root=nowhere")
    (tmp_path / "config.yaml").write_text(OmegaConf.to_yaml(cfg, resolve=True))
    assert main(["pca", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("PCA of tiny corpus (synthetic music) · split 50/50")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [(["--genres", "bass,jazz"], ["jazz", "bass, middle, treble"]), (["--genres", ","], ["names no genre"])],
)
def test_an_unknown_genre_lists_the_known(trained, capsys, arguments, expected):
    assert main(["pca", str(trained), *arguments]) == 2
    err = capsys.readouterr().err
    assert all(words in err for words in expected)


def test_what_is_no_run_is_told(tmp_path, capsys):
    assert main(["pca", str(tmp_path)]) == 2
    assert "neither config.yaml" in capsys.readouterr().err
    for text in ("just: some\nyaml: here", "- a list", "{", "", "a word"):
        (tmp_path / "config.yaml").write_text(text)
        assert main(["pca", str(tmp_path)]) == 2
        assert "config.yaml" in capsys.readouterr().err


def test_a_corpus_that_is_gone_is_named(configured, tmp_path, capsys):
    cfg = configured()
    cfg.data.root = str(tmp_path / "gone")
    (tmp_path / "config.yaml").write_text(OmegaConf.to_yaml(cfg, resolve=True))
    assert main(["pca", str(tmp_path)]) == 2
    err = capsys.readouterr().err
    assert f"The real tracks of {tmp_path} cannot be read" in err
    assert "gone is not a folder" in err
    assert not (tmp_path / "pca").exists()


def test_a_damaged_synthesis_is_one_sentence(synthesised, capsys):
    manifest = json.loads((synthesised / "synthesis.json").read_text())
    sample = manifest["samples"][0]
    for wrong, expected in (
        ([], "damaged"),
        ({"samples": manifest["samples"]}, "generator"),
        (manifest | {"samples": []}, "no generated track"),
        (manifest | {"generator": "/gone/last.ckpt"}, "/gone/last.ckpt"),
        (manifest | {"samples": [sample | {"wav": "lost.wav"}]}, "lost.wav"),
        (manifest | {"samples": [sample | {"genre": "polka"}]}, "polka"),
        (manifest | {"samples": [sample | {"gain_db": "loud"}]}, "gain_db='loud'"),
        (manifest | {"samples": [sample | {"gain_db": float("nan")}]}, "gain_db=nan"),
    ):
        write(synthesised, wrong)
        assert main(["pca", str(synthesised)]) == 2
        (line,) = capsys.readouterr().err.strip().splitlines()[-1:]
        assert line.startswith("gtzan: ")
        assert expected in line


def test_a_file_in_the_way_of_the_folder_is_told(trained, tmp_path, capsys):
    (tmp_path / "taken").touch()
    assert main(["pca", str(trained), "--out", str(tmp_path / "taken")]) == 2
    assert "--out" in capsys.readouterr().err
