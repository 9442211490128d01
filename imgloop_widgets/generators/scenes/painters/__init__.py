"""Painters by kind of thing: `PAINTERS[kind](pen, look)` draws one thing where the pen stands."""

from collections.abc import Callable

from imgloop_widgets.generators.scenes.painters.animals import ANIMALS
from imgloop_widgets.generators.scenes.painters.buildings import BUILDINGS
from imgloop_widgets.generators.scenes.painters.critters import CRITTERS
from imgloop_widgets.generators.scenes.painters.look import Look
from imgloop_widgets.generators.scenes.painters.objects import OBJECTS
from imgloop_widgets.generators.scenes.painters.plants import PLANTS
from imgloop_widgets.generators.scenes.painters.vehicles import VEHICLES
from imgloop_widgets.generators.scenes.pen import Pen

PAINTERS: dict[str, Callable[[Pen, Look], None]] = {**ANIMALS, **CRITTERS, **PLANTS, **BUILDINGS, **VEHICLES, **OBJECTS}

__all__ = ["PAINTERS", "Look"]
