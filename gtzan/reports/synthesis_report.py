"""``report.html`` of a synthesis, from what it has left in its folder."""

import math
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from jinja2 import UndefinedError

from gtzan.audio.files import decode_audio
from gtzan.errors import UserError
from gtzan.experiments.runs.folder import RunFolder
from gtzan.files import write_atomically
from gtzan.reports import synthesis_table
from gtzan.reports.data_urls import audio_url, image_url
from gtzan.reports.page import LARGEST
from gtzan.reports.synthesis_page import page

TEXT_BYTES = 1_000_000  # kept for what is no picture and no sound


def write_synthesis_page(folder: Path) -> Path:
    """Write the page into a synthesis' folder; returns its path.

    Raises:
        UserError: ``synthesis.json`` is damaged, or a file that it names is gone.
    """
    run = RunFolder(folder)
    facts = run.synthesis()
    # What is no number is null there.
    metrics = {name: math.nan if value is None else value for name, value in facts.items()}
    environment = run.environment()
    environment.pop("command", None)  # settings have it
    try:
        samples, settings, figures = (facts[key] for key in ("samples", "settings", "figures"))
        genres = list(dict.fromkeys(sample["genre"] for sample in samples))
        shown = [(image_url(run.inside(file)), alternative) for file, alternative in figures]
        room = LARGEST - TEXT_BYTES - sum(len(source) for source, _ in shown)
        html = page(
            title=f"Generated music: {', '.join(genres)}",
            corpus=facts["corpus"],
            samples=_embedded(run, samples, room),
            table=synthesis_table.make_table(metrics, genres),
            metrics=metrics,
            settings=settings,
            figures=shown,
            configuration=run.config_text(),
            environment=environment,
        )
    except OSError as error:
        raise UserError(f"{error.filename or folder} cannot be read: {error.strerror or error}.") from error
    except (KeyError, TypeError, ValueError, AttributeError, UndefinedError) as error:
        raise UserError(f"{run.synthesis_file} is damaged, or of an older version ({error!r}).") from error
    write_atomically(folder / "report.html", html)
    return folder / "report.html"


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
