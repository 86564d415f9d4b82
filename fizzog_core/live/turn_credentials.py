"""Short-lived TURN credentials from a secret that the site and coturn share.

The scheme is "A REST API For Access To TURN Services" (draft-uberti-behave-turn-rest-00, 2013), coturn's
``use-auth-secret``: the user name holds the time at which it expires, the password is its HMAC-SHA1.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time

LIFETIME_S = 2 * 3600
"""A credential's lifetime, seconds. coturn checks it when a relay is allocated or refreshed."""


def ice_server(urls: str, secret: str, lifetime_s: int = LIFETIME_S) -> dict[str, object]:
    """One entry of a browser's ``iceServers`` for one visit. ``urls``: turn: addresses, separated by commas."""
    username = f"{int(time.time()) + lifetime_s}:{secrets.token_hex(8)}"
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return {
        "urls": [url.strip() for url in urls.split(",")],
        "username": username,
        "credential": base64.b64encode(digest).decode(),
    }
