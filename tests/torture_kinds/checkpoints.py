"""Checkpoints of strangers: read as data, bounded in what they claim, refused in one sentence."""

import io
import pickle
import shutil
import sys
import uuid
import zipfile
from pathlib import Path

from torture_kinds.faults import Accepted
from torture_kinds.inside import call, limited_memory
from torture_kinds.jobs import models
from torture_kinds.payloads import Bomb, lay, require_no_canary
from torture_kinds.world import World

SECONDS = 120
prepare = models
HUGE = 10**9


def cases(world: World) -> list[str]:
    names = [f"{name} predict" for name in (*SETTINGS, *TENSORS, *FILES)]
    # A report takes what a net hears from its run's configuration, not from the checkpoint.
    nets = [name for name in SETTINGS if name.startswith("net")]
    names += [f"{name} report" for name in (*nets, *TENSORS, *FILES)]
    names += [
        f"{name} {way}" for way in ("guide", "judge") for name in ("pickle", "net os.system", "net module beside")
    ]
    names += [f"nothing changed {way}" for way in ("predict", "report", "guide", "judge")]
    return world.some(names, 3)


def attempt(world: World, case: str, folder: Path) -> None:
    name, _, way = case.rpartition(" ")
    run, module = folder / "runs" / "RUN", f"evil_{uuid.uuid4().hex}"
    shutil.copytree(models(world) / "guide", run)
    lay(folder, module)
    for checkpoint in run.glob("checkpoints/*.ckpt"):
        _forge(checkpoint, name, module)
    sys.path.insert(0, str(folder))  # as it is for python -m
    try:
        with limited_memory():
            ended = call(*_words(world, way))
    finally:
        sys.path.remove(str(folder))
    require_no_canary(folder)
    if name == "nothing changed":
        ended.expect(0)
    elif not ended.expect(0, 1, 2).status and name not in HARMLESS:
        raise Accepted(ended.tail)


def _words(world: World, way: str) -> list[str]:
    """Commands that read somebody's checkpoint."""
    made, song = models(world), str(world.music() / "pop" / "pop.00000.wav")
    music = ["data=folder", f"data.root={world.music()}", f"cache={made / 'cache'}", "segment_seconds=0.5"]
    tiny = ["model=generator", "model.net.width=8", "epochs=1", "split=50/50", "logger=none", "runs=mine"]
    checkpoint = "runs/RUN/checkpoints/last.ckpt"
    return {
        "predict": ["gtzan", "predict", "--model", checkpoint, song],
        "report": ["gtzan", "report", "runs/RUN"],
        "guide": ["train", f"guide={checkpoint}", *music, *tiny],
        "judge": ["synthesize", f"ckpt={made / 'generator'}", f"judge={checkpoint}", "n=1", "seconds=1", "genre=pop"],
    }[way]


def _forge(path: Path, name: str, module: str) -> None:
    import torch

    if name in FILES:
        path.write_bytes(FILES[name](path.read_bytes()))
    elif name != "nothing changed":
        checkpoint = torch.load(path, weights_only=True)
        if name in SETTINGS:
            SETTINGS[name](checkpoint["hyper_parameters"], module)
        else:
            changed = TENSORS[name](checkpoint)
            checkpoint = checkpoint if changed is None else changed
        torch.save(checkpoint, path)


def _net(target: str, **arguments):
    def change(settings: dict, module: str) -> None:
        settings["net"] = {"_target_": target.format(module=module), **arguments}

    return change


def _set(*keys: str, value):
    def change(settings: dict, _: str) -> None:
        for key in keys[:-1]:
            settings = settings[key]
        settings[keys[-1]] = value

    return change


