/* A management controller over HTTP(S). For redfish_tree.c. */
#ifndef CM_VENDORS_REDFISH_HTTP_H
#define CM_VENDORS_REDFISH_HTTP_H

#include "base/http.h"
#include "base/json.h"

struct redfish_http;

/* "https://bmc", "http://127.0.0.1:8000"; logs in where a user is given (see redfish_http.c). ca_file: PEM,
 * NULL = the usual authorities. Answers are waited for until until_ns, 0 = as long as each may take. */
enum cm_status redfish_http_open(const char *url, const char *ca_file, uint64_t until_ns,
				 struct redfish_http **out, struct cm_err *err);
void redfish_http_until(struct redfish_http *h, uint64_t until_ns);
void redfish_http_close(struct redfish_http *h); /* logs out */
/* The answer that was asked for and is here, or asked for now and waited for. *at_ns: when it was taken. */
enum cm_status redfish_http_get(struct redfish_http *h, const char *path, struct cmj **out,
				uint64_t *at_ns, struct cm_err *err);
/* Sends requests; redfish_http_ready(): all are answered. Paths outlive the answers. */
void redfish_http_ask(struct redfish_http *h, const char *const *path, size_t n);
bool redfish_http_ready(struct redfish_http *h, bool wait);
void redfish_http_forget(struct redfish_http *h); /* answers that nobody took */

#endif
