#ifndef PARENT_PLACES_H
#define PARENT_PLACES_H

/*
 * Where the first launch finds and puts things.  Fixed when the program is
 * built or installed: neither environment nor agent.toml says what the root
 * process runs.  A test's agent has another file in place of places.c.
 */
struct places {
	const char	*booted;	/* a directory where systemd is PID 1, see sd_booted(3) */
	const char	*systemctl;
	const char	*fstool;
	const char	*run;		/* our directory on a tmpfs */
	const char	*state;		/* what cosmian_fstool makes its container in */
	const char	*block;		/* the kernel's list of block devices */
};

const struct places *places(void);

#endif
