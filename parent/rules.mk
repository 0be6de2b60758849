PARENT_SRCS = parent/activate.c parent/attest.c parent/azure.c parent/boot.c parent/conf.c \
	parent/conn.c parent/first_launch.c parent/gen.c parent/hooks.c parent/listen.c parent/logs.c \
	parent/notify.c parent/places.c parent/proc.c parent/simulated.c parent/snapshot.c \
	parent/store_file.c parent/tee.c parent/tpm.c parent/tpm_dev.c parent/tpm_filter.c parent/tree.c parent/volume.c \
	privsep/unmeasured.c
