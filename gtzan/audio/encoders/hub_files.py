"""The files of an encoder of the Hugging Face hub, without importing torch: which they are, where, and whose code runs.

An encoder is named ``OWNER/NAME@REVISION``, where the revision is a commit, or by the path of a folder with the same
files, whose revision is a hash of them. What is stored of an encoder has its revision, so that weights never change
unnoticed.
"""

import os
import re
from collections.abc import Iterator
from hashlib import file_digest, sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from gtzan.audio.settings import LARGEST
from gtzan.errors import UserError
from gtzan.files import read_json

CONFIG, PREPROCESSOR, WEIGHTS = "config.json", "preprocessor_config.json", "model.safetensors"
PASSAGE = 10  # seconds that become one embedding, unless the encoder has a length of its own
LONGEST_PASSAGE = 60  # seconds
WIDEST = 65_536
TRUST = "GTZAN_TRUST_REMOTE_CODE"
"""The environment variable that names encoders, separated by commas, whose own code may run. No key of the
configuration, for configurations and checkpoints come from others: these would let themselves in."""

_NAME = re.compile(r"(?P<place>[^\x00-\x1f]+?)(@(?P<revision>[0-9a-f]{40}))?")
_ID = re.compile(r"\w[\w.-]*/\w[\w.-]*", re.ASCII)


def parse(name: str) -> tuple[str, str | None]:
    """The place of an encoder, which is ``OWNER/NAME`` or an absolute path, and its revision.

    The revision of a folder may be missing; it is then the one of the files that are there.

    Raises:
        UserError: it is neither, or an id without a commit.
    """
    found = _NAME.fullmatch(name)
    place, revision = found.group("place", "revision") if found else ("", None)
    if place.startswith(("./", "../", "~/")) or Path(place).is_absolute():
        return str(Path(place).expanduser().resolve()), revision
    if not _ID.fullmatch(place.partition("@")[0]):
        raise UserError(
            f"encoder={name} is no encoder: choose musicnn, OWNER/NAME@REVISION of the Hugging Face hub, or the path "
            f"of a folder, such as ./{Path(name).name}"
        )
    if revision is None or "@" in place:
        page = f"https://huggingface.co/{place.partition('@')[0]}/commits/main"
        raise UserError(
            f"encoder={name} needs a pinned revision: add @ and the 40 hexadecimal digits of a commit from {page}"
        )
    return place, revision


def pinned(name: str) -> str:
    """The name with its revision, and the absolute path of a folder.

    Raises:
        UserError: it names no encoder, or files that are not there.
    """
    place, revision = parse(name)
    return f"{place}@{revision or _folder_digest(Path(place), name)}"


def check_installed(name: str) -> None:
    """Raises a :class:`UserError` for a name of no encoder, a missing folder, or a missing library."""
    place, _ = parse(name)
    if find_spec("transformers") is None:
        raise UserError(f"encoder={name} needs an extra: pip install 'gtzan[pretrained]'")
    if Path(place).is_absolute():
        _check_code(_folder(Path(place), name), name)


def check_settings(settings: dict[str, Any]) -> None:
    """Raises a :class:`UserError` for settings that no encoder of the hub has, without looking at its files."""
    rate = settings.get("sample_rate")
    most = {
        "sample_rate": LARGEST["sample_rate"],
        "hop_length": LONGEST_PASSAGE * rate if type(rate) is int else 0,
        "width": WIDEST,
    }
    fits = all(type(settings.get(key)) is int and 1 <= settings[key] <= most[key] for key in most)
    if set(settings) != {"encoder", *most} or not fits or not _is_pinned(settings["encoder"]):
        raise UserError(f"{str(settings)[:200]} are not the settings of an encoder of the Hugging Face hub")


def _is_pinned(name: str) -> bool:
    try:
        return parse(name)[1] is not None
    except UserError:
        return False


