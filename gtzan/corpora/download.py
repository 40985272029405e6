"""Download one large file over connections that break."""

import errno
import http.client
import json
import logging
import re
import shutil
import ssl
import time
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path

from tqdm import tqdm

from gtzan.errors import UserError, first_line

log = logging.getLogger(__name__)

LARGEST = 5_000_000_000  # bytes: four times GTZAN's archive
_CHUNK = 1 << 18
_TIMEOUT = 30
_TRIES = 5
_PAUSE = 1.0
_PASSING = (http.client.REQUEST_TIMEOUT, http.client.TOO_MANY_REQUESTS)  # as are a server's own errors, from 500 up


@dataclass(frozen=True)
class _Version:
    """The version of a file, to check that a partial download can be continued."""

    url: str
    size: int | None
    validator: str | None
    """A strong ETag, or else the date of the last change."""


_NONE = _Version("", None, None)
"""Nothing is known of what is here, so that the download starts from the beginning."""


def download(url: str, path: Path) -> None:
    """Download to ``path``, going on where an earlier, broken-off download of the same file stopped.

    What has arrived waits in ``<path>.part``. Breaks are bridged as long as one of five tries gets further than all
    before; a server that knows no ranges, or whose file has changed, makes it start again from the beginning.

    Raises:
        UserError: not a web address, no network, no such file, no access, no space on the disk, or broken off for
            good; the sentence says which, and the same call later goes on.
    """
    if not url.lower().startswith(("http://", "https://")):
        raise UserError(f"{url} is neither a file on this machine nor a web address (https://…).")
    part = path.with_name(f"{path.name}.part")
    note = path.with_name(f"{path.name}.part.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    idle, furthest = 0, _size(part)
    while idle < _TRIES:
        before = _size(part)
        try:
            if _continue(url, part, note):
                part.replace(path)
                note.unlink(missing_ok=True)
                return
            trouble: object = "the connection was closed"
        except urllib.error.HTTPError as error:
            if error.code < 500 and error.code not in _PASSING:
                raise UserError(_refusal(url, error.code)) from error
            trouble = error
        except (urllib.error.URLError, http.client.HTTPException, ssl.SSLError, ConnectionError, TimeoutError) as error:
            trouble = getattr(error, "reason", None) or first_line(error)  # of what is no HTTP, all that was sent
            if isinstance(error, urllib.error.URLError) and not before:
                raise UserError(f"{url} cannot be reached ({trouble}): is this machine online?") from error
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise UserError(
                f"The disk of {path.parent} is full after {_megabytes(_size(part))}: make room and run the same "
                "command again, it goes on where it stopped."
            ) from error
        idle = 0 if _size(part) > furthest else idle + 1
        furthest = max(furthest, _size(part))
        log.warning("broken off after %s (%s), going on", _megabytes(_size(part)), trouble)
        time.sleep(_PAUSE * idle)
    raise UserError(
        f"The download of {url} broke off after {_megabytes(_size(part))} ({trouble}): run the same command again, "
        "it goes on where it stopped."
    )


def _continue(url: str, part: Path, note: Path) -> bool:
    """One request for what is still missing; returns whether the file is complete now."""
    version = _read_note(note)
    if version.url != url or version.validator is None:
        version = _NONE
    have = _size(part) if version.validator else 0
    headers = {"User-Agent": "gtzan", "Accept-Encoding": "identity"}
    if version.validator and have:
        headers |= {"Range": f"bytes={have}-", "If-Range": version.validator}
    try:
        request = urllib.request.Request(url, headers=headers)
        response = urllib.request.urlopen(request, timeout=_TIMEOUT)
    except (ValueError, http.client.InvalidURL) as error:
        raise UserError(f"{url} is not a valid web address, or leads to one that is not ({error}).") from error
    except urllib.error.HTTPError as error:
        if error.code != http.client.REQUESTED_RANGE_NOT_SATISFIABLE or not have:
            raise
        if have == version.size:
            return True
        part.unlink()  # longer than the server's file: not a beginning of it
        return False

    with response:
        start, size = _extent(response, version.size)
        if start != have or (have and version.size not in (None, size)):
            if start:
                part.unlink(missing_ok=True)
                return False
            have = 0
        if size is not None and size - have > (free := shutil.disk_usage(part.parent).free):
            raise UserError(
                f"{part.parent} has {_megabytes(free)} left on its disk and {_megabytes(size - have)} are still to "
                "come: make room or choose another folder with --to."
            )
        if (size or 0) > LARGEST:
            raise UserError(_too_large(url))
        note.write_text(json.dumps(asdict(_Version(url, size, _validator(response)))))
        with (
            open(part, "ab" if have else "wb") as file,
            tqdm(None, "downloading", size, initial=have, unit="B", unit_scale=True, disable=None) as bar,
        ):
            while chunk := response.read(_CHUNK):
                have += len(chunk)
                if have > LARGEST:  # a server need not say how much it will send
                    break
                file.write(chunk)
                bar.update(len(chunk))
    if have > LARGEST:
        part.unlink()
        raise UserError(_too_large(url))
    # http.client returns a short body without an error when it is read in pieces.
    return size is None or _size(part) == size


def _extent(response: http.client.HTTPResponse, known: int | None) -> tuple[int, int | None]:
    """The offset of the body in the file, and the file's size: as the server sends it, or else as it is known."""
    if response.status == http.client.PARTIAL_CONTENT:
        if match := re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", "")):
            size = known if match[2] == "*" else int(match[2])
            if size is not None:  # else nothing says when the file is complete
                return int(match[1]), size
        return -1, None
    return 0, response.length  # None, too, where Content-Length is no number


def _validator(response: http.client.HTTPResponse) -> str | None:
    etag = response.headers.get("ETag")
    # A weak ETag promises equal meaning, not equal bytes, and If-Range must not carry one.
    return etag if etag and not etag.startswith("W/") else response.headers.get("Last-Modified")


def _read_note(note: Path) -> _Version:
    try:
        return _Version(**json.loads(note.read_text()))
    except (OSError, ValueError, TypeError):
        return _NONE


def _refusal(url: str, code: int) -> str:
    if code in (401, 403):
        return (
            f"{url} wants a login (HTTP {code}): download the archive in a browser, then "
            "`gtzan data fetch --url ARCHIVE`."
        )
    gone = "there is no such file" if code in (404, 410) else "the server refuses"
    return f"{url}: {gone} (HTTP {code}): give another address, or an archive on this machine, with --url."


def _too_large(url: str) -> str:
    return f"{url} is larger than {_megabytes(LARGEST)}: it is not GTZAN's archive."


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
