#!/usr/bin/env bash
# One would expect: `--check` skips a `command`, whether it is waited for or not.
# Found: skipped without `async`; with `async` the same task is shown as *changed*, with a job id, though it did not
# run; and the `async_status` that follows is skipped, so its `until` is never asked. A recap of changed=1 follows
# from nothing.
# Matters: a dry run of a rollout counts such a host as one to be changed, for ever. Take "changed" from the
# program's own dry run (`check_mode: false` with the flag for it), not from Ansible's guess.
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
- hosts: h1
  gather_facts: false
  vars: {mine: "{{ lookup('env', 'HOME') }}"}
  tasks:
    - command: touch {{ mine }}/plain
      register: plain
    - command: touch {{ mine }}/later
      async: 20
      poll: 0
      register: job
    - async_status: {jid: "{{ job.ansible_job_id }}"}
      register: end
      until: end.finished
      retries: 20
      delay: 1
    - debug:
        msg: "RESULT plain changed {{ plain is changed }}, async changed {{ job is changed }}, status skipped {{ end is skipped }}"
YAML
status=0
play --check p.yml || status=$?
check "--check: exit status" 0 "$status"
check "--check" "RESULT plain changed False, async changed True, status skipped True" "$(grep -o 'RESULT [^"]*' out)"
check "what ran" "" "$(find . -maxdepth 1 \( -name plain -o -name later \) -printf '%f ')"
status=0
play p.yml || status=$?
check "for real: exit status" 0 "$status"
check "for real" "RESULT plain changed True, async changed True, status skipped False" "$(grep -o 'RESULT [^"]*' out)"

verdict
