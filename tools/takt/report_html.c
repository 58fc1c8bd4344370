/* SPDX-License-Identifier: Apache-2.0 */
/* A report as a page that needs nothing else: what was promised and kept, tables of VMs, figures, CPUs and exits, and a
 * histogram of each distribution that is known. Light or dark as the reader's system has it. */
#include <stdlib.h>
#include <string.h>

#include "tools/takt/report.h"
#include "tools/takt/util.h"

#define CHART_WIDTH 720.0
#define CHART_HEIGHT 150.0
#define CHART_AXIS 22.0  /* below the bars, for the numbers */
#define CHART_REST 120.0 /* at the right, for the bar of what is far above the others */

static const char style[] =
	":root{color-scheme:light dark;--text:#1b1f24;--dim:#57606a;--back:#fff;--panel:#f6f8fa;--line:#d0d7de;"
	"--bar:#2f6fb5;--good:#116329;--bad:#b3121d;--rest:#a15c00}"
	"@media(prefers-color-scheme:dark){:root{--text:#e6edf3;--dim:#9aa4af;--back:#0d1117;--panel:#161b22;"
	"--line:#30363d;--bar:#6cb0f5;--good:#56d364;--bad:#ff7b72;--rest:#e3a13d}}"
	"body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:var(--text);"
	"background:var(--back)}h1{font-size:1.5rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .3rem}"
	"h3{font-size:1rem;margin:1.2rem 0 .3rem}.dim,figcaption{color:var(--dim)}"
	".verdict{padding:.6rem 1rem;margin:1rem 0;border-left:4px solid var(--good);background:var(--panel)}"
	".broken{border-color:var(--bad)}pre{margin:0;white-space:pre-wrap;font:inherit}"
	".wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
	"th,td{padding:.3rem .8rem;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}"
	"th{color:var(--dim);font-weight:600}th:first-child,td:first-child{text-align:left;padding-left:0}"
	".exceeded td:last-child{color:var(--bad);font-weight:600}.goal td:last-child{color:var(--good)}"
	"figure{margin:0}svg{width:100%;height:auto;background:var(--panel);border:1px solid var(--line)}"
	"rect{fill:var(--bar)}rect.rest{fill:var(--rest)}text{font:12px system-ui,sans-serif;fill:var(--dim)}";

static void put_escaped(const char *text, FILE *out)
{
	for (; text != NULL && *text != '\0'; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc(*text, out);
			break;
		}
	}
}

static void put_number(const json_t *value, FILE *out)
{
	char *text = report_number(value);

	fputs(strcmp(text, "-") == 0 ? "&ndash;" : text, out);
	free(text);
}

static void put_cell(const json_t *value, FILE *out)
{
	fputs("<td>", out);
	if (json_is_string(value))
		put_escaped(json_string_value(value), out);
	else
		put_number(value, out);
	fputs("</td>", out);
}

static void put_cells(const json_t *object, const char *const *keys, size_t count, FILE *out)
{
	for (size_t i = 0; i < count; i++)
		put_cell(json_object_get(object, keys[i]), out);
}

static void begin_table(const char *const *columns, size_t count, FILE *out)
{
	fputs("<div class=\"wide\"><table><tr>", out);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "<th>%s</th>", columns[i]);
	fputs("</tr>\n", out);
}

static void end_table(FILE *out) { fputs("</table></div>\n", out); }

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What report_check says, or that there is nothing to say. */
static void put_verdict(const json_t *report, FILE *out)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *lines = open_memstream(&text, &bytes);
	unsigned broken;

	if (lines == NULL)
		return;
	broken = report_check(report, lines);
	fclose(lines);
	if (broken == 0) {
		fputs("<p class=\"verdict\">Every promise was kept.</p>\n", out);
	} else {
		fprintf(out, "<div class=\"verdict broken\"><strong>Broken promises: %u</strong><pre>", broken);
		put_escaped(text, out);
		fputs("</pre></div>\n", out);
	}
	free(text);
}

static void put_reservation(const json_t *reservation, FILE *out)
{
	if (!json_is_object(reservation)) {
		fputs("<td>best effort</td>", out);
		return;
	}
	fputs("<td>", out);
	put_number(json_object_get(reservation, "budget_ns"), out);
	fputs(" / ", out);
	put_number(json_object_get(reservation, "period_ns"), out);
	fputs("</td>", out);
}

static void put_vms(const json_t *vms, FILE *out)
{
	static const char *const columns[] = {
		"VM", "state", "budget / period, ns", "CPU share", "misses", "samples", "p50", "p99", "max"};
	static const char *const keys[] = {"samples", "p50", "p99", "max"};
	size_t i;
	json_t *vm;

	if (json_array_size(vms) == 0)
		return;
	fputs("<h2>Virtual machines</h2>\n", out);
	begin_table(columns, COUNT(columns), out);
	json_array_foreach(vms, i, vm)
	{
		fputs("<tr>", out);
		put_cell(json_object_get(vm, "name"), out);
		put_cell(json_object_get(vm, "state"), out);
		put_reservation(json_object_get(vm, "reservation"), out);
		if (json_is_number(json_object_get(vm, "cpu_share")))
			fprintf(out, "<td>%.1f&nbsp;%%</td>",
				100 * json_number_value(json_object_get(vm, "cpu_share")));
		else
			put_cell(NULL, out);
		put_cell(json_object_get(vm, "deadline_misses"), out);
		put_cells(json_object_get(vm, "latency"), keys, COUNT(keys), out);
		fputs("</tr>\n", out);
	}
	end_table(out);
	fputs("<p class=\"dim\">Misses and latencies are those that a guest reports of itself; &ndash;: it reports "
	      "none.</p>\n",
	      out);
}

