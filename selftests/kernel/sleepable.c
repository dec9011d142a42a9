// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Sleepable and other programs mixed on a hook: order and verdict in every
 * mix of three, and that a sleepable one may really sleep.
 */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/prctl.h>

#include "hooks.h"
#include "progs/sleepable.h"
#include "sleepable.skel.h"

#define NR_PROGRAMS	3

static const char *path_name;

static struct sleepable_bpf *load(int mix)
{
	struct sleepable_bpf *skel = sleepable_bpf__open();
	struct bpf_program *programs[NR_PROGRAMS];

	if (!skel)
		test_bail("cannot open the programs");
	programs[0] = skel->progs.first;
	programs[1] = skel->progs.second;
	programs[2] = skel->progs.third;
	for (int i = 0; i < NR_PROGRAMS; i++)
		if (mix & 1 << i)
			bpf_program__set_flags(programs[i], BPF_F_SLEEPABLE);
	if (sleepable_bpf__load(skel))
		test_bail("cannot load the programs");
	return skel;
}

static bool is_expected_place(const struct lsm_slot_link_info *info, int mix, int i)
{
	bool behind = false;	/* is it sleepable, or is a newer one? */
	unsigned int want;

	for (int j = i; j < NR_PROGRAMS; j++)
		behind |= mix & 1 << j;
	want = behind ? LSM_SLOT_PLACE_ARRAY : LSM_SLOT_PLACE_SLOT;
	if (info->place == want && info->position == (unsigned int)(NR_PROGRAMS - 1 - i) &&
	    !(info->flags & LSM_SLOT_LINK_SLEEPABLE) == !(mix & 1 << i))
		return true;
	test_diag("mix %d, program %d: place %s, position %u, flags %u", mix, i,
		  place_name(info->place), info->position, info->flags);
	return false;
}

/* One mix: all let pass, then each in turn denies. */
static void test_mix(int mix, bool slots)
{
	struct sleepable_bpf *skel = load(mix);
	struct bpf_program *programs[] = {
		skel->progs.first, skel->progs.second, skel->progs.third,
	};
	int links[NR_PROGRAMS];
	bool good = true;

	for (int i = 0; i < NR_PROGRAMS; i++) {
		links[i] = bpf_link_create(bpf_program__fd(programs[i]), 0,
					   BPF_LSM_MAC, NULL);
		if (links[i] < 0)
			test_bail("cannot attach");
	}
	for (int i = 0; slots && i < NR_PROGRAMS; i++) {
		struct lsm_slot_link_info info = settled_link(links[i]);

		good &= is_expected_place(&info, mix, i);
	}
	for (int denier = 0; denier <= NR_PROGRAMS; denier++) {
		static const char *const orders[] = { "321", "321", "32", "3" };
		int want = denier ? SLEEPABLE_VERDICT : EINVAL, err = 0;

		memset(skel->bss->order, 0, sizeof(skel->bss->order));
		skel->bss->nr = 0;
		skel->bss->denier = denier;
		if (prctl(SLEEPABLE_OPTION, 0UL, 0UL, 0UL, 0UL))
			err = errno;
		if (err == want && !strcmp(skel->bss->order, orders[denier]))
			continue;
		test_diag("mix %d, %d denies: errno %d, order \"%s\"", mix, denier, err,
			  skel->bss->order);
		good = false;
	}
	for (int i = 0; i < NR_PROGRAMS; i++)
		close(links[i]);
	test_ok(good, "%s: order and verdict, sleepable:%s%s%s%s", path_name,
		mix & 1 ? " first" : "", mix & 2 ? " second" : "",
		mix & 4 ? " third" : "", mix ? "" : " none");
	sleepable_bpf__destroy(skel);
}

/* Memory that is not there yet: whoever reads it has to sleep. */
static void test_copy(bool slots)
{
	struct sleepable_bpf *skel = load(0);
	char path[] = "/tmp/sleepable.XXXXXX", *at;
	int fd = mkstemp(path), link;

	link = bpf_link_create(bpf_program__fd(skel->progs.copier), 0, BPF_LSM_MAC, NULL);
	if (link < 0 || fd < 0 || unlink(path) || pwrite(fd, "sleep", 5, 4096) != 5)
		test_bail("cannot prepare the copy");
	settled_link(link);
	at = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, fd, 0);
	prctl(SLEEPABLE_COPY, at + 4096, 0UL, 0UL, 0UL);
	test_ok(skel->data->copy_result == 0 && !strcmp(skel->bss->copied, "sleep"),
		"%s: bpf_copy_from_user() of a page that is not there yet", path_name);
	prctl(SLEEPABLE_COPY, 16UL, 0UL, 0UL, 0UL);
	test_ok(skel->data->copy_result == -EFAULT, "%s: and of no page at all", path_name);
	munmap(at, 8192);
	close(link);
	close(fd);
	sleepable_bpf__destroy(skel);
}

static void test_path(bool slots)
{
	path_name = slots ? "slots" : "trampoline";
	switch_slots(slots);
	for (int mix = 0; mix < 1 << NR_PROGRAMS; mix++)
		test_mix(mix, slots);
	test_copy(slots);
}

int main(void)
{
	test_path(false);
	if (have_slots())
		test_path(true);
	else
		test_skip("kernel has no LSM slots: the trampoline only");
	return test_done();
}
