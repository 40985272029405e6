import csv

import pytest

from gtzan.corpora.fma import fma_corpus
from gtzan.corpora.splits import make_split
from gtzan.errors import UserError

HEADER = [
    ["", "album", "artist", "artist", "set", "set", "track", "track"],
    ["", "title", "id", "name", "split", "subset", "genre_top", "title"],
    ["track_id", "", "", "", "", "", "", ""],
]


def track(number, genre="Rock", part="training", subset="small", artist=1):
    return [str(number), "An album", str(artist), f"Artist, {artist}", part, subset, genre, "A title,\nin two lines"]


ROWS = [
    *(track(2, part="training"), track(5, part="validation", artist=2), track(140, part="test", artist=3)),
    *(track(1003, "Folk"), track(1004, "Folk", "validation", artist=5), track(1005, "Folk", "test", artist=6)),
    *(track(7, "Jazz", subset="medium"), track(8, "", subset="small")),
]


@pytest.fixture
def fma(tmp_path):
    """Audio and metadata folders in the layout of FMA."""
    (tmp_path / "meta").mkdir()
    for row in ROWS:
        path = tmp_path / "audio" / f"{int(row[0]):06d}"[:3] / f"{int(row[0]):06d}.mp3"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    write(tmp_path, HEADER + ROWS)
    return tmp_path


def write(root, rows):
    with open(root / "meta" / "tracks.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def test_tracks_have_their_genre_artist_and_published_part(fma):
    corpus = fma_corpus(fma / "audio", fma / "meta")
    assert [t.name for t in corpus.tracks] == ["000002", "000005", "000140", "001003", "001004", "001005"]
    first = corpus.tracks[0]
    assert (first.genre, first.artist, first.group) == ("Rock", "Artist, 1", "1")
    assert first.path == fma / "audio" / "000" / "000002.mp3"
    split = make_split(corpus)
    assert [part.tolist() for part in split.parts.values()] == [[0, 3], [1, 4], [2, 5]]
    assert corpus.name == "FMA small"


def test_a_larger_subset_holds_the_smaller(fma):
    corpus = fma_corpus(fma / "audio", fma / "meta" / "tracks.csv", "medium")
    assert len(corpus.tracks) == 7
    assert "Jazz" in corpus.genres


def test_missing_files_are_counted(fma, caplog):
    (fma / "audio" / "000" / "000140.mp3").unlink()
    assert len(fma_corpus(fma / "audio", fma / "meta").tracks) == 5
    assert "5 of the 6 tracks" in caplog.text


def test_mistakes_are_told_in_one_sentence(fma):
    with pytest.raises(UserError, match="None of the 6 tracks of FMA small is in"):
        fma_corpus(fma / "meta", fma / "meta")
    with pytest.raises(UserError, match=r"tracks.csv cannot be read: no such file"):
        fma_corpus(fma / "audio", fma / "nowhere" / "tracks.csv")
    with pytest.raises(UserError, match=r"data.subset=huge is not known"):
        fma_corpus(fma / "audio", fma / "meta", "huge")
    write(fma, [*HEADER, *ROWS, ["x"]])
    with pytest.raises(UserError, match=r"tracks.csv, line \d+: no track of FMA"):
        fma_corpus(fma / "audio", fma / "meta")
    write(fma, ROWS)
    with pytest.raises(UserError, match=r"is no tracks.csv of FMA: it has no column set.split"):
        fma_corpus(fma / "audio", fma / "meta")
