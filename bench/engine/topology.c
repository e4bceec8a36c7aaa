/*
 * The machine, by hwloc and the system's own files (see topology.h), and the services that backends
 * need of it: how many cores, binding a thread, memory in huge pages. hwloc is named here only.
 */
#include "engine/topology.h"

#include <gnu/libc-version.h>
#include <hwloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>

#include "api/backend.h"
#include "base/file.h"

/* hwloc reads this once in a process. What it cannot find in a recorded tree is a fact that is
 * missing, which we say ourselves; its own lines on stderr would be in the middle of a table. */
static void hide_messages(void)
{
	setenv("HWLOC_HIDE_ERRORS", "2", 0);
}

/* Loaded once: hwloc takes tens of milliseconds, and threads ask while they bind. */
static hwloc_topology_t shared_topology(void)
{
	static hwloc_topology_t t;

	if (!t) {
		hwloc_topology_t fresh;

		hide_messages();
		if (hwloc_topology_init(&fresh))
			return NULL;
		hwloc_topology_set_io_types_filter(fresh, HWLOC_TYPE_FILTER_KEEP_IMPORTANT);
		if (hwloc_topology_load(fresh)) {
			hwloc_topology_destroy(fresh);
			return NULL;
		}
		t = fresh;
	}
	return t;
}

/* ---- services for backends --------------------------------------------------------------------- */

unsigned cm_host_threads(void)
{
	const hwloc_topology_t t = shared_topology();
	const int n = t ? hwloc_get_nbobjs_by_type(t, HWLOC_OBJ_CORE) : 0;

	return n > 0 ? (unsigned)n : 1;
}

void cm_host_bind(unsigned thread)
{
	const hwloc_topology_t t = shared_topology();
	const hwloc_obj_t core = t ? hwloc_get_obj_by_type(t, HWLOC_OBJ_CORE, thread) : NULL;
	hwloc_cpuset_t one;

	if (!core)
		return;
	/* The first hardware thread of the core: two threads never share one. */
	one = hwloc_bitmap_dup(core->cpuset);
	hwloc_bitmap_singlify(one);
	hwloc_set_cpubind(t, one, HWLOC_CPUBIND_THREAD);
	hwloc_bitmap_free(one);
}

#define HUGE_PAGE ((size_t)2 << 20)

