"""The page of a synthesis: players, pictures, verdicts and the table, in one file that opens offline."""

import functools
import math
import os
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from gtzan.synthesis_figures import SIZE
from gtzan.synthesis_table import Table, interval

LISTENERS = {"judge": "Judge", "guide": "Guide"}


def page(
    title: str,
    corpus: str,
    samples: Sequence[Mapping],
    table: Table,
    metrics: Mapping[str, float],
    settings: Mapping[str, object],
    figures: Sequence[tuple[str, str]],
) -> str:
    """The page as HTML; it refers to the files beside it, and to nothing else.

    Args:
        title: what was generated.
        corpus: the label of what the generator learned from; it says so if that is synthetic music.
        samples: each with ``genre``, ``number``, the file names ``wav``, ``npy`` and ``png``, ``guide`` and ``judge``
            (what each heard in the waveform: likeliest genres and their probabilities, best first), ``guide_right``,
            ``judge_right``, and ``nearest``, the distance of its passages from the nearest in training, or ``None``.
        table: of :func:`gtzan.synthesis_table.rows`.
        metrics: by name, as in :meth:`gtzan.judging.Judgement.metrics`.
        settings: names and values, to make the same again.
        figures: file names and texts that say what can be seen, for those who cannot.
    """
    genres: dict[str, list[Mapping]] = {}
    for sample in samples:
        genres.setdefault(sample["genre"], []).append(sample)
    html = _template().render(
        title=title,
        corpus=corpus,
        genres=genres,
        table=table,
        headline={name: _accuracy(metrics, f"synth/{who}_accuracy") for who, name in LISTENERS.items()},
        real=_accuracy(metrics, "real/judge_accuracy"),
        has_real="real/judge_accuracy" in metrics,
        nearest_real=metrics.get("real/nearest"),
        listeners=LISTENERS,
        settings=settings,
        figures=figures,
        size=SIZE,
    )
    # What was a file name may hold bytes that are no text, which no encoding would write.
    return html.encode("utf-8", "backslashreplace").decode()


@functools.cache
def _template() -> Template:
    # Names of genres come from anywhere: everything is escaped, and what is missing is an error.
    environment = Environment(
        loader=PackageLoader("gtzan"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"url": _url, "percent": _percent, "number": _number}
    return environment.get_template("synthesis.html.j2")


def _url(name: str) -> str:
    """A file beside the page. The dot keeps a name from being taken for a scheme or a host."""
    return "./" + quote(os.fsencode(name))


def _accuracy(metrics: Mapping[str, float], name: str) -> tuple[str, str]:
    """An accuracy and its interval as printed."""
    return _percent(metrics.get(name), 1), interval(metrics, name)


def _percent(value: float | None, decimals: int = 0) -> str:
    return "—" if value is None or not math.isfinite(value) else f"{value:.{decimals}%}"


def _number(value: float | None) -> str:
    return "—" if value is None or not math.isfinite(value) else f"{value:.2f}"
