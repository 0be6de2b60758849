#!/bin/sh
# GET and DELETE /snapshot: 202 while the files are hashed, then the object of
# the existing client, byte for byte, and our records, for the same files.
tid=agent-snapshot
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/agent.sh"

mkdir -p "$WORK/tree/sub dir" "$WORK/tree/more"
printf 'one\n' >"$WORK/tree/sub dir/one"
printf 'two\n' >"$WORK/tree/more/t\"w\\o"
: >"$WORK/tree/empty"
ln -s one "$WORK/tree/link"
mkfifo "$WORK/tree/fifo"
# Takes its time on any machine, and no room.
truncate -s 1500M "$WORK/tree/long"
agent_up --roots "$WORK/tree"

trace "202, 409, 200"
py "$WORK/tree" <<'P'
import hashlib
from agent import *

raw = dict(Accept="application/octet-stream")
tree = sys.argv[1]
BUSY = ("A snapshot is currently processing (hold on before processing other "
        "actions)")

c = Conn()
a = c.ask("DELETE", "/snapshot")
check(a.status == 200 and a.body == b"null", "DELETE of none: " + a.line)
for _ in range(2):
    a = c.ask("GET", "/snapshot")
    check(a.status == 202 and a.body == b"null", "first: " + a.line)
    check(a.headers["content-type"] == "application/json", "type of 202")
a = c.ask("DELETE", "/snapshot")
check(a.status == 409 and a.text() == BUSY, "DELETE while it runs: " + a.line)
check(a.headers["content-type"].startswith("text/plain"), "type of 409")
a = c.ask("GET", "/snapshot", **raw)
check(a.status == 202, "the second request joins: " + a.line)
check(set(a.json()) == {"files", "bytes", "unreadable"}, "progress")
a = attest(c, b"n" * 32, subject="snapshot")
check(a.status == 409, "attestation of none: " + a.line)

# An attestation is served while it hashes.
check(attest(c, b"n" * 32).status == 200, "attest meanwhile")


def ready():
    a = c.ask("GET", "/snapshot")
    check(a.status in (200, 202), a.line)
    return a if a.status == 200 else None


a = wait("the snapshot", ready, 300)
s = a.json()
check(list(s) == ["cloud_type", "tee_policy", "tpm_policy", "filehashes"],
      "members are %s" % list(s))
check(s["cloud_type"] is None, "cloud_type")
check(list(s["tee_policy"]) == ["Sev"], "tee_policy")
check(list(s["tpm_policy"]) == ["reset_count", "restart_count"], "tpm_policy")
check(list(s["tee_policy"]["Sev"]) == ["measurement", "report_data",
      "family_id", "image_id", "guest_svn", "id_key_digest",
      "author_key_digest", "policy", "report_id", "report_id_ma"], "Sev")
check(len(s["tee_policy"]["Sev"]["measurement"]) == 96, "measurement")
text = json.dumps(s, separators=(",", ":"), ensure_ascii=False).encode()
check(text == a.body, "not written as serde_json does")

# The files with their digests, and what the kernel has measured.
pairs = [tuple(p) for p in s["filehashes"]]
check(len(set(pairs)) == len(pairs), "duplicates")
have = set(pairs)
for name in ("sub dir/one", "more/t\"w\\o", "empty"):
    digest = hashlib.sha256(open(tree + "/" + name, "rb").read()).hexdigest()
    check((tree + "/" + name, digest) in have, "missing: " + name)
names = {p[0] for p in pairs}
check(tree + "/long" in names and tree + "/link" not in names and
      tree + "/fifo" not in names, "link or fifo")
for line in open(env("IMA_DIR") + "/ascii_runtime_measurements"):
    _, _, _, digest, name = line.rstrip("\n").split(" ", 4)
    check((name, digest.split(":")[1]) in have, "not from the list: " + name)

# The records: the same pairs, attested as subject.
a = c.ask("GET", "/snapshot", **raw)
check(a.status == 200 and a.body[:8] == b"CVMSNAP1", "records: " + a.line)
check(int(a.headers["content-length"]) == len(a.body), "their length")
at, records = 8, []
while at < len(a.body):
    n = int.from_bytes(a.body[at:at + 2], "big")
    d = a.body[at + 2]
    records.append((a.body[at + 3:at + 3 + n].decode(),
                    a.body[at + 3 + n:at + 3 + n + d].hex()))
    at += 3 + n + d
check(records == pairs, "records and JSON differ")
files = [r[0] for r in records if r[0].startswith(tree)]
check(files == [tree + n for n in ("/empty", "/long", "/more/t\"w\\o",
                                   "/sub dir/one")], "order: %s" % files)
b = attest(c, b"n" * 32, subject="snapshot").json()
check(b["bound"]["subject"] == hashlib.sha256(a.body).hexdigest(), "subject")

check(c.ask("DELETE", "/snapshot").body == b"null", "DELETE")
check(c.ask("GET", "/snapshot").status == 202, "made anew after DELETE")
P
exit 0
