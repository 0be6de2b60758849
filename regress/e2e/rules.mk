# Small tools of the e2e scripts.
TEST += e2e/tools/no_landlock
SRCS_e2e/tools/no_landlock = regress/e2e/tools/no_landlock.c
LIBS_e2e/tools/no_landlock = seccomp
