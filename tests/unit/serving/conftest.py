"""The fixtures of rating studies, which the tests of a rater's page share."""

from judged import opened, rating_file

__all__ = ["opened", "rating_file"]
