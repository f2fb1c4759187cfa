"""Still lifes drawn on the spot: the demo's drafts and proofs show something and copy nobody's photo."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

TABLES = {
    "morning": ("#d9cdb8", "#7a4b32", "#f3ead9"),
    "trail": ("#c7d0bd", "#4d5b3c", "#efe7d3"),
    "record": ("#cfc9d6", "#2b2735", "#e7dfd0"),
}


def still_life(name: str) -> io.BytesIO:
    """A JPEG of 1080 × 1350 pixels: a table, a thing on it, its shadow."""
    ground, thing, light = TABLES[name]
    picture = Image.new("RGB", (1080, 1350), light)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 820, 1080, 1350), fill=ground)
    draw.ellipse((250, 980, 890, 1080), fill=_darker(ground))
    if name == "record":
        draw.ellipse((240, 330, 840, 930), fill=thing)
        draw.ellipse((460, 550, 620, 710), fill=light)
    else:
        draw.rounded_rectangle((330, 560, 750, 1030), radius=70, fill=thing)
        draw.rounded_rectangle((400, 470, 680, 580), radius=40, fill=_darker(thing))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    out.seek(0)
    return out


def _darker(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return red * 4 // 5, green * 4 // 5, blue * 4 // 5
