"""``listening.html``: a blind listening test in one page that opens offline, and its key beside it."""

import io
from pathlib import Path

import numpy as np
import soundfile

from gtzan.errors import UserError, reason_of
from gtzan.evaluation.listening.key import Key
from gtzan.files import write_atomically
from gtzan.reports.page import LARGEST, data_uri, render
from gtzan.synthesis.clips import ListeningTest

PAGE, KEY = "listening.html", "listening_key.json"


def write_listening_page(folder: Path, test: ListeningTest) -> Key:
    """Write page and key; the page holds the clips, but nothing of what the key says of them.

    Raises:
        UserError: it would be too large, another page's key is in the folder, or the folder cannot be written.
    """
    key, names = Key.of(test.corpus, test.genres, [clip for clip, _ in test.clips], test.seed)
    sounds = {name: flac_url(sound, test.sample_rate) for name, (_, sound) in zip(names, test.clips, strict=True)}
    html = render(
        "listening.html.j2",
        "listening.js",
        synthetic="synthetic music" in test.corpus,
        seconds=len(test.clips[0][1]) / test.sample_rate,
        clips=len(test.clips),
        genres=test.genres,
        test={
            "page": key.page,
            "sounds": dict(sorted(sounds.items())),
            "questions": {name: list(asked) for name, asked in sorted(key.questions.items())},
        },
    )
    if len(html) > LARGEST:
        raise UserError(
            f"The page would have {len(html) / 1e6:.0f} MB, more than {LARGEST // 1_000_000}: ask for fewer clips of "
            "each genre (-n), or generate fewer genres or shorter samples."
        )
    if (folder / KEY).exists() and Key.read(folder / KEY).page != key.page:
        raise UserError(
            f"{folder / KEY} belongs to another page, whose answers would be lost: move it and {PAGE} elsewhere."
        )
    try:
        key.write(folder / KEY)
        write_atomically(folder / PAGE, html)
    except OSError as error:
        raise UserError(f"{folder / PAGE} cannot be written: {reason_of(error)}.") from error
    return key


def flac_url(waveform: np.ndarray, rate: int) -> str:
    """A waveform ``(samples,)`` as FLAC: a lossy codec would make real and generated clips more alike."""
    content = io.BytesIO()
    soundfile.write(content, waveform, rate, format="FLAC", subtype="PCM_16", compression_level=1.0)
    return data_uri(content.getvalue(), "audio/flac")
