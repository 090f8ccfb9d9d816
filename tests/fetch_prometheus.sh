#!/bin/sh
# Debian's package prometheus (prometheus, promtool), unpacked into the folder given: without installing anything, and
# without rights. Exit code 1 and a sentence where that is not possible; the tests that need it are skipped then.
set -eu
folder=$1
command -v promtool > /dev/null && command -v prometheus > /dev/null && exit 0
test -x "$folder/usr/bin/prometheus" && exit 0
if ! command -v apt-get > /dev/null; then
    echo "Prometheus is not installed, and this is no Debian to fetch it from: its tests are skipped" >&2
    exit 1
fi
own=$(mktemp -d)
trap 'rm -rf "$own"' EXIT
mkdir -p "$own/lists/partial" "$own/cache/archives/partial" "$own/package"
apt() {
    timeout 120 apt-get -qq -o Dir::State::lists="$own/lists" -o Dir::Cache="$own/cache" \
        -o Acquire::Retries=1 -o Acquire::http::Timeout=20 "$@" > "$own/said" 2>&1
}
cd "$own/package"
if ! apt update || ! apt download prometheus; then
    echo "Prometheus cannot be fetched: its tests are skipped ($(tail -n 1 "$own/said"))" >&2
    exit 1
fi
cd - > /dev/null
mkdir -p "$(dirname "$folder")"
dpkg -x "$own"/package/prometheus_*.deb "$folder"
