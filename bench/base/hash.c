/* SHA-256. The only file that names libcrypto. */
#include "base/hash.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void to_hex(const unsigned char *digest, char hex[65])
{
	static const char digit[] = "0123456789abcdef";
	for (int i = 0; i < 32; i++) {
		hex[2 * i] = digit[digest[i] >> 4];
		hex[2 * i + 1] = digit[digest[i] & 15];
	}
	hex[64] = '\0';
}

void hash_bytes(const void *p, size_t n, char hex[65])
{
	unsigned char digest[EVP_MAX_MD_SIZE] = { 0 };
	EVP_Digest(p, n, digest, NULL, EVP_sha256(), NULL);
	to_hex(digest, hex);
}

/* Memory that runs out ends the program (str.h). */
struct hasher *hash_begin(void)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (!ctx || !EVP_DigestInit_ex(ctx, EVP_sha256(), NULL))
		abort();
	return (struct hasher *)ctx;
}

void hash_add(struct hasher *h, const void *p, size_t n)
{
	EVP_DigestUpdate((EVP_MD_CTX *)h, p, n);
}

void hash_end(struct hasher *h, char hex[65])
{
	unsigned char digest[EVP_MAX_MD_SIZE] = { 0 };

	if (h && hex) {
		EVP_DigestFinal_ex((EVP_MD_CTX *)h, digest, NULL);
		to_hex(digest, hex);
	}
	EVP_MD_CTX_free((EVP_MD_CTX *)h);
}

enum cm_status hash_file(const char *path, char hex[65], struct cm_err *err)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		return cm_fail(err, CM_EINPUT, "%s: %s", path, strerror(errno));
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char block[16384], digest[EVP_MAX_MD_SIZE] = { 0 };
	int ok = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL);

	for (size_t n; ok && (n = fread(block, 1, sizeof block, f)) > 0;)
		ok = EVP_DigestUpdate(ctx, block, n);
	ok = ok && EVP_DigestFinal_ex(ctx, digest, NULL);
	const int unread = ferror(f);
	EVP_MD_CTX_free(ctx);
	fclose(f);
	if (unread)
		return cm_fail(err, CM_EIO, "%s: cannot be read to its end", path);
	if (!ok)
		return cm_fail(err, CM_EINTERNAL, "libcrypto computes no SHA-256");
	to_hex(digest, hex);
	return CM_OK;
}
