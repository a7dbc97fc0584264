"""What ends a process."""

from unittest.mock import Mock, call

from chassis.bus.ending import ends_with


def test_a_process_ends_with_what_has_to_last():
    """With a code by which it is started anew; not again where it ends already."""
    thread, ended = Mock(), Mock()
    ends_with(thread, ended)
    ((when_over,), _) = thread.link.call_args
    ended.ready.return_value = False
    when_over(thread)
    assert ended.send.mock_calls == [call(1)]
    ended.ready.return_value = True
    when_over(thread)
    assert ended.send.mock_calls == [call(1)]
