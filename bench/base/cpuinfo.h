/* What /proc/cpuinfo says, for those who need it below any root: plug-ins that may not see hwloc. */
#ifndef CM_BASE_CPUINFO_H
#define CM_BASE_CPUINFO_H

#include <stdbool.h>

struct cpuinfo {
	char vendor[32];     /* "GenuineIntel", "AuthenticAMD", "ARM implementer 0x41", "" */
	char name[128];      /* "AMD EPYC 9B14" */
	int family, model, stepping; /* -1: not said */
	unsigned threads;    /* logical CPUs on line */
	bool hypervisor;     /* this is a virtual machine */
	bool sgx;
};

/* root NULL = this machine. false: no cpuinfo there. */
bool cpuinfo_read(const char *root, struct cpuinfo *out);

#endif
