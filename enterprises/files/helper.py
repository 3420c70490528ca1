"""The process in which files of strangers are opened: a child per file, with little time and memory.

Started by `sandbox.py` without our environment, it waits with the parsers loaded and forks once per file, so that
whatever a hostile file does to a parser ends with the child. Of ours it imports only what opens files.
"""

import os
import resource
import signal
import socket
import sys

from . import cleaning, office_papers, page_pictures, pictures, reading_copies

SECONDS = 4  # wall and processor time for one file; the page that waits answers within five
MEMORY = 300 * 1024 * 1024  # address space of the child, code included
COPY_SECONDS, COPY_MEMORY = 60, 2 * MEMORY  # for setting pages: only workers ask for it, and nobody waits

COPIES = {"copy of a docx": reading_copies.copy_word, "copy of a xlsx": reading_copies.copy_excel}
JOBS = COPIES | {
    "pdf": cleaning.clean,
    "jpeg": pictures.clean_jpeg,
    "png": pictures.clean_png,
    "docx": office_papers.clean_word,
    "xlsx": office_papers.clean_excel,
    "page of a pdf": page_pictures.draw_page,
    "page of a picture": page_pictures.draw_picture,
    "words": page_pictures.words,
}


def serve(jobs):
    """Fork a child for each job until our side hangs up. A job: its name and a number, and three files.

    The number is the most pages allowed, or which page to draw. The files are source, target and answer.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children need no burial
    while True:
        asked, files, _flags, _address = socket.recv_fds(jobs, 64, 3)
        if not asked:
            return
        if os.fork() == 0:
            jobs.close()
            name, _, number = asked.decode().rpartition(" ")
            _confine(is_copy=name in COPIES)
            _work(JOBS[name], int(number), *files)
        for file in files:
            os.close(file)


def _work(job, number, source, target, answer):
    """One file in one child; ends the process. A child that ends without an answer was stopped by its limits."""
    try:
        with open(source, "rb") as reading, open(target, "w+b") as writing:
            said = str(job(reading, writing, number))
    except cleaning.Unfit as unfit:
        said = "\n".join(map(str, unfit.args))
    except (MemoryError, RecursionError):
        said = "heavy"
    except Exception:
        said = "damaged"
    os.write(answer, said.encode()[:500])
    os._exit(0)


def _confine(*, is_copy):
    seconds, memory = (COPY_SECONDS, COPY_MEMORY) if is_copy else (SECONDS, MEMORY)
    signal.setitimer(signal.ITIMER_REAL, seconds)  # nobody handles the alarm, so it ends the child
    for limit, value in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, memory),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    if not is_copy:  # setting text takes a thread, and the limit counts threads
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def main():
    """Serve the socket on standard input."""
    serve(socket.socket(fileno=sys.stdin.fileno()))
