"""Reverse proxies in front of Synapse: configurations to use, and a probe for your own server.

- A *configuration* is a file in this folder. Those in `broken` are known to be bad.
- The *probe* asks a server from outside. Each question ends in a *finding*: what was asked, a
  *verdict* (good, warning, bad, unknown), and what to do about it.
- A *place* is a host and a port. *Delegation* is how a server name leads to one: through
  `/.well-known/matrix/server` for homeservers, and `/.well-known/matrix/client` for clients.
- A *private path* is one that nobody outside should reach, such as the admin API.

To understand the probe read `probe`, then `federation_api` and `private_paths` for the questions,
and `https` for how they are sent.
"""
