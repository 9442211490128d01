"""What a painter is told of the thing it paints, and the little shapes that many painters share."""

from dataclasses import dataclass

from imgloop_widgets.generators.scenes.chance import Chance
from imgloop_widgets.generators.scenes.colours import RGB
from imgloop_widgets.generators.scenes.mood import Mood
from imgloop_widgets.generators.scenes.pen import Pen

INK: RGB = (46, 38, 44)
WHITE: RGB = (252, 250, 246)
GLASS: RGB = (150, 196, 214)
LAMP: RGB = (255, 214, 120)
BLUSH: RGB = (240, 136, 120)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """colour, accent: what was said; None: the painter's own choice. pose: one of `scene.POSES`, or None.

    chance: of this very thing; the painter's choices are its aspects. aloft: it stands on nothing.
    """

    colour: RGB | None
    accent: RGB | None
    pose: str | None
    chance: Chance
    mood: Mood
    aloft: bool = False

    def or_pick(self, *choices: RGB) -> RGB:
        """Return the colour that was said, or one of these by chance."""
        return self.colour or self.chance.pick("colour", choices)


def eye(pen: Pen, x: float, y: float, r: float, *, asleep: bool = False, colour: RGB = INK) -> None:
    """Draw an eye, round with a light in it; or closed."""
    if asleep:
        pen.line(((x - r * 1.4, y), (x, y - r * 0.9), (x + r * 1.4, y)), r * 0.55, colour)
        return
    pen.oval(x, y, r, r * 1.12, colour)
    if pen.detail:
        pen.oval(x - r * 0.3, y + r * 0.4, r * 0.36, r * 0.36, WHITE)


def window(pen: Pen, look: Look, x0: float, y0: float, x1: float, y1: float, *, frame: RGB = WHITE) -> None:
    """Draw a window; lit when it is dark outside."""
    dark = look.mood.dark
    edge = min(x1 - x0, y1 - y0) * 0.14
    pen.rect(x0 - edge, y0 - edge, x1 + edge, y1 + edge, frame)
    pen.rect(x0, y0, x1, y1, LAMP if dark else GLASS, lit=dark)
    if pen.detail:
        if not dark:
            pen.poly(((x0, y0), (x0 + (x1 - x0) * 0.6, y1), (x0, y1)), (186, 220, 232))
        mx, my = (x0 + x1) / 2, (y0 + y1) / 2
        pen.rect(mx - edge * 0.35, y0, mx + edge * 0.35, y1, frame)
        pen.rect(x0, my - edge * 0.35, x1, my + edge * 0.35, frame)
        if dark:
            pen.glow(mx, my, (x1 - x0) * 2.2, LAMP, 0.35)
