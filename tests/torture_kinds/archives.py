"""Hostile archives: nothing lands outside the folder asked for, no bomb fills the disk, and a sentence says why."""

import gzip
import io
import stat
import tarfile
import zipfile
from pathlib import Path

from torture_kinds.faults import Accepted, LetIn
from torture_kinds.inside import call
from torture_kinds.world import World

SECONDS = 120
GIB = 1 << 30
MOST = 4 * GIB  # bytes on the disk: GTZAN takes 1.4 GB
GENRES = ("blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock")


def cases(world: World) -> list[str]:
    names = [f"{form} {name}" for form in ("tar", "gz", "zip") for name in NAMES]
    return world.some([*names, *(f"tar {kind}" for kind in TYPES), "zip symlink", *BOMBS, *DAMAGE, "good tar"], 5)


def attempt(world: World, case: str, folder: Path) -> None:
    archive, inside = folder / "archive", folder / "place" / "inside"
    inside.mkdir(parents=True)
    form, _, rest = case.partition(" ")
    if case in BOMBS:
        BOMBS[case](archive)
    elif case in DAMAGE:
        archive.write_bytes(DAMAGE[case](_tar([]).getvalue()))
    elif form == "zip":
        archive.write_bytes(_zip(NAMES.get(rest, "blues/link"), linked=rest == "symlink").getvalue())
    else:
        members = [] if case == "good tar" else [_member(rest, folder)]
        data = _tar(members).getvalue()
        archive.write_bytes(gzip.compress(data) if form == "gz" else data)
    before = _below(folder)
    ended = call("gtzan", "data", "fetch", "--url", str(archive), "--to", str(inside / "gtzan"))
    written = {path: size for path, size in _below(folder).items() if path not in before}
    if outside := [path for path in written if not path.is_relative_to(inside)]:
        raise LetIn(f"{outside[0].relative_to(folder)} was written")
    if Path("/tmp/gtzan-canary").exists():
        Path("/tmp/gtzan-canary").unlink()
        raise LetIn("/tmp/gtzan-canary was written")
    if sum(written.values()) > MOST:
        raise LetIn(f"{sum(written.values()) / GIB:.1f} GiB were written")
    harmless = case == "good tar" or rest in HARMLESS
    if not ended.expect(0, 1, 2).status == 2 and not harmless:
        raise Accepted(ended.tail)
    if ended.status == 2 and case == "good tar":
        raise Accepted(f"a good archive is refused: {ended.tail}")
    if ended.status == 2 and written:
        raise Accepted(f"{next(iter(written)).relative_to(folder)} is left behind")


def _below(folder: Path) -> dict[Path, int]:
    return {path: path.lstat().st_size for path in folder.rglob("*") if not stat.S_ISDIR(path.lstat().st_mode)}


NAMES = {  # members that would land elsewhere, or cannot
    "parent": "../escaped.wav",
    "parents": "blues/../../../escaped.wav",
    "absolute": "/tmp/gtzan-canary",
    "two slashes": "//tmp/gtzan-canary",
    "backslashes": "..\\..\\escaped.wav",
    "drive": "C:\\escaped.wav",
    "drive slash": "C:/escaped.wav",
    "dot": "./blues/../../escaped.wav",
    "null byte": "blues/a\0/../../escaped.wav",
    "long": "blues/" + "x" * 300 + ".wav",
    "deep": "blues/" + "x/" * 1500 + "a.wav",
    "escapes": "blues/\x1b]0;evil\x07.wav",
    "newline": "blues/a\nb.wav",
}
HARMLESS = (
    "deep",
    "escapes",
    "newline",
    "null byte",
    "backslashes",
    "drive",
    "two slashes",
)  # where nothing landed outside


