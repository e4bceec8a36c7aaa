/*
 * Harness cost, counted and not timed: between the first and the last reading of the clock inside a launch
 * nothing allocates, locks or calls the system, but for the clock itself. The program stands between the
 * backend and the C library: clock_gettime() takes a snapshot of the counts, allocation and locking
 * functions count, and a seccomp filter traps every system call of every thread, counts it and does it.
 *
 * The counting runs in a process of its own, which is started anew: once with all cores, once with a team
 * of one. Yielding is counted apart: the barrier does so when another program holds the core it waits for.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/backend.h"
#include "base/str.h"
#include "engine/registry.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__x86_64__)
static void cannot(void **state)
{
	(void)state;
	print_message("# skip: allocation is the sanitizer's own here, or this is no x86-64\n");
	skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(cannot) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
#else

#include <dlfcn.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>

/* ---- the counts -------------------------------------------------------------------------------- */

enum { ALLOCS, LOCKS, CALLS, YIELDS, COUNTS };

static atomic_ulong count[COUNTS];
static atomic_long last_call = -1;
static long main_thread;
static struct { unsigned long first[COUNTS], last[COUNTS]; unsigned reads; bool on; } watch;

static int (*real_clock)(clockid_t, struct timespec *);
static int (*real_lock)(pthread_mutex_t *);

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

/* The C library's own; ISO C has no cast from an object's address to a function's. */
static void find(const char *name, void *to)
{
	void *p = dlsym(RTLD_NEXT, name);

	memcpy(to, &p, sizeof p);
}

#define COUNTED(result, name, params, given)                                                       \
	result name params                                                                         \
	{                                                                                          \
		count[ALLOCS]++;                                                                   \
		return __libc_##given;                                                             \
	}
COUNTED(void *, malloc, (size_t n), malloc(n))
COUNTED(void *, calloc, (size_t n, size_t each), calloc(n, each))
COUNTED(void *, realloc, (void *p, size_t n), realloc(p, n))
COUNTED(void *, aligned_alloc, (size_t to, size_t n), memalign(to, n))

void free(void *p)
{
	count[ALLOCS]++;
	__libc_free(p);
}

int posix_memalign(void **out, size_t to, size_t n)
{
	count[ALLOCS]++;
	*out = __libc_memalign(to, n);
	return 0;
}

int pthread_mutex_lock(pthread_mutex_t *m)
{
	count[LOCKS]++;
	if (!real_lock)
		find("pthread_mutex_lock", &real_lock);
	return real_lock(m);
}

int clock_gettime(clockid_t id, struct timespec *t)
{
	if (!real_clock)
		find("clock_gettime", &real_clock);
	if (watch.on)
		for (int i = 0; i < COUNTS; i++) {
			watch.last[i] = count[i];
			if (!watch.reads)
				watch.first[i] = count[i];
		}
	watch.reads += watch.on;
	return real_clock(id, t);
}

/* ---- system calls ------------------------------------------------------------------------------ */

extern const char after_gate[];

/* The one place whose system calls the filter lets through. */
__attribute__((noinline, noclone)) static long gate(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
	long out;

	__asm__ volatile("syscall\n.globl after_gate\nafter_gate:"
			 : "=a"(out)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return out;
}

static void on_call(int sig, siginfo_t *info, void *context)
{
	greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
	const long nr = info->si_syscall;

	(void)sig;
	if (nr == SYS_sched_yield || (nr == SYS_futex && gate(SYS_gettid, 0, 0, 0, 0, 0, 0) != main_thread)) {
		count[YIELDS]++;
	} else if (nr != SYS_clock_gettime) { /* where the system gives the clock no faster way */
		count[CALLS]++;
		last_call = nr;
	}
	r[REG_RAX] = gate(nr, r[REG_RDI], r[REG_RSI], r[REG_RDX], r[REG_R10], r[REG_R8], r[REG_R9]);
}

#define LET_THROUGH(nr)                                                                            \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static bool trap_calls(void)
{
	const uint64_t ip = (uint64_t)(uintptr_t)after_gate;
	struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		LET_THROUGH(SYS_rt_sigreturn), LET_THROUGH(SYS_exit_group), LET_THROUGH(SYS_exit),
		LET_THROUGH(SYS_clone), LET_THROUGH(SYS_clone3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)ip, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer) + 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(ip >> 32), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
	};
	struct sock_fprog prog = { .len = sizeof f / sizeof *f, .filter = f };
	const struct sigaction act = { .sa_sigaction = on_call, .sa_flags = SA_SIGINFO };

	return !sigaction(SIGSYS, &act, NULL) && !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &prog);
}

/* ---- the counting process ---------------------------------------------------------------------- */

enum { SAID_FINE = 0, SAID_BAD = 1, SAID_NO_FILTER = 77 };

