"""Targets: add images of your own, make them with a generator, calibrate them."""

from imgloop_widgets.targets.calibrate import Calibration, calibrate
from imgloop_widgets.targets.files import Hidden, NewTarget, add
from imgloop_widgets.targets.make import make

__all__ = ["Calibration", "Hidden", "NewTarget", "add", "calibrate", "make"]
