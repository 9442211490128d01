"""The fixtures of rating studies, which the tests of the page share."""

from judged import at, opened, rating_file

__all__ = ["at", "opened", "rating_file"]