static int complain(const char *what, const char *kernel)
{
	unsigned long n[COUNTS];

	for (int i = 0; i < COUNTS; i++)
		n[i] = watch.last[i] - watch.first[i];
	fprintf(stderr, "# %s: %s; %lu allocations, %lu locks, %lu system calls (last %ld), %lu waits in "
			"%u readings\n", kernel, what, n[ALLOCS], n[LOCKS], n[CALLS], (long)last_call,
		n[YIELDS], watch.reads);
	return SAID_BAD;
}

static int clean(const char *kernel)
{
	if (watch.reads < 2)
		return complain("the clock was not read", kernel);
	for (int i = 0; i < YIELDS; i++)
		if (watch.last[i] != watch.first[i])
			return complain("not clean", kernel);
	return SAID_FINE;
}

static void watch_begin(void)
{
	memset(&watch, 0, sizeof watch);
	watch.on = true;
}

/* The counters see what they are to see; else a clean count would mean nothing. */
static int instrument_works(void)
{
	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	struct timespec t;
	void *volatile p;

	watch_begin();
	clock_gettime(CLOCK_MONOTONIC, &t);
	p = malloc(10);
	free(p);
	pthread_mutex_lock(&m);
	pthread_mutex_unlock(&m);
	getppid();
	clock_gettime(CLOCK_MONOTONIC, &t);
	watch.on = false;
	if (watch.last[ALLOCS] - watch.first[ALLOCS] != 2 || watch.last[LOCKS] - watch.first[LOCKS] != 1 ||
	    watch.last[CALLS] - watch.first[CALLS] != 1 || last_call != SYS_getppid)
		return complain("the counters do not count", "instrument");
	return SAID_FINE;
}

static int launch_watched(const struct backend *b, struct backend_ctx *ctx, const struct kernel *k)
{
	static bool trapped;
	const struct kernel_env env = { .l1_bytes = 32 << 10, .l2_bytes = 1 << 20, .plateau_bytes = 1 << 20,
					.memory_bytes = (size_t)80 << 20, .compute_units = 2 };
	struct kernel_plan plan = { .c = { .type = k->types[0], .seed = 7 } };
	struct program *p = NULL;
	struct cm_err err = { 0 };
	size_t size[CM_MAX_SIZES];
	uint64_t ns;
	int said = SAID_FINE;

	for (size_t i = 0; k->tunables && k->tunables[i].name && i < CM_MAX_TUNABLES; i++)
		plan.c.tune[i] = k->tunables[i].values[0];
	if (!k->sizes(&env, CM_QUICK, plan.c.type, size))
		return complain("no size", k->name);
	plan.c.n = size[0];
	if (k->plan(&env, &plan, &err) || plan.kind != CM_COMPUTE ||
	    (!k->run_host && !strcmp(b->name, "host")) ||
	    (plan.wait_each && strcmp(b->name, "null") != 0)) /* there the launch itself is what is timed */
		return SAID_FINE;
	if (b->build(ctx, 0, k, &plan, "", &p, &err))
		return complain(err.why, k->name);
	k->fill(&plan, b->host(p));
	b->launch(p, 2, &ns, &err); /* the team of threads is made here */
	if (!trapped && !trap_calls())
		return SAID_NO_FILTER;
	trapped = true;
	if ((said = instrument_works()))
		return said;
	for (int i = 0; i < 3 && !said; i++) {
		watch_begin();
		b->launch(p, 3, &ns, &err);
		watch.on = false;
		said = clean(k->name);
	}
	b->release(p);
	return said;
}

static int counting(const char *backend)
{
	const struct backend *b = registry_backend(backend);
	struct backend_ctx *ctx = NULL;
	struct cm_err err = { 0 };
	int said = SAID_FINE;

	main_thread = (long)getpid();
	if (!b || b->open(&ctx, &err))
		return complain("no backend", backend);
	for (size_t i = 0; registry_kernels[i] && !said; i++)
		said = launch_watched(b, ctx, registry_kernels[i]);
	b->close(ctx);
	return said;
}

/* ---- the tests --------------------------------------------------------------------------------- */

static void count_in_child(const char *backend, const char *threads)
{
	int status = -1;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		setenv("OMP_WAIT_POLICY", "active", 1); /* as the engine starts its workers */
		setenv("OMP_DYNAMIC", "false", 1);
		if (threads)
			setenv("OMP_THREAD_LIMIT", threads, 1);
		execl("/proc/self/exe", "test_timed_region", backend, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == SAID_NO_FILTER) {
		print_message("# skip: this system lets no program filter its system calls\n");
		skip();
	}
	assert_int_equal(status, 0);
}

static void null_backend(void **state)
{
	(void)state;
	count_in_child("null", NULL);
}

static void host_all_cores(void **state)
{
	(void)state;
	count_in_child("host", NULL);
}

static void host_team_of_one(void **state)
{
	(void)state;
	count_in_child("host", "1");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(null_backend),
		cmocka_unit_test(host_all_cores),
		cmocka_unit_test(host_team_of_one),
	};

	return argc > 1 ? counting(argv[1]) : cmocka_run_group_tests(tests, NULL, NULL);
}
#endif
