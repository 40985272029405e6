"""``gtzan serve``: a local page that predicts songs and recordings, and plays generated music."""

import argparse
import os
import socket
from importlib.util import find_spec

from gtzan.cli.options import MODEL, add_min_confidence, check_min_confidence
from gtzan.errors import UserError
from gtzan.experiments.processes.cpu import prepare_cpu
from gtzan.experiments.processes.exits import TERMINATED, Terminated
from gtzan.experiments.processes.terminal import printable, show
from gtzan.experiments.runs.checkpoint_search import checkpoint_of, temperature_of
from gtzan.experiments.runs.folder import RunFolder

HOST, PORT = "127.0.0.1", 8765
MOST_REQUESTS = 16  # at once, waiting ones included: each may have an upload on the disk
PATIENCE = 1  # seconds that a request in progress has to end after Ctrl-C or SIGTERM

EPILOG = """\
The page answers on this machine alone. Uploads are decoded from temporary files, which are removed at once. Ratings of
generated music are appended to ratings.jsonl in the generator's run folder. Ctrl-C ends it."""


def register(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("model", nargs="?", metavar="RUN", help=MODEL)
    parser.add_argument("--port", type=int, default=PORT, help="default: %(default)s; 0: any that is free")
    add_min_confidence(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve the page until Ctrl-C or SIGTERM."""
    if find_spec("starlette") is None or find_spec("uvicorn") is None:
        raise UserError("gtzan serve needs a web server: pip install 'gtzan[serve]'.")
    check_min_confidence(arguments.min_confidence)
    checkpoint = checkpoint_of(arguments.model)
    with listening_socket(arguments.port) as listening:
        prepare_cpu()
        import uvicorn

        from gtzan.cli.serving.app import make_app
        from gtzan.cli.serving.music import GeneratedMusic
        from gtzan.cli.serving.page import render_page
        from gtzan.cli.serving.predictions import UploadPredictor
        from gtzan.experiments.runs.search import find_generator_beside
        from gtzan.models.predictor import Predictor

        temperature = temperature_of(checkpoint)
        uploads = UploadPredictor(Predictor.load(checkpoint, temperature=temperature or 1.0), arguments.min_confidence)
        classifier = RunFolder.of_checkpoint(checkpoint)
        generator = find_generator_beside(classifier)
        music = GeneratedMusic(generator) if generator else None
        html = render_page(uploads, classifier, music, calibrated=temperature is not None)
        app = make_app(html, uploads, music)
        config = uvicorn.Config(
            app,
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws="none",
            lifespan="off",
            limit_concurrency=MOST_REQUESTS,
            timeout_graceful_shutdown=PATIENCE,
        )
        show(f"{uploads.predictor.name}, trained on {uploads.predictor.corpus} ({printable(checkpoint)})")
        show(f"http://{HOST}:{listening.getsockname()[1]} until Ctrl-C", flush=True)
        status = 0
        try:  # uvicorn raises a signal again when all is closed
            uvicorn.Server(config).run(sockets=[listening])
        except KeyboardInterrupt:
            show()
        except Terminated:
            status = TERMINATED
        if app.state.computing:
            # Nothing can stop the prediction's thread, and Python would wait for it. Its upload is gone by now, and a
            # rating is written in one step.
            os._exit(status)
    return status


def listening_socket(port: int) -> socket.socket:
    """A socket on this machine's own address, before anything slow.

    Raises:
        UserError: the port is taken, not allowed or no port.
    """
    try:
        return socket.create_server((HOST, port))
    except OverflowError as error:
        raise UserError(f"--port {port}: a number from 0 to 65535 is needed.") from error
    except OSError as error:
        raise UserError(f"--port {port}: {os.strerror(error.errno or 0).lower()}; choose another port.") from error
