#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <unistd.h>

#include "parent/tpm_dev.h"
#include "regress/unit/check.h"

/*
 * The device side without a TPM: a fifo stands for the device (it answers with
 * the command), a child with a script for swtpm.
 */

static char dir[128], fifo[160], unix_path[160];
static struct event_base *base;
static const uint8_t cmd[12] = { 0x80, 1, 0, 0, 0, 12, 0, 0, 1, 0x7e, 1, 2 };

struct result {
	int		 called;
	size_t		 len;
	uint8_t		 rsp[TPM_CMD_MAX];
	struct tpm_dev	*again;		/* start another command from done */
};

static void
on_done(void *arg, const uint8_t *rsp, size_t len)
{
	struct result *r = arg;
	struct tpm_dev *d = r->again;

	r->called++;
	r->len = len;
	memcpy(r->rsp, rsp, len);
	r->again = NULL;
	if (d != NULL)
		CHECK_OK(tpm_dev_command(d, cmd, sizeof(cmd), on_done, r));
}

static void
loop_until(const struct result *r, int called)
{
	while (r->called < called)
		event_base_loop(base, EVLOOP_ONCE);
}

static void
test_device(void)
{
	struct tpm_dev d;
	struct result r = { .again = &d };

	test_begin("device");
	CHECK_ERRNO(tpm_dev_init(&d, base, "/nonexistent/tpmrm0"), ENOENT);
	if (!CHECK_OK(tpm_dev_init(&d, base, fifo)))
		return;
	CHECK_ERRNO(tpm_dev_command(&d, cmd, 9, on_done, &r), EMSGSIZE);
	CHECK_ERRNO(tpm_dev_command(&d, cmd, TPM_CMD_MAX + 1, on_done, &r),
	    EMSGSIZE);
	CHECK_OK(tpm_dev_command(&d, cmd, sizeof(cmd), on_done, &r));
	CHECK_INT(r.called, 0);
	CHECK_ERRNO(tpm_dev_command(&d, cmd, sizeof(cmd), on_done, &r), EBUSY);
	loop_until(&r, 2);
	CHECK_INT(r.len, sizeof(cmd));
	CHECK_MEM(r.rsp, cmd, sizeof(cmd));

	test_begin("device, late answer");
	CHECK_OK(tpm_dev_command(&d, cmd, sizeof(cmd), on_done, &r));
	event_active(d.timeout, EV_TIMEOUT, 0);
	/* the timeout is served first, then what the fifo has */
	while (r.called == 2)
		event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	CHECK_INT(r.called, 3);
	CHECK_INT(r.len, 0);
	if (d.state == TPM_DEV_STALE) {
		CHECK_ERRNO(tpm_dev_command(&d, cmd, sizeof(cmd), on_done,
		    &r), EBUSY);
		event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	}
	CHECK_INT(d.state, TPM_DEV_IDLE);
	CHECK_INT(r.called, 3);
	CHECK_OK(tpm_dev_command(&d, cmd, sizeof(cmd), on_done, &r));
	loop_until(&r, 4);
	CHECK_INT(r.len, sizeof(cmd));
	tpm_dev_close(&d);
}

/* One connection: take a command, write n bytes of rsp, piece by piece, and close. */
static void
serve_one(int l, const uint8_t *rsp, size_t n)
{
	uint8_t b[64];
	size_t i;
	int s;

	if ((s = accept(l, NULL, NULL)) == -1)
		_exit(1);
	if (read(s, b, sizeof(b)) != sizeof(cmd) || memcmp(b, cmd,
	    sizeof(cmd)) != 0)
		_exit(1);
	for (i = 0; i < n; i++) {
		if (write(s, rsp + i, 1) != 1)
			break;
		usleep(1000);
	}
	close(s);
}

static const uint8_t good[14] = { 0x80, 1, 0, 0, 0, 14, 0, 0, 0, 0, 1, 2, 3, 4 };
static const uint8_t huge[10] = { 0x80, 1, 0, 0, 0x10, 1, 0, 0, 0, 0 };
static const uint8_t tiny[10] = { 0x80, 1, 0, 0, 0, 9, 0, 0, 0, 0 };

/* Listens late: until then connecting is refused. */
static pid_t
server(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	pid_t pid;
	int l;

	memcpy(sun.sun_path, unix_path + 5, strlen(unix_path + 5) + 1);
	if ((l = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1 ||
	    bind(l, (struct sockaddr *)&sun, sizeof(sun)) == -1 ||
	    (pid = fork()) == -1)
		err(1, "server");
	if (pid != 0) {
		close(l);
		return pid;
	}
	usleep(100000);
	if (listen(l, 0) == -1)
		_exit(1);
	serve_one(l, good, sizeof(good));
	serve_one(l, good, sizeof(good) - 1);
	serve_one(l, NULL, 0);
	serve_one(l, huge, sizeof(huge));
	serve_one(l, tiny, sizeof(tiny));
	serve_one(l, good, sizeof(good));
	_exit(0);
}

static void
test_socket(void)
{
	static const size_t want[] = { sizeof(good), 0, 0, 0, 0, sizeof(good) };
	struct tpm_dev d;
	struct result r = { .again = NULL };
	int i, status = -1;
	pid_t pid;

	test_begin("socket");
	CHECK_OK(tpm_dev_init(&d, base, unix_path));
	CHECK_ERRNO(tpm_dev_command(&d, cmd, sizeof(cmd), on_done, &r), ENOENT);
	CHECK_INT(d.state, TPM_DEV_IDLE);
	pid = server();
	for (i = 0; i < 6; i++) {
		CHECK_OK(tpm_dev_command(&d, cmd, sizeof(cmd), on_done, &r));
		CHECK_ERRNO(tpm_dev_command(&d, cmd, sizeof(cmd), on_done,
		    &r), EBUSY);
		loop_until(&r, i + 1);
		CHECK_INT(r.len, want[i]);
	}
	CHECK_MEM(r.rsp, good, sizeof(good));
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);

	test_begin("socket, time limit");
	CHECK_OK(tpm_dev_command(&d, cmd, sizeof(cmd), on_done, &r));
	CHECK_INT(d.state, TPM_DEV_CONNECTING);
	event_active(d.timeout, EV_TIMEOUT, 0);
	loop_until(&r, 7);
	CHECK_INT(r.len, 0);
	CHECK_INT(d.state, TPM_DEV_IDLE);
	CHECK_OK(tpm_dev_command(&d, cmd, sizeof(cmd), on_done, &r));
	tpm_dev_close(&d);
	CHECK_INT(r.called, 7);
	unlink(unix_path + 5);
}

int
main(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%s/tpmdev.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(dir) == NULL)
		err(1, "%s", dir);
	snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	snprintf(unix_path, sizeof(unix_path), "unix:%s/s", dir);
	if (mkfifo(fifo, 0600) == -1 || (base = event_base_new()) == NULL)
		err(1, "%s", fifo);
	test_device();
	test_socket();
	event_base_free(base);
	unlink(fifo);
	rmdir(dir);
	return test_end();
}
