"""Bad values: each refused before any work, in a sentence that names it, with status 2 and no folder left behind."""

import importlib.abc
import shlex
import sys
from pathlib import Path

from torture_kinds.faults import Accepted, Lost, Traceback
from torture_kinds.inside import call
from torture_kinds.world import World

SECONDS = 60

NO_NUMBER = ("abc", "''", "[]", "[1]", "{a:1}", "true", "nan", "inf", "-inf", "-1")
NO_COUNT = (*NO_NUMBER, "0", "1.5", "null", "1e99")
NO_LENGTH = (*NO_NUMBER, "0", "null", "1e12")
NO_SEED = ("abc", "''", "[]", "true", "nan", "-1", "1.5", "null", "99999999999999999999")
NO_PLACE = ("null", "''", "[]", "{a:1}")
NO_NAME = ("5", "[]", "{a:1}", "nope", "''", "true")

BAD = {
    "train": {
        "epochs": NO_COUNT,
        "batch_size": NO_COUNT,
        "segments_per_track": [value for value in NO_COUNT if value != "null"],
        "lr": (*NO_NUMBER, "0", "null"),
        "segment_seconds": NO_LENGTH,
        "hop_seconds": NO_LENGTH,
        "seed": NO_SEED,
        "threads": [value for value in NO_COUNT if value != "null"],
        "fold": ("abc", "-1", "1.5", "99", "null", "true", "[]"),
        "folds": ("abc", "-1", "0", "1", "1.5", "999", "true", "[]"),
        "genres": ("5", "[]", "[nope]", "nope", "[blues]", "[blues,blues]", "{a:1}", "''", "[1,2]", "true"),
        "split": ("nope", "70/40", "100/0", "0/100", "-10/110", "50", "5.5", "[]", "70/30/0", "a/b", "''", "true"),
        "on_broken": ("nope", "null", "5", "[]", "''"),
        "cache": NO_PLACE,
        "runs": NO_PLACE,
        "run_dir": NO_PLACE,
        "resume": ("5", "nope", "[]", "{a:1}", "/dev/null"),
        "guide": ("nope", "5", "[]", "/dev/null"),
        "optimizer": ("null", "5", "nope", "[]"),
        "optimizer._target_": ("nope", "os.system", "null", "torch.nn.Linear", "torch.optim.Nope"),
        "optimizer.lr": ("abc", "-1", "null", "nan"),
        "model.net.channels": ("abc", "5", "[]", "[0]", "[-1,8,8]", "[1.5,8,8]", "[a,b,c]", "null"),
        "model.net.dropout": ("abc", "-0.1", "1.5", "nan", "null", "[]"),
        "model.net.pooling": ("nope", "null", "5"),
        "model.net.batch_norm": ("abc", "5", "[]"),
        "model.net._target_": ("nope", "os.system", "gtzan.nets.cnn", "null"),
        "model.view.features": ("[nope]", "[]", "5", "null"),
        "features.n_mfcc": (*NO_COUNT, "129"),
        "+features.n_fft": NO_COUNT,
        "+features.hop_length": NO_COUNT,
        "+features.n_mels": NO_COUNT,
        "+features.sample_rate": NO_COUNT,
        "+features.n_chroma": NO_COUNT,
        "+features.roll_percent": ("abc", "0", "1", "-1", "2", "nan", "null"),
        "+features.tuning": ("abc", "5", "[]"),
        "+features.nope": ("1",),
        "data.root": ("/nowhere", "null", "''", "5", "[]", "/dev/null"),
        "data.groups": ("nope.csv", "5", "/dev/null", "[]"),
        "data.store": ("nope", "5", "/dev/null", "[]"),
        "data": ("nope", "null", "[]", "5"),
        "model": ("nope", "null", "cn", "5"),
        "trainer": ("nope", "gpu", "5"),
        "logger": ("nope", "5"),
        "callbacks": ("nope", "5"),
        "experiment": ("nope", "paper/nope"),
        "trainer.accelerator": ("nope", "cuda", "5"),
        "trainer.devices": ("0", "-5", "abc", "1.5", "[]", "2"),
        "trainer.precision": ("nope", "7", "null"),
        "trainer.max_epochs": ("abc", "-5", "1.5", "true"),
        "trainer.check_val_every_n_epoch": ("0", "-1", "abc", "1.5"),
        "trainer.num_sanity_val_steps": ("abc", "-5", "1.5"),
        "+trainer.gradient_clip_val": ("abc", "-1", "nan"),
        "+trainer.nope": ("1",),
        "modle": ("cnn",),
        "+modle": ("cnn",),
        "epoch": ("3",),
        "~epochs": ("",),
        "nope.nope": ("1",),
    },
    "synthesize": {
        "genre": ("nope", "[]", "5", "[pop,nope]", "''", "{a:1}", "true"),
        "n": NO_COUNT,
        "seconds": (*NO_LENGTH, "0.001"),
        "temperature": (*NO_NUMBER, "null"),
        "ckpt": ("nope", "5", "[]", "/dev/null", "''", "g.ckpt"),
        "judge": ("nope", "5", "[]", "/dev/null", "''"),
        "seed": NO_SEED,
    },
}
LINES = (  # others, as typed
    "train cnn",
    "train --epochs 3",
    "train epochs",
    "train =3",
    "train epochs=",
    "train epochs==3",
    "train split=kfold fold=10",
    "train split=kfold folds=1",
    "train split=kfold folds=99",
    "train split=artist folds=2",
    "train split=fault_filtered",
    "train data=gtzan data.root=/nowhere",
    "train data=builtin data.seconds=0",
    "train data=builtin data.seconds=abc",
    "train data=builtin data.tracks_per_genre=0",
    "train data=builtin data.tracks_per_genre=1.5",
    "train data=builtin data.seed=-1",
    "train data=builtin split=70/40",
    "train data=builtin epochs=-1",
    "train data=builtin genres=[nope]",
    "train -m epochs=abc,1.5",
    "train -m seed=-1,-2",
    "train -m split=70/40,60/60",
    "train model=dense model.net.hidden=[0]",
    "train model=dense model.net.hidden=abc",
    "train model=dense model.net.hidden=[-1]",
    "train model=dense model.view.statistics=[nope]",
    "train model=dense model.view.statistics=[]",
    "gtzan predict nope.wav",
    "gtzan report nope",
    "gtzan table nope",
    "gtzan compare nope nope",
    "gtzan pca nope",
    "gtzan data check nope",
    "gtzan data compose music --tracks-per-genre 0",
    "gtzan data compose music --seconds nan",
    "gtzan data compose music --seconds inf",
    "gtzan data compose music --seed -1",
    "gtzan data fetch --url nope",
    "gtzan features show nope",
    "gtzan features build nope",
    "gtzan paper epochs=-1",
    "gtzan paper epochs=abc",
    "gtzan paper split=70/40",
    "gtzan paper data=nope",
)
GOOD = (
    "train",
    "train epochs=1",
    "train epochs=3 batch_size=4 lr=1e-4 seed=7",
    "train lr=1",
    "train seed=0",
    "train segments_per_track=2",
    "train threads=null",
    "train threads=2",
    "train genres=[blues,pop]",
    "train split=70/30",
    "train split=kfold fold=3 folds=5",
    "train model=dense model.net.hidden=[4,4]",
    "train model=convlstm",
    "train segment_seconds=0.3 hop_seconds=0.1",
    "train +features.n_fft=1024",
    "train trainer.precision=bf16-mixed",
    "train trainer.check_val_every_n_epoch=2",
    "train optimizer._target_=torch.optim.SGD optimizer.fused=false",
    "train logger=none",
    "train logger=csv",
    "train on_broken=error",
    "train callbacks.average=null",
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
    names = [f"{program} {key}={v}" for program, keys in BAD.items() for key, values in keys.items() for v in values]
    return world.some([*LINES, *names, *(f"good: {line}" for line in GOOD)], 5)


def attempt(world: World, case: str, folder: Path) -> None:
    line = case.removeprefix("good: ")
    words = [word.replace("''", "") for word in line.split()] if "{" in line or "''" in line else shlex.split(line)
    if words[0] != "gtzan" and "data=" not in line:
        music = ["data=folder", *([] if "data.root" in line else [f"data.root={world.music()}"])]
        words += [*music, *([] if "segment_seconds" in line else ["segment_seconds=0.5"])]
        words += [] if "split" in line else ["split=50/50"]
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
