"""An installed wheel trains, away from the checkout, with the configuration that it carries."""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_an_installed_wheel_trains(tiny_corpus, tmp_path):
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True)
    (wheel,) = tmp_path.glob("gtzan-*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)
    scripts = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    python = next(scripts.glob("python*"))
    install = [*pip, "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True)
    # The libraries are this environment's; gtzan itself is the wheel's, which comes first.
    site = subprocess.check_output(
        [python, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"], text=True
    ).strip()
    paths = [sysconfig.get_paths()["purelib"], *(p for p in sys.path if p.endswith("site-packages"))]
    (Path(site) / "libraries.pth").write_text("\n".join(dict.fromkeys(paths)))

    there = tmp_path / "elsewhere"
    there.mkdir()
    tiny = ["data=folder", f"data.root={tiny_corpus.root}", "segment_seconds=0.5", "features.n_mfcc=13", "epochs=2"]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    train = [python, "-m", "gtzan", "train", *tiny, "model=dense", "split=50/50", "logger=none"]
    subprocess.run(train, cwd=there, env=environment, check=True, timeout=300)
    (metrics,) = (there / "runs").glob("*/metrics.json")
    assert json.loads(metrics.read_text())["epochs"] == 2
    code = "import gtzan, gtzan.experiments.processes.scripts as p; print(gtzan.__file__, p.programs_folder())"
    found = subprocess.check_output([python, "-c", code], cwd=there, env=environment, text=True)
    assert str(ROOT) not in found

    code = (
        "import gtzan, sys; overrides = sys.argv[2:]; run = gtzan.train(*overrides); "
        "print(run.metrics()['epochs'], gtzan.predict(sys.argv[1], model=run).ranking)"
    )
    api = [python, "-c", code, str(tiny_corpus.tracks[0].path), *train[4:], "seed=1"]
    said = subprocess.run(api, cwd=there, env=environment, check=True, timeout=300, capture_output=True, text=True)
    assert said.stdout.startswith("2 [")
