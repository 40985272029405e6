"""The web application: one page and the four requests that it makes, of this machine and this page alone."""

from collections.abc import Callable
from typing import Any

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gtzan.cli.serving.music import GeneratedMusic
from gtzan.cli.serving.predictions import UploadPredictor
from gtzan.cli.serving.uploads import answered_when_stopped, read_json_body, uploaded_file
from gtzan.errors import BrokenAudioError, UserError

HOSTS = ["127.0.0.1", "localhost"]
"""A page of another site whose name is made to lead here (DNS rebinding) says that name as its host."""

# The page's own policy is inside it; only a header can forbid that it is framed.
HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def make_app(html: str, uploads: UploadPredictor, music: GeneratedMusic | None = None) -> Starlette:
    """The application; its ``state.computing`` says whether a prediction or a sample is in the making.

    Args:
        html: the page.
        uploads: predicts uploads.
        music: the generator's; ``None`` where there is none.
    """
    # One prediction or sample at a time has all cores; the next requests wait in a queue.
    turn = CapacityLimiter(1)

    def compute(function: Callable[..., Any], *arguments: object) -> Any:
        app.state.computing = True
        try:
            return function(*arguments)
        finally:
            app.state.computing = False

    async def work(*task: Any) -> Any:
        with answered_when_stopped():
            return await to_thread.run_sync(compute, *task, limiter=turn)

    async def show_page(request: Request) -> Response:
        return HTMLResponse(html, headers=HEADERS)

    async def predict(request: Request) -> Response:
        async with uploaded_file(request) as path:
            return JSONResponse(await work(uploads.predict, path))

    async def explain(request: Request) -> Response:
        genre = request.query_params.get("genre", "")
        try:
            start = float(request.query_params.get("start", "0"))
        except ValueError:
            raise HTTPException(400, "start is a time in seconds") from None
        async with uploaded_file(request) as path:
            return JSONResponse(await work(uploads.explain, path, genre, start))

    async def generate(request: Request) -> Response:
        asked = await read_json_body(request)
        return JSONResponse({"sound": await work(_there(music).sound, asked.get("genre"), asked.get("number"))})

    async def rate(request: Request) -> Response:
        asked = await read_json_body(request)
        await work(_there(music).rate, asked.get("genre"), asked.get("number"), asked.get("rating"))
        return JSONResponse({})

    app = Starlette(
        routes=[
            Route("/", show_page),
            Route("/predictions", predict, methods=["POST"]),
            Route("/explanations", explain, methods=["POST"]),
            Route("/music", generate, methods=["POST"]),
            Route("/ratings", rate, methods=["POST"]),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS), Middleware(SameOrigin)],
        exception_handlers={HTTPException: _refused, UserError: _mistaken, ClientDisconnect: _gone},
    )
    app.state.computing = False
    return app


class SameOrigin:
    """Refuses what pages of other sites send; a browser always names the origin of what is not merely read."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            if headers.get("origin", own := f"http://{headers.get('host')}") != own:
                await JSONResponse({"error": "a request of another site"}, 403)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _there(music: GeneratedMusic | None) -> GeneratedMusic:
    if music is None:
        raise HTTPException(404, "there is no generator")
    return music


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


async def _mistaken(request: Request, error: Exception) -> Response:
    """The sentence of ``gtzan predict``, without the temporary file's name: the page knows the file's own."""
    return JSONResponse({"error": error.reason if isinstance(error, BrokenAudioError) else str(error)}, 422)


async def _gone(request: Request, error: Exception) -> Response:
    """The browser was closed during an upload: nobody reads this."""
    return Response(status_code=400)
