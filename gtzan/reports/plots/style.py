"""How figures look and how they become pixels: colours, fonts, headings, and text that is shown literally."""

import functools
import textwrap
import warnings
from collections.abc import Callable

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager

# Okabe and Ito's palette, told apart by colour-blind people too (https://jfly.uni-koeln.de/color/).
BLUE, VERMILION, GREY, INK = "#0072B2", "#D55E00", "#9a9a9a", "#222222"
SHARES = "Blues"  # of probabilities and percentages
SIGNED = "RdBu_r"  # of MFCCs

# DejaVu Sans, which matplotlib brings, has no Chinese, Japanese or Korean; one of these may be installed.
EAST_ASIAN = ("Noto Sans CJK JP", "Noto Sans CJK SC", "Source Han Sans", "Hiragino Sans", "Yu Gothic", "Malgun Gothic")

STYLE = {
    "axes.edgecolor": GREY,
    "axes.grid": False,
    "axes.labelcolor": INK,
    "axes.labelsize": 9,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 9.5,
    "figure.facecolor": "white",
    "font.size": 9,
    "grid.alpha": 0.25,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "lines.markersize": 3.5,
    "text.color": INK,
    "text.parse_math": False,
    "text.usetex": False,
    "xtick.color": INK,
    "xtick.labelsize": 8.5,
    "ytick.color": INK,
    "ytick.labelsize": 8.5,
}


def pixels(figure: Figure, dpi: int = 150) -> np.ndarray:
    """Render a figure to RGB, uint8 ``(height, width, 3)``. Letters that no installed font has become boxes."""
    with matplotlib.rc_context(_style()), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)
        figure.set_dpi(dpi)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def styled(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Makes a function draw in this style, whatever the user's own matplotlib settings are."""

    @functools.wraps(draw)
    def styled(*args, **kwargs) -> Figure:
        with matplotlib.rc_context(_style()):
            return draw(*args, **kwargs)

    return styled


@functools.cache
def _style() -> dict:
    """This style over matplotlib's defaults, not over the settings of the user, who may have any."""
    defaults = {key: matplotlib.rcParamsDefault[key] for key in matplotlib.rcParamsDefault if "backend" not in key}
    installed = set(fontManager.get_font_names())
    return defaults | STYLE | {"font.family": ["DejaVu Sans", *(font for font in EAST_ASIAN if font in installed)]}


def new_figure(width: float, height: float, what: str, title: str) -> Figure:
    """A figure of so many inches with two lines on top: what it shows, and of which corpus and protocol."""
    figure = Figure((width, height), layout="constrained")
    FigureCanvasAgg(figure)
    # Wide figures are shown smaller than narrow ones, so their headings have to be larger.
    size = 10.5 * max(1, width / 10) ** 0.7
    room = int(width / size * 120)  # letters in a line
    figure.suptitle("\n".join(textwrap.fill(one_line(line, 3 * room), room) for line in (what, title)), fontsize=size)
    return figure


def one_line(text: str, longest: int) -> str:
    """One line of printable text; file names may hold line breaks, and bytes that are no text at all."""
    text = " ".join(str(text).encode("utf-8", "backslashreplace").decode().split())
    text = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    return text if len(text) <= longest else text[: longest - 1] + "…"
