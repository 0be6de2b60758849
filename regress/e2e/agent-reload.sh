#!/bin/sh
# SIGHUP: a new certificate and key are taken as a pair, for new connections;
# an open one keeps its own, and its evidence is bound to that; a pair
# that does not fit is refused and logged, and the old one stays in force.
tid=agent-reload
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/agent.sh"

command -v openssl >/dev/null || skip "no openssl program"
agent_up
for n in 1 2 3 4 5 6; do
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -days 9 -subj /CN=pair-$n -keyout "$WORK/$n.key" \
	    -out "$WORK/$n.pem" 2>/dev/null || fail "openssl req"
done

py "$WORK" <<'P'
import hashlib
import shutil
from agent import *

work = sys.argv[1]
parent = int(env("AGENT_PID"))


def put(cert, key):
    for src, dst in ((cert + ".pem", env("AGENT_CERT")),
                     (key + ".key", env("AGENT_KEY"))):
        shutil.copyfile(work + "/" + src, dst + ".tmp")
        os.chmod(dst + ".tmp", 0o600)
        os.rename(dst + ".tmp", dst)


def fingerprint(n):
    pem = open(work + "/%s.pem" % n).read()
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).digest()


def shows(n):
    """The certificate that a new connection gets."""
    c = Conn()
    check(c.ask("GET", "/version").status == 200, "request")
    c.close()
    return hashlib.sha256(c.cert).digest() == fingerprint(n)


def bound(c):
    """The evidence of c is over the certificate of c, in both forms."""
    nonce = os.urandom(32)
    want = hashlib.sha256(c.cert).digest()
    a = c.ask("GET", "/quote/tee" + nonce_query(nonce))
    check(a.status == 200, a.line)
    check(bytes(a.json())[0x50:0x90] == nonce + want, "report data")
    a = attest(c, nonce)
    check(a.json()["bound"]["cert"] == want.hex(), "bound.cert")


start = fds(parent)
shutil.copyfile(env("AGENT_CERT"), work + "/0.pem")
shutil.copyfile(env("AGENT_KEY"), work + "/0.key")
old = Conn()
bound(old)

trace("a new pair")
put("1", "1")
check("reload: done" in reload(), "reload")
wait("the new certificate", lambda: shows("1"))
new = Conn()
bound(new)
bound(old)
check(old.cert != new.cert, "one certificate")

trace("not a pair, no key, nonsense: the old pair stays")
put("2", "3")
reload_refused(reload(), "does not match")
check(shows("1"), "half a pair is in force")
put("2", "2")
os.chmod(env("AGENT_KEY"), 0o644)
reload_refused(reload(), "only its owner")
os.unlink(env("AGENT_KEY"))
reload_refused(reload(), "key.pem")
with open(env("AGENT_CERT"), "w") as f:
    f.write("nonsense")
reload_refused(reload(), "cert.pem")
check(shows("1"), "another certificate is in force")
bound(new)
bound(old)

trace("more reloads than generations are kept")
for n in ("2", "3", "4", "5", "6"):
    put(n, n)
    check("reload: done" in reload(), "reload")
    wait("certificate " + n, lambda: shows(n))
    c = Conn()
    bound(c)
    c.close()
bound(new)
bound(old)
old.close()
new.close()

trace("a burst of signals")
for _ in range(50):
    os.kill(parent, signal.SIGHUP)
wait("service", lambda: get("/version").status == 200)
put("0", "0")
wait("the first pair again", lambda: "done" in reload() and shows("0"))
# chain and key are kept of each generation, and of 4 at most
wait("descriptors", lambda: fds(parent) <= start + 2 * 3)
P
exit 0
