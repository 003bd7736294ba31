"""nbconvert exporters: `jupyter nbconvert --to mnist_report.rendering.…`."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbconvert.exporters import Exporter
from traitlets import default
from traitlets.config import Config

from . import citations, links, network, pandoc, typesetting
from .document import Document
from .pandoc import TEMPLATES


class MarkdownExporter(Exporter):
    """Bind a notebook's links and write it as pandoc Markdown."""

    export_from_notebook = "Report (pandoc Markdown)"
    output_mimetype = "text/markdown"

    @default("file_extension")
    def _file_extension(self) -> str:
        return ".md"

    @property
    def default_config(self) -> Config:
        # a stream may arrive in pieces; it is one text
        config = Config({"CoalesceStreamsPreprocessor": {"enabled": True}})
        config.merge(super().default_config)
        return config

    def from_notebook_node(self, nb, resources=None, **options):
        nb, resources = super().from_notebook_node(nb, resources, **options)
        resources["output_extension"] = self.file_extension
        where = resources.get("metadata", {}).get("path") or "."
        with document(nb, Path(where).resolve()) as source:
            return self.write(source), resources

    def write(self, document: Document) -> str | bytes:
        """Turn the document into this exporter's format."""
        return document.body


class PDFExporter(MarkdownExporter):
    """Typeset a notebook as PDF/A-3a and PDF/UA-1."""

    export_from_notebook = "Report (PDF)"
    output_mimetype = "application/pdf"

    @default("file_extension")
    def _file_extension(self) -> str:
        return ".pdf"

    def write(self, document: Document) -> bytes:
        source = pandoc.convert(
            document,
            "typst-smart",
            f"--template={TEMPLATES / 'report.typ'}",
            f"--lua-filter={TEMPLATES / 'typst.lua'}",
            "--syntax-highlighting=idiomatic",
            "--shift-heading-level-by=-1",
            "--wrap=none",
        )
        return typesetting.compile_pdf(source, document)


class HTMLExporter(MarkdownExporter):
    """Write a notebook as one HTML file that needs nothing else."""

    export_from_notebook = "Report (HTML)"
    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension(self) -> str:
        return ".html"

    def write(self, document: Document) -> str:
        return pandoc.convert(
            document,
            "html5",
            f"--template={TEMPLATES / 'report.html'}",
            f"--lua-filter={TEMPLATES / 'html.lua'}",
            "--standalone",
            "--mathml",
            "--number-sections",
            "--toc",
            "--toc-depth=3",
            "--section-divs",
            "--syntax-highlighting=pygments",
            "--wrap=preserve",
            *network.offer(document),
        )


@contextlib.contextmanager
def document(notebook: dict, home: Path) -> Iterator[Document]:
    """Give a notebook's document in a folder that is gone afterwards."""
    bound = links.bind(notebook)
    with tempfile.TemporaryDirectory(prefix="report-") as folder:
        source = Document(bound, home, Path(folder))
        citations.check(bound, source.bibliography)
        yield source


def render(notebook: dict | str | Path, folder: str | Path) -> None:
    """Write report.pdf and report.html, both or neither."""
    folder, home = Path(folder), Path(folder)
    if isinstance(notebook, str | Path):
        home = Path(notebook).parent
        notebook = nbformat.read(notebook, as_version=4)
    resources = {"metadata": {"path": str(home)}}
    exporters = {"report.pdf": PDFExporter(), "report.html": HTMLExporter()}
    with ThreadPoolExecutor() as pool:
        running = {
            name: pool.submit(
                exporter.from_notebook_node, notebook, dict(resources)
            )
            for name, exporter in exporters.items()
        }
        made = {name: future.result()[0] for name, future in running.items()}
    for name, data in made.items():
        raw = data if isinstance(data, bytes) else data.encode()
        (folder / f".{name}").write_bytes(raw)
    for name in made:
        os.replace(folder / f".{name}", folder / name)
