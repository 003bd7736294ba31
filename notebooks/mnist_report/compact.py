"""Drawings in fewer bytes: the same picture in a smaller file.

A notebook holds every figure twice, drawn (SVG) and painted (PNG); at what
matplotlib writes by default, half of the file would be coordinates finer
than a printer's dots and colours that no eye tells apart.
"""

import base64
import io
import re

from PIL import Image

# decimals of a point (1/72 in) that coordinates keep: 1/7,200 of an inch
DECIMALS = 2
# a palette's colours, and the rounds that fit them to the picture
COLOURS, ROUNDS = 256, 3

UNSEEN = re.compile(r"<metadata>.*?</metadata>|<!--.*?-->", re.S)
IMAGE = re.compile(r"(data:image/png;base64,)\s*([\w+/=\s]+)")
# where matplotlib writes places and lengths in points; factors such as
# scale(0.015625) and matrix(…) are left alone
PLACES = re.compile(
    r'(?<=\s)(?:d|points|x|y|x1|y1|x2|y2)="[^"]*"|translate\([^)]*\)'
)
GROUP = re.compile(r"</?g\b[^>]*>")
NUMBER = re.compile(r"-?\d+\.\d+(?:e[-+]?\d+)?|-?\d+e[-+]?\d+")
COMMAND = re.compile(r"\s*([A-Za-z])\s*")


def svg(drawing: str) -> str:
    """Return matplotlib's drawing without what does not show."""
    drawing = UNSEEN.sub("", drawing)
    drawing = IMAGE.sub(_repainted, drawing)
    drawing = PLACES.sub(_rounded, drawing)
    drawing = _ungrouped(drawing)
    return "\n".join(filter(None, map(str.strip, drawing.splitlines()))) + "\n"


def png(painting: bytes) -> bytes:
    """Return a picture in greys or a palette; a transparent one as it is."""
    image = Image.open(io.BytesIO(painting))
    if image.mode == "RGBA" and image.getextrema()[3][0] < 255:
        return painting
    image = image.convert("RGB")
    if len({band.tobytes() for band in image.split()}) == 1:
        image = image.convert("L")
    else:
        image = image.quantize(
            COLOURS,
            Image.Quantize.MEDIANCUT,
            ROUNDS,
            dither=Image.Dither.NONE,
        )
    stream = io.BytesIO()
    image.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _ungrouped(drawing: str) -> str:
    """Leave out groups that but name what they hold."""
    used = set(re.findall(r"#([\w.-]+)", drawing))
    kept = []

    def shown(match: re.Match) -> str:
        if match[0] == "</g>":
            return match[0] if kept.pop() else ""
        name = re.search(r' id="([^"]*)"', match[0])
        unused = name and name[1] not in used
        tag = match[0].replace(name[0], "") if unused else match[0]
        if tag.endswith("/>"):
            return "" if tag == "<g/>" else tag
        kept.append(tag != "<g>")
        return tag if kept[-1] else ""

    return GROUP.sub(shown, drawing)


def _repainted(match: re.Match) -> str:
    head, painting = match.groups()
    painting = png(base64.b64decode(painting))
    return head + base64.b64encode(painting).decode()


def _rounded(match: re.Match) -> str:
    text = match[0]
    if text.startswith("d="):
        path = " ".join(text[3:-1].split())
        text = 'd="' + COMMAND.sub(r"\1", path) + '"'
    return NUMBER.sub(_number, text)


def _number(match: re.Match) -> str:
    text = f"{float(match[0]):.{DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
