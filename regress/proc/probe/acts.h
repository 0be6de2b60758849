#ifndef REGRESS_PROBE_ACTS_H
#define REGRESS_PROBE_ACTS_H

#include "privsep/child.h"
#include "privsep/role.h"

/*
 * What a process that was taken over might try. X(name, granted, call): the
 * call must succeed for roles that have one of the granted SC_* bits, and for
 * all others fail or kill the process. The probe makes them, the test knows
 * them by number; both are generated from this list.
 *
 * Lent to the probe, from RES_FD on:
 */
#define FILE_FD		(RES_FD + 0)	/* a file, "lent", read and write */
#define DIR_FD		(RES_FD + 1)	/* a folder with the file "inside" */
#define STREAM_FD	(RES_FD + 2)	/* one end of a stream pair */
#define TCP_FD		(RES_FD + 3)	/* a TCP socket that is not connected */
#define PORT_FD		(RES_FD + 4)	/* a listener; its address is loopback's */
#define NLENT		5

#define FSTOOL_PROBE	"fsprobe-"	/* how the probe is called for a role of cosmian_fstool */

#define ACT_TYPE	2		/* frame type of question and answer; id is the act */

#define NEVER		0u
#define ALWAYS		~0u

#define ACT_LIST(X) \
	/* what is lent works */ \
	X(READ_LENT, ALWAYS, syscall(SYS_read, FILE_FD, buf, 4)) \
	X(WRITE_STREAM, ALWAYS, syscall(SYS_write, STREAM_FD, "x", 1)) \
	X(SEND_STREAM, ALWAYS, send(STREAM_FD, "x", 1, MSG_NOSIGNAL)) \
	X(MMAP_MEMORY, ALWAYS, map(-1, PROT_READ | PROT_WRITE)) \
	X(GETRANDOM, ALWAYS, syscall(SYS_getrandom, buf, 8, 0)) \
	X(PREAD_LENT, SC_PREAD, syscall(SYS_pread64, FILE_FD, buf, 4, 0)) \
	X(FSTAT_LENT, SC_PREAD | SC_TREE | SC_RESOLVE, fstat(FILE_FD, &st)) \
	X(RECV_STREAM, SC_STREAM, recv(STREAM_FD, buf, 1, MSG_DONTWAIT)) \
	X(SHUTDOWN_STREAM, SC_STREAM, shutdown(STREAM_FD, SHUT_WR)) \
	X(EPOLL, SC_EVENT, syscall(SYS_epoll_create1, 0)) \
	X(PIPE, SC_EVENT, syscall(SYS_pipe2, buf, 0)) \
	X(FSYNC_LENT, SC_SYNC, syscall(SYS_fsync, FILE_FD)) \
	X(MEMFD, SC_MEMFD, syscall(SYS_memfd_create, "x", 0)) \
	X(SEAL, SC_MEMFD, seal()) \
	X(MLOCK, SC_LOCKMEM, syscall(SYS_mlock, page, 4096)) \
	X(OPEN_BELOW, SC_TREE, openat(DIR_FD, "inside", O_RDONLY)) \
	X(LIST_BELOW, SC_TREE, syscall(SYS_getdents64, DIR_FD, buf, sizeof(buf))) \
	X(THREAD, SC_THREADS, thread()) \
	X(SIGACTION, SC_THREADS, syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 8)) \
	X(GUEST_REPORT, SC_GUEST, guest(FILE_FD, SNP_GET_EXT_REPORT)) \
	X(GUEST_TDREPORT, SC_GUEST, guest(FILE_FD, TDX_CMD_GET_REPORT0)) \
	X(GUEST_OTHER_FD, NEVER, guest(STREAM_FD, SNP_GET_REPORT)) \
	X(GUEST_KEY, NEVER, guest(FILE_FD, SNP_GET_DERIVED_KEY)) \
	X(GUEST_HIGH_BITS, NEVER, guest(FILE_FD, 1UL << 32 | SNP_GET_REPORT)) \
	/* files */ \
	X(OPEN, NEVER, syscall(SYS_open, "/etc/passwd", O_RDONLY)) \
	X(OPENAT, NEVER, openat(AT_FDCWD, "/etc/passwd", O_RDONLY)) \
	X(OPENAT2, NEVER, syscall(SYS_openat2, DIR_FD, "inside", &zero, 24)) \
	X(OPEN_ROOT, NEVER, openat(AT_FDCWD, "/", O_RDONLY | O_DIRECTORY)) \
	X(OPEN_PROC, NEVER, openat(AT_FDCWD, "/proc/self/mem", O_RDWR)) \
	X(OPEN_UP, NEVER, openat(DIR_FD, "..", O_RDONLY | O_DIRECTORY)) \
	X(OPEN_BESIDE, NEVER, openat(DIR_FD, "../beside", O_RDONLY)) \
	X(OPEN_WRITE, NEVER, openat(DIR_FD, "inside", O_WRONLY)) \
	X(OPEN_CREATE, NEVER, openat(DIR_FD, "new", O_WRONLY | O_CREAT, 0600)) \
	X(OPEN_TMPFILE, NEVER, openat(DIR_FD, ".", O_WRONLY | O_TMPFILE, 0600)) \
	X(OPEN_HANDLE, NEVER, syscall(SYS_open_by_handle_at, DIR_FD, &handle, O_RDONLY)) \
	X(MAKE_HANDLE, NEVER, syscall(SYS_name_to_handle_at, DIR_FD, "inside", &handle, buf, 0)) \
	X(STAT, NEVER, stat("/etc/passwd", &st)) \
	X(READLINK, NEVER, syscall(SYS_readlink, "/proc/self/exe", buf, 64)) \
	X(MKDIR, NEVER, syscall(SYS_mkdirat, DIR_FD, "new", 0700)) \
	X(UNLINK, NEVER, syscall(SYS_unlinkat, DIR_FD, "inside", 0)) \
	X(RENAME, NEVER, syscall(SYS_renameat, DIR_FD, "inside", DIR_FD, "new")) \
	X(LINK, NEVER, syscall(SYS_linkat, FILE_FD, "", DIR_FD, "new", AT_EMPTY_PATH)) \
	X(SYMLINK, NEVER, syscall(SYS_symlinkat, "x", DIR_FD, "new")) \
	X(MKNOD, NEVER, syscall(SYS_mknodat, DIR_FD, "new", 0600 | S_IFIFO, 0)) \
	X(FCHMOD, NEVER, syscall(SYS_fchmod, FILE_FD, 0777)) \
	X(FCHOWN, NEVER, syscall(SYS_fchown, FILE_FD, 0, 0)) \
	X(FCHDIR, NEVER, syscall(SYS_fchdir, DIR_FD)) \
	X(CHROOT, NEVER, syscall(SYS_chroot, ".")) \
	X(MOUNT, NEVER, syscall(SYS_mount, "none", "/", "tmpfs", 0, NULL)) \
	X(OPEN_TREE, NEVER, syscall(SYS_open_tree, DIR_FD, "", AT_EMPTY_PATH)) \
	X(SENDFILE, NEVER, syscall(SYS_sendfile, STREAM_FD, FILE_FD, NULL, 1)) \
	X(DUP, NEVER, syscall(SYS_dup, FILE_FD)) \
	X(DUP_FCNTL, NEVER, syscall(SYS_fcntl, FILE_FD, F_DUPFD, 20)) \
	X(LEASE, NEVER, syscall(SYS_fcntl, FILE_FD, F_SETLEASE, F_RDLCK)) \
	X(SIGNAL_OWNER, NEVER, syscall(SYS_fcntl, STREAM_FD, F_SETOWN, getppid())) \
	/* network */ \
	X(SOCKET_INET, NEVER, socket(AF_INET, SOCK_STREAM, 0)) \
	X(SOCKET_INET6, NEVER, socket(AF_INET6, SOCK_DGRAM, 0)) \
	X(SOCKET_UNIX, NEVER, socket(AF_UNIX, SOCK_STREAM, 0)) \
	X(SOCKET_NETLINK, NEVER, socket(AF_NETLINK, SOCK_RAW, 0)) \
	X(SOCKET_PACKET, NEVER, socket(AF_PACKET, SOCK_RAW, 0)) \
	X(SOCKET_VSOCK, NEVER, socket(AF_VSOCK, SOCK_STREAM, 0)) \
	X(SOCKET_ALG, NEVER, socket(AF_ALG, SOCK_SEQPACKET, 0)) \
	X(SOCKETPAIR, NEVER, syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, buf)) \
	X(CONNECT, NEVER, connect(TCP_FD, (void *)&there, sizeof(there))) \
	X(CONNECT_FAST, NEVER, sendto(TCP_FD, "x", 1, MSG_FASTOPEN, (void *)&there, sizeof(there))) \
	X(BIND, NEVER, bind(TCP_FD, (void *)&zero, sizeof(there))) \
	X(LISTEN, NEVER, listen(TCP_FD, 1)) \
	X(ACCEPT, NEVER, accept4(PORT_FD, NULL, NULL, SOCK_NONBLOCK)) \
	X(SETSOCKOPT, NEVER, setsockopt(TCP_FD, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one))) \
	/* processes */ \
	X(TRACE_ME, NEVER, syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0)) \
	X(TRACE_PARENT, NEVER, syscall(SYS_ptrace, PTRACE_SEIZE, getppid(), 0, 0)) \
	X(READ_PARENT, NEVER, syscall(SYS_process_vm_readv, getppid(), buf, 0, buf, 0, 0)) \
	X(PIDFD_PARENT, NEVER, syscall(SYS_pidfd_open, getppid(), 0)) \
	X(KILL_PARENT, NEVER, syscall(SYS_kill, getppid(), 0)) \
	X(KILL_SELF, NEVER, syscall(SYS_kill, getpid(), 0)) \
	X(TGKILL_PARENT, NEVER, syscall(SYS_tgkill, getppid(), getppid(), 0)) \
	X(TKILL, NEVER, syscall(SYS_tkill, getppid(), 0)) \
	X(QUEUE_PARENT, NEVER, syscall(SYS_rt_sigqueueinfo, getppid(), 0, buf)) \
	X(EXECVE, NEVER, syscall(SYS_execve, "/bin/true", NULL, NULL)) \
	X(EXECVEAT, NEVER, syscall(SYS_execveat, FILE_FD, "", NULL, NULL, AT_EMPTY_PATH)) \
	X(FORK, NEVER, child(syscall(SYS_fork))) \
	X(VFORK, NEVER, child(syscall(SYS_clone, CLONE_VFORK | SIGCHLD, 0, 0, 0, 0))) \
	X(CLONE_USERNS, NEVER, child(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0))) \
	X(CLONE3, NEVER, child(syscall(SYS_clone3, &zero, 64))) \
	X(WAIT, NEVER, syscall(SYS_wait4, -1, NULL, WNOHANG, NULL)) \
	X(SETPRIORITY, NEVER, syscall(SYS_setpriority, 0, 0, -20)) \
	X(PRLIMIT, NEVER, syscall(SYS_prlimit64, 0, RLIMIT_CORE, NULL, buf)) \
	/* rights */ \
	X(SETUID, NEVER, syscall(SYS_setuid, 0)) \
	X(SETRESUID, NEVER, syscall(SYS_setresuid, 0, 0, 0)) \
	X(SETGROUPS, NEVER, syscall(SYS_setgroups, 0, NULL)) \
	X(CAPSET, NEVER, syscall(SYS_capset, buf, buf)) \
	X(PRCTL_DUMPABLE, NEVER, syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0)) \
	X(PRCTL_DEATH, NEVER, syscall(SYS_prctl, PR_SET_PDEATHSIG, 0, 0, 0, 0)) \
	X(PRCTL_PTRACER, NEVER, syscall(SYS_prctl, PR_SET_PTRACER, -1L, 0, 0, 0)) \
	X(UNSHARE_USER, NEVER, syscall(SYS_unshare, CLONE_NEWUSER)) \
	X(SETNS, NEVER, syscall(SYS_setns, DIR_FD, 0)) \
	X(PERSONALITY, NEVER, syscall(SYS_personality, 0x0400000)) \
	X(SECCOMP, NEVER, syscall(SYS_seccomp, 0, 0, NULL)) \
	X(LANDLOCK, NEVER, syscall(SYS_landlock_create_ruleset, NULL, 0, 1)) \
	/* kernel */ \
	X(IO_URING, NEVER, syscall(SYS_io_uring_setup, 1, buf)) \
	X(BPF, NEVER, syscall(SYS_bpf, 0, buf, 64)) \
	X(PERF, NEVER, syscall(SYS_perf_event_open, buf, 0, -1, -1, 0)) \
	X(USERFAULTFD, NEVER, syscall(SYS_userfaultfd, 1)) \
	X(KEYCTL, NEVER, syscall(SYS_keyctl, 0, -3, 0)) \
	X(ADD_KEY, NEVER, syscall(SYS_add_key, "user", "x", "x", 1, -3)) \
	X(SHMGET, NEVER, syscall(SYS_shmget, 0, 4096, 0600 | IPC_CREAT)) \
	X(MQ_OPEN, NEVER, syscall(SYS_mq_open, "x", O_CREAT | O_RDWR, 0600, NULL)) \
	X(INOTIFY, NEVER, syscall(SYS_inotify_init1, 0)) \
	X(FANOTIFY, NEVER, syscall(SYS_fanotify_init, 0, 0)) \
	X(INIT_MODULE, NEVER, syscall(SYS_init_module, buf, 0, "")) \
	X(REBOOT, NEVER, syscall(SYS_reboot, 0, 0, 0, NULL)) \
	X(TTY_INPUT, NEVER, syscall(SYS_ioctl, 0, TIOCSTI, "x")) \
	X(IOCTL_OWNER, NEVER, syscall(SYS_ioctl, STREAM_FD, FIOSETOWN, &one)) \
	/* code */ \
	X(MMAP_EXEC, NEVER, map(-1, PROT_READ | PROT_EXEC)) \
	X(MMAP_FILE_EXEC, NEVER, map(FILE_FD, PROT_READ | PROT_EXEC)) \
	X(MPROTECT_EXEC, NEVER, syscall(SYS_mprotect, page, 4096, PROT_READ | PROT_EXEC)) \
	X(PKEY_MPROTECT, NEVER, syscall(SYS_pkey_mprotect, page, 4096, PROT_EXEC, -1)) \
	X(OTHER_ABI, NEVER, other_abi()) \
	X(X32_ABI, NEVER, syscall(0x40000000 | SYS_getpid))

#define ACT_ENUM(name, granted, call)	ACT_##name,
enum act { ACT_LIST(ACT_ENUM) ACT_MAX };
#undef ACT_ENUM

#endif
