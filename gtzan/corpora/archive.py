"""Extract archives safely: nothing is written outside the folder, and sizes and numbers are limited.

Sizes in an archive's headers are not trusted: bytes are counted as they are read.
"""

import contextlib
import errno
import gzip
import lzma
import stat
import tarfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO

from gtzan.errors import UserError, first_line, reason_of

# GTZAN has 1,000 files of 1.3 MB.
MOST_MEMBERS = 20_000
LARGEST_MEMBER = 500_000_000  # bytes
MOST_BYTES = 5_000_000_000
MOST_TIMES_PACKED = 50  # of unpacked bytes; audio is packed to half of its size
SMALL = 50_000_000  # bytes that may be packed as tightly as they like
LONGEST_HEADER = 1_000_000  # bytes of an extended header, or of a zip file's table, for each of some thousand members
CHUNK = 1 << 20

_NAMES = (errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ)
_HEADERS = (
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
)
# RuntimeError: zipfile's word for a password or an unknown compression. OverflowError: os.utime's for impossible times.
_DAMAGE = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError),
    *(RuntimeError, ValueError, OverflowError),
)


def extract(archive: Path, folder: Path) -> None:
    """Extract a tar or zip archive, reading it to its end so that every checksum in it is compared.

    Raises:
        UserError: not an archive or a damaged one; a member is a link or a device or would land outside ``folder``; or
            there is more in it than in any copy of GTZAN.
    """
    with open(archive, "rb") as file:
        start = file.read(2)
        file.seek(0)
        try:
            if start == b"PK":
                _extract_zip(archive, file, folder)
            else:
                _extract_tar(archive, file, start == b"\x1f\x8b", folder)
        except (*_DAMAGE, OSError) as error:
            if isinstance(error, OSError) and error.errno in _NAMES:
                raise UserError(f"{archive} holds a name that cannot be extracted ({reason_of(error)}).") from error
            if isinstance(error, OSError) and error.errno is not None:  # bzip2's for damage has no number
                raise
            raise UserError(
                f"{archive} is not a tar or zip archive, or a damaged one ({first_line(error)}): get it again."
            ) from error


class _Bounds:
    """Counts what comes out of an archive, and ends with a :class:`UserError` where that is too much."""

    def __init__(self, archive: Path) -> None:
        self.archive = archive
        self.members, self.bytes = 0, 0
        self.most = min(MOST_BYTES, SMALL + MOST_TIMES_PACKED * archive.stat().st_size)

    def member(self, name: str) -> None:
        self.members += 1
        if self.members > MOST_MEMBERS:
            self.refuse(f"more than {MOST_MEMBERS:,} files")
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in "".join(path.parts[:1]):
            raise UserError(
                f"{self.archive} holds a file that would land outside its folder ({name}): it is not extracted."
            )

    def add(self, count: int) -> None:
        self.bytes += count
        if self.bytes > self.most:
            self.refuse(f"more than {self.most / 1e6:,.0f} MB")

    def refuse(self, what: str) -> None:
        raise UserError(f"{self.archive} holds {what}: it is not GTZAN, and not extracted.")


class _Counted:
    """A file whose reading is bounded: all in all, or each time."""

    def __init__(self, file: IO[bytes] | gzip.GzipFile, bounds: _Bounds, largest: int | None = None) -> None:
        self.file, self.bounds, self.largest = file, bounds, largest
        self.tail = b""

    def read(self, size: int = -1) -> bytes:
        if self.largest is None:
            data = self.file.read(size)
            self.bounds.add(len(data))
            self.tail = (self.tail + data)[-2 * tarfile.BLOCKSIZE :]
            return data
        data = self.file.read(self.largest + 1 if size < 0 else min(size, self.largest + 1))
        if len(data) > self.largest:
            self.bounds.refuse("a table of too many files")
        return data

    def __getattr__(self, name: str):
        return getattr(self.file, name)


def _extract_zip(archive: Path, raw: IO[bytes], folder: Path) -> None:
    bounds = _Bounds(archive)
    # zipfile reads its table of members at once, as long as the file says that it is.
    with zipfile.ZipFile(_Counted(raw, bounds, 10 * LONGEST_HEADER)) as file:
        for member in file.infolist():
            bounds.member(member.filename)
            if stat.S_ISLNK(member.external_attr >> 16):
                raise UserError(f"{archive} holds a link ({member.filename}): it is not extracted.")
            target = folder.joinpath(*PurePosixPath(member.filename).parts)
            if member.is_dir():
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            with file.open(member) as source:
                _copy(source, target, bounds)


def _copy(source: IO[bytes], target: Path, bounds: _Bounds) -> None:
    size = 0
    with open(target, "wb") as written:
        while chunk := source.read(CHUNK):
            size += len(chunk)
            if size > LARGEST_MEMBER:
                bounds.refuse(f"a file of more than {LARGEST_MEMBER / 1e6:,.0f} MB ({target.name})")
            bounds.add(len(chunk))
            written.write(chunk)


class _Member(tarfile.TarInfo):
    """A member whose extended header, which tarfile reads into memory at once, has a sensible length."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_Member":
        member = super().frombuf(buf, encoding, errors)
        if member.type in _HEADERS and member.size > LONGEST_HEADER:
            raise tarfile.ReadError(f"a header of {member.size:,} bytes")
        if member.size < 0:
            raise tarfile.ReadError("a negative size")
        return member


def _extract_tar(archive: Path, raw: IO[bytes], packed: bool, folder: Path) -> None:
    bounds = _Bounds(archive)
    with contextlib.ExitStack() as stack:
        unpacked: IO[bytes] | gzip.GzipFile = stack.enter_context(gzip.GzipFile(fileobj=raw)) if packed else raw
        stream = _Counted(unpacked, bounds)
        with tarfile.open(fileobj=stream, mode="r|", tarinfo=_Member) as file:
            for member in file:
                bounds.member(member.name)
                if not (member.isreg() or member.isdir()) or member.issparse():
                    raise UserError(f"{archive} holds a link or a device ({member.name}): it is not extracted.")
                if member.size > LARGEST_MEMBER:
                    bounds.refuse(f"a file of {member.size / 1e6:,.0f} MB ({member.name})")
                file.extract(member, folder, filter="data")
        while stream.read(CHUNK):  # tarfile stops before gzip's checksum
            pass
        if stream.tail.strip(b"\0"):  # tarfile takes any end for the end
            raise tarfile.ReadError("it ends too early")