static void put_figures(const json_t *figures, FILE *out)
{
	static const char *const columns[] = {"figure", "unit", "samples", "min",  "p50",
					      "p99",    "max",  "ceiling", "goal", "verdict"};
	static const char *const keys[] = {"name", "unit", "samples", "min",  "p50",
					   "p99",  "max",  "ceiling", "goal", "verdict"};
	size_t i;
	json_t *figure;

	if (json_array_size(figures) == 0)
		return;
	fputs("<h2>Figures</h2>\n", out);
	begin_table(columns, COUNT(columns), out);
	json_array_foreach(figures, i, figure)
	{
		fputs("<tr class=\"", out);
		put_escaped(json_string_value(json_object_get(figure, "verdict")), out);
		fputs("\">", out);
		put_cells(figure, keys, COUNT(keys), out);
		fputs("</tr>\n", out);
	}
	end_table(out);
}

static void put_cpus(const json_t *cpus, FILE *out)
{
	static const char *const columns[] = {"CPU", "elapsed", "used", "idle", "switches"};
	static const char *const keys[] = {"elapsed", "used", "idle", "switches"};
	size_t i;
	json_t *cpu;

	if (json_array_size(cpus) == 0)
		return;
	fputs("<h2>CPUs</h2>\n", out);
	begin_table(columns, COUNT(columns), out);
	json_array_foreach(cpus, i, cpu)
	{
		fprintf(out, "<tr><td>%zu</td>", i);
		put_cells(cpu, keys, COUNT(keys), out);
		fputs("</tr>\n", out);
	}
	end_table(out);
}

static void put_exits(const json_t *exits, FILE *out)
{
	static const char *const columns[] = {"exit class", "count", "longest step"};
	static const char *const keys[] = {"count", "longest"};
	const char *class;
	json_t *item;

	if (json_object_size(exits) == 0)
		return;
	fputs("<h2>Exits</h2>\n", out);
	begin_table(columns, COUNT(columns), out);
	json_object_foreach((json_t *)exits, class, item)
	{
		fputs("<tr><td>", out);
		put_escaped(class, out);
		fputs("</td>", out);
		put_cells(item, keys, COUNT(keys), out);
		fputs("</tr>\n", out);
	}
	end_table(out);
}

/* Bins are [upper edge, count], by rising edge; empty ones are left out. */
static double edge_of(const json_t *bins, size_t i)
{
	return json_number_value(json_array_get(json_array_get(bins, i), 0));
}

static double count_of(const json_t *bins, size_t i)
{
	return json_number_value(json_array_get(json_array_get(bins, i), 1));
}

static double larger(double a, double b) { return a > b ? a : b; }

/* How often n + 1 can be halved, with a straight line between whole numbers: a logarithm that is good enough to draw.
 */
static double halvings(double n)
{
	double rest = n + 1;
	double whole = 0;

	while (rest >= 2) {
		rest /= 2;
		whole += 1;
	}
	return whole + rest - 1;
}

/* How bins become bars: all but the rest, if there is one, on one linear scale. */
struct chart {
	const json_t *bins;
	size_t count;    /* bins on the scale */
	bool has_rest;   /* the last bin lies far above: its bar stands apart */
	double low;      /* lower edge of the first bin */
	double step;     /* width of a bin, in the figure's unit */
	double per_unit; /* width of a unit on the page */
	double top;      /* greatest count */
};

static struct chart chart_of(const json_t *bins)
{
	struct chart c = {.bins = bins, .count = json_array_size(bins)};

	for (size_t i = 0; i < c.count; i++)
		c.top = larger(c.top, count_of(bins, i));
	for (size_t i = 1; i < c.count; i++) {
		double step = edge_of(bins, i) - edge_of(bins, i - 1);

		c.step = c.step == 0 || step < c.step ? step : c.step;
	}
	c.step = larger(c.step, 1);
	c.has_rest = c.count > 2 && edge_of(bins, c.count - 1) - edge_of(bins, c.count - 2) > 8 * c.step;
	c.count -= c.has_rest ? 1 : 0;
	c.low = edge_of(bins, 0) - c.step;
	c.per_unit = (CHART_WIDTH - (c.has_rest ? CHART_REST : 0)) / larger(edge_of(bins, c.count - 1) - c.low, 1);
	return c;
}

static void put_bar(const struct chart *c, size_t i, double x, double width, const char *class, FILE *out)
{
	double height = larger(2, CHART_HEIGHT * halvings(count_of(c->bins, i)) / halvings(larger(1, c->top)));

	fprintf(out,
		"<rect%s x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"><title>up to %.0f: %.0f "
		"samples</title></rect>\n",
		class, x, CHART_HEIGHT + 6 - height, width, height, edge_of(c->bins, i), count_of(c->bins, i));
}

