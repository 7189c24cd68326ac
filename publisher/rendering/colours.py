"""Colours that can be read: a newsroom's accent, made fit for its background.

Contrast is that of WCAG 2.2, success criterion 1.4.3: at least 4.5 to 1 for text.
"""

import colorsys
import re

__all__ = ["READABLE", "contrast", "is_colour", "readable"]

READABLE = 4.5
# Of the sRGB transfer function.
LINEAR_BELOW = 0.04045

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_STEPS = 50


def is_colour(text: str) -> bool:
    """Tell whether it is a colour as we take it: `#9e1b20`."""
    return _HEX.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def readable(colour: str, background: str) -> str:
    """Return the colour, darkened or lightened until it can be read.

    Hue and saturation stay, so that a red remains a red and does not turn pink.
    """
    pole = (
        0.0
        if contrast("#000000", background) > contrast("#ffffff", background)
        else 1.0
    )
    steps = (_moved(colour, pole, step / _STEPS) for step in range(_STEPS + 1))
    return next(c for c in steps if contrast(c, background) >= READABLE)


def _moved(colour: str, pole: float, share: float) -> str:
    """Return the colour with its lightness moved towards 0 or 1."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(colour))
    moved = colorsys.hls_to_rgb(hue, lightness + (pole - lightness) * share, saturation)
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in moved)


def _channels(colour: str) -> tuple[float, float, float]:
    """Return red, green and blue, each from 0 to 1."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.2."""
    red, green, blue = (
        c / 12.92 if c <= LINEAR_BELOW else ((c + 0.055) / 1.055) ** 2.4
        for c in _channels(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
