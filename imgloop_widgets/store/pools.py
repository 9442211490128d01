"""Connections are kept between calls, and never carried through a fork: two processes would speak on one of them."""

import functools
import os
import weakref

from sqlalchemy import Engine


def close_at_forks(engine: Engine) -> Engine:
    """Have the engine close its idle connections before every fork of this process; both sides connect anew."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=functools.partial(_dispose, weakref.ref(engine)))
    return engine


def _dispose(reference: "weakref.ref[Engine]") -> None:
    engine = reference()
    if engine is not None:
        engine.dispose()
