/*
 * TOP500 and Green500: the lists as XML, workbook or CSV of any year. Columns go by their headings,
 * units by what the heading says. Missing power is missing. Cores of an accelerator are no count of
 * devices, so no row has one.
 */
#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/published.h"
#include "base/grid.h"
#include "base/xmlpull.h"

#define AGREE 0.02 /* between Rmax over power and the listed efficiency, which rounds both */

struct site {
	char *rank, *id, *name, *maker, *computer, *rmax, *rpeak, *power, *country, *year, *processors, *nmax,
		*where, *level, *accelerator;
	double efficiency;      /* GFlop/s/W as listed; NaN */
	double rmax_gflops, rpeak_gflops, power_kw;
};

/* "TOP500_201411_all.xml", "june2025.xlsx" → "2014-11", "2025-06": the list is named nowhere in the
 * file. */
static const char *list_of(struct published_list *l, const char *path)
{
	static const char *const months[] = { "june", "november" };
	const char *base = strrchr(path, '/');

	base = base ? base + 1 : path;
	for (const char *p = base; *p; p++) {
		if (strspn(p, "0123456789") == 6 && (p == base || !isdigit((unsigned char)p[-1])))
			return pool_printf(&l->pool, "%.4s-%.2s", p, p + 4);
		for (size_t m = 0; m < CM_COUNT(months); m++)
			if (!strncasecmp(p, months[m], strlen(months[m])) &&
			    strspn(p + strlen(months[m]), "0123456789") == 4)
				return pool_printf(&l->pool, "%.4s-%s", p + strlen(months[m]),
						   m ? "11" : "06");
	}
	return "";
}

static const char *text(const char *s)
{
	return s ? s : "";
}

static void add_site(const struct published_from *from, struct published_list *l, const struct site *s,
		     const char *at)
{
	struct published_row *r;

	if (!(s->rmax_gflops > 0)) {
		published_refuse(l, from->path, at, "no Rmax");
		return;
	}
	r = published_add(l, from);
	r->suite = "TOP500";
	r->round = list_of(l, from->path);
	r->date = r->round;
	r->id = published_keep(l, text(s->id));
	r->submitter = published_keep(l, text(s->where));
	r->system = pool_printf(&l->pool, "%s%s%s", text(s->name), *text(s->name) ? ", " : "",
				text(s->computer));
	r->device_text = published_keep(l, strcmp(text(s->accelerator), "None") ? text(s->accelerator) : "");
	r->accelerators = "";
	r->benchmark = "HPL";
	r->metric = "throughput";
	r->precision = "fp64";
	r->availability = published_keep(l, text(s->year));
	r->load = *text(s->nmax) && strtod(s->nmax, NULL) > 0
			  ? pool_printf(&l->pool, "Nmax %s", s->nmax)
			  : "";
	published_value(l, r, s->rmax_gflops, "GFLOP/s", "higher");
	r->notes = pool_printf(&l->pool, "rank %s, Rpeak %s GFLOP/s, %s processors or cores", text(s->rank),
			       published_digits(l, s->rpeak_gflops), text(s->processors));
	r->quality = *text(s->level) ? pool_printf(&l->pool, "power level %s", s->level) : "listed";
	if (!(s->power_kw > 0))
		return;
	r->power_w = published_digits(l, s->power_kw * 1000);
	r->power_scope = "as submitted to the list";
	if (isnan(s->efficiency))
		return;
	const double own = s->rmax_gflops / (s->power_kw * 1000);
	r->recomputed = pool_printf(&l->pool, "%s GFLOP/s/W by Rmax over power, %s listed%s",
				    published_digits(l, own), published_digits(l, s->efficiency),
				    fabs(own / s->efficiency - 1) <= AGREE
					    ? ""
					    : ": of another run, or one of the three is wrong");
}

/* ---- XML --------------------------------------------------------------------------------------- */

static const struct { const char *element; size_t at;
} elements[] = {
	{"rank", offsetof(struct site, rank)},
	{"system-id", offsetof(struct site, id)},
	{"system-name", offsetof(struct site, name)},
	{"manufacturer", offsetof(struct site, maker)},
	{"computer", offsetof(struct site, computer)},
	{"r-max", offsetof(struct site, rmax)},
	{"r-peak", offsetof(struct site, rpeak)},
	{"power", offsetof(struct site, power)},
	{"country", offsetof(struct site, country)},
	{"year", offsetof(struct site, year)},
	{"number-of-processors", offsetof(struct site, processors)},
	{"n-max", offsetof(struct site, nmax)},
	{"installation-site-name", offsetof(struct site, where)},
};