static void put_mark(double x, const char *anchor, const char *before, double value, FILE *out)
{
	json_t *number = json_real(value);
	char *text = report_number(number);

	fprintf(out, "<text x=\"%.1f\" y=\"%.0f\" text-anchor=\"%s\">%s%s</text>\n", x, CHART_HEIGHT + CHART_AXIS,
		anchor, before, text);
	free(text);
	json_decref(number);
}

static void put_chart(const json_t *bins, FILE *out)
{
	struct chart c = chart_of(bins);
	double right = CHART_WIDTH - (c.has_rest ? CHART_REST : 0);

	fprintf(out, "<figure><svg viewBox=\"-4 0 %.0f %.0f\" role=\"img\">\n", CHART_WIDTH + 8,
		CHART_HEIGHT + CHART_AXIS + 8);
	for (size_t i = 0; i < c.count; i++)
		put_bar(&c, i, (edge_of(bins, i) - c.step - c.low) * c.per_unit, larger(2, c.step * c.per_unit - 1), "",
			out);
	put_mark(0, "start", "", c.low + 1, out);
	put_mark(right, "end", "", edge_of(bins, c.count - 1), out);
	if (c.has_rest) {
		put_bar(&c, c.count, CHART_WIDTH - 30, 24, " class=\"rest\"", out);
		put_mark(CHART_WIDTH, "end", "rest up to ", edge_of(bins, c.count), out);
	}
	fputs("</svg></figure>\n", out);
}

static void put_histogram(const json_t *owner, const char *name, const char *what, const char *unit, FILE *out)
{
	const json_t *bins = json_object_get(owner, "histogram");

	if (json_array_size(bins) == 0)
		return;
	fputs("<h3>", out);
	put_escaped(name, out);
	fprintf(out, "%s <span class=\"dim\">(", what);
	put_escaped(unit, out);
	fputs(")</span></h3>\n", out);
	if (json_array_size(bins) > 1) {
		put_chart(bins, out);
	} else {
		fputs("<p>All samples, ", out);
		put_number(json_array_get(json_array_get(bins, 0), 1), out);
		fputs(", are at most ", out);
		put_number(json_array_get(json_array_get(bins, 0), 0), out);
		fputs(".</p>\n", out);
	}
}

static bool has_histograms(const json_t *report)
{
	json_t *item;
	size_t i;

	json_array_foreach(json_object_get(report, "vms"), i, item)
	{
		if (json_array_size(json_object_get(json_object_get(item, "latency"), "histogram")) != 0)
			return true;
	}
	json_array_foreach(json_object_get(report, "figures"), i, item)
	{
		if (json_array_size(json_object_get(item, "histogram")) != 0)
			return true;
	}
	return false;
}

static void put_histograms(const json_t *report, const char *unit, FILE *out)
{
	json_t *item;
	size_t i;

	if (!has_histograms(report))
		return;
	fputs("<h2>Distributions</h2>\n<p class=\"dim\">Heights are logarithmic, so that one late sample among a "
	      "hundred thousand is seen; a bar tells its range and count when pointed at.</p>\n",
	      out);
	json_array_foreach(json_object_get(report, "vms"), i, item)
	{
		const char *name = json_string_value(json_object_get(item, "name"));

		put_histogram(json_object_get(item, "latency"), name, ": latency", unit, out);
	}
	json_array_foreach(json_object_get(report, "figures"), i, item)
	{
		const char *own = json_string_value(json_object_get(item, "unit"));

		put_histogram(item, json_string_value(json_object_get(item, "name")), "", own != NULL ? own : unit,
			      out);
	}
}

void report_write_html(const json_t *report, FILE *out)
{
	bool instructions = json_is_true(json_object_get(report, "instructions"));
	const char *system = json_string_value(json_object_get(report, "system"));
	const char *stopped = json_string_value(json_object_get(report, "stopped"));

	fputs("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
	      "<meta name=\"viewport\" content=\"width=device-width\"><title>Takt report</title>",
	      out);
	fprintf(out, "<style>%s</style></head><body>\n<h1>Takt report</h1>\n<p class=\"dim\">", style);
	put_escaped(system != NULL ? system : "several runs", out);
	if (stopped != NULL) {
		fputs(" &middot; the run ended: ", out);
		put_escaped(stopped, out);
	}
	fprintf(out, "</p>\n<p>%s</p>\n",
		instructions ? "Times are instructions on an emulator: they carry no cache, memory or bus cost."
			     : "Times are ticks of the emulator's clock and say nothing about hardware.");
	put_verdict(report, out);
	put_vms(json_object_get(report, "vms"), out);
	put_figures(json_object_get(report, "figures"), out);
	put_cpus(json_object_get(report, "cpus"), out);
	put_exits(json_object_get(report, "exits"), out);
	put_histograms(report, instructions ? "instructions" : "ticks", out);
	fputs("</body></html>\n", out);
}
