"""Request bodies: bounded in bytes, kept in a temporary file with a name of our own."""

import json
import os
import tempfile
from asyncio import CancelledError
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import numpy as np
from starlette.exceptions import HTTPException
from starlette.requests import Request

from gtzan.audio.files import stream_audio
from gtzan.audio.formats import AUDIO_SUFFIXES, FFMPEG_SUFFIXES, suffix_by_content
from gtzan.corpora.sound import audible
from gtzan.errors import BrokenAudioError
from gtzan.experiments.processes.exits import is_full

MAX_BYTES = 200_000_000
MAX_SECONDS = 15 * 60  # 159 MB on a CD
MAX_JSON = 1000  # bytes


@contextmanager
def answered_when_stopped() -> Iterator[None]:
    """A request that is waited for while the server is stopped gets an answer.

    Raises:
        HTTPException: the server was stopped.
    """
    try:
        yield
    except CancelledError:
        raise HTTPException(503, "gtzan serve was stopped") from None


async def _chunks(request: Request, most: int, message: str) -> AsyncIterator[bytes]:
    """The body in pieces; what the headers say of its length is not trusted."""
    size = 0
    with answered_when_stopped():
        async for chunk in request.stream():
            size += len(chunk)
            if size > most:
                raise HTTPException(413, message)
            yield chunk


async def read_json_body(request: Request) -> dict:
    """A small JSON object.

    Raises:
        HTTPException: it is none, or too large, or the server was stopped.
    """
    body = b"".join([chunk async for chunk in _chunks(request, MAX_JSON, f"more than {MAX_JSON} bytes")])
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise HTTPException(400, "a JSON object is needed")
    return value


@asynccontextmanager
async def uploaded_file(request: Request) -> AsyncIterator[Path]:
    """The body as a file that is removed afterwards.

    The parameter ``suffix`` may say what the file's own name ended with, as a hint for decoders; it is used only if it
    is in our list of formats. Otherwise the content decides.

    Raises:
        HTTPException: it is too large, the disk is full, or the server was stopped.
    """
    with tempfile.TemporaryDirectory(prefix="gtzan-") as folder:
        path = Path(folder) / "upload"
        try:
            with open(path, "wb") as file:
                async for chunk in _chunks(request, MAX_BYTES, f"larger than {MAX_BYTES // 10**6} MB"):
                    file.write(chunk)
        except OSError as error:
            if is_full(error):
                raise HTTPException(507, "no space is left on the disk of the temporary files") from error
            raise
        asked = request.query_params.get("suffix", "").lower()
        known = next((suffix for suffix in AUDIO_SUFFIXES + FFMPEG_SUFFIXES if suffix == asked), None)
        named = path.with_suffix(known or suffix_by_content(path) or "")
        os.rename(path, named)
        yield named


def read_upload(path: Path, sample_rate: int) -> np.ndarray:
    """Decode an uploaded file, to no more than ``MAX_SECONDS`` however little it is compressed to.

    Returns:
        float32 ``(samples,)``.

    Raises:
        BrokenAudioError: it cannot be read, is too long, or is silent, as from a microphone that is switched off.
    """
    blocks, samples = [], 0
    for block in audible(stream_audio(path, sample_rate), path):
        samples += len(block)
        if samples > MAX_SECONDS * sample_rate:
            raise BrokenAudioError(path, f"longer than {MAX_SECONDS // 60} minutes")
        blocks.append(block)
    return np.concatenate(blocks)
