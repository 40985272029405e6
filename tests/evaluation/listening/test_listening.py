"""Answers of which the right evaluation is known, and files that are no answers."""

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from gtzan.cli.main import main
from gtzan.evaluation.listening.answers import checksum, read_answers, read_document
from gtzan.evaluation.listening.key import KINDS, Clip, Key
from gtzan.evaluation.listening.results import preferences, recognitions, share
from gtzan.models.metrics import wilson_interval

GENRES = ("jazz", "pop", "rock")
CLIPS = [
    # The judge takes every generated clip for pop, and is right about all others.
    Clip(kind, genre, f"{genre}.{i}", "pop" if kind == "generated" else genre, f"{kind}{genre}{i}")
    for genre in ("pop", "rock")
    for kind in KINDS
    for i in range(4)
]
KEY, NAMES = Key.of("tiny corpus (synthetic music)", GENRES, CLIPS, seed=0)
TRUTH = {q: GENRES.index(KEY.clips[clips[0]].genre) for q, clips in KEY.questions.items() if len(clips) == 1}
Choose = Callable[[str, tuple[str, ...]], object]


def by_rank(*kinds: str) -> Choose:
    """Answers each genre rightly, and of two clips the one whose kind comes first."""
    return lambda q, clips: TRUTH[q] if len(clips) == 1 else min(clips, key=lambda c: kinds.index(KEY.clips[c].kind))


def saved(path: Path, choose: Choose, seed: int = 1, listener: str = "", **changes) -> Path:
    answers = [{"question": q, "answer": choose(q, clips), "at": "2026"} for q, clips in KEY.questions.items()]
    document = {"page": KEY.page, "listener": listener, "seed": seed, "answers": answers} | changes
    path.write_text(json.dumps({**document, "checksum": checksum(document)}))
    return path


def read(*paths: Path):
    return read_answers({path: read_document(path) for path in paths}, KEY)


def test_every_clip_is_asked_for_once_and_every_pair_compares_one_genre():
    asked = [clips for clips in KEY.questions.values() if len(clips) == 1]
    assert sorted(name for (name,) in asked) == sorted(KEY.clips) == sorted(NAMES)
    pairs = [[KEY.clips[name] for name in clips] for clips in KEY.questions.values() if len(clips) == 2]
    assert len(pairs) == 3 * 2 * 4
    assert all(a.genre == b.genre and a.kind != b.kind for a, b in pairs)


def test_each_kind_comes_first_in_half_of_its_pairs():
    kinds = [KEY.kinds(q) for q, clips in KEY.questions.items() if len(clips) == 2]
    for pair in set(kinds):
        assert kinds.count(pair) == kinds.count(pair[::-1]) == 4


def test_names_say_nothing_of_what_they_are():
    """Sorted by name, kinds are mixed: as many changes of kind from one to the next as chance would have."""
    kinds = [KEY.clips[name].kind for name in sorted(KEY.clips)]
    assert sum(a != b for a, b in pairwise(kinds)) > 10
    pairs = [len(KEY.questions[name]) for name in sorted(KEY.questions)]
    assert sum(a != b for a, b in pairwise(pairs)) > 15


def test_the_key_comes_back_from_its_file_and_changes_are_noticed(tmp_path):
    KEY.write(tmp_path / "key.json")
    assert Key.read(tmp_path / "key.json") == KEY
    (tmp_path / "key.json").write_text((tmp_path / "key.json").read_text().replace('"judge": "pop"', '"judge": "jazz"'))
    assert (
        main(["listening", str(saved(tmp_path / "a.json", by_rank(*KINDS))), "--key", str(tmp_path / "key.json")]) == 2
    )


def test_known_answers_have_their_known_shares(tmp_path):
    found = read(saved(tmp_path / "a.json", by_rank("copy", "real", "generated")))
    shares = {(p.first, p.second): p.share for p in preferences(KEY, found)}
    assert {pair: (s.count, s.n) for pair, s in shares.items()} == {
        ("real", "copy"): (0, 8),
        ("real", "generated"): (8, 8),
        ("copy", "generated"): (8, 8),
    }
    assert (shares["real", "copy"].low, shares["real", "copy"].high) == wilson_interval(0, 8)


def test_listeners_are_compared_with_the_judge_on_the_same_clips(tmp_path):
    """This one knows the genres, but not those of rock that is generated: of the judge's 4 mistakes, that repeats 4."""
    rank = by_rank(*KINDS)

    def choose(q, clips):
        clip = KEY.clips[clips[0]]
        return None if len(clips) == 1 and (clip.kind, clip.genre) == ("real", "rock") else rank(q, clips)

    real, copy, generated = recognitions(KEY, read(saved(tmp_path / "a.json", choose)))
    assert (real.listeners.count, real.listeners.n, real.dont_know, real.judge.count) == (4, 8, 4, 8)
    assert (real.comparison.only_a, real.comparison.only_b) == (0, 4)
    assert real.comparison.p == pytest.approx(2 * 0.5**4)
    assert (copy.listeners.count, copy.dont_know, copy.judge.count, copy.comparison.p) == (8, 0, 8, 1)
    assert (generated.listeners.count, generated.judge.count) == (8, 4)
    assert (generated.comparison.only_a, generated.comparison.only_b) == (4, 0)
    assert generated.p_holm == pytest.approx(3 * 2 * 0.5**4)


