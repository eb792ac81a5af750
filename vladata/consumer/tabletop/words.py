"""The names of the objects on the table: eight colours, fourteen glyphs, and the words for them.

Robot data has four colours and four shapes, with one word each (ROBOT_COLOURS, ROBOT_SHAPES). Only web data has the rest: four
more colours, four more shapes, six digits, and a second or third word for everything.
"""

COLOURS: dict[str, tuple[float, float, float]] = {
    "red": (0.85, 0.10, 0.10),
    "green": (0.10, 0.60, 0.15),
    "blue": (0.10, 0.20, 0.85),
    "yellow": (0.95, 0.85, 0.10),
    "orange": (1.00, 0.50, 0.00),
    "purple": (0.50, 0.10, 0.60),
    "cyan": (0.10, 0.80, 0.85),
    "pink": (1.00, 0.55, 0.75),
}
"""Colour -> red, green and blue, 0 to 1."""

SHAPES = ("circle", "square", "triangle", "cross", "star", "ring", "moon", "hourglass")
DIGITS = ("one", "two", "three", "four", "five", "seven")
GLYPHS = (*SHAPES, *DIGITS)

ROBOT_COLOURS = tuple(COLOURS)[:4]
ROBOT_SHAPES = SHAPES[:4]

ONLY_ON_THE_WEB: dict[str, tuple[str, ...]] = {
    "red": ("crimson", "tomato"),
    "green": ("emerald", "grass"),
    "blue": ("azure", "sky"),
    "yellow": ("lemon", "sun"),
    "orange": ("carrot",),
    "purple": ("plum",),
    "cyan": ("turquoise",),
    "pink": ("rose",),
    "circle": ("disc", "round"),
    "square": ("box", "foursided"),
    "triangle": ("wedge", "threesided"),
    "cross": ("plus", "crossed"),
    "star": ("spark",),
    "ring": ("hoop",),
    "moon": ("crescent",),
    "hourglass": ("timer",),
    **{digit: (f"number{digit}",) for digit in DIGITS},
}
"""Plain word -> its synonyms, which are never in robot data."""

Kind = tuple[str, str]
"""A colour and a glyph, by their plain words."""

SEEN: tuple[Kind, ...] = tuple(
    (colour, shape)
    for c, colour in enumerate(ROBOT_COLOURS)
    for g, shape in enumerate(ROBOT_SHAPES)
    if (c + g) % 4 != 3
)
"""The twelve kinds of object in robot data."""
HELD_OUT: tuple[Kind, ...] = tuple(
    (colour, shape) for colour in ROBOT_COLOURS for shape in ROBOT_SHAPES if (colour, shape) not in SEEN
)
"""Four kinds of object whose colour and shape are in robot data, but never together."""
NEW: tuple[Kind, ...] = tuple(
    (colour, shape)
    for colour in COLOURS
    for shape in SHAPES
    if colour not in ROBOT_COLOURS or shape not in ROBOT_SHAPES
)
"""The 48 kinds with a colour or a shape that is never in robot data."""
SYMBOLS: tuple[Kind, ...] = tuple((colour, digit) for colour in COLOURS for digit in DIGITS)
EVERYTHING: tuple[Kind, ...] = tuple((colour, glyph) for colour in COLOURS for glyph in GLYPHS)
