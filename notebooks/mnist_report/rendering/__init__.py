"""From an executed notebook to PDF and HTML."""

from .exporters import HTMLExporter, MarkdownExporter, PDFExporter, render
from .links import bind

__all__ = [
    "HTMLExporter",
    "MarkdownExporter",
    "PDFExporter",
    "bind",
    "render",
]
