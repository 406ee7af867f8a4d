"""What an app may reach, in one line: the sandbox holds it to this for as long as it lives."""

from collections.abc import Sequence
from pathlib import Path

from geist.apps.checking import Kind


def reach(kind: Kind, data: Sequence[str] = (), port: int | None = None) -> str:
    match kind:
        case "page":
            return "files: none · network: none · ports: none · keeps what you enter in its own storage"
        case "service":
            where = f"127.0.0.1:{port}" if port else "one of 127.0.0.1 while it runs"
            return f"files: its own folder · network: none · ports: {where}"
        case "trace":
            return f"files: reads {data[0] if data else 'its repository'} · network: none · ports: none"
        case "script":
            names = ", ".join(Path(d).name for d in data) or "those that you name"
            return f"files: reads {names} · network: none · ports: none"
    return (
        "files: reads those that you name; what it writes is shown to you first · network: none · "
        "ports: none"
    )
