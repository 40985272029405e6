import http.client
import json
import threading
import time
from contextlib import contextmanager

import pytest

uvicorn = pytest.importorskip("uvicorn", reason="no web server is installed: pip install -e '.[serve]'")

from gtzan.cli.serve import HOST, listening_socket  # noqa: E402
from gtzan.cli.serving.app import make_app  # noqa: E402
from gtzan.cli.serving.music import GeneratedMusic  # noqa: E402
from gtzan.cli.serving.page import render_page  # noqa: E402
from gtzan.cli.serving.predictions import UploadPredictor  # noqa: E402
from gtzan.experiments.runs.checkpoint_search import checkpoint_of  # noqa: E402
from gtzan.experiments.runs.folder import RunFolder  # noqa: E402
from gtzan.models.predictor import Predictor  # noqa: E402


@contextmanager
def running(app):
    """The application on a free port of this machine, which is returned."""
    with listening_socket(0) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="package")
def uploads(tiny_run):
    return UploadPredictor(Predictor.load(checkpoint_of(tiny_run)))


@pytest.fixture(scope="package")
def music(tiny_generator):
    return GeneratedMusic(RunFolder(tiny_generator))


@pytest.fixture(scope="package")
def server(uploads, music, tiny_run):
    """The port of a server with a tiny classifier and a tiny generator."""
    html = render_page(uploads, RunFolder(tiny_run), music, calibrated=False)
    with running(make_app(html, uploads, music)) as port:
        yield port


@pytest.fixture
def ask(server):
    """A function that sends a request as it is told, and returns its status and its answer."""

    def request(method: str, path: str, body=None, headers=(), **connection):
        link = http.client.HTTPConnection(HOST, server, timeout=60, **connection)
        link.request(method, path, body, dict(headers))
        answer = link.getresponse()
        content = answer.read()
        link.close()
        is_json = answer.headers["content-type"] == "application/json"
        return answer.status, json.loads(content) if is_json else content.decode()

    return request
