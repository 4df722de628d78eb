"""The ports of servers that tests start."""

from tests.real.proxy import OUTGOING, free_ports


def test_a_free_port_is_none_that_the_system_gives_to_a_client() -> None:
    ports = free_ports(50)
    assert len(set(ports)) == 50
    assert max(ports) < OUTGOING.start
