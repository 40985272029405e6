import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import soundfile

from gtzan.cli.main import main
from gtzan.experiments.runs.folder import RunFolder
from gtzan.experiments.runs.search import find_generator_beside


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def test_ctrl_c_ends_it(tiny_run, port, capsys):
    pages = []

    def visit():
        for _ in range(200):
            time.sleep(0.05)
            try:
                link = http.client.HTTPConnection("127.0.0.1", port)
                link.request("GET", "/")
                pages.append(link.getresponse().read().decode())
                break
            except ConnectionRefusedError:
                pass
        os.kill(os.getpid(), signal.SIGINT)

    visitor = threading.Thread(target=visit)
    visitor.start()
    assert main(["serve", str(tiny_run), "--port", str(port)]) == 0
    visitor.join()
    assert "python synthesize.py" in pages[0]  # there is no generator
    said = capsys.readouterr()
    assert f"http://127.0.0.1:{port} until Ctrl-C" in said.out
    assert "Traceback" not in said.err


def connect(port: int) -> http.client.HTTPConnection:
    """A connection to the server as soon as it is there."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for _ in range(1200):
        try:
            link.connect()
            return link
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise TimeoutError


@pytest.mark.parametrize(("stop", "status"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_a_signal_does_not_wait_for_a_prediction(tiny_run, port, capsys, monkeypatch, stop, status):
    computing, stopped, exits = threading.Event(), threading.Event(), []

    def predict(*_):
        computing.set()
        stopped.wait()

    def visit():
        try:
            connect(port).request("POST", "/predictions", b"x")
            computing.wait(60)
        finally:  # else a failure would leave the server running
            os.kill(os.getpid(), stop)

    monkeypatch.setattr("gtzan.cli.serving.predictions.UploadPredictor.predict", predict)
    monkeypatch.setattr("gtzan.cli.serve.PATIENCE", 0)
    monkeypatch.setattr(os, "_exit", exits.append)
    visitor = threading.Thread(target=visit)
    visitor.start()
    try:
        assert main(["serve", str(tiny_run), "--port", str(port)]) == status
    finally:
        stopped.set()
    visitor.join()
    assert exits == [status]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("path", ["/predictions", "/music"])
def test_ctrl_c_during_an_upload_is_answered(tiny_run, port, monkeypatch, caplog, path):
    answers = []

    def visit():
        try:
            link = connect(port)
            link.request("POST", path, b"the beginning", {"Content-Length": "100", "Expect": "100-continue"})
            answers.append(link.sock.recv(100))  # the server waits for the body
        finally:
            os.kill(os.getpid(), signal.SIGINT)
        answers.append(link.getresponse().read())

    monkeypatch.setattr("gtzan.cli.serve.PATIENCE", 0)
    visitor = threading.Thread(target=visit)
    visitor.start()
    assert main(["serve", str(tiny_run), "--port", str(port)]) == 0
    visitor.join()
    assert answers == [b"HTTP/1.1 100 Continue\r\n\r\n", b'{"error":"gtzan serve was stopped"}']
    assert "Traceback" not in caplog.text


@pytest.mark.slow
def test_ctrl_c_does_not_wait_for_a_long_prediction(tiny_run, port, tmp_path):
    soundfile.write(tmp_path / "long.wav", np.random.default_rng(0).uniform(-0.5, 0.5, 8000 * 880), 8000)
    words = ["serve", str(tiny_run), "--port", str(port)]
    started = subprocess.Popen([sys.executable, "-m", "gtzan.cli.main", *words], stderr=subprocess.PIPE, text=True)
    link = connect(port)
    link.request("POST", "/predictions", (tmp_path / "long.wav").read_bytes())
    time.sleep(1)
    started.send_signal(signal.SIGINT)
    _, err = started.communicate(timeout=30)
    assert started.returncode == 0
    assert "Traceback" not in err
    assert b"was stopped" in link.getresponse().read()


def test_a_port_that_is_taken_is_one_sentence(tiny_run, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", str(tiny_run), "--port", str(port)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f"gtzan: --port {port}: address already in use; choose another port."


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--port", "70000"], "--port 70000: a number from 0 to 65535"),
        (["--min-confidence", "2"], "a probability between 0 and 1"),
        (["nowhere"], "There is no nowhere"),
    ],
)
def test_mistakes_are_told_in_one_sentence(tiny_run, capsys, words, message):
    assert main(["serve", *([] if "nowhere" in words else [str(tiny_run)]), *words]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


def test_a_missing_web_server_is_named(monkeypatch, capsys):
    monkeypatch.setattr("gtzan.cli.serve.find_spec", lambda name: None)
    assert main(["serve"]) == 2
    assert "pip install 'gtzan[serve]'" in capsys.readouterr().err


def test_the_generator_of_the_same_music_is_found(tiny_run, tiny_generator, tmp_path):
    classifier, generator = RunFolder(tmp_path / "a"), RunFolder(tmp_path / "b")
    shutil.copytree(tiny_run, classifier.path)
    assert find_generator_beside(classifier) is None
    shutil.copytree(tiny_generator, generator.path)
    metrics = json.loads(generator.metrics_file.read_text())
    good = {"test/track_reconstruction_accuracy_low": 0.9}
    generator.save_metrics(metrics | good)
    assert find_generator_beside(classifier) == generator
    generator.save_metrics(metrics | good | {"corpus_digest": "other music"})
    assert find_generator_beside(classifier) is None
