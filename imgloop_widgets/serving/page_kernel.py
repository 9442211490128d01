"""The application of a page's kernel: ipykernel's, in two halves, and without what a page never uses.

    prepare      everything that needs no socket: configuration, shell, magics     once, in the parent, and shared
    initialize   sockets, session, threads, identity                              in each kernel

A kernel that is started plainly does both, one after the other.

Left out: the heartbeat and the debugger's sockets (nobody here listens to them), the thread for subshells (a page has
one conversation), and the port on which ipykernel listens for the prints of forked processes. Each is a thread or more,
file descriptors, and memory.
"""

import atexit
import os
import sys
import uuid
from typing import Any

import zmq
from ipykernel.control import ControlThread
from ipykernel.iostream import IOPubThread
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from traitlets.config import Config
from zmq.eventloop.zmqstream import ZMQStream

CONFIGURATION = Config(
    IPKernelApp={"outstream_class": None, "capture_fd_output": False, "exec_PYTHONSTARTUP": False},
    HistoryManager={"enabled": False, "hist_file": ":memory:"},
    InteractiveShell={"colors": "nocolor", "history_load_length": 0},
    IPCompleter={"use_jedi": False},
)

LINGER_MS = 1000
"""Milliseconds that a socket keeps what was not sent yet; ipykernel's own number."""


class PageKernel(IPythonKernel):
    """ipykernel's, without its debugger."""

    def start(self) -> None:
        """Begin to listen."""
        shell: Any = self.shell
        shell.exit_now = False
        begin: Any = super(IPythonKernel, self).start
        begin()

    def connect(self, app: "PageKernelApp") -> None:
        """Take the sockets, the session and an identity of its own; a prepared kernel has none of them."""
        for name in ("session", "control_thread", "iopub_thread", "iopub_socket", "stdin_socket"):
            setattr(self, name, getattr(app, name))
        self.ident = str(uuid.uuid4())
        shell: Any = self.shell
        for part in (shell.displayhook, shell.display_pub):
            part.session, part.pub_socket = app.session, app.iopub_socket
        topic: Any = self._topic
        shell.displayhook.topic = topic("execute_result")
        if session_name := os.environ.get("JPY_SESSION_NAME"):
            shell.user_ns["__session__"] = session_name


class PageKernelApp(IPKernelApp):
    """ipykernel's, in two halves."""

    kernel_class = PageKernel

    def prepare(self) -> None:
        """Do what needs no socket."""
        before: Any = super(IPKernelApp, self)
        before.initialize([])
        mine: Any = self
        mine.init_pdb()
        self.kernel = PageKernel.instance(
            parent=self, session=None, log=self.log, profile_dir=self.profile_dir, user_ns=mine.user_ns
        )
        for step in (mine.init_path, mine.init_shell, mine.init_gui_pylab, mine.init_extensions, mine.init_code):
            step()

    def initialize(self, argv: Any = None) -> None:
        """Open the sockets of the connection file and connect the kernel to them. argv: `-f <connection file>`."""
        mine: Any = self
        mine.connection_file = argv[argv.index("-f") + 1]
        for step in (mine.init_connection_file, mine.init_poller, mine.init_sockets, mine.write_connection_file):
            step()
        mine.log_connection_info()
        mine.init_io()
        mine.init_signal()
        mine.init_kernel()
        atexit.register(self.end_control)  # the last that is registered comes first
        for stream in (sys.stdout, sys.stderr):
            stream.flush()

    def end_control(self) -> None:
        """Wait for the thread that listens for the end.

        It has a last word for the page (that the request to end is done). ipykernel closes the way of that word without
        waiting for it, and now and then the thread then waits for ever to be rid of it, and the kernel for the thread.
        """
        thread = self.control_thread
        if thread is not None and thread.is_alive():
            thread.stop()
            thread.join()

    def init_control(self, context: Any) -> None:
        """Open the channel by which the server ends the kernel."""
        self.control_socket = self._bound(context, zmq.ROUTER, "control_port")
        self.control_socket.router_handover = 1
        made: Any = ControlThread
        self.control_thread = made(daemon=True)

    def init_iopub(self, context: Any) -> None:
        """Open the channel by which the page hears of its widgets."""
        socket = self._bound(context, zmq.XPUB, "iopub_port")
        mine: Any = self
        mine.configure_tornado_logger()
        made: Any = IOPubThread
        thread = made(socket, pipe=False, session=self.session)
        thread.start()
        self.iopub_thread, self.iopub_socket = thread, thread.background_socket

    def init_kernel(self) -> None:
        """Connect the prepared kernel."""
        kernel = self.kernel
        made: Any = ZMQStream
        kernel.shell_stream = made(self.shell_socket)
        kernel.control_stream = made(self.control_socket, self.control_thread.io_loop)
        self.control_thread.start()
        kernel.connect(self)
        kernel.record_ports({f"{name}_port": port for name, port in self._ports.items()})
        displayhook: Any = self.displayhook
        displayhook.get_execution_count = lambda: kernel.execution_count

    def _bound(self, context: Any, kind: int, port: str) -> Any:
        socket = context.socket(kind)
        socket.linger = LINGER_MS
        mine: Any = self
        setattr(self, port, mine._bind_socket(socket, getattr(self, port)))
        return socket
