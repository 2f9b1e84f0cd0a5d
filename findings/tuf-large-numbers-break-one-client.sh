#!/usr/bin/env bash
# One would expect: a whole number in TUF metadata (a build number in `custom`, a field of one's own) is fine for
# every client, as canonical JSON allows whole numbers and forbids only fractions.
# Found: above 2^53 tuf-js (npm) reads the nearest double, writes the canonical form with other digits than were
# signed, and refuses the role: "signed by 0/1 keys", as if it were forged. python-tuf reads it. 2^53-1 is read by
# both; a fraction cannot be signed at all.
# Matters: time stamps in nanoseconds or long build numbers in the channel's metadata lock out clients in JavaScript
# with a misleading reason. Numbers below 2^53, or strings, belong to the subset to write.
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

npm install --silent --no-audit --no-fund --prefix "$work" tuf-js@6.0.2 >/dev/null
echo "python-tuf 7.0.1, securesystemslib 1.6.0, tuf-js 6.0.2, node $(node --version)"
cat >write.py <<'PYTHON'
import json, os, shutil, sys
from datetime import datetime, timedelta, timezone
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import *
shutil.rmtree("repository", ignore_errors=True)
os.makedirs("repository/targets")
expires = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=1)
key = CryptoSigner.generate_ed25519()
head = dict(expires=expires, spec_version="1.0.0")
roles = {"root": Root(**head), "targets": Targets(**head), "snapshot": Snapshot(**head), "timestamp": Timestamp(**head)}
for name in roles:
    roles["root"].add_key(key.public_key, name)
data = b"content"
target = TargetFile.from_data("file", data, ["sha256"])
target.unrecognized_fields["custom"] = {"build": json.loads(sys.argv[1])}
roles["targets"].targets["file"] = target
with open("repository/targets/" + target.hashes["sha256"] + ".file", "wb") as file:
    file.write(data)
for name, role in roles.items():
    metadata = Metadata(role)
    metadata.sign(key)
    metadata.to_file("repository/" + ("timestamp.json" if name == "timestamp" else "1." + name + ".json"))
PYTHON
cat >read.py <<'PYTHON'
import os, tempfile
from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import FetcherInterface, Updater
class Local(FetcherInterface):
    def _fetch(self, url):
        path = "repository/" + url.removeprefix("local:/")
        if not os.path.exists(path):
            raise DownloadHTTPError("none", 404)
        with open(path, "rb") as file:
            yield file.read()
with open("repository/1.root.json", "rb") as file, tempfile.TemporaryDirectory() as folder:
    updater = Updater(folder, "local:/", folder, "local:/targets/", fetcher=Local(), bootstrap=file.read())
    try:
        updater.refresh()
        updater.download_target(updater.get_targetinfo("file"))
        print("reads")
    except Exception as error:
        print("refuses:", error)
PYTHON
cat >read.mjs <<'JAVASCRIPT'
import fs from "fs";
import http from "http";
import { Updater } from "tuf-js";
const folder = fs.mkdtempSync("client-");
fs.copyFileSync("repository/1.root.json", folder + "/root.json");
const server = http.createServer((request, response) => {
    const path = "repository" + request.url;
    if (!fs.existsSync(path)) response.statusCode = 404;
    response.end(response.statusCode === 404 ? "" : fs.readFileSync(path));
});
server.listen(0, "127.0.0.1", async () => {
    const url = "http://127.0.0.1:" + server.address().port;
    try {
        const updater = new Updater({ metadataDir: folder, targetDir: folder, metadataBaseUrl: url, targetBaseUrl: url + "/targets" });
        await updater.refresh();
        await updater.downloadTarget(await updater.getTargetInfo("file"));
        console.log("reads");
    } catch (error) {
        console.log("refuses: " + error.message.replace(/.*Error: /, ""));
    }
    process.exit(0);
});
JAVASCRIPT
seen() {
    python3 write.py "$1" 2>/dev/null || { echo "cannot be signed"; return; }
    echo "python-tuf $(python3 read.py), tuf-js $(node read.mjs)"
}
check "a build number of 7" "python-tuf reads, tuf-js reads" "$(seen 7)"
check "2^53 - 1" "python-tuf reads, tuf-js reads" "$(seen 9007199254740991)"
check "2^53 + 1" "python-tuf reads, tuf-js refuses: targets was signed by 0/1 keys" "$(seen 9007199254740993)"
check "a time in nanoseconds" "python-tuf reads, tuf-js refuses: targets was signed by 0/1 keys" "$(seen 1795886241406123457)"
check "the same as a string" "python-tuf reads, tuf-js reads" "$(seen '"1795886241406123457"')"
check "1.5" "cannot be signed" "$(seen 1.5)"

verdict
