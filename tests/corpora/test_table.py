import os

import pytest

from gtzan.corpora.splits import make_split
from gtzan.corpora.table import table_corpus
from gtzan.errors import UserError
from tests.corpora.test_folder import plant

ROWS = "path,genre,artist,title,split\na/1.wav,pop,Ann,One,train\na/2.wav,pop,ann ,,test\nb/1.wav,rock,,,validation\n"


def table(root, text, encoding="utf-8"):
    plant(root, "a/1.wav", "a/2.wav", "b/1.wav")
    path = root / "songs.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_each_row_is_a_track(tmp_path, separator, encoding):
    corpus = table_corpus(table(tmp_path, ROWS.replace(",", separator), encoding))
    one, two, rock = corpus.tracks
    assert [track.name for track in corpus.tracks] == ["a/1", "a/2", "b/1"]
    assert [track.path for track in corpus.tracks] == [tmp_path / "a/1.wav", tmp_path / "a/2.wav", tmp_path / "b/1.wav"]
    assert (one.genre, one.artist, one.title, one.published) == ("pop", "Ann", "One", {"predefined": "train"})
    assert one.group == two.group
    assert rock.group is None
    assert (corpus.name, corpus.root, corpus.default_split) == ("songs", tmp_path, "predefined")


def test_paths_are_relative_to_a_root_and_may_lie_outside(tmp_path):
    plant(tmp_path, "music/a/1.wav", "b.wav")
    csv = table(tmp_path / "tables", f"genre,path\npop,a/1.wav\nrock,{tmp_path / 'b.wav'}\n")
    corpus = table_corpus(csv, root=tmp_path / "music", name="Mine")
    assert [os.path.relpath(track.path, corpus.root) for track in corpus.tracks] == ["music/a/1.wav", "b.wav"]
    assert (corpus.name, corpus.default_split) == ("Mine", "80/20")


def test_a_table_named_relatively_may_list_absolute_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    table(tmp_path, f"genre,path\npop,a/1.wav\nrock,{tmp_path / 'b/1.wav'}\n")
    assert [track.name for track in table_corpus("songs.csv").tracks] == ["a/1", "b/1"]


def test_genres_that_differ_in_spelling_alone_are_named(tmp_path, caplog):
    corpus = table_corpus(table(tmp_path, ROWS.replace("rock", "Pop")))
    assert corpus.genres == ("Pop", "pop")
    assert "Pop and pop are different genres, because they are spelt differently" in caplog.text


def test_a_table_of_composed_tracks_is_synthetic_music(tmp_path):
    csv = table(tmp_path, ROWS)
    assert not table_corpus(csv).synthetic
    (tmp_path / "composer.json").touch()
    assert table_corpus(csv).synthetic


def test_the_columns_split_is_a_protocol(tmp_path):
    names = [f"{genre}/{i}.wav" for genre in ("pop", "rock") for i in range(4)]
    plant(tmp_path, *names)
    rows = [f"{name},{name[:-6]},{part}" for name, part in zip(names, ["train", "VAL", "test", ""] * 2, strict=True)]
    split = make_split(table_corpus(table(tmp_path, "\n".join(["Path, Genre,Split", *rows]))))
    assert split.protocol == "predefined"
    assert [part.tolist() for part in split.parts.values()] == [[0, 4], [1, 5], [2, 6]]


def test_a_table_without_parts_has_no_predefined_split(tmp_path):
    corpus = table_corpus(table(tmp_path, "path,genre,artist\na/1.wav,pop,x\na/2.wav,pop,y\nb/1.wav,rock,z\n"))
    assert corpus.default_split == "artist"
    with pytest.raises(UserError, match="split=predefined: songs names no training tracks"):
        make_split(corpus, "predefined")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "songs.csv, line 1: there is no column path; the header has nothing"),
        ("path,genre\n", "songs.csv lists no track"),
        ("file,genre\na/1.wav,pop\n", "songs.csv, line 1: there is no column path; the header has file, genre"),
        ("path,artist\na/1.wav,pop\n", "songs.csv, line 1: there is no column genre"),
        ("path,Genre,genre\na/1.wav,pop,rock\n", "songs.csv, line 1: there are 2 columns genre; leave one"),
        ("path,genre,artist,artist\na/1.wav,pop,a,b\n", "line 1: there are 2 columns artist; leave one"),
        ("path,genre\na/1.wav,pop\n\na/9.wav,pop\n", r"line 4: .*a/9.wav cannot be used: no such file"),
        ("path,genre\na/1.wav,\n", "line 2: the genre is missing"),
        ("path,genre\na/1.wav\n", "line 2: the genre is missing"),
        ("path,genre\n,pop\n", "line 2: the path is missing"),
        ("path,genre\na/1.wav,pop,rock\n", "line 2: more cells than the header has columns"),
        ("path,genre\na/1.wav,pop\na/../a/1.wav,rock\n", r"line 3: .*a/1.wav stands in line 2, too"),
        ("path,genre\na,pop\n", "line 2: .*a cannot be used: not named like an audio file"),
        ("path,genre\nsongs.csv,pop\n", "line 2: .*songs.csv cannot be used: not named like an audio file"),
        ("path,genre\na/1.wav,pop\na/2.wav,pop\n", r"has one genre only \(pop\)"),
        ("path,genre,split\na/1.wav,pop,dev\n", "line 2: split dev is not known: write train, valid or test"),
        ("path,genre\na/1\0.wav,pop\n", "line 2: "),
    ],
)
def test_a_mistake_in_the_table_is_named_with_its_line(tmp_path, text, message):
    with pytest.raises(UserError, match=message) as told:
        table_corpus(table(tmp_path, text))
    assert "\n" not in str(told.value)


def test_a_table_in_another_encoding_is_refused_with_the_line(tmp_path):
    with pytest.raises(UserError, match="line 2: not valid UTF-8"):
        table_corpus(table(tmp_path, "path,genre\nä.wav,pop\n", "latin-1"))
    with pytest.raises(UserError, match="not valid UTF-8"):
        table_corpus(table(tmp_path, ROWS, "utf-16"))


def test_a_table_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UserError, match=r"data.csv=.*nope.csv cannot be read: no such file"):
        table_corpus(tmp_path / "nope.csv")
