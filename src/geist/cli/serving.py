"""`geist show --serve`: other front ends ask by AG-UI over SSE, on this machine only."""

import json
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

from geist.canvas.compile import drawn
from geist.canvas.data import Data
from geist.canvas.make import Made, ask
from geist.core.budget import Budget
from geist.core.errors import GeistError
from geist.core.home import home
from geist.core.log import Log
from geist.models import config as configuration
from geist.models.choose import choose
from geist.models.model import Model


def application(data: Data, model: Model) -> Any:
    """POST / takes AG-UI's RunAgentInput, and streams its events. One question at a time: there is
    one model. A view is an activity "a2ui-surface" with its A2UI messages."""
    from ag_ui.core import (
        ActivitySnapshotEvent,
        EventType,
        RunAgentInput,
        RunErrorEvent,
        RunFinishedEvent,
        RunStartedEvent,
        TextMessageContentEvent,
        TextMessageEndEvent,
        TextMessageStartEvent,
    )
    from ag_ui.encoder import EventEncoder
    from pydantic import ValidationError
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware
    from starlette.requests import Request
    from starlette.responses import JSONResponse, Response, StreamingResponse
    from starlette.routing import Route

    lock = threading.Lock()

    def made(question: str) -> Made:
        with lock:
            log = Log(home())
            log.append("start", command=f"AG-UI {question}", root=str(Path.cwd()))
            return ask(question, data, model, None, log, Budget())

    async def events(told: Any) -> AsyncIterator[str]:
        encoder, thread, run = EventEncoder(), told.thread_id, told.run_id
        yield encoder.encode(
            RunStartedEvent(type=EventType.RUN_STARTED, thread_id=thread, run_id=run)
        )
        question = _question(told.messages)
        try:
            if not question:
                raise GeistError("no question was asked")
            done = await run_in_threadpool(made, question)
        except GeistError as e:
            yield encoder.encode(RunErrorEvent(type=EventType.RUN_ERROR, message=str(e)))
            return
        id, surface = uuid4().hex, f"view-{run}"
        yield encoder.encode(ActivitySnapshotEvent(
            type=EventType.ACTIVITY_SNAPSHOT, message_id=f"a2ui-surface-{id}", replace=True,
            activity_type="a2ui-surface",
            content={"a2ui_operations": drawn(done.shown).messages(surface)}))  # fmt: skip
        yield encoder.encode(TextMessageStartEvent(
            type=EventType.TEXT_MESSAGE_START, message_id=id, role="assistant"))  # fmt: skip
        yield encoder.encode(TextMessageContentEvent(
            type=EventType.TEXT_MESSAGE_CONTENT, message_id=id, delta=done.note))  # fmt: skip
        yield encoder.encode(TextMessageEndEvent(type=EventType.TEXT_MESSAGE_END, message_id=id))
        yield encoder.encode(
            RunFinishedEvent(type=EventType.RUN_FINISHED, thread_id=thread, run_id=run)
        )

    async def answered(request: Request) -> Response:
        # a page of another origin must not ask about the user's files
        if request.headers.get("origin", "").removeprefix("http://").split(":")[0] not in (
                "", "localhost", "127.0.0.1"):  # fmt: skip
            return JSONResponse({"error": "only pages of this machine may ask"}, 403)
        if not request.headers.get("content-type", "").startswith("application/json"):
            return JSONResponse({"error": "application/json is expected"}, 415)
        try:
            told = RunAgentInput.model_validate_json(await request.body())
        except UnicodeDecodeError as e:
            return JSONResponse({"error": str(e)}, 422)
        except ValidationError as e:
            return JSONResponse({"error": json.loads(e.json(include_url=False))}, 422)
        return StreamingResponse(events(told), media_type="text/event-stream")

    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=["localhost", "127.0.0.1"])
    return Starlette(routes=[Route("/", answered, methods=["POST"])], middleware=[hosts])


def _question(messages: list[Any]) -> str:
    said = [m.content for m in messages if m.role == "user" and isinstance(m.content, str)]
    return said[-1].strip() if said else ""


def serve(files: list[Path], port: int, name: str | None) -> None:
    """Until Ctrl-C."""
    import uvicorn

    from geist.cli.screen import console

    if not 1 <= port <= 65535:
        raise GeistError(f"{port} is no port", mend="geist show --serve 8765 sales.csv")
    out = console()
    with Data([f.expanduser() for f in files]) as data:
        model = choose(name, home(), configuration.load(Path.cwd()),
                       lambda text: out.print(text, style="dim"))  # fmt: skip
        try:
            out.print(f"AG-UI at http://127.0.0.1:{port}/ about {len(data.tables)} tables "
                      "(Ctrl-C ends it)")  # fmt: skip
            uvicorn.run(application(data, model), host="127.0.0.1", port=port, log_level="warning")
        finally:
            model.close()
