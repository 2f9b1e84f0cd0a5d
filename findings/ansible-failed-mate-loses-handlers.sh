#!/usr/bin/env bash
# One would expect: with `max_fail_percentage: 0` a failing host stops the rollout, but a healthy host whose file
# has changed still gets its notified handler (the restart), at the latest with the next run.
# Found: no healthy host of the batch runs its handler; and in the next run, all being well, nothing is changed any
# more, so nothing is notified: the restart never comes. All runs say `failed=0` for these hosts. `force_handlers:
# true` runs them, on the failed host too.
# Matters: new files, old processes, and green. "Restart where changed" must compare what runs with what is
# installed, not rest on a notification; or be part of the same task.
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

cat >p.yml <<'YAML'
- hosts: all
  gather_facts: false
  max_fail_percentage: 0
  force_handlers: "{{ force | default(false) | bool }}"
  vars: {mine: "{{ lookup('env', 'HOME') }}/{{ inventory_hostname }}"}
  tasks:
    - copy: {dest: "{{ mine }}.conf", content: "new"}
      notify: restart
    - command: test ! -e {{ mine }}.bad
      changed_when: false
  handlers:
    - name: restart
      command: touch {{ mine }}.restarted
YAML
run() {
    local status=0
    play "$@" p.yml || status=$?
    echo "status $status, failed $(grep -c 'failed=1' out || true)," \
        "restarted $(find . -maxdepth 1 -name 'h*.restarted' | wc -l)"
}
touch h4.bad
check "one of four fails" "status 2, failed 1, restarted 0" "$(run)"
rm h4.bad
check "the next run" "status 0, failed 0, restarted 0" "$(run)"
check "files changed" 4 "$(find . -maxdepth 1 -name 'h*.conf' | wc -l)"
rm ./*.conf
touch h4.bad
check "one of four fails, force_handlers" "status 2, failed 1, restarted 4" "$(run -e force=true)"

verdict
