/* SHA-256, as hexadecimal text. */
#ifndef CM_BASE_HASH_H
#define CM_BASE_HASH_H

#include "api/status.h"

void hash_bytes(const void *p, size_t n, char hex[65]);
/* Piece by piece; hash_end() frees. */
struct hasher;
struct hasher *hash_begin(void);
void hash_add(struct hasher *h, const void *p, size_t n);
void hash_end(struct hasher *h, char hex[65]); /* hex NULL: given up; h NULL is fine */
enum cm_status hash_file(const char *path, char hex[65], struct cm_err *err);

#endif
