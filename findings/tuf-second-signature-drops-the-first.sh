#!/usr/bin/env bash
# One would expect: `Metadata.sign(signer)` adds a signature, so that two key holders sign a root of threshold 2 one
# after the other.
# Found: it *replaces* all signatures unless `append=True` is said; nothing warns, the file is valid JSON with one
# signature, and only a check against the threshold tells. Appending twice with one key keeps one.
# Matters: a ceremony with several holders ends with a root that no client takes, after the last of them has gone
# home. The step that signs must append, and verify against the threshold, of the new root and of the one before.
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
python3 -m pip install -q --disable-pip-version-check --root-user-action ignore --target python \
    tuf==7.0.1 securesystemslib==1.6.0 cryptography==50.0.2
export PYTHONPATH=$work/python

echo "python-tuf 7.0.1, securesystemslib 1.6.0"
cat >sign.py <<'PYTHON'
from datetime import datetime, timedelta, timezone
from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import UnsignedMetadataError
from tuf.api.metadata import Metadata, Root
signers = [CryptoSigner.generate_ed25519() for _ in range(2)]
root = Root(expires=datetime.now(timezone.utc) + timedelta(days=1))
for signer in signers:
    root.add_key(signer.public_key, "root")
root.roles["root"].threshold = 2
def told(how):
    metadata = Metadata(root)
    for signer, append in how:
        metadata = Metadata.from_bytes(metadata.to_bytes())
        metadata.sign(signers[signer], append=append) if append is not None else metadata.sign(signers[signer])
    try:
        root.verify_delegate("root", metadata.signed_bytes, metadata.signatures)
        verdict = "enough"
    except UnsignedMetadataError:
        verdict = "too few"
    return "%d: %s" % (len(metadata.signatures), verdict)
print(told([(0, None), (1, None)]), told([(0, None), (1, True)]), told([(0, True), (0, True)]), sep=", ")
PYTHON
check "signed by two; appended; appended by one twice" "1: too few, 2: enough, 1: too few" "$(python3 sign.py)"

verdict
