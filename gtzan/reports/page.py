"""Render templates to self-contained HTML pages that open offline, with untrusted names escaped."""

import base64
import functools
import logging
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from gtzan.experiments.processes.exits import is_full, no_space

log = logging.getLogger(__name__)

LARGEST = 20_000_000
"""Bytes of a page: what a mail takes, and a phone opens."""


def render(template: str, script: str | None = None, **values) -> str:
    """A page as HTML.

    Its Content-Security-Policy lets a browser load nothing from elsewhere and run no script but the page's own, so that
    a name that is made to look like HTML could do nothing even where escaping it was forgotten.

    Args:
        template: a file of ``gtzan/reports/templates`` that extends ``page.html.j2`` and fills its blocks ``title``,
            ``headline`` and ``content``.
        script: a file of ``gtzan/reports/templates``, put at the page's end.
        values: for the template; one that is missing is an error.
    """
    code = files("gtzan.reports").joinpath("templates", script).read_text(encoding="utf-8") if script else None
    digest = code and base64.b64encode(sha256(code.encode()).digest()).decode()
    html = _environment().get_template(template).render(script=code and Markup(code), script_digest=digest, **values)
    # What was a file name may hold bytes that are no text, which no encoding would write.
    return html.encode("utf-8", "backslashreplace").decode()


def data_uri(content: bytes, media_type: str) -> str:
    """Bytes as a URL that needs no file."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def link(name: str) -> str:
    """The URL of a file next to the page. The dot keeps a name from being read as a scheme or a host."""
    return "./" + quote(os.fsencode(name).replace(os.fsencode(os.sep), b"/"))


def percent(value: float | None, decimals: int = 0) -> str:
    """``84%``, and — for what is no number."""
    return "—" if value is None or not math.isfinite(value) else f"{value:.{decimals}%}"


def number(value: float | None, decimals: int = 2) -> str:
    """``0.84``, and — for what is no number."""
    return "—" if value is None or not math.isfinite(value) else f"{value:.{decimals}f}"


def interval(metrics: Mapping, name: str, suffix: str = "", decimals: int = 1) -> str:
    """The 95 % interval of an accuracy, such as ``74.0–81.2%``; empty where there is none."""
    low, high = (metrics.get(f"{name}_{end}{suffix}") for end in ("low", "high"))
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"{100 * low:.{decimals}f}–{100 * high:.{decimals}f}%"


@contextmanager
def optional(folder: Path) -> Iterator[None]:
    """Log an error while a page is written, rather than raise it: the results in the folder are complete without it."""
    try:
        yield
    except Exception as error:
        if isinstance(error, OSError) and is_full(error):
            log.warning("%s Then make report.html: gtzan report %s", no_space(error, folder), folder)
            return
        log.exception("report.html was not written; all else is there. To try again: gtzan report %s", folder)


@functools.cache
def _environment() -> Environment:
    # Names of genres, artists and files come from anywhere: everything is escaped, and what is missing is an error.
    # `tojson` writes <, > and & as \u003c …, so that no name ends the script element that it stands in.
    environment = Environment(
        loader=PackageLoader("gtzan.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"link": link, "percent": percent, "number": number}
    return environment
