/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For hostile_attr: calls of bpf(2) that begin as right ones and are then bent:
 * other descriptors, ids, flags and pointers, sizes that are too short or too
 * long, memory that cannot be read or written.
 */
#ifndef HOSTILE_GENERATE_H
#define HOSTILE_GENERATE_H

#include <sys/mman.h>

#include "hooks.h"
#include "linkctl.h"

#define ATTR_ROOM	256	/* more than the kernel's union bpf_attr */
#define ARENA		(16 * 4096)
#define CANARY		0xa5
#define MAX_OBJECTS	24

enum command { CREATE, UPDATE, QUERY, INFO, RAW_OPEN, DETACH, NR_COMMANDS };

static const struct {
	const char *name;
	int number;
	unsigned int size;	/* of its part of the attributes */
} commands[NR_COMMANDS] = {
	[CREATE] = { "BPF_LINK_CREATE", BPF_LINK_CREATE, sizeof(struct link_create_attr) },
	[UPDATE] = { "BPF_LINK_UPDATE", BPF_LINK_UPDATE, 16 },
	[QUERY] = { "BPF_PROG_QUERY", BPF_PROG_QUERY, sizeof(struct query_attr) },
	[INFO] = { "BPF_OBJ_GET_INFO_BY_FD", BPF_OBJ_GET_INFO_BY_FD, 16 },
	[RAW_OPEN] = { "BPF_RAW_TRACEPOINT_OPEN", BPF_RAW_TRACEPOINT_OPEN, 24 },
	[DETACH] = { "BPF_LINK_DETACH", BPF_LINK_DETACH, 4 },
};

/* What calls are made of; the caller fills it. */
struct world {
	int objects[MAX_OBJECTS], nr_objects;	/* descriptors of all kinds */
	__u32 ids[MAX_OBJECTS];
	int nr_ids;
	int programs[4], links[2];	/* for the hook; the links are attached */
	int foreign;			/* a program for another hook */
	__u32 hook_id, other_hook_id;
	__u64 revision;
	char *out;	/* ARENA bytes, then a page that cannot be touched */
	char *in;	/* a page, then one that cannot be touched */
	char *readonly;
	__u64 random;
};

struct call {
	enum command command;
	union {
		char bytes[ATTR_ROOM];
		__u32 words[ATTR_ROOM / 4];
		struct link_create_attr create;
		struct query_attr query;
		struct {
			__u32 link_fd, new_prog_fd, flags, old_prog_fd;
		} update;
		struct {
			__u32 fd, len;
			__u64 info;
		} info;
		struct {
			__u64 name;
			__u32 prog_fd, unused;
			__u64 cookie;
		} raw;
	};
	unsigned int size;
	void *at;		/* where the kernel reads it */
	__u64 room;		/* of what INFO and QUERY may write, bytes per buffer */
};

static inline __u64 draw(struct world *w)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return w->random * 0x2545f4914f6cdd1dULL >> 8;
}

static inline unsigned int below(struct world *w, unsigned int n)
{
	return draw(w) % n;
}

static inline bool one_in(struct world *w, unsigned int n)
{
	return !below(w, n);
}

static inline __u32 some_flags(struct world *w)
{
	static const __u32 known[] = {
		BPF_F_REPLACE, LINK_BEFORE, LINK_AFTER, LINK_ID, LINK_LINK, LSM_SLOT_F_SEAL,
		BPF_F_ALLOW_OVERRIDE, BPF_F_ALLOW_MULTI,
	};
	__u32 flags = 0;

	if (one_in(w, 12))
		return draw(w);
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (one_in(w, 4))
			flags |= known[i];
	return flags;
}

static inline __u32 some_word(struct world *w)
{
	switch (below(w, 8)) {
	case 0: case 1: case 2:	return w->objects[below(w, w->nr_objects)];
	case 3: case 4:		return w->ids[below(w, w->nr_ids)];
	case 5:			return some_flags(w);
	case 6:			return below(w, 4) - 1;
	default:		return draw(w);
	}
}

/* Where something of @size bytes is to be written. */
static inline __u64 some_buffer(struct world *w, unsigned int size)
{
	char *end = w->out + ARENA;

	switch (below(w, 12)) {
	case 0:		return 0;
	case 1:		return (unsigned long)w->readonly;
	case 2:		return (unsigned long)end;
	case 3:		return (unsigned long)(end - size / 2);
	case 4:		return (unsigned long)(end - size);
	case 5:		return 0xffffffff81000000ULL + below(w, 1 << 20);
	case 6:		return draw(w);
	default:	return (unsigned long)(w->out + below(w, ARENA / 2));
	}
}

