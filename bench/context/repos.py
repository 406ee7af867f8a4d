"""The repositories of this benchmark, with their whole history."""

from pathlib import Path

from geist.context.mine import git

# reported on; nothing was tuned on them
REPORT: dict[str, str] = {
    "flask": "pallets/flask",
    "requests": "psf/requests",
    "pytest": "pytest-dev/pytest",
    "sphinx": "sphinx-doc/sphinx",
}
TUNE: dict[str, str] = {name.split("/")[1]: name for name in (
    "pallets/click pallets/werkzeug pallets/jinja encode/httpx Textualize/rich scrapy/scrapy "
    "pylint-dev/pylint pypa/pip aio-libs/aiohttp celery/celery psf/black tox-dev/tox "
    "marshmallow-code/marshmallow").split()}  # fmt: skip


def find(full: str, clones: Path) -> Path:
    """The repository owner/name below `clones`, cloned if it is not there."""
    for place in (clones / full.replace("/", "+") / "repo", clones / full.split("/")[1]):
        if place.exists():
            return place
    print(f"cloning {full} with its whole history", flush=True)
    place = clones / full.split("/")[1]
    git(Path("."), "clone", "-q", "--bare", f"https://github.com/{full}", str(place))
    return place
