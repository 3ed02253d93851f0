"""The part of the internet that instances need: HTTPS for the names in internet-names.txt, with what the real sites serve there.

Beside this file: k3s-install.sh, k3s.sh, internet/git (bare repositories), internet/server.crt and .key.
Below /var/lib/internet: faults.json, a list of {url, status?, delaySeconds?, times}; addresses/<private> with the public address;
requests.log, a line a request.
"""

import gzip
import hashlib
import io
import json
import os
import re
import ssl
import subprocess
import tarfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = "/var/lib/internet"
lock = threading.Lock()
uses = {}


def read(path):
    """A file's bytes, or None."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def k3s_program(version):
    """The program that a release of k3s has: a script that names its version."""
    return read(f"{HERE}/k3s.sh").replace(b"@VERSION@", version.encode())


def k3s_release(version, file):
    """A file of a release on GitHub, or None."""
    if re.fullmatch(r"k3s(-arm64)?", file):
        return k3s_program(version)
    if re.fullmatch(r"sha256sum-(amd64|arm64)\.txt", file):
        name = "k3s" if "amd64" in file else "k3s-arm64"
        return f"{hashlib.sha256(k3s_program(version)).hexdigest()}  {name}\n".encode()
    return None


def helm_archive(version, platform):
    """A release of helm, the same bytes each time."""
    program = f'#!/bin/sh\n# Stand-in for helm.\necho \'version.BuildInfo{{Version:"{version}"}}\'\n'.encode()
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        entry = tarfile.TarInfo(f"{platform}/helm")
        entry.size, entry.mode = len(program), 0o755
        tar.addfile(entry, io.BytesIO(program))
    return gzip.compress(archive.getvalue(), mtime=0)


def page(host, path, client):
    """The bytes at a URL, or None."""
    if host == "get.k3s.io" and path == "/":
        return read(f"{HERE}/k3s-install.sh")
    if host == "checkip.amazonaws.com":
        return (read(f"{DATA}/addresses/{client}") or client.encode()) + b"\n"
    release = re.fullmatch(r"/k3s-io/k3s/releases/download/(v[\d.]+\+k3s\d+)/([\w.-]+)", path)
    if host == "github.com" and release:
        return k3s_release(*release.groups())
    helm = re.fullmatch(r"/helm-(v[\d.]+)-(linux-(?:amd64|arm64))\.tar\.gz(\.sha256(?:sum)?)?", path)
    if host == "get.helm.sh" and helm:
        version, platform, kind = helm.groups()
        archive = helm_archive(version, platform)
        digest = hashlib.sha256(archive).hexdigest()
        name = f"helm-{version}-{platform}.tar.gz"
        return {None: archive, ".sha256": digest.encode(), ".sha256sum": f"{digest}  {name}\n".encode()}[kind]
    return None


def fault_of(url):
    """The fault that this request suffers, counted; or None."""
    text = read(f"{DATA}/faults.json")
    with lock:
        for number, fault in enumerate(json.loads(text) if text else []):
            used = uses.get((text, number), 0)
            if fault["url"] == url and used < fault["times"]:
                uses[(text, number)] = used + 1
                return fault
    return None


class Handler(BaseHTTPRequestHandler):
    """One connection; git's own program answers for repositories."""

    protocol_version = "HTTP/1.1"

    def answer(self, status, body=b"", kind="application/octet-stream"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def request_body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def serve_git(self, repository, rest, query):
        variables = {
            "GIT_PROJECT_ROOT": f"{HERE}/internet/git",
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": f"/{repository}.git/{rest}",
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            # The repositories are the image's, whoever serves them.
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
        }
        run = subprocess.run(
            ["git", "http-backend"], input=self.request_body(), env={**os.environ, **variables}, capture_output=True, check=False
        )
        head, _, body = run.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        status = int(headers.pop("Status", "200").split()[0])
        self.answer(status, body, headers.get("Content-Type", "text/plain"))
        return status

    def respond(self):
        path, _, query = self.path.partition("?")
        host, path = self.headers.get("Host", "").split(":")[0], unquote(path)
        fault = fault_of(host + path) or {}
        time.sleep(fault.get("delaySeconds", 0))
        repository = re.fullmatch(r"/([\w-]+/[\w.-]+?)(?:\.git)?/(info/refs|HEAD|objects/.*|git-upload-pack)", path)
        if "status" in fault:
            status = fault["status"]
            self.answer(status)
        elif host == "github.com" and repository:
            status = self.serve_git(*repository.groups(), query)
        else:
            body = page(host, path, self.client_address[0])
            status = 404 if body is None else 200
            self.answer(status, body or b"Not Found\n")
        with lock, open(f"{DATA}/requests.log", "a", encoding="utf8") as log:
            log.write(f"{self.client_address[0]} {status} {host}{path}\n")

    do_GET = do_HEAD = do_POST = respond


def serve(port, context):
    server = ThreadingHTTPServer(("", port), Handler)
    if context:
        # The handshake is left to the connection's own thread: a silent client must not hold up the others.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever).start()


tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(f"{HERE}/internet/server.crt", f"{HERE}/internet/server.key")
os.makedirs(DATA, exist_ok=True)
serve(443, tls)
serve(80, None)
