"""Which store a study's results are in: the database that IMGLOOP_STORE names, else one in the results folder.

Images and files are below the URL that IMGLOOP_FILES names, else in the results folder, with either. A password
stands in the environment only, which the kernels of workers' pages have from their server; it is in no message.
"""

import os
from pathlib import Path

from imgloop_widgets.errors import StoreError
from imgloop_widgets.store.elsewhere import LIKE as ELSEWHERE
from imgloop_widgets.store.opening import DATABASE, FILES, IMAGES, LIKE, open_store, shown
from imgloop_widgets.store.store import Store

STORE = "IMGLOOP_STORE"
KEPT = "IMGLOOP_FILES"


def open_results(folder: Path | str) -> Store:
    """Open the store of the results in this folder, as `open_store` does.

    Raises:
        StoreError: it can't be opened, or IMGLOOP_STORE or IMGLOOP_FILES is no URL.
    """
    url, elsewhere = chosen(), _elsewhere()
    images, files = (f"{elsewhere}/{name}" if elsewhere else Path(folder) / name for name in (IMAGES, FILES))
    return open_store(url or folder, images=images, files=files)


def has_results(folder: Path) -> bool:
    """Whether there is a store of the results in this folder, so that opening makes none. A named one counts."""
    return bool(chosen()) or (folder / DATABASE).is_file()


def chosen() -> str | None:
    """Return the URL that the environment names; None: it names none.

    Raises:
        StoreError: it is no URL.
    """
    url = os.environ.get(STORE)
    if url and "://" not in url:
        raise StoreError(f"{STORE} (or --store) must be a database's URL, like {LIKE}; a folder is named by --results")
    return url or None


def _elsewhere() -> str:
    url = os.environ.get(KEPT, "").rstrip("/")
    if url and "://" not in url:
        raise StoreError(f"{KEPT} must be a URL of fsspec, like {ELSEWHERE}; a folder is named by --results")
    return url


def place() -> str | None:
    """Return the database that the environment names, without a password; None: it names none."""
    url = chosen()
    return shown(url) if url else None
