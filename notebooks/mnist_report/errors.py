"""The one error that is the user's to mend."""


class ReportError(Exception):
    """A mistake in the input: its text says what, where and what to do."""

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows: where it was raised is no help."""
        return [str(self)]
