#ifndef FSTOOL_STORE_H
#define FSTOOL_STORE_H

#include "fstool/ask.h"
#include "fstool/files.h"
#include "fstool/keys.h"
#include "fstool/options.h"
#include "fstool/volume.h"

/*
 * A container as it lies on the disk: header, record (header.mac), data; and
 * the ways by which it changes, each of which leaves the old state or the new
 * one, whenever it is cut off.
 *
 * A new container is made under the names header.new, LOCATION.new and
 * header.mac.new.  When all is on the disk, header.mac.new becomes header.mac:
 * from then on the next run finishes the renaming; before, it starts clean.
 * header comes last: where it is, the rest is.
 *
 * header.note tells of a counter that was defined for a record not in force
 * yet, and has what proves to the TPM's part that the counter is that one's:
 * it is undefined by the next run, if no record in force names it.
 *
 * A header that exists is replaced so: header.next; a record of both; header;
 * the counter; a record of the new one.  The record of both has the wraps of
 * both, so no token of the new header takes a number that the old one uses
 * for another: what is new is made first, what is old dropped then.
 */

struct store {
	const struct options	*o;
	struct kids		 kids;
	int			 lock;		/* a file beside the header */
	int			 is_device;	/* the location is a block device */
	int			 finished;	/* by store_recover(): what create had begun */
	char			 name_new[64];	/* in /dev/mapper, while it is made */
	char			 header_new[PATH_MAX], header_next[PATH_MAX];
	char			 mac[PATH_MAX], mac_new[PATH_MAX];
	char			 note[PATH_MAX];
	char			 location_new[PATH_MAX];

	/* what store_load() found */
	struct loaded		 header;
	uint8_t			 digest[32];
	struct header_facts	 facts;
	int			 have_record;
	struct record		 record;
	const struct record_entry *entry;	/* of this header, NULL: none */
	int			 have_counter;
	uint64_t		 counter;
};

/* Names and lock. 0 or -1. */
int	store_init(struct store *, const struct options *);
void	store_end(struct store *);

/*
 * After an interrupted run: finish it, or remove what it left. 0 or -1.
 */
int	store_recover(struct store *);
/* Remove the parts of a container that was not finished, its counter too. */
int	store_start_clean(struct store *);

/*
 * Header (checked), its digest and its record. 1; 0 when there is no header;
 * -1.  That the record knows this header is for the caller to ask.
 */
int	store_load(struct store *);

/* 1 when the record has a wrap for the token of that number. */
int	record_wraps(const struct record *, unsigned int token);

/*
 * The counter in the TPM is that of the record, and the entry's epoch is its
 * value or one more: 0, or -1 refused.
 */
int	store_check_counter(struct store *);
/*
 * The entry's MAC by this key. 0, or -1 refused.  of_tee: a derived key has
 * part in it, and a wrong one looks like a wrong MAC.
 */
int	store_check_mac(struct store *, const uint8_t key[MAC_LEN], int of_tee);
/* The counter follows the epoch, if it is one behind; the record has one entry again. */
int	store_settle(struct store *, const struct secret *volume_key);

/*
 * The volume's header becomes the container's: checked like any other,
 * recorded, the counter raised.  wraps: what s->record has by then.
 */
int	store_commit(struct store *, const struct volume *,
	    const struct secret *volume_key);

/*
 * A counter for a new record: an index that is free, defined, in s->record.
 * It is written to header.note before it is defined.
 */
int	store_counter_new(struct store *, const struct secret *volume_key);
/*
 * The TPM has the counter of s->record, and it takes the authorisation that
 * this volume yields: 1, and s->counter; 0; -1.
 */
int	store_counter_is_ours(struct store *, const struct secret *volume_key);
/* Write s->record with this one entry for the header bytes to path. */
int	store_record_put(struct store *, const char *path,
	    const struct secret *volume_key, uint64_t epoch,
	    struct span header);

#endif
