/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the image: every part at its final place, so that EL2 copies nothing at boot. */
#include "tools/takt/build.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/image.h"
#include "abi/service.h"
#include "tools/takt/check.h"
#include "tools/takt/command.h"
#include "tools/takt/loader.h"
#include "tools/takt/media.h"
#include "tools/takt/project.h"

/* An image being written; the first error is kept and nothing is written after it. */
struct image {
	const struct project *project;
	struct output output;
	uint64_t offset; /* of the image in the file */
	int error;
};

static void put(struct image *image, uint64_t pa, const void *data, size_t bytes)
{
	if (image->error == 0 && bytes)
		image->error =
			output_write(&image->output, image->offset + pa - image->project->layout.load_pa, data, bytes);
}

static void put_owned(struct image *image, uint32_t owner, uint64_t ipa, const void *data, size_t bytes)
{
	if (bytes)
		put(image, layout_pa(&image->project->layout, owner, ipa), data, bytes);
}

/* EL2 as linked, with the header and info that only now can be known. */
static void put_el2(struct image *image)
{
	const struct project *p = image->project;
	struct linux_image_header header;
	struct image_info info;
	memcpy(&header, p->parts.el2.data, sizeof(header));
	memcpy(&info, p->parts.el2.data + IMAGE_INFO_OFFSET, sizeof(info));
	header.image_size = p->layout.image_bytes;
	info.blob_offset = p->layout.blob_offset;
	info.blob_bytes = p->blob.size;
	info.uart_pa = ((const struct blob_header *)p->blob.data)->uart_pa;
	put(image, p->layout.load_pa, p->parts.el2.data, p->parts.el2.size);
	put(image, p->layout.load_pa, &header, sizeof(header));
	put(image, p->layout.load_pa + IMAGE_INFO_OFFSET, &info, sizeof(info));
	put(image, p->layout.load_pa + p->layout.blob_offset, p->blob.data, p->blob.size);
}

static void put_service(struct image *image, uint32_t service, const struct service_part *part,
			const struct service_config *config)
{
	uint32_t owner = image->project->system.domain_count + service;
	put_owned(image, owner, SERVICE_TEXT_IPA, part->text.data, part->text.size);
	put_owned(image, owner, SERVICE_DATA_IPA, part->data.data, part->data.size);
	put_owned(image, owner, SERVICE_CONFIG_IPA, config, sizeof(*config));
}

static void put_loader(struct image *image, uint32_t service, uint32_t domain)
{
	const struct project *p = image->project;
	const struct service_part *part = &p->parts.loader;
	uint32_t owner = p->system.domain_count + service;
	struct loader_config config;
	uint64_t bytes = loader_plan(&config, &p->system.domains[domain], &p->guests[domain]);
	struct bytes copies = loader_make_copies(&config, bytes, &p->guests[domain]);
	put_owned(image, owner, LOADER_IPA + SERVICE_TEXT_IPA, part->text.data, part->text.size);
	put_owned(image, owner, LOADER_IPA + SERVICE_DATA_IPA, part->data.data, part->data.size);
	put_owned(image, owner, LOADER_IPA + SERVICE_CONFIG_IPA, &config, sizeof(config));
	put_owned(image, owner, LOADER_COPY_IPA, copies.data, copies.size);
	free(copies.data);
}

static void put_loaders(struct image *image)
{
	const struct project *p = image->project;
	uint32_t service = p->layout.first_loader;
	for (uint32_t i = 0; i < p->system.domain_count; i++)
		if (loader_is_needed(&p->system.domains[i]))
			put_loader(image, service++, i);
}

