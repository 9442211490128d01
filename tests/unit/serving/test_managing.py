"""Hundreds of kernels in one server."""

from pathlib import Path
from typing import Any

import zmq

from imgloop_widgets.serving.app import Serving, StudyServer

NOTEBOOK = Path(__file__).parents[2] / "serving" / "data" / "counter.ipynb"


def test_the_kernels_of_a_server_may_have_more_sockets_than_zeromq_allows_at_first(tmp_path: Path) -> None:
    """It stops at 1023, with some 150 pages: the limit must be raised where the kernels' sockets are made."""
    server: Any = StudyServer(Serving(notebook=NOTEBOOK), tmp_path)
    server.init_settings()
    sockets = [server.kernel_manager.context.socket(zmq.DEALER) for _ in range(1100)]
    for socket in sockets:
        socket.close(0)