static size_t round_up(size_t n)
{
	return (n + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
}

void *cm_huge_alloc(size_t bytes)
{
	const size_t want = round_up(bytes ? bytes : 1);
	char *p = mmap(NULL, want + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *at;

	if (p == MAP_FAILED)
		return NULL;
	at = p + (round_up((size_t)p) - (size_t)p);
	if (at > p)
		munmap(p, (size_t)(at - p));
	if (p + want + HUGE_PAGE > at + want)
		munmap(at + want, (size_t)(p + HUGE_PAGE - at));
	madvise(at, want, MADV_HUGEPAGE);
	return at;
}

void cm_huge_free(void *p, size_t bytes)
{
	if (p)
		munmap(p, round_up(bytes ? bytes : 1));
}

/* ---- facts ------------------------------------------------------------------------------------- */

struct reader {
	struct machine *m;
	const char *root; /* "" = this machine */
	size_t cap;
};

static void fact(struct reader *r, const char *group, const char *name, const char *value)
{
	struct machine *m = r->m;

	if (!value || !*value)
		value = "not readable";
	CM_PUSH(m->fact, m->facts, r->cap);
	m->fact[m->facts++] = (struct system_fact){ group, name, pool_dup(&m->pool, value) };
}

static bool line_of(const struct reader *r, const char *path, char *out, size_t cap)
{
	char full[1024];

	snprintf(full, sizeof full, "%s%s", r->root, path);
	return file_line(full, out, cap);
}

/* Value of "key<tabs>: value" in a file of that shape; false when it is not there. */
static bool keyed(const struct reader *r, const char *path, const char *key, char *out, size_t cap)
{
	char full[1024], line[4096];
	const size_t len = strlen(key);
	bool found = false;
	FILE *f;

	snprintf(full, sizeof full, "%s%s", r->root, path);
	f = fopen(full, "r");
	while (f && !found && fgets(line, sizeof line, f)) {
		const char *p = line + len;

		if (strncmp(line, key, len) != 0)
			continue;
		p += strspn(p, " \t");
		if (*p != ':' && *p != '=')
			continue;
		p += 1 + strspn(p + 1, " \t\"");
		snprintf(out, cap, "%.*s", (int)strcspn(p, "\"\n"), p);
		found = true;
	}
	if (f)
		fclose(f);
	return found;
}

static void file_fact(struct reader *r, const char *group, const char *name, const char *path)
{
	char line[512];

	fact(r, group, name, line_of(r, path, line, sizeof line) ? line : NULL);
}

static void read_cpu(struct reader *r)
{
	struct machine *m = r->m;
	char v[4096];

	if (!keyed(r, "/proc/cpuinfo", "model name", v, sizeof v) &&
	    !keyed(r, "/proc/cpuinfo", "CPU part", v, sizeof v))
		snprintf(v, sizeof v, "unknown processor");
	snprintf(m->cpu, sizeof m->cpu, "%.*s", (int)sizeof m->cpu - 1, v);
	fact(r, "hardware", "CPU", v);
	if (keyed(r, "/proc/cpuinfo", "flags", v, sizeof v))
		m->is_virtual = strstr(v, " hypervisor") != NULL;
	if (keyed(r, "/proc/cpuinfo", "cpu family", v, sizeof v)) {
		char model[64] = "?", step[64] = "?";

		keyed(r, "/proc/cpuinfo", "model", model, sizeof model);
		keyed(r, "/proc/cpuinfo", "stepping", step, sizeof step);
		fact(r, "hardware", "CPU family, model, stepping",
		     pool_printf(&m->pool, "%.60s, %s, %s", v, model, step));
	}
	if (keyed(r, "/proc/meminfo", "MemTotal", v, sizeof v)) {
		m->memory_bytes = (size_t)strtoull(v, NULL, 10) * 1024;
		fact(r, "hardware", "memory", pool_printf(&m->pool, "%.1f GiB",
							  (double)m->memory_bytes / 0x1p30));
	}
	fact(r, "firmware", "microcode",
	     keyed(r, "/proc/cpuinfo", "microcode", v, sizeof v) ? v : NULL);
}

static void read_virtual(struct reader *r)
{
	char vendor[128] = "", name[128] = "", bios[128] = "";
	struct machine *m = r->m;

	line_of(r, "/sys/class/dmi/id/sys_vendor", vendor, sizeof vendor);
	line_of(r, "/sys/class/dmi/id/product_name", name, sizeof name);
	line_of(r, "/sys/class/dmi/id/bios_version", bios, sizeof bios);
	fact(r, "hardware", "virtual machine",
	     m->is_virtual ? pool_printf(&m->pool, "yes%s%s%s%s", *vendor ? ": " : "", vendor,
					 *name ? " " : "", name) : "no hypervisor is visible");
	fact(r, "hardware", "system",
	     *vendor || *name ? pool_printf(&m->pool, "%s %s", vendor, name) : NULL);
	fact(r, "firmware", "BIOS", bios);
}

static void read_software(struct reader *r)
{
	struct utsname u;
	char v[512];

	fact(r, "software", "operating system",
	     keyed(r, "/etc/os-release", "PRETTY_NAME", v, sizeof v) ? v : NULL);
	if (!*r->root && !uname(&u))
		fact(r, "software", "kernel", pool_printf(&r->m->pool, "%s %s", u.release, u.machine));
	else
		file_fact(r, "software", "kernel", "/proc/version");
	fact(r, "software", "C library", pool_printf(&r->m->pool, "glibc %s", gnu_get_libc_version()));
	fact(r, "software", "compiler of costmark", "gcc " __VERSION__);
	fact(r, "software", "costmark", CM_VERSION);
	file_fact(r, "limits", "frequency governor", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
	file_fact(r, "limits", "huge pages", "/sys/kernel/mm/transparent_hugepage/enabled");
	file_fact(r, "limits", "NUMA balancing", "/proc/sys/kernel/numa_balancing");
	file_fact(r, "limits", "hyper-threading", "/sys/devices/system/cpu/smt/control");
	file_fact(r, "limits", "perf_event_paranoid", "/proc/sys/kernel/perf_event_paranoid");
}

/* ---- hwloc ------------------------------------------------------------------------------------- */

static void draw(hwloc_topology_t t, hwloc_obj_t o, unsigned depth, struct str *out)
{
	char type[64], attr[256];

	hwloc_obj_type_snprintf(type, sizeof type, o, 1);
	hwloc_obj_attr_snprintf(attr, sizeof attr, o, ", ", 0);
	str_addf(out, "%*s%s", (int)(2 * depth), "", type);
	if (o->os_index != HWLOC_UNKNOWN_INDEX && o->type != HWLOC_OBJ_MACHINE)
		str_addf(out, " #%u", o->os_index);
	if (*attr)
		str_addf(out, " (%s)", attr);
	if (o->name)
		str_addf(out, " \"%s\"", o->name);
	str_addc(out, '\n');
	for (hwloc_obj_t c = o->memory_first_child; c; c = c->next_sibling)
		draw(t, c, depth + 1, out);
	for (hwloc_obj_t c = o->first_child; c; c = c->next_sibling)
		draw(t, c, depth + 1, out);
	for (hwloc_obj_t c = o->io_first_child; c; c = c->next_sibling)
		draw(t, c, depth + 1, out);
}

static size_t cache_bytes(hwloc_topology_t t, hwloc_obj_type_t type)
{
	const hwloc_obj_t o = hwloc_get_obj_by_type(t, type, 0);

	return o ? (size_t)o->attr->cache.size : 0;
}

static unsigned count(hwloc_topology_t t, hwloc_obj_type_t type)
{
	const int n = hwloc_get_nbobjs_by_type(t, type);

	return n > 0 ? (unsigned)n : 0;
}

static struct cmj *pci_json(hwloc_topology_t t)
{
	struct cmj *a = cmj_array();

	for (hwloc_obj_t o = NULL; (o = hwloc_get_next_pcidev(t, o));) {
		const struct hwloc_pcidev_attr_s *p = &o->attr->pcidev;
		struct cmj *d = cmj_object();
		char text[32];

		snprintf(text, sizeof text, "%04x:%02x:%02x.%x", p->domain, p->bus, p->dev, p->func);
		cmj_set(d, "location", cmj_string(text));
		snprintf(text, sizeof text, "%04x:%04x", p->vendor_id, p->device_id);
		cmj_set(d, "id", cmj_string(text));
		snprintf(text, sizeof text, "%04x", p->class_id);
		cmj_set(d, "class", cmj_string(text));
		cmj_set(d, "name", cmj_string(o->name ? o->name : ""));
		cmj_push(a, d);
	}
	return a;
}

static void read_hwloc(struct machine *m, hwloc_topology_t t)
{
	struct str text = { 0 };
	struct cmj *caches = cmj_object();

	draw(t, hwloc_get_root_obj(t), 0, &text);
	free(m->drawing);
	m->drawing = str_take(&text);
	m->sockets = count(t, HWLOC_OBJ_PACKAGE);
	m->cores = count(t, HWLOC_OBJ_CORE);
	m->threads = count(t, HWLOC_OBJ_PU);
	m->l1_bytes = cache_bytes(t, HWLOC_OBJ_L1CACHE);
	m->l2_bytes = cache_bytes(t, HWLOC_OBJ_L2CACHE);
	m->l3_bytes = cache_bytes(t, HWLOC_OBJ_L3CACHE);
	cmj_set(m->json, "sockets", cmj_int(m->sockets));
	cmj_set(m->json, "cores", cmj_int(m->cores));
	cmj_set(m->json, "threads", cmj_int(m->threads));
	cmj_set(m->json, "numa_nodes", cmj_int(count(t, HWLOC_OBJ_NUMANODE)));
	cmj_set(caches, "l1_bytes", cmj_int((int64_t)m->l1_bytes));
	cmj_set(caches, "l2_bytes", cmj_int((int64_t)m->l2_bytes));
	cmj_set(caches, "l3_bytes", cmj_int((int64_t)m->l3_bytes));
	cmj_set(m->json, "caches", caches);
	cmj_set(m->json, "pci", pci_json(t));
}

/* A recorded tree has its own topology, read through hwloc's switch for that. */
static hwloc_topology_t topology_below(const char *root)
{
	hwloc_topology_t t;

	hide_messages();
	setenv("HWLOC_FSROOT", root, 1);
	setenv("HWLOC_COMPONENTS", "linux,stop", 1);
	if (hwloc_topology_init(&t))
		t = NULL;
	if (t && hwloc_topology_load(t)) {
		hwloc_topology_destroy(t);
		t = NULL;
	}
	unsetenv("HWLOC_FSROOT");
	unsetenv("HWLOC_COMPONENTS");
	return t;
}

static void topology_facts(struct reader *r)
{
	struct machine *m = r->m;

	fact(r, "hardware", "sockets, cores, threads",
	     pool_printf(&m->pool, "%u, %u, %u", m->sockets, m->cores, m->threads));
	fact(r, "hardware", "caches (L1d, L2, L3)",
	     pool_printf(&m->pool, "%zu KiB, %zu KiB, %zu KiB as reported", m->l1_bytes >> 10,
			 m->l2_bytes >> 10, m->l3_bytes >> 10));
}

enum cm_status topology_read(const char *sysfs_root, struct machine **out, struct cm_err *err)
{
	struct machine *m = cm_alloc(sizeof *m);
	struct reader r = { .m = m, .root = sysfs_root ? sysfs_root : "" };
	hwloc_topology_t t = sysfs_root ? topology_below(sysfs_root) : shared_topology();

	m->json = cmj_object();
	m->drawing = cm_strdup("");
	if (!t && !sysfs_root) {
		topology_free(m);
		return cm_fail(err, CM_EIO, "hwloc could not read this machine's topology");
	}
	read_cpu(&r);
	if (t) {
		read_hwloc(m, t);
		topology_facts(&r);
	}
	read_virtual(&r);
	read_software(&r);
	cmj_set(m->json, "cpu", cmj_string(m->cpu));
	cmj_set(m->json, "memory_bytes", cmj_int((int64_t)m->memory_bytes));
	cmj_set(m->json, "virtual", cmj_bool(m->is_virtual));
	if (t && sysfs_root)
		hwloc_topology_destroy(t);
	*out = m;
	return CM_OK;
}

/* hwloc copies DMI serial numbers, the host's name and addresses into its infos. */
static void mask_infos(hwloc_obj_t o)
{
	static const char *const secret[] = { "Serial",	  "UUID",	  "HostName", "Address",
					      "NodeGUID", "SysImageGUID", "PortGUID", "Port" };

	for (unsigned i = 0; i < o->infos_count; i++)
		for (size_t k = 0; k < CM_COUNT(secret); k++)
			if (strstr(o->infos[i].name, secret[k]))
				memset(o->infos[i].value, 'x', strlen(o->infos[i].value));
}

enum cm_status topology_export(const char *path, struct cm_err *err)
{
	hwloc_topology_t own = NULL;
	int bad = !shared_topology() || hwloc_topology_dup(&own, shared_topology());

	for (int depth = 0; !bad && depth < hwloc_topology_get_depth(own); depth++)
		for (unsigned i = 0; i < hwloc_get_nbobjs_by_depth(own, depth); i++)
			mask_infos(hwloc_get_obj_by_depth(own, depth, i));
	for (hwloc_obj_t o = NULL; !bad && (o = hwloc_get_next_osdev(own, o));)
		mask_infos(o);
	bad = bad || hwloc_topology_export_xml(own, path, 0);
	if (own)
		hwloc_topology_destroy(own);
	return bad ? cm_fail(err, CM_EIO, "%s: hwloc could not write this machine's topology", path) : CM_OK;
}

void topology_free(struct machine *m)
{
	if (!m)
		return;
	free(m->fact);
	free(m->drawing);
	cmj_free(m->json);
	pool_free(&m->pool);
	free(m);
}
