"""Instance metadata as EC2 serves it (IMDSv2), from a JSON file: {"values": {path: text}, "tags": {key: value} or null}."""

import json
import secrets
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DATA = "/var/lib/instance-metadata/instance.json"
USER_DATA = "/var/lib/cloud/seed/nocloud/user-data"
ROOT = "/latest/meta-data"
LONGEST_SECONDS = 21600
expiries = {}


def entries():
    """All values by their path below meta-data; a tag's key may itself hold a slash."""
    with open(DATA, encoding="utf8") as file:
        data = json.load(file)
    tags = data["tags"] or {}
    return {**data["values"], **{f"tags/instance/{key}": value for key, value in tags.items()}}


def listing(known, folder):
    """Names directly below a folder, folders with a slash as EC2 writes them; nothing where there is no such folder."""
    prefix = f"{folder}/" if folder else ""
    below = [path[len(prefix):] for path in known if path.startswith(prefix)]
    if folder == "tags/instance":
        return sorted(below)
    return sorted({name.split("/")[0] + ("/" if "/" in name else "") for name in below})


def look_up(path):
    """The text at a path, or None."""
    if path == "/latest/user-data":
        with open(USER_DATA, encoding="utf8") as file:
            return file.read()
    if path != ROOT and not path.startswith(ROOT + "/"):
        return None
    known = entries()
    wanted = path[len(ROOT):].strip("/")
    if wanted in known:
        return known[wanted]
    names = listing(known, wanted)
    return "\n".join(names) if names else None


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server_version = "EC2ws"
    protocol_version = "HTTP/1.1"

    def answer(self, status, text=""):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self):  # noqa: N802, the name is http.server's
        lifetime = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds", "")
        if self.path != "/latest/api/token":
            self.answer(404)
        elif self.headers.get("X-Forwarded-For"):
            self.answer(403)
        elif not lifetime.isdigit() or not 1 <= int(lifetime) <= LONGEST_SECONDS:
            self.answer(400, "Bad Request")
        else:
            token = secrets.token_urlsafe(42)
            expiries[token] = time.monotonic() + int(lifetime)
            self.answer(200, token)

    def do_GET(self):  # noqa: N802, the name is http.server's
        token = self.headers.get("X-aws-ec2-metadata-token", "")
        if expiries.get(token, 0) < time.monotonic():
            self.answer(401, "Unauthorized")
            return
        text = look_up(self.path)
        self.answer(404, "Not Found") if text is None else self.answer(200, text)


ThreadingHTTPServer(("169.254.169.254", 80), Handler).serve_forever()
