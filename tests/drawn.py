"""What a figure really draws: for tests that look at it as a reader would."""

from matplotlib.figure import Figure
from matplotlib.text import Text


def cut(figure: Figure) -> list[str]:
    """Return the words that are not all inside the figure."""
    hidden = hidden_ticks(figure)
    texts = [text for text in figure.findobj(Text) if text.get_text().strip() and id(text) not in hidden]
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts if text.get_visible()]
    wide, high = figure.bbox.x1 + 1, figure.bbox.y1 + 1
    return [words for words, box in boxes if box.x0 < -1 or box.y0 < -1 or box.x1 > wide or box.y1 > high]


def hidden_ticks(figure: Figure) -> set[int]:
    """Return the ids of the labels that matplotlib keeps for ticks beyond the ends of an axis."""
    hidden = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            kept = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
            drawn = {id(tick) for tick in axis._update_ticks()}
            hidden |= {id(label) for tick in kept if id(tick) not in drawn for label in (tick.label1, tick.label2)}
    return hidden
