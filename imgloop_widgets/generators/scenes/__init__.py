"""`Scenes`: an embedded text-to-image generator. No model, no network; a prompt and a seed give one picture, for ever.

prompt ──parse──► Scene ──layout──► Spots ──painters──► Sheet ──style──► picture
"""

from imgloop_widgets.generators.scenes.generator import Scenes
from imgloop_widgets.generators.scenes.likeness import resemblance, words_of
from imgloop_widgets.generators.scenes.parse import parse
from imgloop_widgets.generators.scenes.scene import Relation, Scene, Thing

__all__ = ["Relation", "Scene", "Scenes", "Thing", "parse", "resemblance", "words_of"]
