"""Rating studies: other people judge the images of a first study. The file, the items, who judges what; pure.

    study file (tables, study)  →  items_of(first study's sessions)  →  block  →  present  →  Shown
    a rater's log  →  fold  →  RatingState;  decide(state, command, now)  →  events

The laws, each a property test (tests/unit/ratings, tests/store/test_ratings.py):

1. An item has at most `raters_per_item` raters who have judged it or are at it.
2. Nobody judges their own image, or an item twice.
3. What a rater leaves undone goes to others: at their deadline, or when they finish early. So every item gets all its
   raters, as long as raters come who may judge it.
4. A rater's session is a fold over its own events; what was judged is never lost, an answer that was changed neither.
"""

from imgloop_widgets.ratings.blocks import block, present
from imgloop_widgets.ratings.decide import Leave, Rate, RatingCommand, Skip, decide
from imgloop_widgets.ratings.items import TARGET, Item, Picture, Shown, items_of
from imgloop_widgets.ratings.questions import SAME, asked, coded, form_of, is_right, letter, uncoded
from imgloop_widgets.ratings.state import RatingState, Step, fold, is_over
from imgloop_widgets.ratings.study import AnyStudy, RatingStudy, is_of_ratings, load_any, load_ratings
from imgloop_widgets.ratings.tables import Question, Ratings

__all__ = [
    "SAME",
    "TARGET",
    "AnyStudy",
    "Item",
    "Leave",
    "Picture",
    "Question",
    "Rate",
    "RatingCommand",
    "RatingState",
    "RatingStudy",
    "Ratings",
    "Shown",
    "Skip",
    "Step",
    "asked",
    "block",
    "coded",
    "decide",
    "fold",
    "form_of",
    "is_of_ratings",
    "is_over",
    "is_right",
    "items_of",
    "letter",
    "load_any",
    "load_ratings",
    "present",
    "uncoded",
]
