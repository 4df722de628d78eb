"""The ports of servers that tests start."""

from tests.real.proxy import OUTGOING, free_ports


def test_a_free_port_is_outside_the_range_for_clients() -> None:
    ports = free_ports(50)
    assert len(set(ports)) == 50
    assert max(ports) < OUTGOING.start
