/* Reads one-value files of /sys and /proc, or of a copy of them. Knows no file by name. */
#include "base/sysfs.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"

/* Firmware's words come into tables, terminals and JSON: what is no text becomes '?'. */
static void clean(char *text)
{
	while (*text) {
		uint32_t c;
		const size_t n = utf8_next(text, &c);

		if (c == '\t')
			*text = ' ';
		else if (c == UTF8_BAD || utf8_is_control(c) || utf8_is_bidi(c))
			memset(text, '?', n);
		text += n;
	}
}

int sysfs_line(const char *folder, const char *file, char *out, size_t cap)
{
	char *path = cm_printf_dup("%s/%s", folder, file);
	/* In a copied tree a pipe may lie in a file's place: it must not be waited for. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), e = fd < 0 ? errno : 0;
	ssize_t n;

	free(path);
	out[0] = '\0';
	if (fd < 0)
		return e ? e : EIO;
	n = read(fd, out, cap - 1);
	e = n < 0 ? errno : 0;
	close(fd);
	out[n < 0 ? 0 : n] = '\0';
	out[strcspn(out, "\r\n")] = '\0';
	clean(out);
	return e ? e : out[0] ? 0 : ENODATA;
}

int sysfs_bytes(const char *path, size_t most, struct str *out)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char part[16384]; /* a table of numbers comes in one piece */
	ssize_t n = 0;
	int e = fd < 0 ? errno : 0;

	while (!e && out->len < most && (n = read(fd, part, sizeof part)) > 0)
		str_addn(out, part, (size_t)n);
	if (!e && n < 0)
		e = errno;
	if (fd >= 0)
		close(fd);
	return e;
}

int sysfs_number(const char *folder, const char *file, double scale, bool negative, double *out)
{
	char text[64], *end = NULL;
	int e = sysfs_line(folder, file, text, sizeof text);
	bool minus = text[0] == '-';
	unsigned long long v;

	if (e)
		return e;
	if ((minus && !negative) || !isdigit((unsigned char)text[minus]))
		return EINVAL;
	errno = 0;
	v = strtoull(text + minus, &end, 10);
	if (errno || end[strspn(end, " \t")] != '\0')
		return EINVAL;
	*out = (minus ? -1.0 : 1.0) * (double)v / scale;
	return 0;
}

enum cm_status sysfs_status(int error)
{
	switch (error) {
	case 0:
		return CM_OK;
	case EACCES:
	case EPERM:
		return CM_DENIED;
	case ENOENT:
	case ENODEV:
	case ENXIO:
	case ENODATA:
	case ENOTDIR:
		return CM_ABSENT;
	default:
		return CM_EDRIVER;
	}
}
