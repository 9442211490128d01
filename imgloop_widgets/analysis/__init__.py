"""From events to tables, figures and reports.

    store → data.read_data → frames → measures → figures → outputs → report (papermill, HTML)

pandas and matplotlib live here and nowhere else. This file imports nothing, so that a command that only starts a
report (`analysis.report`) loads neither.
"""
