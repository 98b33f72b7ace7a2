"""Any text, made harmless for LaTeX and readable with pdfLaTeX, XeLaTeX and LuaLaTeX."""

from __future__ import annotations

import re
import unicodedata

from mediation.safe_text import printable

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    "\n": " ",
    "\t": " ",
    "\r": " ",
}
_SIGNS = {
    "\u00a0": "~",
    "\u2007": r"\phantom{0}",
    "\u2009": r"\,",
    "\u202f": r"\,",
    "\u200b": "",
    "\u2060": "",
    "\u00ad": r"\-",
    "\ufeff": "",
    "\u2010": "-",
    "\u2011": "-",
    "\u2012": r"\textendash{}",
    "\u2013": r"\textendash{}",
    "\u2014": r"\textemdash{}",
    "\u2018": r"\textquoteleft{}",
    "\u2019": r"\textquoteright{}",
    "\u201c": r"\textquotedblleft{}",
    "\u201d": r"\textquotedblright{}",
    "\u201e": r"\quotedblbase{}",
    "\u2026": r"\textellipsis{}",
    "\u2020": r"\textdagger{}",
    "\u2021": r"\textdaggerdbl{}",
    "\u2022": r"\textbullet{}",
    "\u20ac": r"\texteuro{}",
    "\u2122": r"\texttrademark{}",
    "\u00b5": r"\ensuremath{\mu}",
    "\u00b7": r"\textperiodcentered{}",
    "\u00d7": r"\ensuremath{\times}",
    "\u00f7": r"\ensuremath{\div}",
    "\u00b1": r"\ensuremath{\pm}",
    "\u00b0": r"\textdegree{}",
    "\u2212": r"\ensuremath{-}",
    "\u2032": r"\ensuremath{'}",
    "\u2033": r"\ensuremath{''}",
    "\u2190": r"\ensuremath{\leftarrow}",
    "\u2192": r"\ensuremath{\rightarrow}",
    "\u2194": r"\ensuremath{\leftrightarrow}",
    "\u21d2": r"\ensuremath{\Rightarrow}",
    "\u2208": r"\ensuremath{\in}",
    "\u2211": r"\ensuremath{\sum}",
    "\u2206": r"\ensuremath{\Delta}",
    "\u221a": r"\ensuremath{\surd}",
    "\u221e": r"\ensuremath{\infty}",
    "\u223c": r"\ensuremath{\sim}",
    "\u2248": r"\ensuremath{\approx}",
    "\u2260": r"\ensuremath{\neq}",
    "\u2264": r"\ensuremath{\leq}",
    "\u2265": r"\ensuremath{\geq}",
    "\u22c5": r"\ensuremath{\cdot}",
}
# Greek letters with a command of their own, by their names in Unicode; other capitals look like
# Latin ones.
_BOTH = "GAMMA|DELTA|THETA|LAMDA|XI|PI|SIGMA|UPSILON|PHI|PSI|OMEGA"  # codespell:ignore lamda
_SMALL = "ALPHA|BETA|EPSILON|ZETA|ETA|IOTA|KAPPA|MU|NU|RHO|TAU|CHI"
_GREEK = re.compile(
    f"GREEK (SMALL) LETTER (FINAL )?({_BOTH}|{_SMALL})|GREEK (CAPITAL) LETTER ({_BOTH})"
)
# Two of these beside each other would become another character.
_JOINING = re.compile(r"([-',])(?=\1)")
_KNOWN = {**_SPECIAL, **_SIGNS}
_ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0306": "u",
    "\u0307": ".",
    "\u0308": '"',
    "\u030a": "r",
    "\u030b": "H",
    "\u030c": "v",
    "\u0326": "textcommabelow",
    "\u0327": "c",
    "\u0328": "k",
}
_RAISED = {"<super>": "textsuperscript", "<sub>": "textsubscript"}
_LETTERS = {
    "\u00bc": r"\textonequarter{}",
    "\u00bd": r"\textonehalf{}",
    "\u00be": r"\textthreequarters{}",
    "\u00df": r"\ss{}",
    "\u00e6": r"\ae{}",
    "\u00c6": r"\AE{}",
    "\u0153": r"\oe{}",
    "\u0152": r"\OE{}",
    "\u00f8": r"\o{}",
    "\u00d8": r"\O{}",
    "\u0142": r"\l{}",
    "\u0141": r"\L{}",
    "\u0131": r"\i{}",
    "\u00f0": r"\dh{}",
    "\u00d0": r"\DH{}",
    "\u00fe": r"\th{}",
    "\u00de": r"\TH{}",
    "\u0111": r"\dj{}",
    "\u0110": r"\DJ{}",
    "\u00bf": r"\textquestiondown{}",
    "\u00a1": r"\textexclamdown{}",
    "\u00ab": r"\guillemotleft{}",
    "\u00bb": r"\guillemotright{}",
    "\u00a7": r"\S{}",
    "\u00b6": r"\P{}",
    "\u00a9": r"\textcopyright{}",
    "\u00ae": r"\textregistered{}",
    "\u00a3": r"\textsterling{}",
    "\u00a5": r"\textyen{}",
}
OTHER_CHARACTER = r"\providecommand{\othercharacter}[2]{\ifdefined\Umathchar #1\else[U+#2]\fi}"
"""Defines what `latex_text` puts for characters that pdfLaTeX has no letter for: the character
itself with XeLaTeX and LuaLaTeX, and its number with pdfLaTeX."""


def latex_text(text: str) -> str:
    r"""Write a text so that LaTeX typesets it as it stands, whatever is in it.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        One line of commands that need the encoding T1 or TU, and `OTHER_CHARACTER` where the text
        has letters beyond Latin and Greek ones. Control characters and marks of direction are
        question marks, as everywhere in the report.

    Examples
    --------
    >>> latex_text("R\u00b2 \u2265 50% & x_1")
    'R\\textsuperscript{2} \\ensuremath{\\geq} 50\\% \\& x\\_1'
    """
    composed = unicodedata.normalize("NFC", printable(text))
    made = _JOINING.sub(r"\1{}", "".join(_character(character) for character in composed))
    # At the beginning of a row these would be read as an option of the line break before.
    return f"{{}}{made}" if made.lstrip().startswith(("[", "*")) else made


def _character(character: str) -> str:
    known = _KNOWN.get(character) or _LETTERS.get(character)
    if known is not None or character in _KNOWN:
        return known or ""
    if character.isascii():
        return character
    greek = _greek(character)
    if greek:
        return greek
    kind, _, whole = unicodedata.decomposition(character).partition(" ")
    if kind in _RAISED and " " not in whole:
        return f"\\{_RAISED[kind]}{{{_character(chr(int(whole, 16)))}}}"
    parts = unicodedata.normalize("NFD", character)
    if len(parts) == 2 and parts[0].isascii() and parts[0].isalpha() and parts[1] in _ACCENTS:
        return f"\\{_ACCENTS[parts[1]]}{{{parts[0]}}}"
    if unicodedata.category(character) in ("Cn", "Co", "Cf"):
        return f"[U+{ord(character):04X}]"
    return f"\\othercharacter{{{character}}}{{{ord(character):04X}}}"


def _greek(character: str) -> str:
    """Give the command of a Greek letter; empty if there is none."""
    found = _GREEK.fullmatch(unicodedata.name(character, ""))
    if found is None:
        return ""
    command = (found[3] or found[5]).lower().replace("lamda", "lambda")  # codespell:ignore lamda
    command = command.capitalize() if found[4] else command
    return f"\\ensuremath{{\\{'var' if found[2] else ''}{command}}}"
