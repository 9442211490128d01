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
from types import ModuleType
from typing import Any

UNUSED = ("debugpy", "jedi")
"""Modules that ipykernel and IPython import where they are installed; a page needs neither (8 MB, 0.5 s)."""

WIDGET_TARGET = "jupyter.widget"


def main(arguments: list[str]) -> None:
    """Run a kernel until the server ends it or goes away."""
    os.dup2(2, 1)  # standard output belongs to the server's command
    with _without(UNUSED):
        app: Any = _application().instance(config=_config())
        app.initialize(arguments)
    close_to_clients()
    app.start()


def prepare() -> None:
    """Import what a page needs, before kernels are forked."""
    with _without(UNUSED):
        _application()
        importlib.import_module("imgloop_widgets.serving.page")


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


@functools.cache
def _application() -> Any:
    import zmq
    from ipykernel.iostream import IOPubThread
    from ipykernel.kernelapp import IPKernelApp

    class PageKernelApp(IPKernelApp):
        """Without the port on which ipykernel listens for the prints of forked processes."""

        def init_iopub(self, context: Any) -> None:
            socket = context.socket(zmq.XPUB)
            socket.linger = 1000
            untyped: Any = self
            self.iopub_port = untyped._bind_socket(socket, self.iopub_port)
            untyped.configure_tornado_logger()
            make: Any = IOPubThread
            thread = make(socket, pipe=False, session=self.session)
            thread.start()
            self.iopub_thread, self.iopub_socket = thread, thread.background_socket

    return PageKernelApp


def _config() -> Any:
    from traitlets.config import Config

    return Config(
        IPKernelApp={"outstream_class": None, "capture_fd_output": False, "exec_PYTHONSTARTUP": False},
        HistoryManager={"enabled": False, "hist_file": ":memory:"},
        InteractiveShell={"colors": "nocolor", "history_load_length": 0},
        IPCompleter={"use_jedi": False},
    )


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
