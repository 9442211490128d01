"""Who may enter a study: signed links, open ones, and the panels' (`Entrance.admit` is the one way in).

tokens ── keys          door: query string + study + keys + revocations + now  →  `Admitted`, or why not
entrance                the door with its keys and its store, for the server and the notebook alike
researchers             the other door: to the page on which a study is watched
admitted                what the server tells the worker's kernel, so that it need not ask again
"""

from imgloop_widgets.access.admitted import Admitted
from imgloop_widgets.access.entrance import Entrance

__all__ = ["Admitted", "Entrance"]
