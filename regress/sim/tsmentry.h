/*
 * The report directory of configfs-tsm without its file system: entries,
 * their attributes, generations, and the reports made from them.  Errors are
 * negative errno values, those of the kernel (drivers/virt/coco/tsm.c and
 * fs/configfs/file.c).
 */
#ifndef SIM_TSMENTRY_H
#define SIM_TSMENTRY_H

#include <stddef.h>
#include <stdint.h>

#define TSM_INBLOB_MAX		64
#define TSM_PRIVLEVEL_MAX	3

/* The directory itself and the files in it, low bits of an inode number. */
enum tsm_attr {
	TSM_DIR,
	TSM_INBLOB,
	TSM_OUTBLOB,
	TSM_AUXBLOB,
	TSM_PROVIDER,
	TSM_GENERATION,
	TSM_PRIVLEVEL,
	TSM_PRIVLEVEL_FLOOR,
	TSM_ATTR_MAX
};

struct tsm_attr_info {
	const char	*name;
	unsigned int	 mode;
	int		 binary;	/* written at the last close, read whole */
};

extern const struct tsm_attr_info tsm_attrs[TSM_ATTR_MAX];

/*
 * The hierarchy folder, and the provider's name as the kernel has it: sev_guest
 * or tdx_guest; none is a kernel without.  0, or -1 for another.  Before any other call.
 */
int	tsm_init(const char *hierarchy, const char *provider);

/* Whether an entry has this attribute: tdx_guest has no certificates and no levels. */
int	tsm_visible(enum tsm_attr a);

/* Serial number of a new entry, or -EEXIST, -ENOMEM. */
int64_t	tsm_entry_make(const char *name);

/* 0 or -ENOENT. */
int	tsm_entry_remove(const char *name);

/* Serial number of the entry called name, or -ENOENT. */
int64_t	tsm_entry_find(const char *name);

/* Call fn for every entry, oldest first. */
void	tsm_entry_each(void (*fn)(const char *name, int64_t serial, void *arg),
	    void *arg);

/* Whether the entry still exists. */
int	tsm_entry_alive(int64_t serial);

/* Write an attribute: 0, -EINVAL, -ENOENT. */
int	tsm_write(int64_t serial, enum tsm_attr a, const void *p, size_t len);

/*
 * Value of an attribute, which the caller frees.  Makes a report if need be,
 * which takes as long as the file delay-ms says, during which other calls go
 * on; cancelled(arg) is asked now and then and ends it with -EINTR.
 */
int	tsm_read(int64_t serial, enum tsm_attr a, int (*cancelled)(void *),
	    void *arg, uint8_t **ret_p, size_t *ret_len);

#endif
