"""gtzan's commands within this process, which spares each try the seconds that imports take."""

import contextlib
import io
import logging
import resource
import runpy
import sys
import traceback
from collections.abc import Iterator, Sequence

from torture_kinds.commands import Ended
from torture_kinds.world import ROOT

UNCAUGHT = "Traceback (most recent call last)"


def call(*words: str) -> Ended:
    """Run ``gtzan …``, ``train …`` or ``synthesize …`` here; its exit status and all that it has printed."""
    program, *arguments = words
    printed = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
    for handler in logging.getLogger().handlers[:]:  # of the call before: it prints to a stream that is gone
        logging.getLogger().removeHandler(handler)
    before = sys.argv, sys.path[:]
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            status = _main(program, arguments)
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
        except Exception:
            status = 1
            printed.write(traceback.format_exc())
        finally:
            sys.argv, sys.path[:] = before
    return Ended(status or 0, printed.buffer.getvalue().decode("utf-8", "backslashreplace"))


def _main(program: str, arguments: Sequence[str]) -> int:
    if program == "gtzan":
        from gtzan.cli.main import main

        return main(arguments)

    from hydra.core.global_hydra import GlobalHydra

    GlobalHydra.instance().clear()
    sys.argv = [str(ROOT / f"{program}.py"), *arguments]
    sys.path.insert(0, str(ROOT))
    runpy.run_path(sys.argv[0], run_name="__main__")
    return 0


@contextlib.contextmanager
def limited_memory(more: int = 3 << 30) -> Iterator[None]:
    """Let this process take so many bytes more than it has, and no more."""
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + more, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
