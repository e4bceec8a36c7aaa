/*
 * Published results: what others measured and published, read from their own files.
 *
 * A reader is one file, vendors/X/result_NAME.c, exporting `const struct result_format result_NAME`; NAME is
 * the FORMAT of `costmark import FORMAT FILE…`. A row keeps the text of its source beside what we make of
 * it; "" is "not stated", which is not 0. A figure says what it is of (scope): a system's is never divided
 * here, because a row with two kinds of part has a total and no figure of one device.
 */
#ifndef CM_API_PUBLISHED_H
#define CM_API_PUBLISHED_H

#include <stdint.h>

#include "api/status.h"
#include "base/str.h"
#include "base/yaml.h"

#define CM_PUBLISHED_ABI 1

/* X(member, column's name in the store and in JSON). All texts. */
#define CM_PUBLISHED_COLUMNS(X)                                                                    \
	X(suite, "suite")                  /* "MLPerf Inference", "BabelStream", …: figures of two suites \
					      never share a ranking */                              \
	X(round, "round")                  /* version or list: "v5.1", "2025-06" */                 \
	X(id, "id")                        /* the owner's name of the result: "5.1-0061" */         \
	X(division, "division")            /* closed, open; "" where the suite has none */          \
	X(category, "category")            /* datacenter, edge, … */                                \
	X(availability, "availability")    /* available, preview, … */                              \
	X(submitter, "submitter") X(system, "system")                                               \
	X(device_text, "device_as_written") X(device, "device") /* device: by the resolver */       \
	X(accelerators, "accelerators")    /* in the whole system, as the source counts */          \
	X(devices, "devices")              /* the same in devices of the catalogue, by the resolver: a \
					      board may hold two; "" = not told, or of two kinds */ \
	X(per_node, "accelerators_per_node") X(nodes, "nodes")                                      \
	X(benchmark, "benchmark") X(model, "model_run")                                             \
	X(scenario, "scenario") X(target, "accuracy_target") X(accuracy, "accuracy")                \
	X(precision, "precision")          /* of a small set, or "mixed: fp32, fp8" */              \
	X(precision_text, "precision_as_written")                                                   \
	X(software, "software") X(load, "load") /* concurrency, lengths, batch: what was asked of it */ \
	X(metric, "metric")                /* throughput, latency, time to train, … */              \
	X(value, "value") X(unit, "unit")  /* value: the source's digits */                         \
	X(unit_text, "unit_as_written")                                                             \
	X(better, "better")                /* higher, lower, "" = neither */                        \
	X(scope, "scope")                  /* system, node, device: what the value is of */         \
	X(lo, "lo") X(hi, "hi") X(n, "repeats") /* of the source's own repeats */                   \
	X(power_w, "power_w") X(energy, "energy") X(energy_unit, "energy_unit")                     \
	X(power_scope, "power_scope")      /* "wall, whole system", "GPU boards", … */              \
	X(recomputed, "recomputed")        /* what the logs gave, and how it agrees */              \
	X(quality, "quality")              /* VALID, compliant, level 2, unofficial, … */           \
	X(same_run, "same_run")            /* rows of equal, non-empty text are one observation */  \
	X(date, "date") X(retrieved, "retrieved") X(url, "url")                                     \
	X(place, "place")                  /* where the owner's own tree keeps it */                 \
	X(file, "file") X(line, "line")    /* line, or JSON pointer */                              \
	X(terms, "terms")                  /* what the owner asks of whoever quotes it */           \
	X(notes, "notes")

struct published_row {
#define X(member, column) const char *member;
	CM_PUBLISHED_COLUMNS(X)
#undef X
	double number;         /* value as a number; NaN only while a reader fills the row */
};

/* Rows that are no results, by reason, so that nothing vanishes unseen. */
struct published_refusal { const char *reason; uint64_t rows; const char *first; };

/* What a reader fills. Files of results are small and their rows refer to one another (one run
 * published as two rows), so they are held together instead of being pulled one by one. */
struct published_list {
	struct pool pool;
	struct published_row *row;         size_t n, cap;
	struct published_refusal *refused; size_t nrefused, refused_cap;
	const char **unknown;              size_t nunknown, unknown_cap;
};

struct published_from {
	const char *path;          /* as the user wrote it; file, folder or "-" */
	const char *bytes;         /* the whole file, unpacked, NUL after it; NULL: path is a folder */
	size_t len;
	const char *address;       /* where it came from, "" = the user did not say */
	const char *retrieved;     /* ISO date */
	const char *device;        /* what the user says that the file does not; "" */
	const char *devices;       /* how many of them; "" */
	const struct yaml_node *map; /* of a declared mapping; NULL */
	const char *map_file;
};

struct result_format {
	int abi;
	const char *name, *desc;
	const char *family;        /* another name that several formats share ("mlperf"), or "" */
	bool folders;              /* reads folders, too */
	bool mapped;               /* needs from->map */
	/* Could this be its file? Looks at the beginning, or at names of a folder. */
	bool (*knows)(const struct published_from *from);
	/* A broken input is CM_EINPUT at file:line:column, and nothing is stored. */
	enum cm_status (*read)(const struct published_from *from, struct published_list *out,
			       struct cm_err *err);
};

/* ---- for readers (base/published.c) --------------------------------------------------------- */

/* A new row, all texts "", file and origin of `from` set; valid until the next. */
struct published_row *published_add(struct published_list *l, const struct published_from *from);
const char *published_keep(struct published_list *l, const char *text);
/* The fewest digits that read back as the same double. */
const char *published_digits(struct published_list *l, double v);
void published_value(struct published_list *l, struct published_row *r, double v, const char *unit,
		     const char *better);
/* One more row that is no result. line "" = the whole file. */
void published_refuse(struct published_list *l, const char *file, const char *line,
		      const char *reason);
void published_unknown(struct published_list *l, const char *name);
/* "INT8" → "int8"; a list or a dictionary → "mixed: fp32, fp8"; what is no precision → "". */
const char *published_precision(struct published_list *l, const char *text);
void published_free(struct published_list *l);

#endif
