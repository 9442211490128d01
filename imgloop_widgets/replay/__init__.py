"""Prompts drawn anew: the prompts of a study or a file by generators by R draws, each exactly once.

items = items_of_store(store, "look_alike")
done = replay(plan, store, engine("processes"))
"""

from imgloop_widgets.replay.drawing import generator_of
from imgloop_widgets.replay.items import Item, items_of_file, items_of_store
from imgloop_widgets.replay.plan import Plan, Spec, Task
from imgloop_widgets.replay.run import Summary, replay

__all__ = ["Item", "Plan", "Spec", "Summary", "Task", "generator_of", "items_of_file", "items_of_store", "replay"]
