"""Colours: the words for them, and how to mix them. A colour is RGB, three numbers 0 to 255."""

RGB = tuple[int, int, int]

NAMED: dict[str, RGB] = {
    "red": (214, 58, 52),
    "orange": (236, 134, 48),
    "yellow": (248, 206, 70),
    "green": (84, 158, 82),
    "blue": (62, 116, 196),
    "purple": (128, 84, 168),
    "pink": (242, 150, 176),
    "brown": (138, 92, 58),
    "black": (52, 50, 58),
    "white": (244, 242, 238),
    "grey": (142, 146, 154),
    "gold": (222, 172, 58),
    "silver": (192, 198, 206),
    "turquoise": (72, 190, 190),
    "teal": (34, 120, 124),
    "navy": (36, 52, 100),
    "beige": (222, 200, 166),
    "cream": (250, 236, 204),
    "maroon": (122, 34, 48),
    "lime": (166, 212, 70),
    "magenta": (212, 66, 150),
    "lavender": (184, 166, 220),
    "olive": (126, 130, 62),
    "coral": (244, 120, 100),
    "mint": (160, 220, 186),
}

SYNONYMS: dict[str, str] = {
    "gray": "grey", "violet": "purple", "scarlet": "red", "crimson": "red", "ruby": "red", "golden": "gold",
    "aqua": "turquoise", "cyan": "turquoise", "tan": "beige", "sandy": "beige", "ivory": "cream", "burgundy": "maroon",
    "fuchsia": "magenta", "lilac": "lavender", "azure": "light blue", "emerald": "green", "amber": "orange",
    "ginger": "orange", "chestnut": "brown", "chocolate": "dark brown", "blond": "beige", "salmon": "coral",
    "rose": "pink", "indigo": "navy", "khaki": "olive", "charcoal": "dark grey", "reddish": "red",
    "snow-white": "white",
}  # fmt: skip

SHADES: dict[str, str] = {
    "light": "light", "pale": "light", "pastel": "light", "bright": "light", "dark": "dark", "deep": "dark",
}  # fmt: skip

LIGHT: RGB = (255, 246, 222)
SHADOW: RGB = (38, 34, 74)


def mix(a: RGB, b: RGB, share: float) -> RGB:
    """Return a colour between a (share 0) and b (share 1)."""
    keep = 1 - share
    return (
        int(a[0] * keep + b[0] * share + 0.5),
        int(a[1] * keep + b[1] * share + 0.5),
        int(a[2] * keep + b[2] * share + 0.5),
    )


def lighter(colour: RGB, share: float) -> RGB:
    """Return the colour in more light (warm). share: 0 to 1."""
    return mix(colour, LIGHT, share)


def darker(colour: RGB, share: float) -> RGB:
    """Return the colour in more shadow (cool). share: 0 to 1."""
    return mix(colour, SHADOW, share)


def rgb(name: str) -> RGB:
    """Return the colour of a name such as "red" or "light red"."""
    shade, _, plain = name.rpartition(" ")
    colour = NAMED[plain]
    if shade == "light":
        return mix(colour, (255, 255, 255), 0.45)
    if shade == "dark":
        return mix(colour, (22, 20, 36), 0.42)
    return colour


def distance(a: str, b: str) -> float:
    """Return how far apart two named colours are, 0 to 1."""
    return min(1.0, sum(abs(p - q) for p, q in zip(rgb(a), rgb(b), strict=True)) / 380)
