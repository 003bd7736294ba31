"""The one error that is the user's to mend."""


class ReportError(Exception):
    """A mistake in the input: its text says what, where and what to do."""
