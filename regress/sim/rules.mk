# The simulated confidential VM: everything here stands for kernel, hardware
# or attacker.  Nothing of it is installed.
TEST += sim/azure-tpm sim/azure-quote sim/forge-snp sim/forge-crl sim/tsmfs sim/measure sim/mitm sim/netprobe

SRCS_sim/forge-snp = regress/sim/forge_snp.c regress/sim/simutil.c
LIBS_sim/forge-snp = crypto

SRCS_sim/forge-crl = regress/sim/forge_crl.c regress/sim/simutil.c
LIBS_sim/forge-crl = crypto

SRCS_sim/tsmfs = regress/sim/tsmfs.c regress/sim/tsmentry.c \
	regress/sim/snp.c regress/sim/tdx.c regress/sim/simutil.c \
	$(FORGE_TDX) $(FORGE_TDX_NEEDS)
LIBS_sim/tsmfs = crypto fuse3 pthread

SRCS_sim/azure-tpm = regress/sim/azure_tpm.c regress/sim/azure_report.c \
	regress/sim/snp.c regress/sim/tdx.c regress/sim/simutil.c \
	$(FORGE_TDX) $(FORGE_TDX_NEEDS)
LIBS_sim/azure-tpm = crypto pthread

SRCS_sim/azure-quote = regress/sim/azure_quote.c regress/sim/tdx.c \
	regress/sim/simutil.c $(FORGE_TDX) $(FORGE_TDX_NEEDS)
LIBS_sim/azure-quote = crypto pthread

SRCS_sim/measure = regress/sim/measure.c regress/sim/imaentry.c \
	regress/sim/bootlog.c regress/sim/swtpm.c regress/sim/simutil.c
LIBS_sim/measure = crypto

SRCS_sim/mitm = regress/sim/mitm.c regress/sim/mitm_http.c \
	regress/sim/mitm_modes.c regress/sim/simutil.c
LIBS_sim/mitm = ssl crypto jansson

SRCS_sim/netprobe = regress/sim/netprobe.c
LIBS_sim/netprobe = ssl crypto

# Intel's hierarchy, quotes and collateral; also for unit tests.
FORGE_TDX = regress/sim/forge_tdx.c regress/sim/forge_tdx_x509.c
FORGE_TDX_NEEDS = evidence/bytes.c evidence/bytes_text.c evidence/utc.c

TEST += sim/forge-tdx sim/teedev
SRCS_sim/forge-tdx = regress/sim/tdx_hierarchy.c regress/sim/simutil.c \
	$(FORGE_TDX) $(FORGE_TDX_NEEDS)
LIBS_sim/forge-tdx = crypto

SRCS_sim/teedev = regress/sim/teedev.c regress/sim/snp.c regress/sim/simutil.c
LIBS_sim/teedev = crypto
