TEST += unit/cli/test_cli
SRCS_unit/cli/test_cli = regress/unit/cli/test_cli.c $(CLI_OPTIONS) privsep/text.c \
	cli/files.c cli/memfd.c cli/fetch_url.c cli/fetch_tls.c \
	cli/msg_pieces.c cli/msg_appraise.c $(PRIVSEP_WIRE) cli/savedir.c cli/evidence_out.c cli/report.c cli/output.c
LIBS_unit/cli/test_cli = curl ssl crypto