static inline void right_call(struct world *w, struct call *c)
{
	int program = w->programs[below(w, ARRAY_SIZE(w->programs))];
	int link = w->links[below(w, ARRAY_SIZE(w->links))];

	switch (c->command) {
	case CREATE:
		c->create.prog_fd = program;
		c->create.attach_type = BPF_LSM_MAC;
		c->create.flags = one_in(w, 2) ? 0 : some_flags(w);
		if (c->create.flags & (LINK_BEFORE | LINK_AFTER))
			c->create.lsm.relative_fd = one_in(w, 3) ? 0 : some_word(w);
		if (one_in(w, 4))
			c->create.lsm.expected_revision = w->revision;
		if (one_in(w, 16)) {
			c->create.flags = LINK_BEFORE | LINK_AFTER;
			c->create.lsm.relative_fd = 0;
		}
		break;
	case UPDATE:
		c->update.link_fd = link;
		c->update.new_prog_fd = one_in(w, 8) ? w->foreign : program;
		c->update.flags = one_in(w, 2) ? 0 : some_flags(w);
		if (c->update.flags & BPF_F_REPLACE)
			c->update.old_prog_fd = w->programs[below(w, 2)];
		break;
	case QUERY:
		c->room = 4 * below(w, one_in(w, 3) ? 3 : 600);
		c->query.target = w->hook_id;
		c->query.attach_type = BPF_LSM_MAC;
		c->query.count = c->room / 4;
		c->query.prog_ids = some_buffer(w, c->room);
		c->query.link_ids = one_in(w, 2) ? 0 : some_buffer(w, c->room);
		c->query.prog_attach_flags = one_in(w, 2) ? 0 : some_buffer(w, c->room);
		c->query.link_attach_flags = one_in(w, 2) ? 0 : some_buffer(w, c->room);
		break;
	case INFO:
		c->room = one_in(w, 3) ? sizeof(struct bpf_link_info) : below(w, 400);
		c->info.fd = one_in(w, 4) ? program : link;
		c->info.len = c->room;
		c->info.info = some_buffer(w, c->room);
		break;
	case RAW_OPEN:
		c->raw.prog_fd = program;
		break;
	default:
		c->words[0] = link;
	}
}

/* Half a pointer must not be bent, or it points to this program's own data. */
static inline bool in_pointer(enum command command, unsigned int word)
{
	return command == QUERY ? (word >= 4 && word < 6) || (word >= 8 && word < 14) :
	       command == INFO ? word >= 2 : false;
}

/* A call from @w; INFO's and QUERY's buffers are full of CANARY. */
static inline void generate(struct world *w, struct call *c)
{
	unsigned int words, bend;

	memset(c, 0, sizeof(*c));
	c->command = below(w, NR_COMMANDS);
	c->size = commands[c->command].size;
	right_call(w, c);
	words = c->size / 4;
	for (bend = below(w, 4); bend > 1; bend--) {
		unsigned int word = below(w, words);

		if (!in_pointer(c->command, word))
			c->words[word] = some_word(w);
	}
	c->room = c->command == QUERY ? 4ULL * c->query.count : c->info.len;
	if (one_in(w, 8))
		c->size = below(w, ATTR_ROOM);
	if (one_in(w, 10))
		c->bytes[words * 4 + below(w, ATTR_ROOM - words * 4)] = draw(w);
	/* At the end of what can be read, and sometimes beyond or unaligned. */
	c->at = w->in + 4096 - c->size - (one_in(w, 6) ? below(w, 64) : 0);
	if (one_in(w, 20))
		c->at = w->in + 4096 - c->size / 2;
	if (one_in(w, 40))
		c->size = 4096 + below(w, 8192);
	memset(w->in, 0, 4096);
	memcpy(c->at, c->bytes, w->in + 4096 - (char *)c->at < ATTR_ROOM ?
	       w->in + 4096 - (char *)c->at : ATTR_ROOM);
	if (c->command == QUERY || c->command == INFO)
		memset(w->out, CANARY, ARENA);
}

/* Did the kernel write where none of the buffers is? */
static inline bool overwritten(const struct world *w, const struct call *c)
{
	__u64 buffers[4] = { c->info.info }, from;
	const unsigned char *out = (const unsigned char *)w->out;

	if (c->command == QUERY) {
		buffers[0] = c->query.prog_ids;
		buffers[1] = c->query.link_ids;
		buffers[2] = c->query.prog_attach_flags;
		buffers[3] = c->query.link_attach_flags;
	} else if (c->command != INFO) {
		return false;
	}
	for (unsigned int i = 0; i < ARENA; i++) {
		bool meant = out[i] == CANARY;

		for (int b = 0; b < 4 && !meant; b++) {
			from = buffers[b] - (unsigned long)w->out;
			meant = i - from < c->room;
		}
		if (!meant)
			return true;
	}
	return false;
}

#endif /* HOSTILE_GENERATE_H */
