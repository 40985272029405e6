"""No library that comes with gtzan reports to anybody."""

import os
import subprocess
import sys

import pytest

CODE = "import gtzan, os, sys; print('onnxruntime' in sys.modules, os.environ['ORT_DISABLE_TELEMETRY'])"


@pytest.mark.parametrize("own", [None, "0"])
def test_onnxruntime_is_told_to_be_silent_before_it_is_imported_unless_the_user_says_otherwise(own):
    environment = {key: value for key, value in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"}
    if own:
        environment["ORT_DISABLE_TELEMETRY"] = own
    said = subprocess.run([sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["False", own or "1"]
