/* Exact arithmetic on prices as text: no digit is lost, and what cannot be exact says how it is rounded. */
#ifndef CM_BASE_MONEY_H
#define CM_BASE_MONEY_H

#include <stdbool.h>
#include <stddef.h>

#define MONEY_CAP 64

/* A plain decimal number in text, also with an exponent; signed. */
bool money_is(const char *text);
bool money_is_zero(const char *text);
bool money_is_negative(const char *text);
/* text × 10^by, exact: "3e-06" by 6 is "3", "1.5" by -4 is "0.00015". All digits of the source stay, none
 * is added but the zeros that the point needs. false: not a number, or no room. */
bool money_shift(const char *text, int by, char out[MONEY_CAP]);
/* Sums of products: adds a × b to sum ("" = 0), exact. false: more than 36 digits. */
bool money_add_product(char sum[MONEY_CAP], const char *a, const char *b);
/* a / b, rounded half even to `digits` places; zeros at the end are dropped. false: b is 0, or too large. */
bool money_divide(const char *a, const char *b, int digits, char out[MONEY_CAP]);
/* price + upfront / (months × 730), at 12 places half even; price as it is where there is no upfront. */
bool money_effective(const char *price, const char *upfront, unsigned months, char out[MONEY_CAP]);
/* -1, 0, 1; not-numbers count as 0. */
int money_compare(const char *a, const char *b);

#endif
