"""The process behind one worker's page: an IPython kernel without what a page never uses.

Left out: the debugger, the completer's jedi, history on disk, the capture of file descriptors, and the streams that
would send what the code prints to the browser. Prints and warnings go to the server's standard error instead: the
researcher reads them in the terminal, and a worker never does.

A client may talk to widgets that the notebook made; it may not make new ones in the kernel (the comm target
`jupyter.widget` is closed, `jupyter.widget.control`, by which a page asks for the widgets' state, stays).

Started by `kernels.py` as `python -P -m imgloop_widgets.serving.kernel -f <connection file>`, or forked from a parent
that has called `prepare` (`imgloop_widgets.forked`).
"""

import functools
import importlib
import logging
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from imgloop_widgets import logs
from imgloop_widgets.serving.reading import STUDY, read_before

UNUSED = ("debugpy", "jedi")
"""Modules that ipykernel and IPython import where they are installed; a page needs neither (8 MB, 0.5 s)."""

NEEDED = (
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "PIL.ImageChops",
    "PIL.ImageFile",
    "PIL.JpegImagePlugin",
    "PIL.PngImagePlugin",
    "PIL.WebPImagePlugin",
    "encodings.utf_8_sig",
    "faulthandler",
    "imgloop_widgets.serving.page",
    "ipykernel.debugger",
    "pdb",
    "sqlalchemy.dialects.sqlite",
    "tornado.platform.asyncio",
    "tornado.queues",
    "zmq.utils.garbage",
)
"""What a page's kernel imports, some of it late: all of it before kernels are forked."""

WIDGET_TARGET = "jupyter.widget"


def main(arguments: list[str]) -> None:
    """Run a kernel until the server ends it or goes away."""
    os.dup2(2, 1)  # standard output belongs to the server's command
    logs.configure_as_told()
    app = _prepared()
    app.initialize(arguments)
    sys.path.append(os.getcwd())  # the notebook's own modules, after all others: none of them is hidden
    close_to_clients()
    app.start()


def prepare() -> None:
    """Do what is the same for all pages, before kernels are forked: import, build the shell, read the page's texts."""
    with _without(UNUSED):
        for name in NEEDED:
            importlib.import_module(name)
    shell = _prepared().kernel.shell
    shell.transform_cell("1\n")  # compiles what every cell is looked at with
    shell.display_formatter.format("")  # makes the formatters of all kinds
    from PIL import Image

    from imgloop_widgets.store import open_store
    from imgloop_widgets.widgets import Judge, LookAlike

    for text in (LookAlike._esm, LookAlike._css, Judge._esm):
        str(text)  # keeps it
    Image.preinit()
    open_store(":memory:").close()  # what SQLAlchemy makes once
    if study := os.environ.get(STUDY):
        read_before(Path(study))


@functools.cache
def _prepared() -> Any:
    with _without(UNUSED):
        from imgloop_widgets.serving.page_kernel import CONFIGURATION, PageKernelApp

        app: Any = PageKernelApp.instance(config=CONFIGURATION)
        app.prepare()
        return app


@contextmanager
def _without(names: Iterable[str]) -> Iterator[None]:
    """Let the modules be as if they were not installed."""
    hidden: dict[str, ModuleType | None] = {name: None for name in names if name not in sys.modules}
    sys.modules.update(hidden)  # type: ignore[arg-type]  # None is Python's own mark for "not importable"
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def close_to_clients() -> None:
    """Close the comm target through which a client could make widgets of its own."""
    import comm
    import ipywidgets

    register: Any = ipywidgets.register_comm_target
    register()  # it has done so on import, unless the kernel was forked later
    logging.getLogger("Comm").setLevel(logging.ERROR)  # else one line in the log for every page
    comm.get_comm_manager().unregister_target(WIDGET_TARGET, ipywidgets.Widget.handle_comm_opened)


if __name__ == "__main__":
    main(sys.argv[1:])
