/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A BPF object and those of its LSM programs that are to be attached. */
#ifndef LSMSLOT_POLICY_H
#define LSMSLOT_POLICY_H

#include <stddef.h>

#include <bpf/libbpf.h>

#include "hooks.h"
#include "lsmslot.h"
#include "object_file.h"

/**
 * struct policy_prog - a program to attach
 * @prog: libbpf's
 * @name: its function's name
 * @hook: the hook its section names
 * @log: where the verifier's log goes
 * @pin: path its link is pinned at
 * @link: NULL until attached
 */
struct policy_prog {
	struct bpf_program *prog;
	const char *name;
	const char *hook;
	char *log;
	char *pin;
	struct bpf_link *link;
};

/**
 * struct policy - an object and what is attached of it
 * @path: where it was read
 * @file: its bytes
 */
struct policy {
	const char *path;
	struct object_file file;
	struct bpf_object *obj;
	struct policy_prog *v;
	size_t n;
};

/*
 * Sets what errors of these functions begin with, "attach" if this is never
 * called, and how they say that a program is chosen by name.  Both are kept.
 */
void policy_speak_as(const char *name, const char *choice);

/*
 * Opens @path and selects the programs called @names, or all of them if
 * @nr_names is 0.  Every selected one must be an LSM program.
 */
int policy_open(struct policy *policy, const char *path,
		char *const *names, size_t nr_names);

/* Sees that each program's hook exists and takes programs. */
int policy_check_hooks(const struct policy *policy, const struct hooks *hooks);

/* Loads the selected programs; @full_log shows all of a rejection's log. */
int policy_load(struct policy *policy, bool full_log);

/* Drops what is not pinned. */
void policy_close(struct policy *policy);

/* Says that the running kernel takes no programs on @hook. */
int fail_disabled_hook(const char *program, const char *hook);

#endif /* LSMSLOT_POLICY_H */
