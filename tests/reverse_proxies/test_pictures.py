"""What the pictures of proxies say is what the printed files say."""

from snippets.reverse_proxies.pictures import clients_ask, homeservers_ask, ports


def test_ports_lead_from_443_and_8448_to_the_first_printed_listener() -> None:
    drawn = ports()
    assert all(
        f">{words}<" in drawn for words in ("443", "8448, unless", "127.0.0.1:8008", "/_matrix/")
    )
    assert "It answers 404 itself to the rest, such as /_synapse/admin" in drawn


def test_homeservers_ask_the_name_and_then_go_where_the_printed_file_says() -> None:
    said = homeservers_ask()
    assert said.index("1. GET /.well-known/matrix/server<") < said.index(
        '2. "matrix.example.com:443"<'
    )
    assert "Another homeserver connects to port 443 (8448 if the file names none)" in said


def test_clients_ask_the_name_and_then_log_in_where_the_printed_file_says() -> None:
    said = clients_ask()
    assert said.index("1. GET /.well-known/matrix/client<") < said.index(
        '2. "https://matrix.example.com"<'
    )
    assert "Client logs in at port 443 of matrix.example.com" in said
