#!/bin/sh
# SIGHUP reads agent.toml again: limits and compat_quotes change, also for open
# connections; paths, addresses and what confines the agent do not.
tid=agent-reconf
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/agent.sh"

agent_up
py <<'P'
import hashlib
from agent import *

trace("frozen: paths, addresses, roots")
conf = open(env("CONF")).read()


def rewrite(text):
    with open(env("CONF"), "w") as f:
        f.write(text)
    return reload()


for key, value in (("tsm_path", '"/elsewhere"'), ("port", "1"),
                   ("tee_device", '"unix:/elsewhere"'),
                   ("ima_path", '"/elsewhere"'), ("data_dir", '"/elsewhere"'),
                   ("host", '"127.0.0.9"'), ("snapshot_roots", '["/"]'),
                   ("require_encrypted_storage", "true")):
    lines = [l for l in conf.splitlines() if not l.startswith(key + " ")]
    reload_refused(rewrite("\n".join(lines + ["%s = %s" % (key, value), ""])), key)
    check(key + " cannot change while the agent runs" in log(), key)
reload_refused(rewrite(conf + "nosuch = 1\n"), "unknown key nosuch")
check(get("/quote/tee" + nonce_query(bytes(32))).status == 200, "in force")

trace("limits and compat_quotes do change, for open connections as well")
c = Conn()
item = attest(c, b"n" * 32).json()["bound"]["config"]
check("reload: done" in rewrite(conf + "compat_quotes = false\n"), "reload")
q = nonce_query(bytes(32))
wait("404", lambda: get("/quote/tee" + q).status == 404)
check(get("/quote/tpm" + q).status == 404, "/quote/tpm")
check("compat_quotes" in get("/quote/tpm" + q).text(), "the reason")
check(c.ask("GET", "/quote/tpm" + q).status == 404, "an open connection")
a = attest(c, b"n" * 32)
check(a.status == 200 and a.json()["bound"]["config"] != item, "config item")
check(a.json()["config"]["toml"] == hashlib.sha256(
    open(env("CONF"), "rb").read()).hexdigest(), "digest of agent.toml")
c.close()
check("reload: done" in rewrite(conf + "[limits]\nheader_timeout = 1\n"
                                "connections_per_address = 3\n"), "reload")
wait("200", lambda: get("/quote/tee" + q).status == 200)
c = Conn()
c.send(b"GET /version HT")
a = c.answer()
check(a.status == 408, "header_timeout: " + a.line)
held = [Conn() for _ in range(3)]
try:
    Conn()
    fail("a fourth connection")
except OSError:
    pass
for c in held:
    check(c.ask("GET", "/version").status == 200, "of the three")
    c.close()
check("reload: done" in rewrite(conf), "reload")
check(attest(Conn(), b"n" * 32).json()["bound"]["config"] == item,
      "the file is as it was, the item is not")
P
exit 0
