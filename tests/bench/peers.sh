#!/bin/sh
# Installs the programs that the benchmarks compare with, where apt has them. What cannot be had is left out: a benchmark
# skips what is missing, and says how to get it.
command -v apt-get >/dev/null || exit 0
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 # no service is started
sudo=$(test "$(id -u)" = 0 || echo sudo -E)
fresh=

install() {
  if [ -z "$fresh" ]; then $sudo apt-get update -qq 2>/dev/null; fresh=yes; fi
  $sudo apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1
}

# Debian 12 has Suricata in its backports only; the machine's own lists stay as they are.
backport() {
  . /etc/os-release
  [ "$VERSION_CODENAME" = bookworm ] || return 1
  lists=$(mktemp -d)
  mkdir -p "$lists/parts" "$lists/state"
  cp /etc/apt/sources.list /etc/apt/sources.list.d/* "$lists/parts/" 2>/dev/null
  echo 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm-backports main' \
    >"$lists/parts/backports.list"
  options="-o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=$lists/parts -o Dir::State::lists=$lists/state"
  $sudo apt-get $options update -qq 2>/dev/null
  install $options -t bookworm-backports "$@"
  $sudo rm -rf "$lists"
}

for each in tshark:tshark ab:apache2-utils ndpiReader:libndpi-bin suricata:suricata snort:snort; do
  tool=${each%%:*} package=${each##*:}
  command -v "$tool" >/dev/null && continue
  echo "trying to install $package"
  install "$package" || { [ "$package" = suricata ] && backport suricata; } || continue
  # It is to read captures here, and nothing else.
  command -v systemctl >/dev/null && $sudo systemctl disable --quiet "$tool" 2>/dev/null
done
exit 0
