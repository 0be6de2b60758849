#ifndef PARENT_TREE_H
#define PARENT_TREE_H

struct agent;

/*
 * Read-only clones of the snapshot roots, mounted nowhere, in which data_dir
 * is empty and the TLS key is /dev/null: hasher may read everything that is
 * left, so what is secret must not be there. They are made by a child in a
 * mount namespace of its own, so that nothing is hidden from anybody else.
 * ret_fds gets one descriptor a root. 0, or -1 with a line in the log.
 */
int	trees_clone(struct agent *, int *ret_fds);

#endif
