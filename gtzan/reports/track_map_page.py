"""A folder's tracks as dots on a page: coloured by genre, with a player, in one file that opens offline."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gtzan.audio.files import SAMPLE_RATE, read_segment
from gtzan.evaluation.track_map import Axis
from gtzan.files import write_atomically
from gtzan.reports import page
from gtzan.reports.data_urls import audio_url
from gtzan.reports.plots.pca import GENRE_COLOURS
from gtzan.reports.plots.style import INK

MOST_SOUNDS = 250  # tracks of which a page holds excerpts: 57 kB each
EXCERPT = 10.0  # seconds
WIDTH, HEIGHT, MARGIN = 1000, 700, 24  # of the picture, in its own unit
# As many shapes as do not divide the number of colours, so that no two of 30 genres share both.
SHAPES = (
    "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z",
    "M-4.5-4.5h9v9h-9z",
    "M0-6L5.7 4.5H-5.7z",
)


@dataclass(frozen=True)
class MappedTrack:
    """A track on the map.

    Attributes:
        path: its file.
        name: to show.
        group: its colour's name, such as a genre.
        predicted: the genre that the classifier finds most probable.
        seconds: its length.
    """

    path: Path
    name: str
    group: str
    predicted: str
    seconds: float


def write_map_page(
    file: Path,
    tracks: Sequence[MappedTrack],
    points: np.ndarray,
    axes: Sequence[Axis],
    *,
    title: str,
    trained_on: str,
    by_folder: bool,
) -> bool:
    """Write the page; small folders' excerpts are inside, larger ones' files are linked.

    Args:
        file: the page.
        tracks: in any order.
        points: ``(tracks, 2)``, where they lie.
        axes: what the two axes measure; none for UMAP.
        title: the folder's name, which says so if its music is synthetic.
        trained_on: the label of the classifier's corpus.
        by_folder: whether a track's group is its folder, not a prediction.

    Returns:
        Whether the page holds the sound.

    Raises:
        OSError: the page cannot be written.
        BrokenAudioError: a track cannot be read any more.
    """
    groups = sorted({track.group for track in tracks})
    excerpts = _excerpts(tracks)
    html = page.render(
        "track_map.html.j2",
        script="track_map.js",
        title=title,
        trained_on=trained_on,
        axes=[describe(axis, i, points[:, i], tracks) for i, axis in enumerate(axes)],
        groups=[_marker(i) | {"name": group, "count": _count(tracks, group)} for i, group in enumerate(groups)],
        by_folder=by_folder,
        dots=[
            {"x": x, "y": y, "group": groups.index(track.group), "track": track}
            for track, (x, y) in zip(tracks, _placed(points).tolist(), strict=True)
        ],
        sounds=excerpts or [_link(track.path, file.parent) for track in tracks],
        embedded=excerpts is not None,
        excerpt=EXCERPT,
        width=WIDTH,
        height=HEIGHT,
    )
    write_atomically(file, html)
    return excerpts is not None


def _link(path: Path, folder: Path) -> str:
    try:
        return page.link(os.path.relpath(path, folder))
    except ValueError:  # on another drive
        return path.resolve().as_uri()


def describe(axis: Axis, number: int, values: np.ndarray, tracks: Sequence[MappedTrack]) -> str:
    """A component's name by what it measures, such as ``component 1, 31 % of the variance, most like …``.

    Args:
        axis: the component.
        number: from 0.
        values: ``(tracks,)``, where the tracks lie on it.
        tracks: of which the groups at both ends are named.
    """
    text = f"component {number + 1}, {axis.variance:.0%} of the variance"
    if axis.feature is not None:
        text += f", most like {axis.feature} (r = {axis.correlation:.2f})"
    groups = sorted({track.group for track in tracks})
    if len(groups) > 1:
        member = np.array([track.group for track in tracks])
        ordered = sorted(groups, key=lambda group: values[member == group].mean())
        text += f"; from {ordered[0]} to {ordered[-1]}"
    return text


def _excerpts(tracks: Sequence[MappedTrack]) -> list[str] | None:
    """From the middle of each track, as ``data:`` URLs; ``None`` where they are too much for a page."""
    if len(tracks) > MOST_SOUNDS:
        return None

    def encode(track: MappedTrack) -> str:
        start = max(0.0, (track.seconds - EXCERPT) / 2)
        return audio_url(read_segment(track.path, start, EXCERPT, SAMPLE_RATE), SAMPLE_RATE)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        sounds = list(pool.map(encode, tracks))
    return sounds if sum(map(len, sounds)) < page.LARGEST else None


def _placed(points: np.ndarray) -> np.ndarray:
    """Points in the picture's unit, one unit as long across as it is up, which grows downwards there."""
    low, high = points.min(axis=0), points.max(axis=0)
    room = np.array([WIDTH, HEIGHT]) - 2 * MARGIN
    scale = (room / np.maximum(high - low, 1e-12)).min()
    return np.round(np.array([WIDTH, HEIGHT]) / 2 + (points - (low + high) / 2) * scale * [1, -1], 1)


def _marker(number: int) -> dict[str, str]:
    colour = GENRE_COLOURS[number % len(GENRE_COLOURS)]
    # What is ink on paper has to be light on a dark page.
    return {"colour": "var(--ink)" if colour == INK else colour, "shape": SHAPES[number % len(SHAPES)]}


def _count(tracks: Sequence[MappedTrack], group: str) -> int:
    return sum(track.group == group for track in tracks)
