"""Fonts for text that the font of the figures has no letters for."""

from __future__ import annotations

from functools import cache

from matplotlib.font_manager import FontProperties, fontManager, get_font

FONT = "DejaVu Sans"
# Common fonts with Chinese, Japanese and Korean letters, on Linux, macOS and Windows.
_OTHERS = (
    *("Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Source Han Sans", "PingFang SC"),
    *("Hiragino Sans", "Yu Gothic", "Microsoft YaHei", "SimHei", "MS Gothic", "Malgun Gothic"),
    *("WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Arial Unicode MS", "Droid Sans Fallback"),
)


def fonts_for(text: str) -> list[str]:
    """Name the fonts to write a text with: the usual one, then one that has what it lacks.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of str
        The usual font alone if it has every letter, or if no installed font has the others.

    Examples
    --------
    >>> fonts_for("Fidélité")
    ['DejaVu Sans']
    """
    missing = {ord(letter) for letter in text} - _letters(FONT)
    if not missing:
        return [FONT]
    counts = {name: len(missing & _letters(name)) for name in _installed()}
    best = max(counts, key=lambda name: counts[name], default="")
    return [FONT, best] if counts.get(best) else [FONT]


@cache
def _installed() -> tuple[str, ...]:
    present = {entry.name for entry in fontManager.ttflist}
    return tuple(name for name in _OTHERS if name in present)


@cache
def _letters(name: str) -> frozenset[int]:
    path = fontManager.findfont(FontProperties(family=name))
    return frozenset(get_font(path).get_charmap())