SETTINGS = {  # hyper-parameters
    "net os.system": _net("os.system", command="touch canary"),
    "net subprocess": _net("subprocess.check_output", args=["touch", "canary"]),
    "net joblib": _net("joblib.load", filename="payload.pkl"),
    "net module beside": _net("{module}.make"),
    "net module in runs": _net("runs.{module}.make"),
    "net runpy": _net("runpy.run_path", path_name="hubconf.py"),
    "net torch.hub": _net("torch.hub.load", repo_or_dir=".", model="make", source="local"),
    "net no class": _net("gtzan.models.nets.cnn"),
    "net of ours, but no net": _net("gtzan.files.write_json", path="canary", value=1),
    "net missing": _net("gtzan.models.nets.cnn.Nothing"),
    "net null": _set("net", value=None),
    "view os.system": _set("view", value={"_target_": "os.system", "command": "touch canary"}),
    "optimizer os.system": _set("optimizer", value={"_target_": "os.system", "command": "touch canary"}),
    "n_mels huge": _set("features", "n_mels", value=10**6),
    "n_fft huge": _set("features", "n_fft", value=2**40),
    "n_mfcc huge": _set("features", "n_mfcc", value=HUGE),
    "n_chroma huge": _set("features", "n_chroma", value=HUGE),
    "sample_rate huge": _set("features", "sample_rate", value=HUGE),
    "sample_rate 0": _set("features", "sample_rate", value=0),
    "hop_length 0": _set("features", "hop_length", value=0),
    "features text": _set("features", value="all"),
    "channels huge": _set("net", "channels", value=[HUGE, HUGE]),
    "channels 0": _set("net", "channels", value=[0, 0]),
    "channels many": _set("net", "channels", value=[1] * 10**5),
    "input_shape huge": _set("input_shape", value=[1, HUGE, HUGE]),
    "input_shape empty": _set("input_shape", value=[]),
    "segment_seconds huge": _set("segment_seconds", value=1e12),
    "segment_seconds NaN": _set("segment_seconds", value=float("nan")),
    "segment_seconds negative": _set("segment_seconds", value=-1.0),
    "segment_seconds text": _set("segment_seconds", value="long"),
    "classes many": _set("classes", value=[str(number) for number in range(10**6)]),
    "classes empty": _set("classes", value=[]),
    "classes numbers": _set("classes", value=[1, 2, 3, 4]),
    "classes null": _set("classes", value=None),
    "corpus a list": _set("corpus", value=["x"]),
    "a setting too many": _set("evil", value=1),
}


def _weights(change):
    def forge(checkpoint: dict) -> None:
        state = checkpoint["state_dict"]
        for name in [name for name, tensor in state.items() if tensor.is_floating_point()]:
            state[name] = change(state[name])

    return forge


TENSORS = {  # weights, and what holds them
    "weights NaN": _weights(lambda tensor: tensor * float("nan")),
    "weights inf": _weights(lambda tensor: tensor + float("inf")),
    "weights expanded": _weights(lambda tensor: tensor.flatten()[:1].expand(1 << 40)),
    "weights empty": _weights(lambda tensor: tensor[:0]),
    "weights double": _weights(lambda tensor: tensor.double()),
    "weights text": _weights(lambda tensor: "none"),
    "no weights": lambda checkpoint: checkpoint.pop("state_dict") and None,
    "weights a list": lambda checkpoint: {**checkpoint, "state_dict": []},
    "no settings": lambda checkpoint: checkpoint.pop("hyper_parameters") and None,
    "settings a list": lambda checkpoint: {**checkpoint, "hyper_parameters": [1]},
    "a list": lambda checkpoint: [checkpoint],
    "a tensor": lambda checkpoint: next(iter(checkpoint["state_dict"].values())),
    "a number": lambda checkpoint: 5,
}
HARMLESS = ("weights double", "corpus a list", "optimizer os.system", "sample_rate huge", "classes numbers")


def _saved(legacy: bool):
    def forge(_: bytes) -> bytes:
        import torch

        file = io.BytesIO()
        torch.save({"state_dict": Bomb(), "hyper_parameters": {}}, file, _use_new_zipfile_serialization=not legacy)
        return file.getvalue()

    return forge


def _zip_bomb(data: bytes) -> bytes:
    """The checkpoint, in which one tensor's bytes are a compressed gigabyte."""
    old, file = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            with new.open(name, "w", force_zip64=True) as member:
                if not name.endswith("data/0"):
                    member.write(old.read(name))
                    continue
                for _ in range(256):
                    member.write(bytes(1 << 22))
    return file.getvalue()


FILES = {  # bytes
    "pickle": _saved(legacy=False),
    "legacy pickle": _saved(legacy=True),
    "bare pickle": lambda _: pickle.dumps(Bomb()),
    "zip bomb": _zip_bomb,
    "empty": lambda _: b"",
    "text": lambda _: b"This is not a checkpoint.",
    "half": lambda data: data[: len(data) // 2],
    "almost whole": lambda data: data[:-1],
    "zeros": lambda data: bytes(len(data)),
    "a zip of nothing": lambda _: b"PK\x05\x06" + bytes(18),
    "deep": lambda _: b"\x80\x02" + b"]" * 10**6 + b".",
}
