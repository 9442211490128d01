"""The same work on many jobs at once: in threads, in processes of this machine, or on Ray."""

from imgloop_widgets.engines.contract import ENGINES, Engine, engine

__all__ = ["ENGINES", "Engine", "engine"]
