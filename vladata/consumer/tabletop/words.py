"""What lies on the table by name: eight colours, fourteen glyphs, and the words for them.

Robots know four colours and four shapes by one word each (ROBOT_COLOURS, ROBOT_SHAPES). All else is known from the web alone:
four more colours, four more shapes, six digits, and for everything a second or third word.
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
"""A plain word -> others for the same, which no robot ever hears in training."""

Kind = tuple[str, str]
"""A colour and a glyph, by their plain words."""

SEEN: tuple[Kind, ...] = tuple(
    (colour, shape)
    for c, colour in enumerate(ROBOT_COLOURS)
    for g, shape in enumerate(ROBOT_SHAPES)
    if (c + g) % 4 != 3
)
"""The twelve kinds of object that robot data holds."""
HELD_OUT: tuple[Kind, ...] = tuple(
    (colour, shape) for colour in ROBOT_COLOURS for shape in ROBOT_SHAPES if (colour, shape) not in SEEN
)
"""Four kinds of known colours and shapes that robot data never shows together."""
NEW: tuple[Kind, ...] = tuple(
    (colour, shape)
    for colour in COLOURS
    for shape in SHAPES
    if colour not in ROBOT_COLOURS or shape not in ROBOT_SHAPES
)
"""The 48 kinds with a colour or a shape that robot data never shows."""
SYMBOLS: tuple[Kind, ...] = tuple((colour, digit) for colour in COLOURS for digit in DIGITS)
EVERYTHING: tuple[Kind, ...] = tuple((colour, glyph) for colour in COLOURS for glyph in GLYPHS)
