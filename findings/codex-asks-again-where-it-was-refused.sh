#!/usr/bin/env bash
# One would expect: `trust_level = "untrusted"` for a folder is an answer, and codex does not ask about it again; one who
# switches approvals off, or sets policy and sandbox, is not asked whether he trusts a folder; who trusts a folder trusts
# what is below it.
# Found: a repository that is "untrusted" has a dialog of its own at every start, with "Open restricted" preselected. A
# repository without an answer is asked about also with `--dangerously-bypass-approvals-and-sandbox`. An answer counts
# for a repository's root and for the folder itself; one for a folder above the repository does not. A folder in no
# repository is not asked about.
# Matters: an agent that is started without a person stands at that dialog: only "trusted", for the repository's root or
# the agent's own folder, lets it come to its composer.
set -euo pipefail

work=$(mktemp -d -p /var/tmp)
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
t() { TMUX_TMPDIR=$work tmux -f /dev/null -L finding "$@"; }
trap 't kill-server 2>/dev/null || true; sleep 2; cd /; rm -rf "$work"' EXIT
npm install --silent --no-audit --no-fund --prefix "$work" @openai/codex@0.171.0 >/dev/null

home() { # NAME PROJECT LEVEL: a HOME with a repository, and what its settings say of a folder in it
    mkdir -p "$work/$1/.codex" "$work/$1/above/repo/below" "$work/$1/plain"
    git -C "$work/$1/above/repo" init -q
    {
        printf 'model="m"\nmodel_provider="m"\ncheck_for_update_on_startup=false\n'
        printf '[model_providers.m]\nname="m"\nbase_url="http://127.0.0.1:9/v1"\nenv_key="KEY"\nwire_api="responses"\n'
        [[ -z $2 ]] || printf '[projects."%s"]\ntrust_level="%s"\n' "$work/$1/$2" "$3"
    } >"$work/$1/.codex/config.toml"
}
shows() { # NAME FOLDER [WORDS...]: trust, restricted, composer or nothing
    local screen=""
    t new-session -d -s "$1" -x 160 -y 40 -c "$work/$1/$2" unshare --net env -i HOME="$work/$1" TERM=screen-256color \
        KEY=dummy PATH="$work/node_modules/.bin:$PATH" codex --no-daemon "${@:3}"
    for _ in {1..150}; do
        sleep 0.2
        screen=$(t capture-pane -p -t "=$1:")
        ! grep -qE 'Trust this folder|Open restricted|Ask Codex' <<<"$screen" || break
    done
    sleep 6 # the composer may be there for a moment before the dialog
    screen=$(t capture-pane -p -t "=$1:")
    t kill-session -t "=$1"
    case $screen in
        *"Trust this folder"*) echo trust ;;
        *"› 1. Open restricted"*) echo restricted ;;
        *"Ask Codex"*) echo composer ;;
        *) echo nothing ;;
    esac
}

t new-session -d -s keep sleep 600
check "version" "codex-cli 0.171.0" "$("$work/node_modules/.bin/codex" --version)"
home none "" ""
check "no repository" composer "$(shows none plain)"
check "a repository without an answer" trust "$(shows none above/repo)"
check "the same without approvals" trust "$(shows none above/repo --dangerously-bypass-approvals-and-sandbox)"
home refused above/repo untrusted
check "told not to trust it" restricted "$(shows refused above/repo)"
check "and again" restricted "$(shows refused above/repo)"
home root above/repo trusted
check "its root is trusted, and a folder below it opened" composer "$(shows root above/repo/below)"
home above above trusted
check "the folder above the repository is trusted" trust "$(shows above above/repo)"
verdict
