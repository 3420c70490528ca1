"""What `make demo` runs: services, tables, reference data, one rehearsed edition, then the portal.

Everything started here is stopped here, by pid, in every way out: Ctrl-C, SIGTERM, an exception, or one
of the parts ending by itself (then its name and the end of its log are shown). Data stays under var/.
A demonstration has published passwords, so it refuses to run on anything but PORTAL=local.
"""

import http.client
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

from foshan_quality.embedded import (
    ROOT,
    EmbeddedError,
    end_process,
    load_env,
    local_services,
    run_to_end,
    signals_held,
    tail,
    tethered,
)

LOGS = ROOT / "var/log"
OUTCOME = ROOT / "var/rehearsal.json"  # written at the end of a rehearsal
STEPS = 6


class DemoError(Exception):
    """The demonstration cannot go on; the text says why and what to do, in Chinese."""


def main():
    """Prepare, serve, wait. Gives the exit code."""
    os.chdir(ROOT)
    load_env()
    port = _port()
    if os.environ.get("PORTAL") != "local":
        raise DemoError("演示使用公开的口令，只能在 PORTAL=local 下运行。")
    _check_free(port)
    os.environ.setdefault("SITE_URL", f"http://127.0.0.1:{port}")
    preparation = _preparation()
    _say(1, "启动数据库与消息服务")
    with local_services(say=lambda line: print(line, flush=True)):
        for number, (title, command) in enumerate(preparation, start=2):
            _say(number, title)
            if run_to_end([sys.executable, "manage.py", *command]) != 0:
                raise DemoError(f"“{title}”没有完成，原因见上。")
        _say(STEPS, "启动门户")
        with _running(_parts(port)) as parts:
            _wait_until_served(port, parts)
            print(f"\n门户已就绪：http://127.0.0.1:{port}/   （按 Ctrl-C 停止，数据会保留）\n", flush=True)
            while True:
                _check_alive(parts)
                time.sleep(0.5)


def _preparation():
    """The commands before serving: title, arguments.

    A rehearsal that was cut short left half an edition and no outcome: then another is walked. On a given
    database, which may have been rehearsed from elsewhere, any rehearsed edition is enough.
    """
    only_once = ["--if-none"] if OUTCOME.exists() or os.environ.get("DATABASE_URL") else []
    return [
        ("建立数据表", ["migrate", "--verbosity=0"]),
        ("装入基础数据", ["load_reference"]),
        ("演练一届评审（首次约需几分钟）", ["rehearse", *only_once, "--json", str(OUTCOME)]),
        ("准备各角色账号", ["seed_demo"]),
    ]


def _parts(port):
    """The three long-running parts: name, command."""
    python = [sys.executable, "-m"]
    celery = [*python, "celery", "-A", "foshan_quality"]
    web = ["--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "4", "--preload"]
    web += ["--worker-connections", "128", "--access-logfile", "-", "--no-control-socket"]
    schedule = ROOT / f"var/run/beat-{port}"
    return {
        "web": [*python, "gunicorn", "foshan_quality.wsgi", *web],
        "worker": [*celery, "worker", "-c", "2", "-l", "INFO", "-n", f"demo-{port}@%h"],
        "beat": [*celery, "beat", "-l", "INFO", "-s", str(schedule), "--pidfile="],
    }


@contextmanager
def _running(commands):
    """Start every part with its log under var/log, give {name: process}, and stop all of them at the end."""
    for folder in (LOGS, ROOT / "var/run"):
        folder.mkdir(parents=True, exist_ok=True)
    parts = {}
    try:
        for name, argv in commands.items():
            parts[name] = _start(name, argv)
        yield parts
    finally:
        with signals_held():
            print("\n正在停止 ……", flush=True)
            for part in parts.values():
                if part.poll() is None:
                    part.terminate()
            for part in parts.values():
                end_process(part, patience=20)


def _start(name, argv):
    """Start one part in its own session: Ctrl-C reaches us only, and we stop the parts in order."""
    log = LOGS / f"{name}.log"
    if log.exists():
        log.replace(log.with_suffix(".log.1"))
    with open(log, "wb") as out:
        return subprocess.Popen(
            tethered(argv),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )


def _check_alive(parts):
    for name, part in parts.items():
        if part.poll() is not None:
            log = LOGS / f"{name}.log"
            raise DemoError(f"{name} 意外结束（代码 {part.returncode}），日志 {log} 的末尾：\n{tail(log, 30)}")


def _wait_until_served(port, parts, patience=60):
    """Wait for any answer over HTTP; an error page is said, not hidden."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        _check_alive(parts)
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            connection.request("GET", "/")
            status = connection.getresponse().status
            connection.close()
        except OSError:
            time.sleep(0.2)
            continue
        if status >= 500:
            print(f"首页返回错误 {status}，详见 {LOGS / 'web.log'}", flush=True)
        return
    raise DemoError(f"门户 {patience} 秒内没有应答，日志 {LOGS / 'web.log'} 的末尾：\n{tail(LOGS / 'web.log', 30)}")


def _port():
    text = os.environ.setdefault("PORT", "8000")
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise DemoError(f"PORT={text} 不是端口号，请改为 1–65535 的数字，如 PORT=8001 make demo")
    return int(text)


def _check_free(port):
    """Fail early: the preparation before serving may take minutes."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise DemoError(f"当前用户不能使用端口 {port}。请换一个端口：PORT=8001 make demo") from None
        except OSError:
            raise DemoError(
                f"端口 {port} 已被占用（演示可能正在另一个窗口运行）。请换一个端口：PORT={port + 1} make demo"
            ) from None


def _say(number, title):
    print(f"[{number}/{STEPS}] {title}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except (DemoError, EmbeddedError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        print("已停止。", flush=True)
