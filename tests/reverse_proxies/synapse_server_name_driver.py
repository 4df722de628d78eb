"""Asks a release of Synapse where it looks for a server, with our own DNS server.

This file runs in the environment of a release. It reads a line of JSON, {"name": ..., "srv":
{service: port}}, and prints {"servers": ["host:port"], "asked": [service]}: the hosts to which
Synapse would connect for a name in `m.server`, and the SRV records that it looked up, in order. The
resolver, the DNS server and their packets are real: they are Twisted's.
"""

import inspect
from typing import Any

from synapse.http.federation.matrix_federation_agent import MatrixHostnameEndpoint
from synapse.http.federation.srv_resolver import SrvResolver
from twisted.internet import defer, reactor
from twisted.names import client, common, dns, error, server
from twisted.web.client import URI

from tests.real.driver import serve_in_reactor


class Zone(common.ResolverBase):  # type: ignore[misc]  # Twisted is there in the environment only
    """The DNS records of one request; it notes the names that are looked up."""

    def __init__(self, ports: dict[str, int]) -> None:
        super().__init__()
        self.ports = ports
        self.asked: list[str] = []

    def query(self, query: Any, timeout: Any = None) -> Any:
        name = query.name.name.decode()
        service, _, domain = name.partition(".matrix.")
        if query.type == dns.SRV and domain == "example.com":
            self.asked.append(service)
        if query.type == dns.SRV and service in self.ports:
            record = dns.Record_SRV(0, 0, self.ports[service], b"target.example.com")
            return defer.succeed(([dns.RRHeader(name, dns.SRV, payload=record)], [], []))
        return defer.fail(error.DomainError(name))


async def answer(request: dict[str, Any]) -> dict[str, Any]:
    zone = Zone(request["srv"])
    protocol = dns.DNSDatagramProtocol(server.DNSServerFactory(clients=[zone]))
    listening = reactor.listenUDP(0, protocol, interface="127.0.0.1")
    resolver = client.Resolver(servers=[("127.0.0.1", listening.getHost().port)])
    fixed = {
        "reactor": reactor,
        "proxy_reactor": reactor,
        "tls_client_options_factory": None,
        "srv_resolver": SrvResolver(dns_client=resolver, cache={}),
        "proxy_config": None,
        "parsed_uri": URI.fromBytes(f"matrix-federation://{request['name']}/".encode()),
    }
    taken = inspect.signature(MatrixHostnameEndpoint).parameters
    endpoint = MatrixHostnameEndpoint(**{key: fixed[key] for key in taken})
    resolved = await endpoint._resolve_server()
    await listening.stopListening()
    servers = [f"{one.host.decode()}:{one.port}" for one in resolved]
    return {"servers": servers, "asked": zone.asked}


if __name__ == "__main__":
    serve_in_reactor(answer)
