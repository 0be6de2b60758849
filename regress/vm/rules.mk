# What the virtual machine's tests put into the guest.
TEST += vm/tsm-helper vm/sev-guest vm/tee-key

SRCS_vm/tsm-helper = regress/vm/tsm_helper.c regress/sim/snp.c \
	regress/sim/simutil.c
LIBS_vm/tsm-helper = crypto

SRCS_vm/sev-guest = regress/vm/sev_guest.c regress/vm/snp_key.c \
	regress/sim/snp.c regress/sim/simutil.c
LIBS_vm/sev-guest = crypto fuse3

SRCS_vm/tee-key = regress/vm/tee_key.c
