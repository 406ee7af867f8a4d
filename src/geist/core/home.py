"""Where geist keeps its data: the platform's data folder, or $GEIST_HOME."""

import os
from pathlib import Path


def home() -> Path:
    if named := os.environ.get("GEIST_HOME"):
        return Path(named).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_data_dir("geist", appauthor=False))
