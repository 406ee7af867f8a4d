"""A picture in the terminal, by the protocols of kitty and of iTerm2."""

import base64
import os
import sys

PIECE = 4096


def picture(png: bytes) -> bool:
    """False where this terminal shows none."""
    if not sys.stdout.isatty():
        return False
    made = encoded(png, os.environ)
    if made:
        sys.stdout.write(made + "\n")
        sys.stdout.flush()
    return bool(made)


def encoded(png: bytes, env: os._Environ[str] | dict[str, str]) -> str:
    """What shows it, for the terminal that the environment tells of; "" where that shows none."""
    text, program = base64.b64encode(png).decode(), env.get("TERM_PROGRAM", "")
    if (
        env.get("KITTY_WINDOW_ID")
        or "kitty" in env.get("TERM", "")
        or program in ("ghostty", "WezTerm")
    ):
        pieces = [text[n : n + PIECE] for n in range(0, len(text), PIECE)]
        told = list[str]()
        for number, piece in enumerate(pieces):
            head = "a=T,f=100," if number == 0 else ""
            told.append(f"\x1b_G{head}m={int(number < len(pieces) - 1)};{piece}\x1b\\")
        return "".join(told)
    if program == "iTerm.app":
        return f"\x1b]1337;File=inline=1;size={len(png)}:{text}\a"
    return ""