static char **slot(struct site *s, size_t i)
{
	return (char **)(void *)((char *)s + elements[i].at);
}

static void drop(struct site *s)
{
	for (size_t i = 0; i < CM_COUNT(elements); i++)
		free(*slot(s, i));
	*s = (struct site){ .efficiency = NAN };
}

static double amount(const char *s)
{
	return s && *s ? strtod(s, NULL) : NAN;
}

static enum cm_status read_xml(const struct published_from *from, struct published_list *l,
			       struct cm_err *err)
{
	struct xmlpull x;
	struct site s = { .efficiency = NAN };
	struct str value = { 0 };
	enum xml_kind k = XML_OPEN;
	enum cm_status st;
	size_t n = 0;

	xml_begin(&x, from->bytes, from->len, from->path);
	while (!(st = xml_next(&x, &k, err)) && k != XML_DONE) {
		if (k == XML_OPEN)
			str_clear(&value);
		else if (k == XML_TEXT)
			str_addn(&value, str_get(&x.text), x.text.len);
		else if (!strcmp(x.element, "site")) {
			s.rmax_gflops = amount(s.rmax);
			s.rpeak_gflops = amount(s.rpeak);
			s.power_kw = amount(s.power);
			add_site(from, l, &s, pool_printf(&l->pool, "%zu", xml_line(&x)));
			drop(&s);
			n++;
		} else {
			for (size_t i = 0; i < CM_COUNT(elements); i++)
				if (!strcmp(elements[i].element, x.element)) {
					free(*slot(&s, i));
					*slot(&s, i) = cm_strdup(str_get(&value));
				}
			str_clear(&value);
		}
	}
	drop(&s);
	str_free(&value);
	xml_end(&x);
	return st || n ? st : cm_fail(err, CM_EINPUT, "%s: no 'site' of a list is in it", from->path);
}

/* ---- tables ------------------------------------------------------------------------------------ */

static double scaled(const struct grid *g, size_t row, size_t column, double factor)
{
	char plain[64];
	size_t n = 0;

	for (const char *p = grid_cell(g, row, column); *p && n + 1 < sizeof plain; p++)
		if (*p != ',')
			plain[n++] = *p;
	plain[n] = '\0';
	return *plain ? strtod(plain, NULL) * factor : NAN;
}

/* First of the headings that is there, and the factor its unit needs. */
struct heading { const char *name; double factor; };

static size_t find(const struct grid *g, const struct heading *h, size_t n, double *factor)
{
	for (size_t i = 0; i < n; i++) {
		const size_t c = grid_column(g, 0, h[i].name);

		if (c != SIZE_MAX) {
			*factor = h[i].factor;
			return c;
		}
	}
	*factor = NAN;
	return SIZE_MAX;
}

static const char *const known_headings =
	"Rank|Previous Rank|First Appearance|First "
	"Rank|Name|Computer|Site|Manufacturer|Country|Year|Segment|"
	"Total Cores|Accelerator/Co-Processor Cores|Rmax [TFlop/s]|Rpeak "
	"[TFlop/s]|Rmax|Rpeak|Nmax|Nhalf|"
	"HPCG [TFlop/s]|Power (kW)|Power|Power Source|Energy Efficiency "
	"[GFlops/Watts]|Memory|Architecture|Processor|"
	"Processor Technology|Processor Speed (MHz)|Operating System|OS "
	"Family|Accelerator/Co-Processor|"
	"Cores per Socket|Processor Generation|System Model|System Family|Interconnect "
	"Family|Interconnect|"
	"Continent|Site ID|System ID|Green500 Rank|TOP500 Rank|Total Power (kW)|Mflops/Watt|Cores|"
	"Power Quality Level|Measurement Quality|Optimized run HPL [TFlop/s]|Optimized run Power "
	"(kW)|"
	"Power Efficiency [GFlops/Watts]|Power Effeciency "
	"[GFlops/Watts]|Accelerator|Town|Region|Area";

