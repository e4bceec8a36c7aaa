/* The PCI address of an OpenCL device, where its driver tells one. */
#ifndef CM_CL_LOCATION_H
#define CM_CL_LOCATION_H

#include "cl_abi.h"

/* "0000:41:00.0", or "" */
void cl_location(const struct cl_api *cl, cmcl_device d, char *out, size_t cap);

#endif
