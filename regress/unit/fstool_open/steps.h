#ifndef REGRESS_FSTOOL_OPEN_STEPS_H
#define REGRESS_FSTOOL_OPEN_STEPS_H

/*
 * What fstool/cmd_open.c does, step by step: each is written down with whether
 * signals were held, and may be made to fail.  Nothing else happens.
 */

#define STEP_LIST(X)							\
	X(RECOVER) X(MOUNTED) X(FIND) X(LOAD) X(TAKE_SIZE)		\
	X(MAKE_PHRASE) X(MAKE) X(READ_PHRASE) X(DEVICE) X(KEYS)		\
	X(UNSEAL) X(CHECK_MAC) X(CHECK_COUNTER) X(LOAD_VOLUME)		\
	X(VOLUME_KEY) X(MAC_KEY) X(SETTLE) X(CAP) X(ACTIVATE)		\
	X(CHECK_TABLE) X(MOUNT) X(CLOSE) X(UNMOUNT) X(REMOVE)

#define STEP_ENUM(name)	STEP_##name,
enum step { STEP_NONE, STEP_LIST(STEP_ENUM) STEP_MAX };
#undef STEP_ENUM

#define TRAIL_MAX	64

struct world {
	enum step	fails;		/* STEP_NONE: all goes well */
	int		mounted, active, same;	/* what is there already */
	int		header;		/* there is one */
	int		no_tpm;

	enum step	trail[TRAIL_MAX];
	int		held[TRAIL_MAX];	/* signals were, then */
	int		ntrail;
	int		opens;		/* what the last cap was told */
	int		volumes, secrets, devices;	/* not given back */
};

extern struct world world;

const char	*step_name(enum step);
/* Where it is in the trail, first or last; -1: not at all. */
int	step_first(enum step);
int	step_last(enum step);

#endif
