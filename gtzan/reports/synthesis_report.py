"""``report.html`` of a synthesis: players, pictures, verdicts and the table, in one file that opens offline."""

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from jinja2 import UndefinedError

from gtzan.audio.files import decode_audio
from gtzan.errors import UserError, reason_of
from gtzan.experiments.runs.folder import RunFolder
from gtzan.files import write_atomically
from gtzan.reports.data_urls import audio_url, image_url
from gtzan.reports.page import LARGEST, percent, render
from gtzan.reports.synthesis_table import interval, make_table

TEXT_BYTES = 1_000_000  # kept for what is no picture and no sound
CLASSIFIERS = {"judge": "Judge", "guide": "Guide"}


def write_synthesis_page(folder: Path) -> Path:
    """Write the page into a synthesis' folder, from the files in it; returns its path.

    Raises:
        UserError: ``synthesis.json`` is damaged, or a file that it names is gone.
    """
    run = RunFolder(folder)
    synthesis = run.synthesis()
    environment = run.environment()
    environment.pop("command", None)  # settings have it
    try:
        figures = [(image_url(run.inside(file)), alternative) for file, alternative in synthesis["figures"]]
        room = LARGEST - TEXT_BYTES - sum(len(source) for source, _ in figures)
        samples = _embedded(run, synthesis["samples"], room)
        html = page(synthesis, samples, figures, configuration=run.config_text(), environment=environment)
    except OSError as error:
        raise UserError(f"{error.filename or folder} cannot be read: {reason_of(error)}.") from error
    except (KeyError, TypeError, ValueError, AttributeError, UndefinedError) as error:
        raise UserError(f"{run.synthesis_file} is damaged, or of an older version ({error!r}).") from error
    write_atomically(folder / "report.html", html)
    return folder / "report.html"


def page(synthesis: Mapping, samples: Sequence[Mapping], figures: Sequence[tuple[str, str]], **values: Any) -> str:
    """The page as HTML; it refers to nothing but the WAVs of samples without ``sound``.

    Args:
        synthesis: the content of ``synthesis.json``, where NaN is ``null``.
        samples: those of ``synthesis``, each with ``sound`` and ``picture``: ``data:`` URLs, or ``None`` where there
            was no room.
        figures: ``data:`` URLs, and their text alternatives.
        values: ``configuration`` as YAML, and ``environment``.
    """
    metrics = {name: math.nan if value is None else value for name, value in synthesis.items()}
    genres: dict[str, list[Mapping]] = {}
    for sample in samples:
        genres.setdefault(sample["genre"], []).append(sample)
    return render(
        "synthesis.html.j2",
        title=synthesis_title(list(genres), synthesis["settings"]),
        corpus=synthesis["corpus"],
        settings=synthesis["settings"],
        genres=genres,
        table=make_table(metrics, list(genres)),
        headline={name: _accuracy(metrics, f"synth/{who}_accuracy") for who, name in CLASSIFIERS.items()},
        real=_accuracy(metrics, "real/judge_accuracy"),
        has_real="real/judge_accuracy" in metrics,
        nearest_real=metrics.get("real/nearest"),
        classifiers=CLASSIFIERS,
        figures=figures,
        linked=sum(not sample["sound"] for sample in samples),
        largest=LARGEST // 1_000_000,
        **values,
    )


def synthesis_title(genres: Sequence[str], settings: Mapping[str, str]) -> str:
    """What was generated, in words: of which genres, and from which song."""
    what = "Generated music"
    if song := settings.get("like"):
        what = f"Variations of {Path(song).name}, strength {settings.get('strength')}"
    elif song := settings.get("continue"):
        what = f"Continuations of {Path(song).name}"
    blend = settings.get("blend")
    return f"{what}: {f'a blend of {blend}' if blend else ', '.join(genres)}"


def _accuracy(metrics: Mapping[str, float], name: str) -> tuple[str, str]:
    """An accuracy and its interval as printed."""
    return percent(metrics.get(name), 1), interval(metrics, name)


def _embedded(run: RunFolder, samples: Sequence[dict], room: int) -> list[dict]:
    """The samples with their sounds and pictures, as long as there is room; each genre's first ones come first."""
    found: dict[tuple, tuple[str, str]] = {}
    in_turn = sorted(samples, key=lambda sample: sample["number"])
    for sample, (audio, image) in zip(in_turn, _media(run, in_turn), strict=False):
        room -= len(audio) + len(image)
        if room < 0:
            break
        found[sample["genre"], sample["number"]] = audio, image
    nothing = (None, None)
    media = [found.get((sample["genre"], sample["number"]), nothing) for sample in samples]
    return [sample | {"sound": a, "picture": p} for sample, (a, p) in zip(samples, media, strict=True)]


def _media(run: RunFolder, samples: Sequence[dict]) -> Iterator[tuple[str, str]]:
    """Sound and picture of each, several at a time, but not of many more than are asked for."""

    def load(sample: dict) -> tuple[str, str]:
        return audio_url(*decode_audio(run.inside(sample["wav"]))), image_url(run.inside(sample["png"]))

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for first in range(0, len(samples), 8):
            yield from pool.map(load, samples[first : first + 8])
