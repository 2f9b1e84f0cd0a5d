#!/usr/bin/env bash
# One would expect: a task over its `async` limit is asked to end (SIGTERM), and the result tells what it had done.
# Found: its process group gets SIGKILL at once: no trap runs. What it put into a session of its own lives on. The
# result is "Timeout exceeded" with `changed: false` and no `rc`, though files were changed.
# Matters: an update under async can be cut anywhere and must stand a kill -9; its limit has to be far above the
# longest update, and after a timeout "changed" means nothing: look at the host.
set -euo pipefail

work=$(mktemp -d)
differs=
check() { # WHAT FOUND SEEN
    printf '%s: %s\n' "$1" "$3"
    [[ $3 == "$2" ]] || differs+="$1: '$3', found was '$2'"$'\n'
}
verdict() {
    [[ -n $differs ]] || { echo "as found"; return; }
    printf 'differs:\n%s' "$differs"
    return 1
}
trap 'cd /; rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check ansible-core==2.19.14 jinja2==3.1.6
export HOME=$work ANSIBLE_NOCOLOR=1 ANSIBLE_ASYNC_DIR=$work/async ANSIBLE_FORKS=2 LC_ALL=C.UTF-8 \
    ANSIBLE_HOME=$work/ansible
unset ANSIBLE_CONFIG
venv/bin/ansible --version | sed -n 1p
for host in h1 h2 h3 h4; do
    echo "$host ansible_connection=local ansible_python_interpreter=$work/venv/bin/python"
done >inventory
play() { venv/bin/ansible-playbook -i inventory "$@" </dev/null >out 2>&1; }

cat >job.sh <<'SH'
trap 'echo asked to end >>said' TERM
setsid sh -c 'sleep 6; echo the other session lives >>said' &
echo began >>said
while :; do sleep 0.2; done
SH
cat >p.yml <<'YAML'
- hosts: h1
  gather_facts: false
  tasks:
    - command: bash job.sh
      args: {chdir: "{{ lookup('env', 'HOME') }}"}
      async: 3
      poll: 1
      register: r
      ignore_errors: true
    - debug: {msg: "RESULT {{ r.msg }}, changed {{ r.changed }}, rc {{ r.rc | default('missing') }}"}
YAML
status=0
play p.yml || status=$?
check "exit status" 0 "$status"
check "result" "RESULT Timeout exceeded, changed False, rc missing" "$(grep -o 'RESULT [^"]*' out)"
sleep 8
check "the job said" "began,the other session lives" "$(paste -sd, said)"
check "jobs left" 0 "$(pgrep -c -f "^bash job.sh" || true)"

verdict
