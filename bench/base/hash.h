/* SHA-256, as hexadecimal text. */
#ifndef CM_BASE_HASH_H
#define CM_BASE_HASH_H

#include "api/status.h"

void hash_bytes(const void *p, size_t n, char hex[65]);
enum cm_status hash_file(const char *path, char hex[65], struct cm_err *err);

#endif
