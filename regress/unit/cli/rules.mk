TEST += unit/cli/test_cli
SRCS_unit/cli/test_cli = regress/unit/cli/test_cli.c cli/options.c cli/text.c \
	cli/files.c cli/memfd.c cli/fetch_url.c cli/fetch_tls.c $(EVIDENCE_BASE)
LIBS_unit/cli/test_cli = curl ssl crypto
