/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A policy file: what lsmslot-policy(5) says it may hold, as structures. */
#ifndef LSMSLOT_POLICY_FILE_H
#define LSMSLOT_POLICY_FILE_H

#include "yaml_doc.h"

/* Where policies without a path of their own are looked for and pinned. */
#define POLICY_OBJECT_DIR "/usr/lib/lsmslot"
#define POLICY_PIN_DIR "/sys/fs/bpf/lsmslot"

/* Place in a hook's running order that a policy asks for. */
enum policy_order { ORDER_AS_LISTED, ORDER_FIRST, ORDER_LAST, ORDER_BEFORE, ORDER_AFTER };

/**
 * struct policy_want - one policy as the file wants it
 * @node: its mapping
 * @name: its name
 * @object: path of the BPF object, found; @object_node is where it is named
 * @audit: mode is audit, not enforce; @mode_node is NULL if the file is silent
 * @programs: names of the programs to attach, all if @nr_programs is 0
 * @programs_node: the list of them, or NULL
 * @order: place asked for, relative to the policy called @relative
 * @order_node: where, or NULL
 * @seal: keep it until reboot
 * @pin: pin directory
 * @scope: list of cgroup paths, or NULL
 * @constants: mapping of names to values, or NULL
 * @maps: mapping of map names to lists of entries, or NULL
 */
struct policy_want {
	yaml_node_t *node;
	const char *name;
	char *object;
	yaml_node_t *object_node;
	bool audit;
	yaml_node_t *mode_node;
	char **programs;
	size_t nr_programs;
	yaml_node_t *programs_node;
	enum policy_order order;
	const char *relative;
	yaml_node_t *order_node;
	bool seal;
	char *pin;
	yaml_node_t *pin_node;
	yaml_node_t *scope;
	yaml_node_t *constants;
	yaml_node_t *maps;
};

/**
 * struct policy_file - a policy file
 * @yaml: its text
 * @path: its absolute path without symbolic links
 * @v: its policies in running order
 * @n: how many
 */
struct policy_file {
	struct yaml_doc yaml;
	char *path;
	struct policy_want *v;
	size_t n;
};

/*
 * Reads @path and checks all of it that can be checked without the objects.
 * Returns an enum status; policy_file_close() frees.
 */
int policy_file_open(struct policy_file *file, const char *cmd, const char *path);
void policy_file_close(struct policy_file *file);

/* The pin directory of a policy called @name that names none; to be freed. */
char *policy_default_pin(const char *name);

#endif /* LSMSLOT_POLICY_FILE_H */
