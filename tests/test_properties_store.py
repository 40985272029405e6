"""Whatever tracks are called and however long they are: a store gives back what was put in."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gtzan.audio.features import FeatureExtractor
from gtzan.audio.files import read_audio, write_wav
from gtzan.corpora.corpus import Corpus, Track
from gtzan.data.store import FeatureStore

SETTINGS = {"sample_rate": 2000, "n_fft": 64, "hop_length": 32, "n_mels": 8, "n_mfcc": 4, "tuning": False}
NAMES = st.text(min_size=1, max_size=8) | st.binary(min_size=1, max_size=4).map(os.fsdecode)  # what files are called
TRACKS = st.lists(
    st.fixed_dictionaries(
        {
            "name": NAMES,
            "genre": NAMES,
            "artist": st.none() | NAMES,
            "title": st.none() | st.text(max_size=8),
            "group": st.none() | NAMES,
            "published": st.dictionaries(st.sampled_from(["artist", "fault_filtered"]), st.integers(0, 4) | NAMES),
            "samples": st.integers(200, 3000),  # 0.1 s is the least
        }
    ),
    min_size=2,
    max_size=4,
    unique_by=lambda facts: facts["name"],
).filter(lambda tracks: len({facts["genre"] for facts in tracks}) > 1)


@settings(max_examples=15)
@given(NAMES, TRACKS, st.booleans())
def test_what_is_built_is_what_is_opened(name, facts, synthetic):
    with TemporaryDirectory() as folder:
        root = Path(folder).resolve() / "music"
        tracks = []
        for i, known in enumerate(facts):
            samples = known.pop("samples")
            path = root / f"{i}.wav"
            write_wav(path, np.random.default_rng(i).uniform(-0.5, 0.5, samples), SETTINGS["sample_rate"])
            tracks.append(Track(path=path, **known))
        corpus = Corpus(name, tuple(tracks), root, synthetic)
        built = FeatureStore.of(corpus, SETTINGS, Path(folder) / "cache")
        opened = FeatureStore.open(built.path)
        assert opened.corpus == built.corpus == corpus
        assert opened.corpus.genres == corpus.genres
        assert not opened.broken
        assert opened.settings == FeatureExtractor(**SETTINGS).settings
        extractor = FeatureExtractor(**SETTINGS)
        for track, start, n in zip(tracks, opened.offsets, opened.lengths, strict=True):
            waveform = torch.from_numpy(read_audio(track.path, SETTINGS["sample_rate"]))
            expected = extractor(waveform[None])[0].numpy()
            np.testing.assert_array_equal(opened.frames[start : start + n], expected)
        assert FeatureStore.of(corpus, SETTINGS, Path(folder) / "cache").path == built.path
