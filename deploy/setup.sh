#!/usr/bin/env bash
# Prepares a Debian or Ubuntu machine: system packages, .venv, pinned Python packages, .env.
#
#   deploy/setup.sh            what the portal needs
#   deploy/setup.sh --tests    and what its tests need
#
# Does only what is missing, so a second run takes a moment. Where it may not install system packages
# it prints the command for someone who may, and stops.
# PYTHON=… chooses the interpreter; CHROMIUM=… names a browser that is already there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tests=${1:-}
step() { printf '▶ %s\n' "$*"; }
stop() { printf '✗ %b\n' "$*" >&2; exit 1; }

find_python() {
    local name
    for name in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    stop "需要 Python 3.11 至 3.13，本机没有找到。安装后可用 PYTHON=路径 指定。"
}

# Prints the packages, among those named, that are not installed.
missing_of() {
    local package
    for package; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || echo "$package"
    done
}

install_system_packages() {
    local packages=(libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk fonts-lxgw-wenkai)
    "$python" -c 'import ensurepip, venv' 2>/dev/null || packages+=("python$version-venv")
    [ "$version" != 3.13 ] || command -v redis-server >/dev/null || packages+=(redis-server)
    if [ -n "$tests" ]; then
        packages+=(libatomic1) # Playwright's own Node.js wants it
        [ -x "${CHROMIUM:-/usr/bin/chromium}" ] || packages+=(chromium)
        command -v pdfsig >/dev/null || packages+=(poppler-utils)
    fi

    if ! command -v dpkg-query >/dev/null; then
        step "不是 Debian/Ubuntu，请自行确认已安装：Pango、HarfBuzz、Noto CJK 与霞鹜文楷字体"
        return
    fi
    local missing
    mapfile -t missing < <(missing_of "${packages[@]}")
    [ ${#missing[@]} -gt 0 ] || return 0

    local install="apt-get install -y --no-install-recommends ${missing[*]}"
    local as_root=(env DEBIAN_FRONTEND=noninteractive)
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null; then
            stop "缺少系统软件包，请由管理员执行，然后重试：\n  su -c 'apt-get update && $install'"
        elif ! sudo -n true 2>/dev/null && ! { [ -t 0 ] && sudo -v; }; then
            stop "缺少系统软件包，请由管理员执行，然后重试：\n  sudo apt-get update && sudo $install"
        fi
        as_root=(sudo env DEBIAN_FRONTEND=noninteractive)
    fi
    step "安装系统软件包：${missing[*]}"
    "${as_root[@]}" apt-get update || step "软件源更新不完整，继续尝试安装"
    # shellcheck disable=SC2086
    "${as_root[@]}" $install || stop "系统软件包没有装好，原因见上。可手动执行后重试：\n  $install\n（chromium 可改用其他 Chromium 内核浏览器：CHROMIUM=路径 make test）"
    if [[ " ${missing[*]} " == *" redis-server "* && -d /run/systemd/system ]]; then
        "${as_root[@]}" systemctl disable --now redis-server # only the program is wanted, not the service
    fi
}

make_venv() {
    .venv/bin/python -c '' 2>/dev/null && return
    step "建立 Python 环境 .venv"
    "$python" -m venv --clear .venv
}

# install_python_packages FILE STAMP: only when the pinned versions changed since the last time.
install_python_packages() {
    local wanted
    wanted=$(cat requirements.txt "$1" | sha256sum)
    [ "$(cat ".venv/$2" 2>/dev/null)" != "$wanted" ] || return 0
    step "安装 Python 软件包（$1）"
    .venv/bin/python -m pip install --disable-pip-version-check -r "$1" | { grep -v '^Requirement already satisfied' || true; }
    .venv/bin/python -c 'import weasyprint' || stop "WeasyPrint 不能载入，多半是缺少系统库 Pango。"
    printf '%s\n' "$wanted" >".venv/$2"
}

write_env() {
    [ ! -e .env ] && [ "${PORTAL:-local}" = local ] || return 0
    step "写入 .env（本机使用，不进版本库）"
    (
        umask 077
        printf 'PORTAL=local\nSECRET_KEY=%s\n' "$("$python" -c 'import secrets; print(secrets.token_urlsafe(50))')" >.env.new
        mv .env.new .env
    )
}

mkdir -p var
exec 9>var/.setup.lock
flock 9 # two commands started at once prepare one after the other

python=$(find_python)
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
install_system_packages
make_venv
install_python_packages requirements.txt .installed
[ -z "$tests" ] || install_python_packages tests/requirements.txt .installed-tests
write_env
