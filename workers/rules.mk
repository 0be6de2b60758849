# hasher: the core without messages is shared with its tests and the bench.
HASH_SRCS = workers/hash_walk.c workers/hash_pool.c workers/hash_out.c \
	workers/hash_ima.c
LIBEXEC += agent-hasher
SRCS_agent-hasher = workers/hasher.c $(HASH_SRCS) $(EVIDENCE_BASE) \
	$(EVIDENCE_IMA) $(PRIVSEP_CHILD)
LIBS_agent-hasher = crypto seccomp pthread

# tpm: ESYS over the parent; tpminit besides makes EK and AK.
TPM_SRCS = workers/tpm_tcti.c workers/tpm_link.c workers/tpm_keys.c \
	$(PRIVSEP_CHILD)
LIBEXEC += agent-tpm agent-tpminit
SRCS_agent-tpm = workers/tpm.c workers/tpm_activate.c workers/tpm_certs.c \
	workers/tpm_cert.c workers/tpm_hcl.c workers/sealed.c \
	agentd/attest_msg.c agentd/tpm_msg.c $(TPM_SRCS)
LIBS_agent-tpm = tss2 crypto seccomp
SRCS_agent-tpminit = workers/tpminit.c workers/tpm_ek.c workers/tpm_cert.c \
	$(TPM_SRCS)
LIBS_agent-tpminit = tss2 crypto seccomp

# conf: the parsers of what lies on the disk
LIBEXEC += agent-conf
SRCS_agent-conf = workers/conf.c workers/conf_schema.c workers/conf_cert.c \
	workers/toml.c $(PRIVSEP_CHILD)
LIBS_agent-conf = crypto seccomp

# keys: the TLS private keys
LIBEXEC += agent-keys
SRCS_agent-keys = workers/keys.c workers/keys_make.c agentd/permit.c \
	$(PRIVSEP_CHILD)
LIBS_agent-keys = crypto seccomp

# net: TLS
LIBEXEC += agent-net
SRCS_agent-net = workers/net.c workers/net_conn.c workers/net_sign.c \
	workers/net_tap.c workers/netbuf.c privsep/chan_ev.c $(PRIVSEP_CHILD)
LIBS_agent-net = tls ssl crypto event seccomp

# web: HTTP and JSON. WEB_SRCS is shared with its tests.
WEB_SRCS = workers/web_conn.c workers/web_routes.c workers/web_render.c \
	workers/web_stream.c workers/web_json.c workers/web_tpm.c \
	workers/web_azure.c workers/activate_json.c workers/http.c \
	workers/http_query.c workers/http_reply.c evidence/pem.c \
	agentd/attest_msg.c agentd/tpm_msg.c \
	$(EVIDENCE_BASE) $(EVIDENCE_SNP) privsep/chan_ev.c
LIBEXEC += agent-web
SRCS_agent-web = workers/web.c $(WEB_SRCS) $(PRIVSEP_CHILD)
LIBS_agent-web = event llhttp jansson seccomp

# tee: one report
LIBEXEC += agent-tee
SRCS_agent-tee = workers/tee.c workers/tee_guest.c $(EVIDENCE_BASE) \
	$(EVIDENCE_SNP) $(PRIVSEP_CHILD)
LIBS_agent-tee = seccomp

# meta: one question to Azure's metadata service
META_SRCS = workers/meta_http.c workers/meta_json.c evidence/pem.c \
	$(EVIDENCE_BASE)
LIBEXEC += agent-meta
SRCS_agent-meta = workers/meta.c workers/sealed.c $(META_SRCS) $(PRIVSEP_CHILD)
LIBS_agent-meta = llhttp jansson seccomp