def _tar(members: list) -> io.BytesIO:
    """Something that looks like GTZAN, then the members."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for genre in GENRES:
            _add(archive, tarfile.TarInfo(f"genres/{genre}/{genre}.00000.wav"), b"RIFF")
        for member in members:
            _add(archive, member, b"canary")
    return file


def _add(archive: tarfile.TarFile, member: tarfile.TarInfo, data: bytes) -> None:
    if member.isreg():
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    else:
        archive.addfile(member)


def _zip(name: str, linked: bool) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for genre in GENRES:
            archive.writestr(f"genres/{genre}/{genre}.00000.wav", b"RIFF")
        member = zipfile.ZipInfo("x")
        member.filename = name  # as it is: the constructor would mend it
        if linked:
            member.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(member, b"/etc")
    return file


TYPES = {
    "symlink": (tarfile.SYMTYPE, "/etc"),
    "symlink up": (tarfile.SYMTYPE, "../.."),
    "hardlink": (tarfile.LNKTYPE, "/etc/passwd"),
    "hardlink up": (tarfile.LNKTYPE, "../../../archive"),
    "pipe": (tarfile.FIFOTYPE, ""),
    "device": (tarfile.CHRTYPE, ""),
    "block device": (tarfile.BLKTYPE, ""),
}


def _member(rest: str, folder: Path) -> tarfile.TarInfo:
    if rest in NAMES:
        return tarfile.TarInfo(NAMES[rest])
    member = tarfile.TarInfo("genres/blues/link.wav")
    member.type, member.linkname = TYPES[rest]
    member.devmajor, member.devminor = 1, 5
    return member


def _header(name: str, size: int) -> bytes:
    member = tarfile.TarInfo(name)
    member.size = size
    return member.tobuf(tarfile.GNU_FORMAT)


def _tar_bomb(archive: Path) -> None:
    """64 GiB of zeros in 64 MiB."""
    block = gzip.compress(bytes(64 << 20), 9)
    with open(archive, "wb") as file:
        file.write(gzip.compress(_header("genres/blues/blues.00000.wav", 64 * GIB)))
        for _ in range(64 * GIB // (64 << 20)):
            file.write(block)


def _many_files(archive: Path) -> None:
    """Two million files of nothing."""
    header = _header("genres/blues/x.wav", 0)
    block = gzip.compress(header * 100_000, 9)
    archive.write_bytes(block * 20)


def _zip_bomb(archive: Path) -> None:
    """16 members of 2 GiB in a few MiB."""
    piece = bytes(1 << 24)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        with file.open("genres/blues/blues.00000.wav", "w", force_zip64=True) as member:
            for _ in range(2 * GIB // len(piece)):
                member.write(piece)
        first = file.infolist()[0]
        for number in range(1, 16):  # that share the first one's bytes
            copy = zipfile.ZipInfo(f"genres/blues/blues.{number:05d}.wav")
            for key in ("header_offset", "compress_size", "file_size", "CRC", "compress_type", "extract_version"):
                setattr(copy, key, getattr(first, key))
            file.filelist.append(copy)


def _lying_zip(archive: Path) -> None:
    """A member that says it is small."""
    _zip_bomb(archive)
    data = bytearray(archive.read_bytes())
    place = data.rindex(b"PK\x01\x02", 0, data.index(b"blues.00000.wav", len(data) - 5000))
    data[place + 24 : place + 28] = (100).to_bytes(4, "little")
    archive.write_bytes(data)


BOMBS = {
    "bomb tar": _tar_bomb,
    "bomb claimed": lambda archive: archive.write_bytes(_header("genres/blues/a.wav", 1 << 45) + bytes(10240)),
    "bomb of files": _many_files,
    "bomb zip": _zip_bomb,
    "bomb zip that lies": _lying_zip,
}
DAMAGE = {
    "empty": lambda data: b"",
    "text": lambda data: b"no archive",
    "half tar": lambda data: data[: len(data) // 2 + 100],
    "half gz": lambda data: gzip.compress(data)[:-200],
    "wrong sum": lambda data: gzip.compress(data)[:-8] + bytes(8),
    "zeros": lambda data: bytes(len(data)),
    "zip of zeros": lambda data: b"PK" + bytes(5000),
    "negative size": lambda data: data[:124] + b"-0000000001\0" + data[136:],
}
