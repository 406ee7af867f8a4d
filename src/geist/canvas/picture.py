"""A picture by an image model, through pydantic-ai: shown as what it is, drawn and not measured."""

import base64

from geist.canvas.page import document
from geist.canvas.view import CATALOG, ROOT, VERSION
from geist.core.errors import GeistError
from geist.models.config import Config

PROVIDERS = ("google", "google-gla", "google-vertex", "openai", "openai-responses")
MEND = (
    'geist show --image --model google:gemini-3-pro-image-preview "…"    (with GOOGLE_API_KEY set)'
)


def drawn(question: str, model: str | None, config: Config) -> str:
    """A page with the picture. Raises GeistError where there is no image model, or it failed."""
    name = model or config.image
    if not name:
        raise GeistError(
            "no image model is configured",
            why="local models draw no pictures; without one geist draws charts and SVG itself",
            mend=f'{MEND}    or in geist.toml: image = "google:…"',
        )
    provider, _, plain = name.partition(":")
    if provider not in PROVIDERS or not plain:
        raise GeistError(f"{name} is no image model that geist knows how to ask",
                         why=f"it knows {', '.join(PROVIDERS)}", mend=MEND)  # fmt: skip
    from pydantic_ai import Agent, BinaryImage
    from pydantic_ai.exceptions import AgentRunError, UserError

    known = f"openai-responses:{plain}" if provider == "openai" else name
    try:
        found = Agent(known, output_type=BinaryImage).run_sync(question).output
    except (UserError, AgentRunError, ImportError) as e:
        raise GeistError(f"{name} drew nothing", why=str(e)[:300], mend=MEND) from e
    image = f"data:{found.media_type};base64,{base64.b64encode(found.data).decode()}"
    note = f"Drawn by {name}: a picture. Its figures, if it has any, come from no file."
    parts = [{"id": ROOT, "component": "Figure", "image": image, "alt": question, "title": note}]
    messages = [
        {"version": VERSION, "createSurface": {"surfaceId": "view", "catalogId": CATALOG}},
        {"version": VERSION, "updateComponents": {"surfaceId": "view", "components": parts}},
    ]
    return document(messages, question)
