"""Where the weights of MusiCNN are, without importing torch, so that missing ones are reported at once."""

from hashlib import sha256
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from gtzan.errors import UserError

INSTALL = "pip install --no-deps musicnn==0.1.0"
DIGESTS = {
    ".index": "87f3e0f3550c8d3bafc840374003e5c8af5eeb5ecf6add61af09a7822d3282c8",
    ".data-00000-of-00001": "8579734ee6388f799ed0def4bbd0d1fdcbeaf213ef2a9dc860917bd76a303de6",
}
"""SHA-256 of the published weights, which say more than the checksums within."""


def find_weights() -> Path:
    """The folder of the files with the weights, which may be others than the published ones.

    Raises:
        UserError: they are not installed.
    """
    try:
        folder = Path(str(distribution("musicnn").locate_file("musicnn/MSD_musicnn")))
    except PackageNotFoundError:
        raise UserError(f"encoder=musicnn needs the weights of MusiCNN, 29 MB: {INSTALL}") from None
    if missing := [name for name in DIGESTS if not (folder / name).is_file()]:
        raise UserError(f"{folder / missing[0]} is missing: {INSTALL} --force-reinstall")
    return folder


def verified_weights() -> str:
    """The prefix of the files with the weights.

    Raises:
        UserError: they are not installed, or are not the published ones.
    """
    folder = find_weights()
    for name, digest in DIGESTS.items():
        if sha256((folder / name).read_bytes()).hexdigest() != digest:
            raise UserError(f"{folder / name} is not as published: {INSTALL} --force-reinstall")
    return f"{folder}/"
