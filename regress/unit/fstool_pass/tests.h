#ifndef REGRESS_UNIT_FSTOOL_PASS_TESTS_H
#define REGRESS_UNIT_FSTOOL_PASS_TESTS_H

/* Each prints what failed and returns how many checks did. */
int	test_recovery(void);
int	test_tty(void);

#endif
