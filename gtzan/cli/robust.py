"""``gtzan robust``: a run's accuracy on its held-out tracks, deformed."""

import argparse
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from gtzan.corpora.corpus import Track
from gtzan.errors import UserError, reason_of
from gtzan.experiments.processes.cpu import prepare_cpu
from gtzan.experiments.processes.terminal import show, text_table
from gtzan.experiments.runs.folder import RunFolder

EPILOG = """\
Held-out tracks are read from the run's corpus, deformed, and predicted: MP3 at 128 and 64 kbit/s, white noise at 20 and
10 dB of signal to noise, pitch ±2 semitones, tempo ±10 %, low-pass at 4 kHz, −20 dB, the first, middle and last 5 s.
Each is tested against the clean tracks by McNemar's exact test; Holm's method corrects for the number of tests. The
whole table is kept in RUN/robustness.json; one that --only or --limit shortens is shown, or written by --csv."""

HEADER = ("deformation", "tracks", "accuracy", "accuracy_low", "accuracy_high", "difference", "p", "p_holm")


def register(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("folder", metavar="RUN", type=Path, help="run folder of a classifier")
    parser.add_argument("--only", metavar="A,B", help="deformations, such as mp3_64,noise_20 (default: all)")
    parser.add_argument("--limit", type=int, metavar="N", help="so many held-out tracks, genres in turn (default: all)")
    parser.add_argument("--csv", metavar="FILE", type=Path, help="write the table into FILE")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the accuracy under each deformation with its interval and its test against clean tracks."""
    from gtzan.audio.deformations import DEFORMATIONS, STRETCHED
    from gtzan.csv_files import write_rows

    names = _chosen(arguments.only, list(DEFORMATIONS))
    if find_spec("python_stretch") is None and (needy := [name for name in names if name in STRETCHED]):
        raise UserError(f"{needy[0]} needs the library python-stretch: pip install 'gtzan[robust]'.")
    if arguments.limit is not None and arguments.limit < 1:
        raise UserError(f"--limit {arguments.limit}: ask for one track at least.")
    folder = RunFolder(arguments.folder)
    own, tracks, label = held_out_tracks(folder)
    if arguments.limit:
        tracks = in_turn(tracks)[: arguments.limit]

    prepare_cpu()
    from gtzan.evaluation.robustness import CLEAN, compare_each, predict_deformed
    from gtzan.models.metrics import wilson_interval
    from gtzan.models.predictor import Predictor

    predictions = predict_deformed(Predictor.load(folder.checkpoint), tracks, names)
    clean = predictions[CLEAN]
    if other := [row["track"] for row in clean if row["prediction"] != own[row["track"]]]:
        show(
            f"gtzan: clean, {len(other)} of {len(clean)} tracks ({other[0]} …) are predicted otherwise than in "
            f"{folder.predictions_file}: has the music, the precision or a library changed since?",
            file=sys.stderr,
        )
    n, right = len(clean), sum(row["truth"] == row["prediction"] for row in clean)
    rows: list[tuple] = [(CLEAN, n, right / n, *wilson_interval(right, n), None, None, None)]
    for result in compare_each(predictions):
        numbers = (result.accuracy, *result.interval, result.difference, result.comparison.p, result.p_holm)
        rows.append((result.name, n, *numbers))
    show(f"{n} held-out tracks of {label}\n")
    headings = ("deformation", "accuracy", "95 % interval", "difference", "p", "p (Holm)")
    show(text_table(headings, [_cells(*row) for row in rows], right=(1, 3, 4, 5)))
    show(f"\np: McNemar's exact test against clean tracks; Holm's correction is for {len(rows) - 1} tests.")
    try:
        if arguments.only is None and arguments.limit is None:  # part of a table must not replace the whole
            folder.save_robustness({"corpus": label, "rows": [dict(zip(HEADER, row, strict=True)) for row in rows]})
        if arguments.csv:
            write_rows(arguments.csv, HEADER, (["" if cell is None else cell for cell in row] for row in rows))
    except OSError as error:
        raise UserError(f"The table cannot be written: {error.filename}: {reason_of(error)}.") from error
    return 0


def held_out_tracks(folder: RunFolder) -> tuple[dict[str, str], list[Track], str]:
    """The run's own prediction of each held-out track, these tracks in its corpus, and the corpus's label.

    Raises:
        UserError: no finished classifier's run, or music that is not on this machine.
    """
    from gtzan.experiments.factory import find_corpus

    if not folder.has_config:
        raise UserError(f"{folder} is not a run: it has no {folder.config_file.name}.")
    own = {row["track"]: row["prediction"] for row in folder.predictions()}
    if not folder.checkpoint.exists():
        raise UserError(f"{folder} has no checkpoint: it was stopped before the end of its first epoch.")
    try:
        corpus = find_corpus(folder.config())
    except UserError as error:
        raise UserError(f"The held-out tracks of {folder} cannot be read. {error}") from error
    tracks = [track for track in corpus.tracks if track.name in own]
    if missing := own.keys() - {track.name for track in tracks if track.path.is_file()}:
        raise UserError(f"The music of {folder} is not all there: {corpus.root} holds no {min(missing)}.")
    return own, tracks, corpus.label


def in_turn(tracks: Sequence[Track]) -> list[Track]:
    """Tracks in a random order, always the same, in which the genres take turns."""
    seen: dict[str, int] = {}
    turns = []
    for i in np.random.default_rng(0).permutation(len(tracks)):
        genre = tracks[i].genre
        seen[genre] = seen.get(genre, 0) + 1
        turns.append((seen[genre], genre, tracks[i]))
    return [track for *_, track in sorted(turns, key=lambda turn: turn[:2])]


def _chosen(asked: str | None, known: list[str]) -> list[str]:
    if asked is None:
        return known
    wanted = list(dict.fromkeys(name.strip() for name in asked.split(",") if name.strip()))
    if unknown := [name for name in wanted if name not in known] or ([] if wanted else [asked]):
        raise UserError(f"--only names {unknown[0] or 'nothing'}: choose from {', '.join(known)}.")
    return wanted


def _cells(name: str, _: int, accuracy: float, low: float, high: float, difference, p, p_holm) -> tuple[str, ...]:
    row = (name, f"{accuracy:.1%}", f"[{low:.1%}, {high:.1%}]")
    return (*row, "", "", "") if p is None else (*row, f"{100 * difference:+.1f}", f"{p:.2g}", f"{p_holm:.2g}")
