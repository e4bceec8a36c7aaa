/*
 * What a meter is: a source of energy or event counters, by channel, each with its scope.
 *
 * vendors/V/meter_NAME.c exports `const struct meter meter_NAME`. Scope and `covers` are what stops
 * a watt from being counted twice. A channel that may not be read is a channel with a reason.
 */
#ifndef CM_API_METER_H
#define CM_API_METER_H

#include <stdbool.h>
#include <stdint.h>

#include "api/figure.h"
#include "api/status.h"

#define CM_METER_ABI 1

#define CM_SCOPES(X)                                                                               \
	X(CM_SCOPE_CORE, "core") X(CM_SCOPE_PACKAGE, "package") X(CM_SCOPE_DRAM, "dram")           \
	X(CM_SCOPE_DEVICE, "device") X(CM_SCOPE_NODE, "node") X(CM_SCOPE_WALL, "wall")             \
	X(CM_SCOPE_PROCESS, "process")

enum cm_scope {
#define X(sym, word) sym,
	CM_SCOPES(X)
#undef X
	CM_SCOPE_NR
};

enum cm_channel_kind {
	CM_ENERGY_COUNTER, /* joules since some moment, falls only when it wraps */
	CM_POWER_SAMPLE,   /* watts now */
	CM_EVENT_COUNTER,  /* events since open; in "s": time that a limit of `covers` held it back
			    */
	CM_GAUGE,          /* a condition of `covers` and no part of what it drew: "C", degrees Celsius */
};

struct meter_channel {
	char name[96];        /* unique in its meter: "package-0" */
	char source[192];     /* where it is read: a path, a library call, a formula */
	enum cm_scope scope;
	char covers[64];      /* what: "socket 0", a PCI address, "this process" */
	enum cm_channel_kind kind;
	const char *unit;     /* "J", "W", "events", "s", "C" */
	double step;          /* smallest change, in unit; 0 = unknown */
	double wraps_at;      /* modulus in unit; 0 = does not wrap */
	uint64_t refresh_ns;  /* update period, 0 = on every read */
	enum cm_basis basis;  /* CM_MEASURED or CM_MODELLED */
	double max_w;         /* no real power is above this, W; 0 = not known */
	double err_lo,
		err_hi;       /* error band of the source, relative (-0.4, 1.1); 0, 0 = not known */
	char err_source[128]; /* who states that band, or "assumed: …" */
	enum cm_status st;    /* CM_OK, or CM_ABSENT / CM_DENIED / CM_UNSUPPORTED with … */
	char reason[192];     /* … the reason and the remedy */
	bool aside;           /* shown and audited, in no sum: a part that another meter may count too */
	char note[256];       /* what a reader of its figure must know: "above its limit", "" */
	uint64_t taken_ns;    /* of the last read: when its source took it, by meter_from's clock; 0 = then */
	char driver[32];      /* the kernel module that keeps it: its reload voids a window; "" = none */
	char within[64];      /* `covers` of a part of the node that it is a part of: "module 0"; "" = none */
	double limit_w, usual_w; /* power limit in force at open, and its default; 0 = not known */
	/* who states refresh_ns: "measured: 12 changes", "assumed: …"; "" = the meter */
	char refresh_source[96];
};

/* `covers` of a channel of scope node or wall that sees all of the machine by itself. Others of its meter
 * and scope are parts of it. */
#define CM_COVERS_MACHINE "this machine"

struct meter_value {
	double value;
	enum cm_status st;    /* CM_OK, or why there is no value this time */
};

/* Where to look; all optional, so that a recorded machine replays. */
struct meter_from {
	const char *sysfs_root; /* NULL = "/" : prefix of every /sys and /proc path */
	const char *redfish;    /* a management controller's address, a recorded tree, or NULL = none asked */
	/* authorities that its certificate may be of, PEM; NULL = $SSL_CERT_FILE, the system's */
	const char *redfish_ca;
	const char *wall;       /* the log of a meter outside the machine, CSV, or NULL */
	uint64_t (*now_ns)(void); /* NULL = the monotonic clock */
	const char *dump;       /* NULL, or a file that a vendor's tool wrote: read in place of the machine */
};

/* A limit of power that could be set: of a package, a GPU. */
struct meter_cap {
	char name[96];        /* unique in its meter: "package-0" */
	char covers[64];      /* as in meter_channel */
	bool whole;           /* of a whole package or device: meant where none is named */
	double now_w;         /* the limit that stands */
	double default_w,     /* the maker's; 0 = not known */
		min_w, max_w; /* what may be asked for; min 0 = not known */
	enum cm_status st;    /* CM_OK: this user may set it; CM_DENIED, CM_UNSUPPORTED with … */
	char reason[192];     /* … the command that grants it, or why not */
	double window_s;      /* the limit is of the average over so long; 0 = not known */
};

struct meter_ctx;

struct meter {
	int abi;
	const char *name, *desc;
	enum cm_status (*open)(const struct meter_from *from, struct meter_ctx **ctx,
			       struct cm_err *err);
	void (*close)(struct meter_ctx *ctx);
	size_t (*channels)(struct meter_ctx *ctx, const struct meter_channel **out);
	/* Reads every channel; raw values, wraps not undone. values[] has one entry a channel. */
	enum cm_status (*read)(struct meter_ctx *ctx, struct meter_value *values,
			       struct cm_err *err);
	/* (optional) As read, between samples of a window: never waits; what has not come yet is the reading
	 * before, with its time. NULL: read is quick. */
	enum cm_status (*poll)(struct meter_ctx *ctx, struct meter_value *values,
			       struct cm_err *err);
	/* It calls a vendor's driver, which may hang or crash: it is opened and read in a process
	 * of its own. `unit` of its channels must be a literal. */
	bool driver;
	/* It reads meter_from.dump and nothing else; open() says CM_ABSENT of a file in another
	 * format, CM_EINPUT of one in its format that is broken. The other meters are not opened
	 * for a dump. */
	bool dumps;
	/* (optional, both or none) The limits of power here, and setting one of them: the one thing that a
	 * meter ever writes, only when the user asked for it. It is read back; CM_EDRIVER if another
	 * value stands then, CM_DENIED if it was refused and nothing changed. Without an own process: the
	 * caller has one (engine/cap_keeper.h). */
	size_t (*caps)(struct meter_ctx *ctx, const struct meter_cap **out);
	enum cm_status (*set_cap)(struct meter_ctx *ctx, size_t i, double watts,
				  struct cm_err *err);
};

const char *cm_scope_word(enum cm_scope s);

#endif
