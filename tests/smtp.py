"""A small mail server on loopback: real SMTP, with the troubles that mail servers have."""

import email
import socketserver
from contextlib import contextmanager
from email import policy
from threading import Event, Thread


class MailServer(socketserver.ThreadingTCPServer):
    """Takes mail and keeps it. `refuses` are addresses it does not know.

    While `may_answer` is clear it has taken a mail and does not say so: the sender cannot know.
    """

    allow_reuse_address = daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Talk)
        self.received, self.refuses, self.may_answer, self.took_one = [], set(), Event(), Event()
        self.may_answer.set()

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    @property
    def mails(self):
        return [email.message_from_bytes(data, policy=policy.default) for data in self.received]

    @property
    def receivers(self):
        return sorted(mail["To"] for mail in self.mails)


class Talk(socketserver.StreamRequestHandler):
    """One sender's line."""

    def handle(self):
        self.say("220 ready")
        while line := self.rfile.readline():
            word = line.split(b":")[0].split()[0].upper() if line.strip() else b""
            if word == b"QUIT":
                return self.say("221 bye")
            self.answer(word, line.decode())
        return None

    def answer(self, word, line):
        if word == b"DATA":
            self.say("354 go on")
            self.server.received.append(b"".join(iter(self.rfile.readline, b".\r\n")))
            self.server.took_one.set()
            self.server.may_answer.wait(60)
            self.say("250 taken")
        elif word == b"RCPT" and any(address in line for address in self.server.refuses):
            self.say("550 nobody of that name")
        else:
            self.say("250 well")

    def say(self, words):
        self.wfile.write(f"{words}\r\n".encode())


@contextmanager
def mail_server():
    """The server, running until the block ends."""
    with MailServer() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.may_answer.set()
            server.shutdown()
