"""Starting ipykernel in a forked process: what its launcher does, and what the imports could not do in the parent."""

import sys
from typing import Any


def start(arguments: list[str]) -> None:
    """Run an IPython kernel, as `python -m ipykernel_launcher` would."""
    from ipykernel.kernelapp import IPKernelApp

    app: Any = IPKernelApp.instance()
    app.initialize(arguments)
    connect_widgets()
    app.start()


def connect_widgets() -> None:
    """Tell the kernel of ipywidgets, which looked for one when it was imported, and found none."""
    if "ipywidgets" in sys.modules:
        sys.modules["ipywidgets"].register_comm_target()
