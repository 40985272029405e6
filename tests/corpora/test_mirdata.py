import importlib
import json
import logging
import re
from hashlib import md5
from types import SimpleNamespace

import pytest

from gtzan.corpora import mirdata as corpora
from gtzan.corpora.mirdata import DATASETS, mirdata_corpus, track_of
from gtzan.corpora.splits import make_split
from gtzan.errors import UserError


@pytest.fixture
def library():
    return pytest.importorskip("mirdata", reason="pip install 'gtzan[mirdata]'")


@pytest.fixture
def planted(library, tmp_path, monkeypatch):
    """A function from the name of a data set and its files to a folder of them, in which mirdata finds its index."""

    def plant(tracks: dict[str, dict[str, str | None]], metadata: dict[str, str] | None = None):
        def entry(path: str | None, text: str) -> list:
            if path is None:
                return [None, None]
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
            return [path, md5(text.encode()).hexdigest()]

        index = {
            "version": "1.0",
            "tracks": {
                name: {key: entry(path, f"{name} {key}") for key, path in files.items()}
                for name, files in tracks.items()
            },
            "metadata": {path: entry(path, text) for path, text in (metadata or {}).items()},
        }
        file = tmp_path / "index.json"
        file.write_text(json.dumps(index))
        monkeypatch.setattr("mirdata.core.Index.get_path", lambda _: str(file))
        return tmp_path

    return plant


GTZAN = {
    f"{genre}.{i:05d}": {"audio": f"genres/{genre}/{genre}.{i:05d}.wav", "beats": None, "tempo": None}
    for genre in ("blues", "hiphop")
    for i in range(4)
}


def test_missing_and_changed_files_are_named(planted, caplog):
    root = planted(GTZAN)
    (root / "genres/blues/blues.00001.wav").unlink()
    (root / "genres/hiphop/hiphop.00002.wav").write_text("other sound")
    corpus = mirdata_corpus("gtzan_genre", root)
    assert [track.name for track in corpus.tracks] == sorted({*GTZAN} - {"blues.00001"})
    assert corpus.genres == ("blues", "hip-hop")
    assert corpus.tracks[0].path == root / "genres/blues/blues.00000.wav"
    assert "missing (1): genres/blues/blues.00001.wav" in caplog.text
    assert "not as published by mirdata's checksums (1): genres/hiphop/hiphop.00002.wav" in caplog.text


def test_a_published_split_and_performers_are_taken(planted, caplog):
    names = [f"drummer{i}/session/{k}" for i in (1, 2, 3) for k in (1, 2)]
    header = "drummer,session,id,style,bpm,beat_type,time_signature,midi_filename,audio_filename,duration,split"
    rows = [
        f"{name[:8]},session,{name},{('rock/fast', 'jazz')[k % 2]},90,beat,4-4,{name}.mid,{name}.wav,9,"
        f"{('train', 'validation', 'test')[k // 2]}"
        for k, name in enumerate(names)
    ]
    files = {name: {"audio": f"{name}.wav", "midi": None} for name in names} | {"mute": {"audio": None, "midi": None}}
    rows.append("drummer1,session,mute,jazz,90,beat,4-4,x.mid,,9,train")
    corpus = mirdata_corpus("groove_midi", planted(files, {"info.csv": "\n".join([header, *rows])}))
    assert corpus.genres == ("jazz", "rock")
    assert [part.tolist() for part in make_split(corpus).parts.values()] == [[0, 1], [2, 3], [4, 5]]
    assert corpus.tracks[0].group == corpus.tracks[1].group != corpus.tracks[2].group
    assert "1 of 7 tracks have no genre or several" in caplog.text


def test_what_cannot_be_read_is_one_sentence(planted, library, tmp_path, monkeypatch):
    root = planted(GTZAN)
    with pytest.raises(UserError, match=r"data.version=9: Available versions for gtzan_genre: .*mini"):
        mirdata_corpus("gtzan_genre", root, "9")
    with pytest.raises(UserError, match=r"None of the 8 tracks of gtzan_genre is in .*empty: expected .*blues.00000"):
        mirdata_corpus("gtzan_genre", root / "empty")
    with pytest.raises(UserError, match=r"mirdata cannot read salami in .*: Metadata not found"):
        mirdata_corpus("salami", planted({"2": {"audio": "2.mp3", **dict.fromkeys(KEYS)}}))
    monkeypatch.setattr("mirdata.core.Index.get_path", lambda _: str(tmp_path / "nowhere.json"))
    with pytest.raises(UserError, match=r"index of gtzan_genre yet: python -c .*data_home='.*download\(\['index'\]\)"):
        mirdata_corpus("gtzan_genre", root)


KEYS = [f"annotator_{i}_{kind}" for i in (1, 2) for kind in ("uppercase", "lowercase")]


@pytest.mark.slow
def test_the_data_sets_with_genres_are_those_that_the_library_has(library):
    found = set()
    logging.disable()
    for name in library.list_datasets():
        try:
            track = importlib.import_module(f"mirdata.datasets.{name}").Track
        except (ImportError, AttributeError):  # an extra of mirdata's, or no tracks
            continue
        documented = {*re.findall(r"^\s+(\w+) ?\(", track.__doc__, re.MULTILINE), *vars(track)}
        if documented & {"genre", "genres", "style"} and documented & {"audio", "audio_path", "audio_mic"}:
            found.add(name)
            genre, artist = DATASETS[name]
            assert {genre} | ({artist} if artist else set()) <= documented, name
    logging.disable(logging.NOTSET)
    assert found == set(DATASETS)


@pytest.mark.parametrize(
    ("genre", "taken"),
    [
        *(("jazz", "jazz"), ("funk/groove1", "funk"), (["Rock"], "Rock"), (["Rock", "Pop"], None), ([], None)),
        *(({"genres": ["Techno"], "sub_genres": ["Acid", "Dub"]}, "Techno"), ("", None), (None, None)),
    ],
)
def test_a_track_has_one_genre(genre, taken):
    track = track_of(SimpleNamespace(track_id="a", audio_path="a.wav", genre=genre), "genre", None)
    assert (track and track.genre) == taken


def test_mistakes_are_told_before_the_library_is_imported(monkeypatch):
    with pytest.raises(UserError, match=r"data.name=beatles: mirdata has no genres .*: choose ballroom, .*gtzan_genre"):
        mirdata_corpus("beatles")
    monkeypatch.setattr(corpora, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"pip install 'gtzan\[mirdata\]'"):
        mirdata_corpus("ballroom")
