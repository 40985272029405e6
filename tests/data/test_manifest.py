from dataclasses import replace
from pathlib import Path

import pytest

from gtzan.audio.features import FeatureExtractor
from gtzan.audio.settings import encoder_settings
from gtzan.corpora.corpus import Corpus, Track
from gtzan.data.manifest import Manifest
from gtzan.data.sealed import read_sealed_json, write_sealed_json
from gtzan.errors import UserError

NAMES = ["café", "caf\udce9", "\x00\n\x1b[31m", '"\\', "音楽", "\u202e", "=1+1", " ", "NaN", "🎵"]


@pytest.fixture
def manifest():
    root = Path("/music")
    tracks = tuple(
        Track(
            name, f"g{i % 2} {name}", root / f"{i}" / name.replace("/", ""), name, name, name, {name: i, "p": "train"}
        )
        for i, name in enumerate(NAMES)
    )
    lengths = [*range(len(NAMES) - 1), 7]
    broken = {NAMES[0]: "not readable as audio (\udce9)"}
    return Manifest(Corpus("\udce9", tracks, root), lengths, broken, FeatureExtractor().settings, [43], [1])


def test_names_of_any_characters_come_back(manifest, tmp_path):
    manifest.write(tmp_path / "store.json")
    assert Manifest.read(tmp_path / "store.json") == manifest


def test_every_flipped_bit_is_noticed(manifest, tmp_path):
    path = tmp_path / "store.json"
    few = replace(manifest.corpus, tracks=manifest.corpus.tracks[:3])
    replace(manifest, corpus=few, lengths=[0, 1, 2], rows=[3]).write(path)
    Manifest.read(path)
    content = path.read_bytes()
    for i in range(len(content)):
        path.write_bytes(content[:i] + bytes([content[i] ^ (1 << i % 8)]) + content[i + 1 :])
        with pytest.raises((ValueError, UserError)):
            Manifest.read(path)
    for other in (content + b" ", content[:-1], b"", b"[" * 100_000, b"{}"):
        path.write_bytes(other)
        with pytest.raises((ValueError, UserError)):
            Manifest.read(path)


WRONG = {
    "n_mels": lambda facts: facts["settings"].update(n_mels=10**6),
    "n_mfcc": lambda facts: facts["settings"].pop("n_mfcc"),
    "None": lambda facts: facts["settings"].update(encoder=None),
    "'nope'": lambda facts: facts["settings"].update(encoder="nope"),
    "1706.0": lambda facts: facts.update(settings=encoder_settings("musicnn") | {"width": 1706.0}),
    "roll_percent": lambda facts: facts.update(settings=encoder_settings("musicnn") | {"roll_percent": 0.85}),
    "number of frames": lambda facts: facts["lengths"].__setitem__(1, 10**30),
    "other numbers": lambda facts: facts["lengths"].append(3),
    "broken": lambda facts: facts["broken"].clear(),
    "outside": lambda facts: facts["corpus"]["tracks"][0].update(path="../../etc/passwd"),
    "no text": lambda facts: facts["corpus"]["tracks"][0].update(genre=5),
    "unexpected": lambda facts: facts.update(surprise=1),
    "two tracks": lambda facts: facts["corpus"]["tracks"].append(facts["corpus"]["tracks"][0]),
    "not hold together": lambda facts: facts.update(settings=3),
}


@pytest.mark.parametrize("reason", WRONG)
def test_a_manifest_that_was_made_up_is_refused(manifest, tmp_path, reason):
    path = tmp_path / "store.json"
    manifest.write(path)
    facts = read_sealed_json(path)
    WRONG[reason](facts)
    write_sealed_json(path, facts)
    with pytest.raises(ValueError, match=reason):
        Manifest.read(path)


def test_a_track_outside_its_corpus_is_not_written(manifest, tmp_path):
    tracks = (*manifest.corpus.tracks, Track("x", "y", Path("/elsewhere/x.wav")))
    with pytest.raises(ValueError, match="elsewhere"):
        replace(manifest, corpus=replace(manifest.corpus, tracks=tracks)).write(tmp_path / "store.json")