def fetched(name: str, weights: bool = False) -> Path:
    """The folder with an encoder's files, downloaded where they are missing.

    Args:
        name: with its revision.
        weights: whether these are needed, too.

    Raises:
        UserError: files that cannot be had or are other ones, or code that nobody has allowed to run.
    """
    place, revision = parse(name)
    if Path(place).is_absolute():
        folder = _folder(Path(place), name)
        if _folder_digest(folder, name) != revision:
            raise UserError(
                f"encoder={name}: the files in {place} have changed since: train again with encoder={place}"
            )
    else:
        folder = _downloaded(place, str(revision), CONFIG, PREPROCESSOR)
    if _check_code(folder, name) and not Path(place).is_absolute():
        _download_code(place, str(revision))
    if weights and not Path(place).is_absolute():
        _downloaded(place, str(revision), WEIGHTS)
    return folder


def is_trusted(name: str) -> bool:
    """Whether the user lets the code of this very revision run."""
    return name in os.environ.get(TRUST, "").split(",")


def _check_code(folder: Path, name: str) -> bool:
    """Whether an encoder has code of its own, which is then allowed to run.

    Raises:
        UserError: it is not allowed to, or is not part of the revision.
    """
    maps = [(read_json(folder / file) or {}).get("auto_map") for file in (CONFIG, PREPROCESSOR)]
    if not any(maps):
        return False
    if not is_trusted(name := pinned(name)):
        raise UserError(
            f"encoder={name} runs code of its own, which may do anything on this machine: read it, and if you trust "
            f"it, export {TRUST}={name}"
        )
    if "--" in str(maps):
        raise UserError(
            f"encoder={name} runs code of another repository, whose revision is not pinned: copy it into one"
        )
    return True


def _folder(folder: Path, name: str) -> Path:
    for file in (CONFIG, PREPROCESSOR, WEIGHTS):
        if not (folder / file).is_file():
            raise UserError(f"encoder={name}: {folder / file} is missing; only weights in {WEIGHTS} are read")
    return folder


def _folder_digest(folder: Path, name: str) -> str:
    """40 hexadecimal digits of a hash of the files that an encoder consists of, its code included."""
    _folder(folder, name)
    digest = sha256()
    for path in _members(folder):
        with path.open("rb") as file:
            digest.update(f"{path.relative_to(folder).as_posix()} {file_digest(file, 'sha256').hexdigest()}\n".encode())
    return digest.hexdigest()[:40]


def _members(folder: Path) -> Iterator[Path]:
    yield from (folder / file for file in (CONFIG, PREPROCESSOR, WEIGHTS))
    yield from sorted(path for path in folder.rglob("*.py") if path.is_file())


def _downloaded(place: str, revision: str, *files: str) -> Path:
    """The folder of a commit's files in the hub's cache; without the network where they are there."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import RemoteEntryNotFoundError, RepositoryNotFoundError, RevisionNotFoundError

    name = f"{place}@{revision}"
    for file in files:
        try:
            path = hf_hub_download(place, file, revision=revision)
        except RemoteEntryNotFoundError:
            raise UserError(
                f"encoder={name} has no {file}: choose a revision that has it (for weights, the hub's conversion bot "
                "opens a pull request, whose commit is one)"
            ) from None
        except (RepositoryNotFoundError, RevisionNotFoundError):
            raise UserError(f"encoder={name} is not on the Hugging Face hub: check the id and the commit") from None
        except OSError as error:
            raise UserError(
                f"encoder={name}: {file} is not here, and cannot be downloaded from the Hugging Face hub "
                f"({type(error).__name__}): go online, or copy the files here and name their folder, encoder=PATH"
            ) from error
    return Path(path).parent


def _download_code(place: str, revision: str) -> None:
    from huggingface_hub import snapshot_download

    try:
        snapshot_download(place, revision=revision, allow_patterns=["*.py"])
    except OSError as error:
        raise UserError(f"encoder={place}@{revision}: its code cannot be downloaded: {error}") from None
