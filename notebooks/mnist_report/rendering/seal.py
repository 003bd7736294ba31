"""What a report's PDF carries, and the checksum by which it is whole.

The checksum stands in the PDF, in the description of the first attachment.
It is that of the file with zeros in the checksum's place, so that it can be
checked from the file alone, and any changed byte breaks it.
"""

import hashlib
import io
import re

from mnist_report.errors import ReportError

LEAD = "SHA-256 of this PDF with zeros in this place: "
BLANK = "0" * 64
SEAL = re.compile(re.escape(LEAD.encode()) + rb"([0-9a-f]{64})")


def sealed(pdf: bytes) -> bytes:
    """Return a PDF with its checksum in the place that was left for it."""
    places = list(SEAL.finditer(pdf))
    if len(places) != 1:
        raise ReportError(
            f"The PDF has {len(places)} places for its checksum, not one"
        )
    return _filled(pdf, places[0], hashlib.sha256(pdf).hexdigest())


def is_whole(pdf: bytes) -> bool | None:
    """Say whether a PDF is as it was made; None for one without checksum."""
    places = list(SEAL.finditer(pdf))
    if len(places) != 1:
        return None
    blank = _filled(pdf, places[0], BLANK)
    return hashlib.sha256(blank).hexdigest() == places[0][1].decode()


def attachments(pdf: bytes) -> dict[str, bytes]:
    """Return the files that a PDF carries, by name."""
    import pypdf  # the renderer does without

    try:
        found = pypdf.PdfReader(io.BytesIO(pdf)).attachments
        return {name: files[0] for name, files in found.items()}
    except Exception as error:  # of a damaged file, any
        raise ReportError(f"The PDF cannot be read: {error}") from None


def _filled(pdf: bytes, place: re.Match[bytes], digits: str) -> bytes:
    return pdf[: place.start(1)] + digits.encode() + pdf[place.end(1) :]
