"""A module that can't be imported."""

raise ValueError("it can't be had")
