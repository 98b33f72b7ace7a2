"""The first screens against pictures that were looked at; `make golden` renews them.

Fonts differ between machines, so the pages are set in the DejaVu of matplotlib, made grey, and
shrunk until single letters no longer count. What is compared is where things are and how dark.
"""

import base64
import io
import os
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.browser

GOLDEN = Path(__file__).parents[1] / "golden" / "browser"
SHRINK = 6
# Shades of 256. Two runs of one machine differ by 0; letters drawn otherwise by one or two.
MEAN, WORST = 3.0, 60.0
SCENES = {
    "phone": {"size": (390, 2400)},
    "phone-dark": {"size": (390, 2400), "scheme": "dark"},
    "laptop": {"size": (1280, 2400)},
    "laptop-dark": {"size": (1280, 2400), "scheme": "dark"},
    "print": {"size": (717, 1046), "media": "print"},
}


def font_css():
    """One font for every element, as data."""
    import matplotlib as mpl

    file = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    data = base64.b64encode(file.read_bytes()).decode()
    face = f"@font-face {{ font-family: Golden; src: url(data:font/ttf;base64,{data}) }}"
    return f"{face} * {{ font-family: Golden !important }}"


def picture(visit, scene):
    """The scene as shades of grey, small: one value for each square of pixels."""
    from PIL import Image

    with visit(**SCENES[scene]) as opened:
        opened.page.add_style_tag(content=font_css())
        opened.page.evaluate("document.fonts.ready")
        taken = Image.open(io.BytesIO(opened.page.screenshot())).convert("L")
    small = (taken.width // SHRINK, taken.height // SHRINK)
    return taken.resize(small, Image.Resampling.BOX)


def apart(one, two):
    """Mean and worst difference in shades, over blocks of four squares."""
    difference = np.asarray(one, dtype=float) - np.asarray(two, dtype=float)
    rows, columns = (n // 4 * 4 for n in difference.shape)
    blocks = difference[:rows, :columns].reshape(rows // 4, 4, columns // 4, 4).mean(axis=(1, 3))
    return float(np.abs(difference).mean()), float(np.abs(blocks).max())


@pytest.mark.parametrize("scene", SCENES)
def test_the_page_looks_as_it_did(visit, scene):
    from PIL import Image

    found = picture(visit, scene)
    path = GOLDEN / f"{scene}.png"
    if os.environ.get("RENEW_GOLDEN"):
        GOLDEN.mkdir(parents=True, exist_ok=True)
        found.save(path, optimize=True)
    golden = Image.open(path)
    assert found.size == golden.size
    mean, worst = apart(found, golden)
    assert mean < MEAN, "the page looks otherwise: look at it, then `make golden`"
    assert worst < WORST, "a part of the page looks otherwise: look at it, then `make golden`"


def test_a_moved_page_is_found(visit):
    """The control: a paragraph more at the top is seen, and so is one box of another color."""
    found = picture(visit, "laptop")
    moved = np.roll(np.asarray(found), 10, axis=0)
    assert apart(found, moved)[0] > MEAN
    boxed = np.array(found)
    boxed[40:60, 40:60] = 255 - boxed[40:60, 40:60]
    assert apart(found, boxed)[1] > WORST
