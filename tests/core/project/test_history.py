"""The history against a simple model: two lists of values."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cnnlab.core.messages import message as _
from cnnlab.core.project import history as module
from cnnlab.core.project.history import History

STEPS = st.lists(
    st.tuples(st.just("do"), st.integers(0, 5), st.sampled_from([None, None, "drag", "type"]))
    | st.tuples(st.sampled_from(["undo", "redo", "map", "end"]), st.just(0), st.none()),
    max_size=40,
)


@given(STEPS)
def test_it_does_what_two_lists_do(steps: list[tuple[str, int, str | None]]) -> None:
    history = History(0)
    past: list[tuple[int, str]] = []
    present = 0
    future: list[tuple[int, str]] = []
    gesture: str | None = None
    for number, (what, value, new_gesture) in enumerate(steps):
        if what == "do":
            history.do(_("Step {number}", number=number), value, new_gesture)
            if new_gesture is None or new_gesture != gesture or not past:
                past.append((present, f"Step {number}"))
            elif value == past[-1][0]:
                past.pop()
                new_gesture = None
            present, future, gesture = value, [], new_gesture
        elif what == "undo":
            history.undo()
            if past:
                before, label = past.pop()
                future.append((present, label))
                present = before
            gesture = None
        elif what == "redo":
            history.redo()
            if future:
                after, label = future.pop()
                past.append((present, label))
                present = after
            gesture = None
        elif what == "map":
            history.map(lambda old: old + 1000)
            past, future = ([(old + 1000, label) for old, label in values] for values in (past, future))
            present += 1000
        else:
            history.end_gesture()
            gesture = None
        assert history.present == present
        assert str(history.undo_label or "") == (past[-1][1] if past else "")
        assert str(history.redo_label or "") == (future[-1][1] if future else "")


def test_a_drag_is_one_step_and_the_next_drag_another() -> None:
    history = History(0)
    for value in (1, 2, 3):
        history.do(_("Move"), value, gesture="move a")
    history.end_gesture()
    for value in (4, 5):
        history.do(_("Move"), value, gesture="move a")
    history.undo()
    assert history.present == 3
    history.undo()
    assert history.present == 0
    history.redo()
    assert history.present == 3


def test_undo_and_redo_at_the_ends_do_nothing() -> None:
    history = History("start")
    history.undo()
    history.redo()
    assert (history.present, history.undo_label, history.redo_label) == ("start", None, None)


def test_the_oldest_steps_are_forgotten() -> None:
    history = History(0)
    for value in range(1, module.LIMIT + 11):
        history.do(_("Step"), value)
    for _number in range(module.LIMIT + 11):
        history.undo()
    assert history.present == 10


def test_gesture_that_ends_where_it_began_is_no_step() -> None:
    history = History(1)
    history.do(_("Set"), 2)
    history.do(_("Spin"), 3, gesture="spin")
    history.do(_("Spin"), 4, gesture="spin")
    history.do(_("Spin"), 2, gesture="spin")
    assert history.present == 2
    assert str(history.undo_label) == "Set"
    history.do(_("Spin"), 5, gesture="spin")
    history.undo()
    assert history.present == 2
