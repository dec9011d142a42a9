/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a file up to the root of its file system, one inode after the other.
 *
 * What is below a listed folder is found from the other end: a policy looks
 * every inode up on the way, in a map of struct lsmslot_inode_id. It defines,
 * before it includes this file,
 *
 *	struct walk_goal { ... };
 *	static __always_inline bool walk_ends(struct walk_goal *goal, __u32 level,
 *					      const struct lsmslot_inode_id *id);
 *
 * where walk_ends() notes in *goal what it found and returns true if the walk is
 * to end there.
 *
 * The walk takes no lock. dentries are freed by RCU, which every non-sleepable
 * program runs under.
 */
#ifndef WALK_H
#define WALK_H

#include "policy.h"

/*
 * A path of PATH_MAX bytes is at most 2048 levels deep. A deeper file can only
 * be reached from a working directory; its place is unknown.
 */
#define MAX_DEPTH 2048

enum place {
	PLACE_UNKNOWN,
	PLACE_FREE,	/* came to the root, found nothing */
	PLACE_LISTED,	/* walk_ends() said so */
};

struct walk {
	struct lsmslot_inode_id id;
	struct dentry *dentry;
	struct walk_goal goal;
	enum place place;
};

/* One level of the walk; 0 goes on to the next one, 1 ends it. */
static long walk_step(__u32 level, struct walk *walk)
{
	struct dentry *dentry = untrusted(struct dentry, walk->dentry);
	struct dentry *parent = dentry->d_parent;
	struct inode *inode = dentry->d_inode;

	/* A name that is about to be made has no inode; its parent decides. */
	if (inode) {
		walk->id.type = inode->i_mode & S_IFMT;
		walk->id.ino = inode->i_ino;
		if (walk_ends(&walk->goal, level, &walk->id)) {
			walk->place = PLACE_LISTED;
			return 1;
		}
	}
	if (parent == dentry) {
		/*
		 * Opened by file handle with nothing cached, a file has no
		 * parent and could be in any folder.
		 */
		if (!(dentry->d_flags & DCACHE_DISCONNECTED))
			walk->place = PLACE_FREE;
		return 1;
	}
	walk->dentry = parent;
	return 0;
}

/* Callers set goal; the rest is set here. */
static __always_inline enum place walk_up(struct walk *walk, struct dentry *dentry)
{
	walk->id.dev = untrusted(struct dentry, dentry)->d_sb->s_dev;
	walk->id.type = 0;
	walk->id.ino = 0;
	walk->dentry = dentry;
	walk->place = PLACE_UNKNOWN;
	bpf_loop(MAX_DEPTH, walk_step, walk, 0);
	return walk->place;
}

#endif /* WALK_H */
