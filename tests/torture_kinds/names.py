"""Files and genres with hostile names: nothing escapes to the terminal, no spreadsheet runs a formula, none is lost."""

import csv
import json
import os
import re
import shutil
import unicodedata
from pathlib import Path

from torture_kinds.faults import LetIn, Lost
from torture_kinds.inside import call
from torture_kinds.jobs import models
from torture_kinds.world import PITCHES, World

SECONDS = 120
prepare = models

NAMES = {
    "escape": b"\x1b]0;evil\x07\x1b[2Jcleared",
    "escape of 8 bits": "\x9b2Jcleared".encode(),
    "backspaces": b"good\x08\x08\x08\x08evil",
    "carriage return": b"good\revil",
    "newline": b"one\ntwo",
    "tab": b"one\ttwo",
    "bell": b"\x07",
    "right to left": "good\u202evaw.live".encode(),
    "not UTF-8": b"caf\xe9",
    "half of a character": b"caf\xc3",
    "formula": b"=cmd|'-C calc'!A1",
    "formula plus": b"+1+1",
    "formula minus": b"-1+1",
    "formula at": b"@SUM(1,1)",
    "formula after a tab": b"\t=1+1",
    "an option": b"--help",
    "dots": b"..song",
    "only dots": b"...",
    "blank": b" ",
    "trailing blank": b"song ",
    "quotes": b"\"song\" 'song'",
    "commas": b"a,b;c",
    "brackets": b"[a](b){c}",
    "percent": b"%s%n%(x)s {0}",
    "dollar": b"$(touch canary)`touch canary`${oc.env:HOME}",
    "page": b"<img src=x onerror=alert(1)>",
    "null": b"null",
    "true": b"true",
    "a year": b"1980",
    "zeros": b"000",
    "long": b"x" * 240,
    "a list": "音楽".encode(),
    "combining": "e\u0301".encode(),
    "a hash": b"a #b",
    "colon": b"a: b",
    "equals": b"a=b",
}
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
GENRES = (
    "escape",
    "newline",
    "not UTF-8",
    "formula",
    "an option",
    "only dots",
    "page",
    "null",
    "true",
    "a year",
    "a hash",
)


def cases(world: World) -> list[str]:
    names = [f"{way} {name}" for way in CHECKS for name in NAMES if way != "genre" or name in GENRES]
    return world.some(names, 4)


def attempt(world: World, case: str, folder: Path) -> None:
    way, _, name = case.partition(" ")
    music = os.fsencode(folder / "music")
    for genre in PITCHES:
        odd = way == "genre" and genre == "pop"
        inside = os.path.join(music, NAMES[name] if odd else genre.encode())
        os.makedirs(inside)
        for number in range(4):
            song = world.music() / genre / f"{genre}.{number:05d}.wav"
            file = NAMES[name] if number == 0 and genre == "metal" else b"song%d" % number
            shutil.copy(song, os.path.join(inside, file + b".wav"))
    with open(os.path.join(music, b"metal", b"broken " + NAMES[name][:200] + b".wav"), "wb") as file:
        file.write(b"no audio")
    CHECKS[way](world, folder, folder / "music")
    if (folder / "canary").exists():
        raise LetIn("a name was run as a command")


def _predict(world: World, folder: Path, music: Path, *form: str) -> str:
    song = models(world) / "guide"
    ended = call("gtzan", "predict", "--model", str(song), str(music), *form)
    _require_harmless(ended.expect(1).output)
    return ended.output


def _json(world: World, folder: Path, music: Path) -> None:
    output = _predict(world, folder, music, "--json")
    document = json.JSONDecoder().raw_decode(output[output.index("{\n") :])[0]
    named = len(document["files"]) + len(document["broken"])
    there = sum(not file.name.startswith(".") for file in music.rglob("*.wav"))
    if named != there:
        raise Lost(f"{named} of {there} files are in the document")


def _csv(world: World, folder: Path, music: Path) -> None:
    output = _predict(world, folder, music, "--csv")
    _require_no_formula(output)


def _check(world: World, folder: Path, music: Path) -> None:
    _require_harmless(call("gtzan", "data", "check", str(music)).expect(0, 1, 2).output)


def _build(world: World, folder: Path, music: Path) -> None:
    ended = call("gtzan", "features", "build", str(music), "--to", str(folder / "cache"))
    _require_harmless(ended.expect(0, 1, 2).output)
    if ended.status == 2:  # a name that no table can hold is refused, with the fix
        return
    _require_harmless(
        call("gtzan", "features", "show", str(next(folder.glob("cache/*/store.json")).parent)).expect(0).output
    )


def _genre(world: World, folder: Path, music: Path) -> None:
    """A genre of that name: trained on, reported, or refused in a sentence."""
    places = [f"data.root={music}", "runs=runs", "cache=cache"]
    tiny = ["segment_seconds=0.5", "features.n_mfcc=13", "logger=none", "split=50/50", "epochs=1", "model=dense"]
    ended = call("train", "data=folder", *places, *tiny).expect(0, 2)
    _require_harmless(ended.output)
    for table in folder.glob("runs/*/*.csv"):
        _require_no_formula(table.read_text(encoding="utf-8"))
    for page in folder.glob("runs/*/report.html"):
        if "<img src=x onerror" in page.read_text(encoding="utf-8"):
            raise LetIn(f"{page.name} holds the name as it is")


def _require_harmless(output: str) -> None:
    if found := CONTROL.search(output.replace("\r", "") if "\x1b[A" in output else output):
        raise LetIn(f"{unicodedata.name(found[0], ascii(found[0]))} reaches the terminal")


def _require_no_formula(table: str) -> None:
    for row in csv.reader(table.splitlines()):
        for cell in row:
            if cell.lstrip("\t ")[:1] in ("=", "+", "-", "@") and not _is_number(cell):
                raise LetIn(f"a cell of a table is a formula: {cell[:40]!r}")


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


CHECKS = {"predict": _predict, "json": _json, "csv": _csv, "check": _check, "build": _build, "genre": _genre}
