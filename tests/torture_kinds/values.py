"""Bad values: each refused before any work, in a sentence that names it, with status 2 and no folder left behind."""

import importlib.abc
import shlex
import sys
from pathlib import Path

import values
from torture_kinds.faults import Accepted, Lost, Traceback
from torture_kinds.inside import call
from torture_kinds.world import World

SECONDS = 60
PROGRAMS = {"train": "train", "synthesize": "synthesize", "paper": "gtzan paper"}

MUSIC = "data=folder data.root=MUSIC split=50/50"
LINES = (  # beside those of tests/values.py
    f"train {MUSIC} resume=/dev/null",
    f"train {MUSIC} data.store=/dev/null",
    f"train {MUSIC} data.store=5",
    f"train {MUSIC} data.groups=nope.csv",
    f"train {MUSIC} data.groups=/dev/null",
    f"train {MUSIC} model=generator guide=/dev/null",
    f"train {MUSIC} split=artist folds=2",
    f"train {MUSIC} split=70/30/0",
    f"train {MUSIC} split=-10/110",
    f"train {MUSIC} genres=[blues]",
    f"train {MUSIC} batch_size=8 =3",
    f"train {MUSIC} epochs==3",
    f"train {MUSIC} epochs=",
    f"train {MUSIC} lr=0.1.2",
    f"train {MUSIC} seed=99999999999999999999",
    "train data=folder data.root=/nowhere",
    "train data=folder data.root=/dev/null",
    "train data=gtzan data.root=/nowhere",
    "train data=builtin split=70/40",
    "train data=builtin genres=[nope]",
    "synthesize ckpt=/dev/null",
    "synthesize ckpt=g.ckpt",
    "synthesize judge=/dev/null",
    "gtzan predict nope.wav",
    "gtzan predict --model nope nope.wav",
    "gtzan report nope",
    "gtzan table nope",
    "gtzan compare nope nope",
    "gtzan pca nope",
    "gtzan data check nope",
    "gtzan data compose music --tracks-per-genre 0",
    "gtzan data compose music --tracks-per-genre 1.5",
    "gtzan data compose music --seconds nan",
    "gtzan data compose music --seconds inf",
    "gtzan data compose music --seconds 1e9",
    "gtzan data compose music --seed -1",
    "gtzan data fetch --url nope",
    "gtzan features show nope",
    "gtzan features build nope",
    "gtzan features build MUSIC --n-mfcc 0",
    "gtzan features build MUSIC --n-mfcc 129",
    "gtzan nope",
)
GOOD = (
    f"train {MUSIC}",
    f"train {MUSIC} epochs=1",
    f"train {MUSIC} epochs=3 batch_size=4 lr=1e-4 seed=7",
    f"train {MUSIC} lr=1",
    f"train {MUSIC} seed=0",
    f"train {MUSIC} segments_per_track=2",
    f"train {MUSIC} threads=null",
    f"train {MUSIC} threads=2",
    f"train {MUSIC} genres=[blues,pop]",
    f"train {MUSIC} split=70/30",
    f"train {MUSIC} split=kfold fold=3 folds=5",
    f"train {MUSIC} model=dense model.net.hidden=[4,4]",
    f"train {MUSIC} model=convlstm",
    f"train {MUSIC} segment_seconds=0.3 hop_seconds=0.1",
    f"train {MUSIC} features.n_fft=1024",
    f"train {MUSIC} trainer.precision=bf16-mixed",
    f"train {MUSIC} trainer.check_val_every_n_epoch=2",
    f"train {MUSIC} logger=none",
    f"train {MUSIC} logger=csv",
    f"train {MUSIC} on_broken=error",
    f"train {MUSIC} callbacks.average=null",
)


class WorkBegan(BaseException):
    """What a command imports for its work was asked for."""


class _NoLightning(importlib.abc.MetaPathFinder):
    def find_spec(self, name: str, path=None, target=None) -> None:
        if name == "lightning":
            raise WorkBegan


def prepare(world: World) -> None:
    sys.meta_path.insert(0, _NoLightning())


def cases(world: World) -> list[str]:
    refused = [f"{PROGRAMS[case.program]} {shlex.join(case.words)}" for case in values.cases() if not case.accepted]
    return world.some([*LINES, *refused, *(f"good: {line}" for line in GOOD)], 5)


def attempt(world: World, case: str, folder: Path) -> None:
    line = case.removeprefix("good: ")
    words = [word.replace("MUSIC", str(world.music())) for word in shlex.split(line)]
    try:
        ended = call(*words)
    except WorkBegan:
        if line == case:
            raise Accepted("work began") from None
        return
    if line != case:
        raise Lost(f"a good value is refused: {ended.tail}")
    if ended.status == 0:
        raise Accepted(ended.tail)
    if "-m" in words and ended.status == 1:  # a sweep goes on where some of its points are wrong
        ended.expect(1)
        return
    if ended.status != 2:
        raise Traceback(f"status {ended.status}: {ended.tail}")
    ended.expect(2)
    if left := sorted(folder.iterdir()):
        raise Accepted(f"refused, but {left[0].name} is left behind")
    if len(ended.output.strip().splitlines()) > 12:
        raise Traceback(f"{len(ended.output.splitlines())} lines where a sentence would do: {ended.tail}")
