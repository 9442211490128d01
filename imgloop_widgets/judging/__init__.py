"""A rating study ready to be played: its file loaded, its store open. `enter` opens or resumes a rater's session.

ratings = OpenRatings.load("notebooks/ratings")
rater = ratings.enter(Identity(worker_id="ana", unit=1))      # unit n: the n-th block of this rater
rater.dispatch(Rate(seq=rater.state.seq, place=1, answers={"closer": 3}))
"""

from imgloop_widgets.judging.opening import OpenRatings, load_rating_files
from imgloop_widgets.judging.rater import Rater

__all__ = ["OpenRatings", "Rater", "load_rating_files"]
