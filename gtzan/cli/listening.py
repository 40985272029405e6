"""``gtzan listening``: make a blind listening test of a synthesis, and evaluate what listeners answered."""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gtzan.errors import UserError, reason_of
from gtzan.experiments.processes.cpu import prepare_cpu
from gtzan.experiments.processes.terminal import show, text_table

if TYPE_CHECKING:
    from gtzan.evaluation.listening.answers import Answers
    from gtzan.evaluation.listening.key import Key
    from gtzan.evaluation.listening.results import Preference, Recognition, Share

EPILOG = """\
--make writes listening.html, to be sent to listeners, and listening_key.json, to be kept from them. The page saves each
listener's answers as a file; those files are RESULTS. The key is looked for beside the first of them, then in runs/."""

CLIPS = {"real": "real held-out tracks", "copy": "copy synthesis", "generated": "generated"}
SHARE = ("count", "n", "share", "low", "high")
HEADER = ("question", "clips", *SHARE, "dont_know", *(f"judge_{name}" for name in SHARE), "p", "p_holm")


def register(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("results", metavar="RESULTS", nargs="*", type=Path, help="files that listeners have saved")
    parser.add_argument("--key", metavar="FILE", type=Path, help="listening_key.json of the page")
    parser.add_argument("--json", action="store_true", help="print a JSON document")
    parser.add_argument("--csv", metavar="FILE", type=Path, help="write the tables into FILE")
    help_ = "write a page into a folder written by synthesize.py"
    parser.add_argument("--make", metavar="SYNTHESIS", type=Path, help=help_)
    help_ = "with --make: clips of each kind in each genre, at most (default: %(default)s)"
    parser.add_argument("-n", type=int, default=2, metavar="N", help=help_)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write a page, or print what listeners prefer and recognise."""
    if bool(arguments.make) == bool(arguments.results):
        raise UserError("Name either the files that listeners have saved, or a synthesis with --make.")
    if arguments.make:
        return _make(arguments.make, arguments.n)
    return _evaluate(arguments)


def _make(path: Path, n: int) -> int:
    if n < 1:
        raise UserError(f"-n {n}: ask for one clip at least.")
    from gtzan.experiments.runs.folder import RunFolder

    folder = RunFolder(path)
    folder.synthesis()  # mistakes show before slow imports
    prepare_cpu()
    from gtzan.audio.mastering import loudness
    from gtzan.experiments.listening import make_listening_test
    from gtzan.reports.listening_page import KEY, PAGE, write_listening_page

    test = make_listening_test(folder, n)
    key = write_listening_page(path, test)
    waveform = test.clips[0][1]
    level = f"{len(waveform) / test.sample_rate:g} s each, at {loudness(waveform, test.sample_rate):.1f} LUFS"
    pairs = sum(len(clips) > 1 for clips in key.questions.values())
    show(f"{len(key.clips)} clips of {', '.join(sorted({clip.genre for clip in key.clips.values()}))}: {level}")
    show(f"{len(key.questions) - pairs} questions for a genre, {pairs} comparisons\n")
    show(f"For listeners: {path / PAGE}\nNot for them:  {path / KEY}")
    return 0


def _evaluate(arguments: argparse.Namespace) -> int:
    from gtzan.evaluation.listening.answers import read_answers, read_document

    documents = {path: read_document(path) for path in arguments.results}
    if len(documents) < len(arguments.results):
        raise UserError("A file is named twice: a listener counts once.")
    key = _key(arguments.key, *next(iter(documents.items())))
    listeners = read_answers(documents, key)

    from gtzan.csv_files import write_rows
    from gtzan.evaluation.listening.results import preferences, recognitions

    preferred, recognised = preferences(key, listeners), recognitions(key, listeners)
    rows = [*map(_preference_row, preferred), *map(_recognition_row, recognised)]
    if arguments.csv:
        try:
            write_rows(arguments.csv, HEADER, (["" if cell is None else cell for cell in row] for row in rows))
        except OSError as error:
            raise UserError(f"--csv {arguments.csv} cannot be written: {reason_of(error)}.") from error
    if arguments.json:
        table = [{n: cell for n, cell in zip(HEADER, row, strict=True) if cell is not None} for row in rows]
        facts = {"page": key.page, "corpus": key.corpus, "listeners": len(listeners), "interval": _interval(listeners)}
        show(json.dumps({**facts, "genres": list(key.genres), "results": table}, indent=2))
    else:
        for line in _text(key, listeners, preferred, recognised):
            show(line)
    return 0


def _key(named: Path | None, first: Path, document: dict) -> "Key":
    """The key that is named; else the one of the page that the first file is of.

    Raises:
        UserError: there is none.
    """
    from gtzan.evaluation.listening.key import Key
    from gtzan.files import read_json

    name = "listening_key.json"
    if named:
        return Key.read(named / name if named.is_dir() else named)
    for path in (first.with_name(name), *sorted(Path("runs").rglob(name))):
        if (read_json(path) or {}).get("page") == document["page"]:
            return Key.read(path)
    raise UserError(f"The key of page {document['page']} is neither beside {first} nor in runs: name it with --key.")


def _text(
    key: "Key", listeners: "Sequence[Answers]", preferred: "list[Preference]", recognised: "list[Recognition]"
) -> Iterator[str]:
    n = len(listeners)
    yield f"{'1 listener' if n == 1 else f'{n} listeners'}, page {key.page}; generator trained on {key.corpus}\n"
    cells = [(f"{CLIPS[p.first]} over {CLIPS[p.second]}", *_cells(p.share)) for p in preferred]
    yield text_table(("more like real music", "answers", "share", "95 % interval"), cells, right=(1,)) + "\n"
    recognised_cells = [
        (CLIPS[r.kind], *_cells(r.listeners), str(r.dont_know), *_cells(r.judge)[1:], f"{r.comparison.p:.2g}",
         f"{r.p_holm:.2g}")
        for r in recognised
    ]  # fmt: skip
    headings = ("genre of", "answers", "listeners", "95 % interval", "don’t know", "judge", "95 % interval", "p")
    yield text_table((*headings, "p (Holm)"), recognised_cells, right=(1, 4, 7, 8)) + "\n"
    yield f"Of {len(key.genres)} genres; “don’t know” counts as wrong. Intervals of listeners: {_interval(listeners)}."
    yield "p: McNemar's exact test of listeners against the judge, clip by clip" + (
        "." if n == 1 else ", by the most frequent answer to each."
    )


def _interval(listeners: "Sequence[Answers]") -> str:
    if len(listeners) == 1:
        return "Wilson"
    return f"Wilson, widened to a bootstrap over the {len(listeners)} listeners where that is wider"


def _cells(share: "Share") -> tuple[str, str, str]:
    return str(share.n), f"{share.value:.1%}", f"[{share.low:.1%}, {share.high:.1%}]"


def _numbers(share: "Share") -> tuple:
    return share.count, share.n, share.value, share.low, share.high


def _preference_row(p: "Preference") -> tuple:
    return ("more like real music", f"{p.first} over {p.second}", *_numbers(p.share), *[None] * 8)


def _recognition_row(r: "Recognition") -> tuple:
    return ("genre", r.kind, *_numbers(r.listeners), r.dont_know, *_numbers(r.judge), r.comparison.p, r.p_holm)
