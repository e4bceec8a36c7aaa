/* Exact decimal money: a 64-bit mantissa and a scale, read from the source's own text. */
#ifndef CM_BASE_DEC_H
#define CM_BASE_DEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dec { int64_t m; int scale; }; /* value = m / 10^scale, 0 <= scale <= 18 */

/* "1234.50", "-0.07", "1e-7" (LLM price files write exponents). false: not a number, or more than
 * 18 digits. Group separators are refused: which one it is would be a guess. */
bool dec_parse(const char *text, struct dec *out);
size_t dec_print(struct dec d, char *out, size_t cap); /* all digits of the source's scale */
double dec_double(struct dec d);
bool dec_add(struct dec a, struct dec b, struct dec *out); /* false: overflow */
bool dec_mul_int(struct dec a, int64_t k, struct dec *out);
/* price + upfront / hours, at 12 decimals, half to even: what a term's payment comes to an
 * hour. false: overflow, or hours <= 0. */
bool dec_spread(struct dec price, struct dec upfront, int64_t hours, char *out, size_t cap);
int dec_cmp(struct dec a, struct dec b);

#endif