static void put_services(struct image *image)
{
	const struct project *p = image->project;
	struct service_config driver = {.uart_clock_hz = p->system.board.console_clock_hz};
	for (uint32_t i = 0; i < p->system.domain_count; i++) {
		const struct system_domain *domain = &p->system.domains[i];
		if (!check_has_console(domain))
			continue;
		struct service_config model = {.flags = domain->console_wait ? SERVICE_CONSOLE_WAIT : 0U};
		put_service(image, driver.console_count, &p->parts.model, &model);
		driver.console_vm[driver.console_count++] = i;
	}
	if (!p->system.driver.enabled)
		return;
	uint32_t service = driver.console_count;
	driver.console_vm[driver.console_count++] = BLOB_NONE;
	driver.vm_count = p->system.domain_count;
	for (uint32_t i = 0; i < p->system.domain_count; i++)
		memcpy(driver.vm_name[i], p->system.domains[i].name, BLOB_NAME_BYTES);
	driver.counter_hz = p->system.board.counter_hz;
	driver.mode_count = p->system.mode_count + 1;
	memcpy(driver.mode_name[0], "normal", sizeof("normal"));
	for (uint32_t i = 0; i < p->system.mode_count; i++)
		memcpy(driver.mode_name[i + 1], p->system.modes[i].name, BLOB_NAME_BYTES);
	put_service(image, service, &p->parts.driver, &driver);
}

static void put_guests(struct image *image)
{
	const struct project *p = image->project;
	for (uint32_t i = 0; i < p->system.domain_count; i++) {
		for (uint32_t j = 0; j < p->guests[i].piece_count; j++) {
			const struct guest_piece *piece = &p->guests[i].pieces[j];
			put_owned(image, i, piece->ipa, piece->data, piece->size);
		}
	}
}

static int write_image(const struct project *project, const struct build_options *options, const struct media *media)
{
	struct image image = {.project = project, .offset = media->is_fit ? MEDIA_FIT_OFFSET : 0};
	int error = output_open(&image.output, options->output);
	if (error)
		return error;
	put_el2(&image);
	put_services(&image);
	put_loaders(&image);
	put_guests(&image);
	if (image.error == 0)
		image.error = output_resize(&image.output, image.offset + project->layout.image_bytes);
	if (image.error == 0 && media->is_fit)
		image.error = media_finish_fit(&image.output, media);
	if (image.error == 0)
		image.error = output_commit(&image.output);
	if (image.error)
		output_abort(&image.output);
	return image.error;
}

static int fail(const char *path, int error)
{
	fprintf(stderr, "takt: can't write %s: %s\n", path, strerror(error));
	return EXIT_ENVIRONMENT;
}

/* The image last: who sees it finds its companions. */
static int write_all(const struct project *project, const struct build_options *options)
{
	struct media media = {
		.name = util_basename(options->output),
		.load_pa = project->layout.load_pa,
		.image_bytes = project->layout.image_bytes,
		.is_fit = options->format == BUILD_FIT,
	};
	struct bytes script = media_make_script(&media);
	char *map = util_format("%s.map", options->output);
	char *scr = util_format("%s.scr", options->output);
	char *json = util_format("%s.json", options->output);
	int code = EXIT_KEPT;
	int error = describe_map(project, map);
	if (error)
		code = fail(map, error);
	if (code == EXIT_KEPT && (error = util_write_file(scr, script.data, script.size)) != 0)
		code = fail(scr, error);
	if (code == EXIT_KEPT && (error = describe_json(project, json, options)) != 0)
		code = fail(json, error);
	if (code == EXIT_KEPT && (error = write_image(project, options, &media)) != 0)
		code = fail(options->output, error);
	free(script.data);
	free(map);
	free(scr);
	free(json);
	return code;
}

int build_system(const struct build_options *options)
{
	struct project *project = util_alloc(1, sizeof(*project));
	int code = project_open(project, options, true);
	diag_print(&project->diag, stderr);
	if (code == EXIT_KEPT)
		code = write_all(project, options);
	if (code == EXIT_KEPT && !options->quiet)
		printf("%s: %" PRIu32 " domain%s on %" PRIu32 " CPU%s, %.1f MiB\n", options->output,
		       project->system.domain_count, project->system.domain_count == 1 ? "" : "s",
		       project->schedule.cpu_count, project->schedule.cpu_count == 1 ? "" : "s",
		       (double)project->layout.image_bytes / (1 << 20));
	project_fini(project);
	free(project);
	return code;
}
