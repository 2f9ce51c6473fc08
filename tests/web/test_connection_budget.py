"""Who gives way when connections hold too much: never whoever asks honestly from elsewhere."""

from tests.conftest import run_async

from amparo.web.http.connection_budget import Budget, Room
from amparo.web.http.limits import Bounds


class Line:
    def __init__(self, network):
        self.network, self.ended = network, False

    def expire(self, _now):
        """Nothing of these runs out."""

    def make_way(self):
        self.ended = True

    abort = make_way


def budget(most):
    return Budget(most, lambda line: line.make_way())


def test_within_the_budget_nobody_gives_anything_up():
    lines, room = [Line("a"), Line("b")], budget(100)
    for line in lines:
        room.add(line, 50, now=0.0)
    assert room.total == 100
    assert not any(line.ended for line in lines)


def test_of_a_spent_budget_the_network_that_holds_the_most_gives_up_first():
    honest, flood, room = Line("a"), [Line("b"), Line("b")], budget(100)
    room.add(honest, 40, now=0.0)
    for line in flood:
        room.add(line, 31, now=0.0)
    assert not honest.ended
    assert any(line.ended for line in flood)
    assert room.total <= 100 * 7 / 8


def test_of_one_network_the_slowest_that_holds_no_less_than_others_gives_up():
    slow, quick, small, room = Line("a"), Line("a"), Line("a"), budget(100)
    room.add(slow, 45, now=0.0)
    room.add(small, 1, now=0.0)
    room.add(quick, 55, now=60.0)
    assert slow.ended
    assert not quick.ended
    assert not small.ended


def test_what_was_dropped_is_not_counted_and_dropping_it_twice_changes_nothing():
    line, room = Line("a"), budget(100)
    room.add(line, 60, now=0.0)
    room.drop(line)
    room.drop(line)
    assert room.total == 0


def admitted(room, *lines):
    async def come():
        return [room.admit(line) for line in lines]

    return run_async(come())


def test_where_a_network_has_all_its_connections_its_oldest_that_waits_makes_way():
    room = Room(Bounds(connections=10, network_connections=2))
    first, second, third, other = Line("a"), Line("a"), Line("a"), Line("b")
    assert admitted(room, first, second, other, third) == [True] * 4
    assert [first.ended, second.ended, other.ended, third.ended] == [True, False, False, False]
    assert room.connections == 3


def test_a_connection_whose_request_is_worked_on_is_not_closed_for_another():
    room = Room(Bounds(connections=10, network_connections=1))
    at_work, late = Line("a"), Line("a")
    admitted(room, at_work)
    room.work(at_work)
    assert admitted(room, late) == [False]
    assert not at_work.ended
    room.wait(at_work)
    assert admitted(room, late) == [True]
    assert at_work.ended


def test_behind_a_proxy_that_is_named_there_are_many_visitors():
    room = Room(Bounds(connections=10, network_connections=1), proxies="10.0.0.0/8, 192.0.2.7")
    assert admitted(room, Line("10.1.2.3"), Line("10.1.2.3"), Line("192.0.2.7")) == [True] * 3
    assert room.connections == 3


def test_where_the_process_has_all_its_connections_the_largest_network_makes_way():
    room = Room(Bounds(connections=3, network_connections=3))
    many, one, new = [Line("a"), Line("a")], Line("b"), Line("c")
    assert admitted(room, *many, one, new) == [True] * 4
    assert [line.ended for line in many] == [True, False]
    assert not one.ended


def test_who_leaves_is_forgotten_with_all_it_held():
    room, line = Room(Bounds(connections=2, network_connections=2)), Line("a")
    admitted(room, line)
    room.unfinished.add(line, 10, now=0.0)
    room.leave(line)
    room.leave(line)
    assert (room.connections, room.unfinished.total) == (0, 0)