def test_several_listeners_vote_on_each_clip(tmp_path):
    rank = by_rank(*KINDS)

    def wrong(q, clips):
        return 0 if len(clips) == 1 else rank(q, clips)  # jazz, always

    paths = [saved(tmp_path / f"{i}.json", choose, seed=i) for i, choose in enumerate((wrong, rank, rank))]
    for found in (read(*paths), read(*reversed(paths))):
        real = recognitions(KEY, found)[0]
        assert (real.listeners.count, real.listeners.n, real.comparison.right_a) == (16, 24, 8)
    tied = recognitions(KEY, read(*paths[:2]))[0]
    assert tied.comparison.right_a == 0  # the smaller seed is the wrong one's


def test_listeners_who_differ_widen_the_interval_and_those_who_agree_do_not_narrow_it():
    low, high = wilson_interval(40, 80)
    assert (share([20, 20], [40, 40]).low, share([20, 20], [40, 40]).high) == (low, high)
    apart = share([36, 4], [40, 40])
    assert (apart.low, apart.high) == (pytest.approx(0.1), pytest.approx(0.9))


def test_an_interval_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(0)
    drawn = rng.binomial(24, np.clip(rng.normal(0.6, 0.15, size=(100, 6)), 0, 1))
    intervals = [share(counts.tolist(), [24] * 6) for counts in drawn]
    assert np.mean([s.low <= 0.6 <= s.high for s in intervals]) > 0.85


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"page": "0123"}, "another page"),
        ({"answers": []}, "incomplete: 48 of 48"),
        ({"answers": [{"question": "q000", "answer": "c999"}]}, "no answers as this page writes them"),
        ({"answers": [{"question": "q999", "answer": 0}]}, "no answers as this page writes them"),
        ({"answers": [{"question": next(iter(TRUTH)), "answer": 3}]}, "no answers as this page writes them"),
        ({"answers": [{"question": next(iter(TRUTH)), "answer": 0}] * 2}, "answered twice"),
        ({"answers": 5}, "no answers as this page writes them"),
        ({"seed": None}, "no answers as this page writes them"),
    ],
)
def test_files_that_cannot_be_used_are_refused_in_one_sentence(tmp_path, capsys, changes, sentence):
    KEY.write(tmp_path / "listening_key.json")
    path = saved(tmp_path / "a.json", by_rank(*KINDS), **changes)
    key = ["--key", str(tmp_path)] if "page" in changes else []
    assert main(["listening", str(path), *key]) == 2
    err = capsys.readouterr().err
    assert sentence in err
    assert len(err.splitlines()) == 1


def test_a_changed_answer_is_noticed(tmp_path, capsys):
    KEY.write(tmp_path / "listening_key.json")
    path = saved(tmp_path / "a.json", by_rank(*KINDS))
    path.write_text(path.read_text().replace('"answer": 2', '"answer": 1', 1))
    assert main(["listening", str(path)]) == 2
    assert "was changed after the page had saved it" in capsys.readouterr().err


@pytest.mark.parametrize(("seeds", "names"), [((1, 1), ("", "")), ((1, 2), ("Ann", "ann"))])
def test_a_listener_counts_once(tmp_path, capsys, seeds, names):
    KEY.write(tmp_path / "listening_key.json")
    paths = [saved(tmp_path / f"{i}.json", by_rank(*KINDS), seeds[i], names[i]) for i in range(2)]
    assert main(["listening", *map(str, paths)]) == 2
    assert "of one listener, who counts once" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "Name either the files"),
        (["a.json", "--make", "x"], "Name either the files"),
        (["nowhere.json"], "There is no nowhere.json"),
        (["{broken}"], "no file that a listening page has saved"),
        (["{answers}"], "neither beside"),
        (["{answers}", "--key", "nowhere"], "There is no nowhere"),
        (["{answers}", "{answers}"], "named twice"),
        (["--make", "nowhere"], "no finished synthesis"),
        (["--make", "x", "-n", "0"], "ask for one clip at least"),
    ],
)
def test_mistakes_are_told_in_one_sentence(tmp_path, monkeypatch, capsys, words, sentence):
    monkeypatch.chdir(tmp_path)
    Path("broken.json").write_text("{")
    saved(Path("answers.json"), by_rank(*KINDS))
    assert main(["listening", *(word.format(broken="broken.json", answers="answers.json") for word in words)]) == 2
    err = capsys.readouterr().err
    assert sentence in err
    assert len(err.splitlines()) == 1


def test_the_command_prints_tables_json_and_csv_and_finds_the_key_in_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("runs/synthesis").mkdir(parents=True)
    KEY.write(Path("runs/synthesis/listening_key.json"))
    names = [str(saved(Path(f"{i}.json"), by_rank(*KINDS), seed=i)) for i in range(2)]
    assert main(["listening", *names, "--csv", "table.csv"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "2 listeners" in text
    assert "synthetic music" in text
    assert "real held-out tracks over generated 16 100.0% [80.6%, 100.0%]" in text
    assert "generated 16 100.0% [80.6%, 100.0%] 0 50.0% [21.5%, 78.5%] 0.12 0.38" in text
    assert "“don’t know” counts as wrong" in text
    assert Path("table.csv").read_text().count("\n") == 1 + 3 + 3
    assert main(["listening", *names, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    row = {"question": "genre", "clips": "real", "count": 16, "n": 16, "share": 1.0, "judge_count": 8, "p": 1.0}
    assert row.items() <= document["results"][3].items()
