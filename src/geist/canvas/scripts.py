"""The scripts and styles that pages are made of. They are built from front/ and come in the wheel;
a source checkout builds them with `make setup-show`."""

from functools import cache
from pathlib import Path

from geist.core.errors import GeistError

FOLDER = Path(__file__).parent / "built"


@cache
def built(name: str) -> str:
    """Raises GeistError where this checkout was not built."""
    try:
        return (FOLDER / name).read_text(encoding="utf-8")
    except FileNotFoundError as e:
        raise GeistError(
            "the scripts of views are not built", why=f"there is no {name}", mend="make setup-show"
        ) from e
