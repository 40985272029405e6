"""Code that a stranger would like to have run: each payload leaves the file ``canary`` in the working directory."""

import pickle
from pathlib import Path

from torture_kinds.faults import LetIn

TOUCH = "touch canary"
MODULE = "from pathlib import Path\nPath('canary').touch()\ndef make(*_, **__): Path('canary').touch()\n"


class Bomb:
    """Unpickling it leaves the canary."""

    def __reduce__(self):
        return exec, ("from pathlib import Path; Path('canary').touch()",)


def lay(folder: Path, module: str) -> None:
    """Files that payloads refer to: a module, a pickle, and a folder that torch.hub would take."""
    for place in (folder, folder / "runs", folder / "runs" / "RUN"):
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{module}.py").write_text(MODULE)
    (folder / "hubconf.py").write_text(MODULE)
    (folder / "payload.pkl").write_bytes(pickle.dumps(Bomb()))


def nodes(module: str) -> dict[str, dict]:
    """Hydra nodes that leave the canary when they are instantiated or called, by name."""
    get = {"_target_": "hydra.utils.get_method", "path": "os.system"}
    late = {"_target_": "functools.partial", "_args_": [get, TOUCH]}
    return {
        "os.system": {"_target_": "os.system", "command": TOUCH},
        "subprocess": {"_target_": "subprocess.check_output", "args": ["touch", "canary"]},
        "Popen": {"_target_": "subprocess.Popen", "args": ["touch", "canary"]},
        "joblib": {"_target_": "joblib.load", "filename": "payload.pkl"},
        "exec": {"_target_": "builtins.exec", "_args_": ["open('canary', 'w')"]},
        "eval": {"_target_": "builtins.eval", "_args_": ["open('canary', 'w')"]},
        "runpy": {"_target_": "runpy.run_path", "path_name": f"{module}.py"},
        "import": {"_target_": "importlib.import_module", "name": module},
        "module beside": {"_target_": f"{module}.make"},
        "get_method": {"_target_": "hydra.utils.get_method", "path": f"{module}.make"},
        "torch.load": {"_target_": "torch.load", "f": "payload.pkl", "weights_only": False},
        "numpy.load": {"_target_": "numpy.load", "file": "payload.pkl", "allow_pickle": True},
        "torch.hub": {"_target_": "torch.hub.load", "repo_or_dir": ".", "model": "make", "source": "local"},
        "yaml": {"_target_": "yaml.unsafe_load", "stream": f"!!python/object/apply:os.system ['{TOUCH}']"},
        "nested": {
            "_target_": "lightning.pytorch.callbacks.EarlyStopping",
            "monitor": {"_target_": "os.system", "command": TOUCH},
        },
        "callback": {"_target_": "lightning.pytorch.callbacks.LambdaCallback", "on_fit_start": late, "setup": late},
    }


def require_no_canary(folder: Path) -> None:
    """Raises a fault where a payload has run."""
    if (folder / "canary").exists():
        raise LetIn("code of a stranger's ran")
