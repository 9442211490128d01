"""A module that starts a thread some time after it was imported."""

import signal
import threading
import time


def start(*_):
    threading.Thread(target=time.sleep, args=(600,), name="a late one", daemon=True).start()


def arm():
    """Start it in half a second."""
    signal.signal(signal.SIGALRM, start)
    signal.setitimer(signal.ITIMER_REAL, 0.5)
