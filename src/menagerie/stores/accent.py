"""A store's accent: the colour of its buttons and links. It must be legible on the page, in light and in dark.

The page makes the dark theme's accent, and the tints, of the same hue (web/src/styles/tokens.css), so that only the
light one has to be looked at here: as text on the page's ground, and below white text on a button.
"""

from coloraide import Color

GROUND = "#fbf8f4"
"""What lies below everything on a light page; the token --ground."""
MIN_CONTRAST = 4.5
"""WCAG 2.2, success criterion 1.4.3, for text of ordinary size."""

_STEP = 0.01


def problem_with(accent: str) -> str | None:
    """A sentence about what is wrong with a colour as an accent, or None; empty stands for none of its own."""
    if not accent:
        return None
    colour = _read(accent)
    if colour is None:
        return "The accent should be a colour such as #2c6b45 or seagreen."
    contrast = _contrast(colour)
    if contrast < MIN_CONTRAST:
        return (
            f"The accent {accent} is too light to be read: its contrast with the page is {contrast:.1f}, and "
            f"{MIN_CONTRAST} is the least. {_darkened(colour)} would do."
        )
    return None


def as_hex(accent: str) -> str:
    """The colour as #rrggbb, whichever way of CSS it was written; empty stays empty."""
    colour = _read(accent)
    return _hex(colour) if colour is not None else ""


def _read(accent: str) -> Color | None:
    """The colour, within what every screen can show; None for what is no colour or lets something shine through."""
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
