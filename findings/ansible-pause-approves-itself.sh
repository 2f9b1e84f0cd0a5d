#!/usr/bin/env bash
# One would expect: a `pause` with a prompt, the usual gate for a person's yes, waits; without a terminal it fails.
# Found: without a terminal (cron, CI) it says "Not waiting" as a warning, is ok with an empty answer, and the play
# goes on to the next batch: exit 0. It also asks once a batch and registers its answer on the batch's first host
# only, so a `when` on the answer breaks on all others.
# Matters: a rollout that relies on it updates everything unattended. The gate must assert the answer, on a variable
# that a person hands in (`-e approved=...`), not on a prompt.
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
  serial: 2
  tasks:
    - pause: {prompt: "Update these hosts?"}
      register: answer
    - command: touch {{ lookup('env', 'HOME') }}/updated-{{ inventory_hostname }}
    - debug:
        msg: "{{ inventory_hostname }} has {{ 'an answer of length %d' | format(answer.user_input | length) if answer is defined else 'none' }}"
YAML
status=0
play p.yml || status=$?
check "exit status" 0 "$status"
check "warned" yes "$(grep -q 'Not waiting for response to prompt' out && echo yes || echo no)"
check "updated" "updated-h1 updated-h2 updated-h3 updated-h4" "$(echo updated-*)"
check "who has an answer" "h1 has an answer of length 0,h2 has none,h3 has an answer of length 0,h4 has none" \
    "$(grep -o 'h[1-4] has [^"]*' out | sort | paste -sd,)"

verdict
