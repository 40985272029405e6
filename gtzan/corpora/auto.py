"""GTZAN if it is there, else the built-in corpus."""

import logging
import os
from pathlib import Path

from gtzan.corpora.corpus import Corpus
from gtzan.corpora.gtzan import gtzan_corpus

log = logging.getLogger(__name__)

GTZAN_FOLDER = "data/gtzan"
"""Where ``gtzan data fetch`` puts GTZAN, below the working directory."""

BUILTIN_FOLDER = "data/builtin"


def auto_corpus(
    root: str | os.PathLike | None = None,
    name: str = "GTZAN",
    builtin_root: str | os.PathLike = BUILTIN_FOLDER,
    **builtin,
) -> Corpus:
    """GTZAN if its folder is given or found, else the built-in corpus.

    Args:
        root: GTZAN's folder; if ``None`` or empty, ``data/gtzan`` is looked for.
        name: what GTZAN is called in titles and metrics.
        builtin_root: where ``builtin_corpus`` composes.
        builtin: the other arguments of ``builtin_corpus``, used where GTZAN is not there.

    Raises:
        UserError: ``root`` is given (or ``data/gtzan`` exists) and holds no GTZAN.
    """
    if not root and Path(GTZAN_FOLDER).is_dir():
        root = GTZAN_FOLDER
    if root:
        return gtzan_corpus(Path(root), name)

    # Brings the synthesizer with it, which GTZAN's users need not wait for.
    from gtzan.corpora.builtin import builtin_corpus

    log.warning(
        "NO GTZAN FOUND: this is SYNTHETIC MUSIC by the built-in composer. For real music: `gtzan data fetch`, "
        "data=gtzan data.root=PATH (or GTZAN_ROOT=PATH), or your own songs with data=folder data.root=PATH"
    )
    return builtin_corpus(builtin_root, **builtin)
