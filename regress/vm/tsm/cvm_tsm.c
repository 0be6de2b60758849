/*
 * A provider for the kernel's configfs-tsm in a machine without confidential
 * hardware: who asks gets what a program at /dev/cvm-tsm answers, which signs
 * with simulated keys (regress/vm/tsm_helper.c).  For tests only.
 *
 *	read	waits for a request: u32 privlevel, 64 bytes of inblob
 *	write	answers it: u32 length of the report, u32 length of auxblob, both
 *
 * One request at a time.  Without a program there, or without an answer within
 * half a minute, reading outblob fails with EIO, as where firmware fails.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/tsm.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define ANSWER_S	30

enum state { IDLE, ASKED, TAKEN, ANSWERED };

struct request {
	u32	privlevel;
	u8	inblob[TSM_INBLOB_MAX];
};

struct answer {
	u32	report_len;
	u32	aux_len;
};

static DEFINE_MUTEX(caller_lock);	/* held by who asks */
static DEFINE_MUTEX(lock);		/* of what follows */
static DECLARE_WAIT_QUEUE_HEAD(changed);
static enum state	 state;
static bool		 helper;
static struct request	 request;
static struct answer	 answer;
static u8		*report_blob, *aux_blob;

static void state_set(enum state new)
{
	WRITE_ONCE(state, new);
	wake_up_all(&changed);
}

static void blobs_free(void)
{
	kvfree(report_blob);
	kvfree(aux_blob);
	report_blob = aux_blob = NULL;
}

/* Whether there is somebody to ask. */
static int request_put(const struct tsm_desc *desc)
{
	int rc = -EIO;

	mutex_lock(&lock);
	if (helper) {
		request.privlevel = desc->privlevel;
		memcpy(request.inblob, desc->inblob, sizeof(request.inblob));
		state_set(ASKED);
		rc = 0;
	}
	mutex_unlock(&lock);
	return rc;
}

static int answer_take(struct tsm_report *report)
{
	int rc = -EIO;

	mutex_lock(&lock);
	if (state == ANSWERED) {
		report->outblob = report_blob;
		report->outblob_len = answer.report_len;
		report->auxblob = aux_blob;
		report->auxblob_len = answer.aux_len;
		report_blob = aux_blob = NULL;
		rc = 0;
	}
	state_set(IDLE);
	mutex_unlock(&lock);
	return rc;
}

static int cvm_report_new(struct tsm_report *report, void *data)
{
	int rc;

	if (report->desc.inblob_len != TSM_INBLOB_MAX)
		return -EINVAL;
	if (mutex_lock_interruptible(&caller_lock) != 0)
		return -EINTR;
	rc = request_put(&report->desc);
	if (rc == 0) {
		wait_event_killable_timeout(changed,
		    READ_ONCE(state) == ANSWERED || !READ_ONCE(helper),
		    ANSWER_S * HZ);
		rc = answer_take(report);
	}
	mutex_unlock(&caller_lock);
	return rc;
}

static int dev_open(struct inode *inode, struct file *file)
{
	int rc = -EBUSY;

	mutex_lock(&lock);
	if (!helper) {
		helper = true;
		rc = 0;
	}
	mutex_unlock(&lock);
	return rc;
}

static int dev_release(struct inode *inode, struct file *file)
{
	mutex_lock(&lock);
	helper = false;
	blobs_free();
	state_set(IDLE);
	mutex_unlock(&lock);
	return 0;
}

static ssize_t dev_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	struct request r;

	if (len < sizeof(r))
		return -EINVAL;
	for (;;) {
		if (wait_event_interruptible(changed, READ_ONCE(state) == ASKED) != 0)
			return -ERESTARTSYS;
		mutex_lock(&lock);
		if (state == ASKED)
			break;
		mutex_unlock(&lock);
	}
	r = request;
	state_set(TAKEN);
	mutex_unlock(&lock);
	return copy_to_user(buf, &r, sizeof(r)) == 0 ? sizeof(r) : -EFAULT;
}

static int answer_read(const char __user *buf, size_t len, struct answer *a)
{
	if (len < sizeof(*a) || copy_from_user(a, buf, sizeof(*a)) != 0)
		return -EINVAL;
	if (a->report_len == 0 || a->report_len > TSM_OUTBLOB_MAX ||
	    a->aux_len > TSM_OUTBLOB_MAX ||
	    len != sizeof(*a) + a->report_len + a->aux_len)
		return -EINVAL;
	report_blob = kvzalloc(a->report_len, GFP_KERNEL);
	if (a->aux_len > 0)
		aux_blob = kvzalloc(a->aux_len, GFP_KERNEL);
	if (report_blob == NULL || (a->aux_len > 0 && aux_blob == NULL))
		return -ENOMEM;
	buf += sizeof(*a);
	if (copy_from_user(report_blob, buf, a->report_len) != 0 ||
	    (a->aux_len > 0 && copy_from_user(aux_blob, buf + a->report_len,
	    a->aux_len) != 0))
		return -EFAULT;
	return 0;
}

static ssize_t dev_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	int rc = -EINVAL;

	mutex_lock(&lock);
	if (state == TAKEN) {
		blobs_free();
		rc = answer_read(buf, len, &answer);
		if (rc == 0)
			state_set(ANSWERED);
		else
			blobs_free();
	}
	mutex_unlock(&lock);
	return rc == 0 ? len : rc;
}

static const struct file_operations dev_ops = {
	.owner = THIS_MODULE,
	.open = dev_open,
	.release = dev_release,
	.read = dev_read,
	.write = dev_write,
};

static struct miscdevice dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "cvm-tsm",
	.fops = &dev_ops,
	.mode = 0600,
};

/* Those of sev_guest, without the SVSM's. */
static bool attr_visible(int n)
{
	return n == TSM_REPORT_GENERATION || n == TSM_REPORT_PROVIDER ||
	    n == TSM_REPORT_PRIVLEVEL || n == TSM_REPORT_PRIVLEVEL_FLOOR;
}

static bool bin_attr_visible(int n)
{
	return n == TSM_REPORT_INBLOB || n == TSM_REPORT_OUTBLOB ||
	    n == TSM_REPORT_AUXBLOB;
}

static const struct tsm_ops ops = {
	.name = "sev_guest",
	.report_new = cvm_report_new,
	.report_attr_visible = attr_visible,
	.report_bin_attr_visible = bin_attr_visible,
};

static int __init cvm_tsm_init(void)
{
	int rc = misc_register(&dev);

	if (rc != 0)
		return rc;
	rc = tsm_register(&ops, NULL);
	if (rc != 0)
		misc_deregister(&dev);
	return rc;
}

static void __exit cvm_tsm_exit(void)
{
	tsm_unregister(&ops);
	misc_deregister(&dev);
}

module_init(cvm_tsm_init);
module_exit(cvm_tsm_exit);
MODULE_DESCRIPTION("Simulated reports for configfs-tsm, for tests");
MODULE_LICENSE("Dual BSD/GPL");
