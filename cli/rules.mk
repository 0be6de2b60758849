# The client: three programs, each linked with what its part needs only.
BIN += cosmian_vm
LIBEXEC += client-fetch client-appraise

CLI_MSG = cli/msg.c cli/msg_fetch.c cli/msg_appraise.c cli/msg_case.c \
	cli/msg_pieces.c cli/msg_facts.c cli/roles.c cli/memfd.c
CLI_CHILD = $(CLI_MSG) cli/child.c $(PRIVSEP_WIRE) $(PRIVSEP_CONFINE)
CLI_FETCH = cli/fetch_collateral.c cli/fetch_http.c cli/fetch_tls.c cli/fetch_url.c
# Everything of the front but its main.
CLI_OPTIONS = cli/options.c cli/options_evidence.c cli/kind_roles.c \
	$(EVIDENCE_BASE) evidence/utc.c
CLI_FRONT = $(CLI_OPTIONS) cli/session.c privsep/peer.c cli/permit.c cli/ask.c cli/ask_appraise.c \
	cli/cmd_snapshot.c cli/cmd_verify.c cli/cmd_evidence.c \
	cli/cmd_fetch.c cli/fetched.c cli/ask_fetch.c cli/cache.c cli/collateral.c \
	evidence/collateral_age.c cli/savedir.c \
	cli/evidence_out.c cli/collateral_dir.c cli/gather.c cli/collect.c cli/output.c \
	cli/report.c cli/files.c privsep/text.c $(CLI_MSG) $(PRIVSEP_WIRE) \
	privsep/spawn.c privsep/libexecdir.c

SRCS_cosmian_vm = cli/main.c $(CLI_FRONT)
# SHA-256 only: the cache checks what it wrote.
LIBS_cosmian_vm = md

SRCS_client-fetch = cli/fetch.c $(CLI_FETCH) $(CLI_CHILD) $(EVIDENCE_BASE)
LIBS_client-fetch = curl ssl crypto seccomp

SRCS_client-appraise = cli/appraise.c cli/appraise_case.c cli/appraise_kind.c \
	cli/appraise_pieces.c cli/appraise_platform.c \
	evidence/collateral_facts.c $(CLI_CHILD) $(EVIDENCE_ALL) $(EVIDENCE_KINDS)
LIBS_client-appraise = crypto mu jansson seccomp
