/* SPDX-License-Identifier: Apache-2.0 */
/* A report as a page that needs nothing else: table of figures, VMs, exits, and a histogram for each figure that has
 * one. */
#include <string.h>

#include "tools/takt/report.h"

#define CHART_WIDTH 640.0
#define CHART_HEIGHT 140.0

static const char style[] =
	"body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}"
	"table{border-collapse:collapse;margin:1rem 0}th,td{padding:.25rem .8rem;text-align:right;border-bottom:1px "
	"solid #ddd}"
	"th:first-child,td:first-child{text-align:left}.exceeded{color:#b00020;font-weight:bold}.goal{color:#0a7d32}"
	"svg{background:#fafafa;border:1px solid #ddd}rect{fill:#3465a4}text{font-size:11px;fill:#555}";

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

static void put_cell(const json_t *value, FILE *out)
{
	fputs("<td>", out);
	if (json_is_number(value))
		fprintf(out, "%.0f", json_number_value(value));
	else if (json_is_string(value))
		put_escaped(json_string_value(value), out);
	else
		fputs("&ndash;", out);
	fputs("</td>", out);
}

static void put_head(const char *title, const char *const *columns, size_t count, FILE *out)
{
	fprintf(out, "<h2>%s</h2>\n<table><tr>", title);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "<th>%s</th>", columns[i]);
	fputs("</tr>\n", out);
}

static void put_figures(const json_t *figures, FILE *out)
{
	static const char *const columns[] = {"name", "unit", "samples", "min",  "p50",
					      "p99",  "max",  "ceiling", "goal", "verdict"};
	size_t count = sizeof(columns) / sizeof(columns[0]);
	size_t i;
	json_t *figure;

	put_head("Figures", columns, count, out);
	json_array_foreach(figures, i, figure)
	{
		fputs("<tr class=\"", out);
		put_escaped(json_string_value(json_object_get(figure, "verdict")), out);
		fputs("\">", out);
		for (size_t c = 0; c < count; c++)
			put_cell(json_object_get(figure, columns[c]), out);
		fputs("</tr>\n", out);
	}
	fputs("</table>\n", out);
}

static void put_vms(const json_t *vms, FILE *out)
{
	static const char *const columns[] = {"name", "state", "share", "misses", "samples", "p50", "p99", "max"};
	size_t i;
	json_t *vm;

	put_head("VMs", columns, sizeof(columns) / sizeof(columns[0]), out);
	json_array_foreach(vms, i, vm)
	{
		json_t *latency = json_object_get(vm, "latency");

		fputs("<tr>", out);
		put_cell(json_object_get(vm, "name"), out);
		put_cell(json_object_get(vm, "state"), out);
		fprintf(out, "<td>%.1f %%</td>", 100 * json_number_value(json_object_get(vm, "cpu_share")));
		put_cell(json_object_get(vm, "deadline_misses"), out);
		for (size_t c = 4; c < sizeof(columns) / sizeof(columns[0]); c++)
			put_cell(json_object_get(latency, columns[c]), out);
		fputs("</tr>\n", out);
	}
	fputs("</table>\n", out);
}

static void put_exits(const json_t *exits, FILE *out)
{
	static const char *const columns[] = {"class", "count", "longest step"};
	const char *class;
	json_t *item;

	put_head("Exits", columns, sizeof(columns) / sizeof(columns[0]), out);
	json_object_foreach((json_t *)exits, class, item)
	{
		fputs("<tr><td>", out);
		put_escaped(class, out);
		fputs("</td>", out);
		put_cell(json_object_get(item, "count"), out);
		put_cell(json_object_get(item, "longest"), out);
		fputs("</tr>\n", out);
	}
	fputs("</table>\n", out);
}

static double edge_of(const json_t *bin) { return json_number_value(json_array_get(bin, 0)); }

static double count_of(const json_t *bin) { return json_number_value(json_array_get(bin, 1)); }

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

/* Bars by [upper edge, count], the height logarithmic, so that one late sample among a hundred thousand is seen. */
static void put_histogram(const char *title, const json_t *bins, FILE *out)
{
	size_t count = json_array_size(bins);
	double top = 1;
	size_t i;
	json_t *bin;

	if (count == 0)
		return;
	json_array_foreach(bins, i, bin) top = larger(top, count_of(bin));
	fputs("<h3>", out);
	put_escaped(title, out);
	fprintf(out, "</h3>\n<svg width=\"%.0f\" height=\"%.0f\">\n", CHART_WIDTH, CHART_HEIGHT + 20);
	double width = CHART_WIDTH / (double)count;
	json_array_foreach(bins, i, bin)
	{
		double height = CHART_HEIGHT * halvings(larger(0, count_of(bin))) / halvings(top);

		fprintf(out,
			"<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"><title>up to %.0f: "
			"%.0f</title></rect>\n",
			(double)i * width, CHART_HEIGHT - height, larger(1, width - 1), height, edge_of(bin),
			count_of(bin));
	}
	fprintf(out,
		"<text x=\"2\" y=\"%.0f\">%.0f</text><text x=\"%.0f\" y=\"%.0f\" "
		"text-anchor=\"end\">%.0f</text></svg>\n",
		CHART_HEIGHT + 14, edge_of(json_array_get(bins, 0)), CHART_WIDTH - 2, CHART_HEIGHT + 14,
		edge_of(json_array_get(bins, count - 1)));
}

static void put_histograms(const json_t *list, const char *key, FILE *out)
{
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item)
	{
		json_t *owner = key != NULL ? json_object_get(item, key) : item;

		put_histogram(json_string_value(json_object_get(item, "name")), json_object_get(owner, "histogram"),
			      out);
	}
}

void report_write_html(const json_t *report, FILE *out)
{
	bool instructions = json_is_true(json_object_get(report, "instructions"));

	fprintf(out,
		"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Takt "
		"report</title><style>%s</style>",
		style);
	fputs("</head><body>\n<h1>Takt report</h1>\n<p>", out);
	put_escaped(json_string_value(json_object_get(report, "system")), out);
	fprintf(out, "</p>\n<p>%s</p>\n",
		instructions ? "All times are instructions on an emulator: they carry no cache, memory or bus cost."
			     : "All times are ticks of the emulator's clock and say nothing about hardware.");
	put_figures(json_object_get(report, "figures"), out);
	put_vms(json_object_get(report, "vms"), out);
	put_exits(json_object_get(report, "exits"), out);
	put_histograms(json_object_get(report, "figures"), NULL, out);
	put_histograms(json_object_get(report, "vms"), "latency", out);
	put_histograms(json_object_get(report, "vms"), NULL, out);
	fputs("</body></html>\n", out);
}
