"""Where the time of ``python train.py`` goes, from an empty folder to the report; and how soon a mistake is answered.

    python bench/journey.py [--repeat 5] [KEY=VALUE …]

KEY=VALUE are for ``train.py``, such as epochs=2. It runs as it is, in a temporary folder, and composes its music there.
Another thread of its process looks at the stack of the main one every few milliseconds, and books the time since its
last look as an import where one is under way, else to the innermost function that STAGES names.
"""

import argparse
import json
import os
import runpy
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType

from pairs import BUSY, OtherLoad, machine, table_head, table_row

TRAIN = Path(__file__).parents[1] / "train.py"
INTERVAL = 0.005  # s
IMPORT = ("importlib._bootstrap>", "_find_and_load")
STAGES = {  # by the end of the file's name, and the function
    ("processes/startup.py", "run_main"): "composing and checking the configuration",
    ("/train.py", "train"): "anything else",
    ("experiments/factory.py", "read_corpus"): "finding and splitting the corpus",
    ("corpora/builtin.py", "_compose"): "composing the music",
    ("experiments/factory.py", "open_store"): "extracting features",
    ("experiments/factory.py", "make_model"): "data module, model, standardiser",
    ("experiments/fitting.py", "fit"): "to the first step",
    ("evaluation/classification.py", "of"): "results",
    ("evaluation/reconstruction.py", "of"): "results",
    ("reports/run_results.py", "write_results"): "files and report",
}
EPOCHS = "epochs after the first step"
START, END = "start of Python", "end of Python"


class Watch(threading.Thread):
    """Books the time of the thread that makes it.

    Attributes:
        seconds: of each stage.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.watched = threading.get_ident()
        self.seconds: Counter[str] = Counter()
        self.stage, self.stepped, self.last = START, False, time.monotonic()

    def run(self) -> None:
        while True:
            time.sleep(INTERVAL)
            self.stage = self.stage_of(sys._current_frames().get(self.watched))
            self.book()

    def book(self) -> None:
        now = time.monotonic()
        self.seconds[self.stage] += now - self.last
        self.last = now

    def stage_of(self, frame: FrameType | None) -> str:
        stage = None
        while frame is not None:
            file, function = frame.f_code.co_filename, frame.f_code.co_name
            if function == IMPORT[1] and file.endswith(IMPORT[0]):
                return "imports"
            if function == "run" and file.endswith("loops/fit_loop.py"):
                self.stepped = self.stepped or frame.f_locals["self"].epoch_loop.global_step > 0
            if stage is None:
                stage = next((s for (end, name), s in STAGES.items() if name == function and file.endswith(end)), None)
            frame = frame.f_back
        return EPOCHS if self.stepped and stage == "to the first step" else stage or self.stage


def watched(file: str, began: float, arguments: list[str]) -> None:
    """Run ``train.py`` in this process, and write the seconds of its stages."""
    watch = Watch()
    watch.seconds[START] = watch.last - began
    sys.argv = [str(TRAIN), *arguments]
    sys.path[0] = str(TRAIN.parent)
    watch.start()
    try:
        runpy.run_path(str(TRAIN), run_name="__main__")
    finally:
        watch.book()
        Path(file).write_text(json.dumps({"seconds": watch.seconds, "end": watch.last}))


def journey(arguments: list[str]) -> None:
    """Print the table of stages, in the order of their beginnings."""
    environment = {key: value for key, value in os.environ.items() if key != "GTZAN_ROOT"}
    with tempfile.TemporaryDirectory() as folder:
        file, others, began = Path(folder) / "stages.json", OtherLoad(), time.monotonic()
        command = [sys.executable, __file__, "--watched", str(file), str(began), *arguments]
        if subprocess.run(command, cwd=folder, env=environment, stdout=sys.stderr).returncode:
            sys.exit(1)  # it has said why
        ended, load = time.monotonic(), others.cores()
        found = json.loads(file.read_text())
    if load is not None and load > BUSY:
        print(f"the machine was busy: other processes used {load:.1f} of its cores", file=sys.stderr)
    stages, total = found["seconds"] | {END: ended - found["end"]}, ended - began
    print(table_head(f"python train.py {' '.join(arguments)}".strip(), "s", "share"))
    for stage, seconds in stages.items():
        print(table_row(stage, f"{seconds:.1f}", f"{seconds / total:.0%}"))
    print(table_row("in all", f"{total:.1f}", "100%") + "\n")


def answers(repeat: int) -> None:
    """Print how long it takes to be helped, and to be told of a mistake."""
    print(table_head(f"best and median of {repeat}", "s"))
    for arguments, status in ((["--help"], 0), (["model=nothing"], 2)):
        seconds = []
        for _ in range(repeat):
            start = time.perf_counter()
            done = subprocess.run([sys.executable, str(TRAIN), *arguments], capture_output=True)
            seconds.append(time.perf_counter() - start)
            if done.returncode != status:
                sys.exit(f"python train.py {arguments[0]} ended with {done.returncode}:\n{done.stderr.decode()}")
        cells = f"{min(seconds):.2f}, {statistics.median(seconds):.2f}"
        print(table_row(f"python train.py {arguments[0]}", cells), flush=True)


def main() -> None:
    if sys.argv[1:2] == ["--watched"]:
        watched(sys.argv[2], float(sys.argv[3]), sys.argv[4:])
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="of train.py")
    parser.add_argument("--repeat", type=int, default=5, help="of --help and of a mistake")
    args = parser.parse_args()
    print(machine("torch", "lightning", threads="a thread per core") + "\n")
    journey(args.overrides)
    answers(args.repeat)


if __name__ == "__main__":
    main()
