/* An address as messages may show it (see http.h): knows how keys are called, and no network. */
#include <string.h>
#include <strings.h>

#include "base/http.h"

static bool secret_name(const char *name, size_t n)
{
	static const char *const words[] = { "key", "token", "secret", "sig", "pass", "auth" };

	for (size_t w = 0; w < CM_COUNT(words); w++)
		for (size_t i = 0, len = strlen(words[w]); i + len <= n; i++)
			if (!strncasecmp(name + i, words[w], len))
				return true;
	return false;
}

char *http_shown_dup(const char *url)
{
	const char *host = strstr(url, "://");
	struct str s = { 0 };

	host = host ? host + 3 : url;
	str_addn(&s, url, (size_t)(host - url));
	const size_t authority = strcspn(host, "/?#");
	for (size_t i = 0; i < authority; i++)
		if (host[i] == '@') {
			host += i + 1;
			break;
		}
	const size_t path = strcspn(host, "?");
	str_addn(&s, host, path);
	for (const char *p = host + path; *p;) {
		const size_t name = 1 + strcspn(p + 1, "=&"), all = 1 + strcspn(p + 1, "&");
		const bool hidden = name < all && secret_name(p + 1, name - 1);
		str_addn(&s, p, hidden ? name + 1 : all);
		if (hidden)
			str_add(&s, "***");
		p += all;
	}
	return str_take(&s);
}
