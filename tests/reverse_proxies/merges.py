"""Merges the printed files as a reader would.

Each function does what the first line of a file or a sentence on a page says, to the text of
another printed file or of a website's own configuration, and nothing else.
"""

import re
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "snippets" / "reverse_proxies"

# Websites before Matrix is added: each serves this folder, which exists on every Debian.
WEBSITE = "/usr/share/common-licenses"
NGINX_WEBSITE = f"""server {{
    listen 443 ssl http2;
    listen [::]:443 ssl http2;
    server_name example.com;
    ssl_certificate     /etc/letsencrypt/live/example.com/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    root {WEBSITE};

    location / {{
        try_files $uri $uri/ =404;
    }}
    location ~ /\\. {{
        deny all;
    }}
}}
"""
APACHE_WEBSITE = f"""<VirtualHost *:443>
    ServerName example.com
    DocumentRoot {WEBSITE}
    <Directory {WEBSITE}>
        Require all granted
    </Directory>
    SSLEngine on
    SSLCertificateFile    /etc/letsencrypt/live/example.com/fullchain.pem
    SSLCertificateKeyFile /etc/letsencrypt/live/example.com/privkey.pem
</VirtualHost>
"""
CADDY_WEBSITE = f"""example.com {{
	root * {WEBSITE}
	file_server
}}
"""
CADDY_WEBSITE_WITH_HANDLES = f"""example.com {{
	handle /old/* {{
		redir https://example.com/
	}}
	handle {{
		root * {WEBSITE}
		file_server
	}}
}}
"""


def printed(name: str) -> str:
    """The text of a printed file."""
    return (FOLDER / name).read_text("utf-8")


def _block(text: str, first: str, last: str) -> str:
    """The lines from the one that begins with `first` to the next one that is `last`, inclusive."""
    (match,) = re.findall(rf"^{first}.*?^{last}\n", text, re.MULTILINE | re.DOTALL)
    return str(match)


def haproxy() -> str:
    """haproxy.cfg with the delegation in its frontend for clients, above its use_backend."""
    fragment = printed("haproxy-delegation.cfg").partition("\n\n")[2]
    before, frontend, after = printed("haproxy.cfg").partition("frontend clients\n")
    above, use_backend, below = after.partition("    use_backend ")
    assert all([fragment, frontend, use_backend])
    return before + frontend + above + fragment + use_backend + below


def nginx_website() -> str:
    """A website's server block with the two locations."""
    printed_file = printed("nginx-delegation.conf")
    locations = [
        _block(printed_file, rf"    location = /\.well-known/matrix/{name} ", "    }")
        for name in ("server", "client")
    ]
    return NGINX_WEBSITE.removesuffix("}\n") + "".join(locations) + "}\n"


def apache_website(website: str = APACHE_WEBSITE) -> str:
    """A website's virtual host with `Alias` and `<Directory>`, and the modules that the file says
    to enable.
    """
    printed_file = printed("apache-delegation.conf")
    lines = _block(printed_file, "    Alias ", "    </Directory>")
    comment = printed_file.partition("\n\n")[0]
    end = "</VirtualHost>\n"
    return f"{comment}\n{website.removesuffix(end)}{lines}{end}"


def caddy(website: str) -> str:
    """The Caddyfile, followed by a website's block with the `handle`."""
    handle = _block(printed("Caddyfile-delegation"), "\thandle ", "\t}")
    return printed("Caddyfile") + "\n" + website.removesuffix("}\n") + handle + "}\n"


def well_known() -> dict[str, str]:
    """The two files that Apache's comment says to write, by name."""
    comment = " ".join(re.findall(r"^    # (.*)$", printed("apache-delegation.conf"), re.MULTILINE))
    match = re.fullmatch(
        r"Two files, with (\{.*?\}) in `server`, and in `client` (\{.*\})\.", comment
    )
    assert match, comment
    return {"server": match[1], "client": match[2]}


# The first line of a printed file's part for other homeservers, on port 8448.
_HOMESERVERS = {
    "nginx.conf": "server { # other homeservers",
    "Caddyfile": "# Other homeservers.",
    "apache.conf": "# Other homeservers.",
    "haproxy.cfg": "frontend homeservers",
}


def second_listener(name: str) -> str:
    """A printed file, with port 8448 forwarded to Synapse's second listener, on port 8009."""
    clients, start, homeservers = printed(name).partition(_HOMESERVERS[name])
    if name == "haproxy.cfg":  # here the address is in a backend that 443 uses too
        homeservers = homeservers.replace("use_backend synapse", "use_backend federation", 1)
        homeservers += "\nbackend federation\n    server synapse 127.0.0.1:8009\n"
    else:
        homeservers = homeservers.replace("127.0.0.1:8008", "127.0.0.1:8009")
    assert start
    assert "8009" in homeservers
    return clients + start + homeservers


def listeners(homeserver_yaml: str) -> str:
    """A homeserver's configuration with the printed listeners instead of its own."""
    merged, count = re.subn(
        r"^listeners:\n(?:[ -].*\n)+",
        lambda _: printed("listeners.yaml"),
        homeserver_yaml,
        flags=re.MULTILINE,
    )
    assert count == 1, homeserver_yaml
    return merged