static void name_unknown(const struct grid *g, struct published_list *l)
{
	for (size_t c = 0; c < g->row[0].cells; c++) {
		const char *cell = grid_cell(g, 0, c);
		char list[256];

		snprintf(list, sizeof list, "%s", cell);
		bool is = !*cell;
		for (const char *p = known_headings; *p && !is; p += strcspn(p, "|"), p += *p == '|')
			is = !strncasecmp(p, list, strcspn(p, "|")) && strlen(list) == strcspn(p, "|");
		if (!is)
			published_unknown(l, cell);
	}
}

static enum cm_status read_table(const struct published_from *from, struct published_list *l,
				 struct cm_err *err)
{
	static const struct heading rmax[] = {{"Rmax [TFlop/s]", 1000},
					      {"Rmax [GFlop/s]", 1},
					      {"Rmax", 1},
					      {"RMax", 1}},
				    rpeak[] = {{"Rpeak [TFlop/s]", 1000},
					       {"Rpeak [GFlop/s]", 1},
					       {"Rpeak", 1}},
				    power[] = {{"Power (kW)", 1},
					       {"Total Power (kW)", 1},
					       {"Power", 1}},
				    efficiency[] = {{"Energy Efficiency [GFlops/Watts]", 1},
						    {"Power Efficiency [GFlops/Watts]", 1},
						    {"Power Effeciency [GFlops/Watts]", 1},
						    {"Mflops/Watt", 0.001}};
	struct grid g;
	double fm, fp, fw, fe;
	enum cm_status st = grid_read(from->bytes, from->len, from->path, &g, err);

	if (st)
		return st;
	const size_t m = find(&g, rmax, CM_COUNT(rmax), &fm),
		     p = find(&g, rpeak, CM_COUNT(rpeak), &fp),
		     w = find(&g, power, CM_COUNT(power), &fw),
		     e = find(&g, efficiency, CM_COUNT(efficiency), &fe);
	if (m == SIZE_MAX) {
		grid_free(&g);
		return cm_fail(err, CM_EINPUT,
			       "%s: expected a list with a heading 'Rmax [TFlop/s]' or 'Rmax'",
			       from->path);
	}
	name_unknown(&g, l);
	const struct { size_t at; const char *names;
	} texts[] = {
		{offsetof(struct site, rank), "Rank|TOP500 Rank"},
		{offsetof(struct site, id), "System ID"},
		{offsetof(struct site, name), "Name"},
		{offsetof(struct site, computer), "Computer"},
		{offsetof(struct site, where), "Site"},
		{offsetof(struct site, year), "Year"},
		{offsetof(struct site, processors), "Total Cores|Cores"},
		{offsetof(struct site, nmax), "Nmax"},
		{offsetof(struct site, level), "Power Quality Level|Measurement Quality"},
		{offsetof(struct site, accelerator), "Accelerator/Co-Processor|Accelerator"},
	};
	for (size_t r = 1; r < g.rows; r++) {
		struct site s = { .efficiency = scaled(&g, r, e, fe) };

		for (size_t i = 0; i < CM_COUNT(texts); i++)
			*(const char **)(void *)((char *)&s + texts[i].at) =
				grid_cell(&g, r, grid_column(&g, 0, texts[i].names));
		s.rmax_gflops = scaled(&g, r, m, fm);
		s.rpeak_gflops = scaled(&g, r, p, fp);
		s.power_kw = scaled(&g, r, w, fw);
		add_site(from, l, &s, pool_printf(&l->pool, "%zu", g.row[r].line));
	}
	grid_free(&g);
	return CM_OK;
}

static enum cm_status read(const struct published_from *from, struct published_list *l,
			   struct cm_err *err)
{
	const char *p = from->bytes + strspn(from->bytes, "\xef\xbb\xbf \t\r\n");

	return *p == '<' ? read_xml(from, l, err) : read_table(from, l, err);
}

static bool knows(const struct published_from *from)
{
	return strstr(from->bytes, "top500.org/xml") || strstr(from->bytes, "Rmax") ||
	       (from->len > 4 && !memcmp(from->bytes, "PK\3\4", 4));
}

const struct result_format result_top500 = {
	.abi = CM_PUBLISHED_ABI,
	.name = "top500",
	.desc = "TOP500 and Green500 lists: XML, workbook or CSV",
	.family = "green500",
	.knows = knows,
	.read = read,
};
