"""Whatever words and numbers a configuration holds: a run's folder gives them back, wherever it is moved."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import assume, example, given
from hypothesis import strategies as st
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from gtzan.experiments.runs.folder import RunFolder

# What YAML or OmegaConf would take for something else, single and put together.
PIECES = [
    "/a #b",
    "null",
    "~",
    "true",
    "1e3",
    "0x1F",
    "1_0",
    "2026-11-25",
    "- a",
    "a: b",
    "{a}",
    "[a]",
    "'",
    '"',
    "%",
    "&a",
]
PIECES += [
    "*a",
    "!!int 3",
    "\n",
    "\t",
    "\r",
    "\x85",
    "\u2028",
    "\ufeff",
    "\x00",
    "\\",
    "${",
    "}",
    "$",
    "<run_dir>",
    "run_dir",
]
TEXT = (
    st.text(max_size=12)
    | st.lists(st.sampled_from(PIECES), max_size=5).map("".join)
    | st.binary(max_size=6).map(os.fsdecode)
)
VALUE = TEXT | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False)
NESTED = st.recursive(
    VALUE, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", min_size=1), inner)
)
FOLDER = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=8)


HERE = "\1here\1"  # stands for the folder


def moved(value, folder: str):
    """A nested value with the folder put in."""
    if isinstance(value, dict):
        return {key: moved(item, folder) for key, item in value.items()}
    if isinstance(value, list):
        return [moved(item, folder) for item in value]
    return value.replace(HERE, folder) if isinstance(value, str) else value


@given(st.dictionaries(st.sampled_from(["root", "store", "name"]), TEXT), NESTED, FOLDER)
@example({"root": "/a #b"}, "${run_dir}", "${b")
@example({"root": r"\${run_dir}"}, "\\", "b\\")
def test_a_configuration_is_read_as_it_was_written(data, value, folder):
    assume(folder not in (".", "..") and len(os.fsencode(folder)) < 200)
    model = {"net": {"_target_": "gtzan.models.nets.dense.Dense"}, "view": {"_target_": "gtzan.data.views.Statistics"}}
    places = {"dirpath": "${run_dir}/checkpoints", "twice": "${run_dir} ${run_dir}"}
    values = {"data": data, "model": model, "features": {}, "any": value, "callbacks": places, "run_dir": HERE}
    try:
        cfg = OmegaConf.create(values)
        resolved = OmegaConf.to_container(cfg, resolve=True)
    except OmegaConfBaseException:  # an interpolation of what is not there
        assume(False)
    with TemporaryDirectory() as root:
        before, after = Path(root) / "before", Path(root) / "after" / folder
        cfg.run_dir = str(before)
        RunFolder(before).save_config(cfg)
        after.parent.mkdir()
        before.rename(after)
        expected = moved(resolved, str(after))
        for read in (OmegaConf.to_container(RunFolder(after).config(), resolve=True), RunFolder(after).settings()):
            assert read == expected
            assert repr(read) == repr(expected)  # 1 is neither True nor 1.0
