#ifndef PRIVSEP_LIBEXECDIR_H
#define PRIVSEP_LIBEXECDIR_H

/*
 * The folder of the role executables, fixed when the program is built or
 * installed.  Only libexecdir.c knows it, so that `make install` has one
 * object to compile anew.
 */
extern const char libexec_dir[];

#endif
