"""A store's accent: the colour of its buttons and links. It must be legible on the page, in light and in dark.

The page derives the dark theme's accent and the tints from the same hue (web/src/styles/tokens.css), so only the light
one is checked here: as text on the page's ground, and under white text on a button.
"""

from coloraide import Color

GROUND = "#fbf8f4"
"""The background of a light page; the token --ground."""
MIN_CONTRAST = 4.5
"""WCAG 2.2, success criterion 1.4.3, for text of normal size."""

_STEP = 0.01


def problem_with(accent: str) -> str | None:
    """A sentence about what is wrong with an accent colour, or None; empty means no accent of its own."""
    if not accent:
        return None
    colour = _read(accent)
    if colour is None:
        return "The accent should be a colour such as #2c6b45 or darkgreen."
    contrast = _contrast(colour)
    if contrast < MIN_CONTRAST:
        return (
            f"The accent {accent} is too light to read: its contrast with the page is {contrast:.1f}, and the minimum "
            f"is {MIN_CONTRAST}. {_darkened(colour)} would do."
        )
    return None


def as_hex(accent: str) -> str:
    """Convert a CSS colour in any notation to #rrggbb; empty stays empty."""
    colour = _read(accent)
    return _hex(colour) if colour is not None else ""


def _read(accent: str) -> Color | None:
    """Parse a colour and fit it into sRGB, which every screen can show; None if it is invalid or not opaque."""
    try:
        colour = Color(accent.strip())
    except ValueError:
        return None
    return colour.convert("srgb").fit() if colour.alpha() == 1 else None


def _contrast(colour: Color) -> float:
    return colour.contrast(GROUND, method="wcag21")


def _darkened(colour: Color) -> str:
    """The lightest colour of the same hue that is dark enough."""
    darker = colour.convert("oklch")
    while _contrast(Color(_hex(darker))) < MIN_CONTRAST:
        darker["lightness"] -= _STEP
    return _hex(darker)


def _hex(colour: Color) -> str:
    return colour.convert("srgb").fit().to_string(hex=True)
