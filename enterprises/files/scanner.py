"""The virus scanner, where there is one: clamd's INSTREAM over a socket, as in its manual page."""

import logging
import socket
import struct

from django.conf import settings

from .checks import BadFile, reason

log = logging.getLogger(__name__)

SECONDS = 5
CHUNK = 64 * 1024


def scan(file):
    """Refuse a file the scanner knows, or cannot judge now. Without `CLAMD_SOCKET` there is no scanner."""
    if not settings.CLAMD_SOCKET:
        return
    try:
        verdict = _ask(file)
    except OSError as error:
        log.critical("virus scanner at %s does not answer: %s", settings.CLAMD_SOCKET, error)
        raise BadFile(reason("unscanned")) from None
    if verdict.endswith(" FOUND"):
        log.warning("virus scanner refused a file: %s", verdict)
        raise BadFile(reason("infected"))
    if verdict != "stream: OK":
        log.critical("virus scanner at %s could not judge a file: %s", settings.CLAMD_SOCKET, verdict)
        raise BadFile(reason("unscanned"))


def _ask(file):
    file.seek(0)
    with _connection() as clamd:
        clamd.sendall(b"zINSTREAM\0")
        while chunk := file.read(CHUNK):
            clamd.sendall(struct.pack("!L", len(chunk)) + chunk)
        clamd.sendall(struct.pack("!L", 0))
        answer = b""
        while not answer.endswith(b"\0") and (part := clamd.recv(1024)):
            answer += part
    return answer.decode(errors="replace").strip("\0\n ")


def _connection():
    """`host:port`, or the path of a local socket."""
    host, colon, port = settings.CLAMD_SOCKET.rpartition(":")
    if colon:
        return socket.create_connection((host, int(port)), timeout=SECONDS)
    local = socket.socket(socket.AF_UNIX)
    local.settimeout(SECONDS)
    try:
        local.connect(settings.CLAMD_SOCKET)
    except OSError:
        local.close()
        raise
    return local
