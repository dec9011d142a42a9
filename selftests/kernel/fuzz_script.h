/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Scripts: what the fuzzer does, step by step, in memory and as text.
 *
 * A step that makes no sense where it stands, such as detaching what is not
 * attached, does nothing.  So every part of a script is a script, and shrinking
 * may leave out any steps.  The text has a step per line:
 *
 *	slots				run on slots only: see fuzz_script.slots_only
 *	attach PROGRAM [cookie=N] [verdict=N] [raw] [above] [before] [after]
 *	       [relative=PROGRAM [link] [id]] [revision=now|other]
 *	detach PROGRAM
 *	replace PROGRAM by=PROGRAM [old=PROGRAM]
 *	verdict PROGRAM N
 *	stats on|off
 *	switch on|off			kernel.lsm_slots, in the mixed run
 *	call NAME
 *	query HOOK
 *	settle HOOK			wait until the hook runs from its slots
 *
 * PROGRAM is HOOK/KIND/COPY; what follows a + is a comment.
 */
#ifndef FUZZ_SCRIPT_H
#define FUZZ_SCRIPT_H

#include "fuzz_hooks.h"
#include "linkctl.h"

enum fuzz_step_kind {
	STEP_ATTACH, STEP_DETACH, STEP_REPLACE, STEP_VERDICT, STEP_STATS, STEP_SWITCH,
	STEP_CALL, STEP_QUERY, STEP_SETTLE,
	FUZZ_STEP_KINDS,
};

static const char *const fuzz_step_names[FUZZ_STEP_KINDS] = {
	"attach", "detach", "replace", "verdict", "stats", "switch", "call", "query", "settle",
};

enum fuzz_revision { REVISION_NONE, REVISION_NOW, REVISION_OTHER };

/**
 * struct fuzz_step - one step
 * @kind: what to do
 * @program: attach, detach, replace, verdict: this one
 * @other: attach: relative to it; replace: by it; -1: none
 * @old: replace: if the program is this one; -1: whichever
 * @flags: attach: LINK_BEFORE, LINK_AFTER and what @other is
 * @revision: attach: the expected one
 * @raw: attach: by BPF_RAW_TRACEPOINT_OPEN, which has neither cookie nor place
 * @above: attach: to the upper of the two cgroups
 * @value: call, hook, or on and off
 * @verdict: what the program is to return from now on
 * @cookie: attach
 */
struct fuzz_step {
	enum fuzz_step_kind kind;
	int program, other, old;
	__u32 flags;
	enum fuzz_revision revision;
	bool raw, above;
	int value;
	__s64 verdict;
	__u64 cookie;
};

#define FUZZ_STEPS_MAX	256

/**
 * struct fuzz_script - steps
 * @slots_only: has steps that there are for slots only, or more programs on a
 *	hook than the trampoline takes
 */
struct fuzz_script {
	__u64 seed;
	bool slots_only;
	int nr;
	struct fuzz_step steps[FUZZ_STEPS_MAX];
};

static inline struct fuzz_step fuzz_step(enum fuzz_step_kind kind)
{
	return (struct fuzz_step){ .kind = kind, .program = -1, .other = -1, .old = -1 };
}

static inline bool fuzz_same_step(const struct fuzz_step *a, const struct fuzz_step *b)
{
	return a->kind == b->kind && a->program == b->program && a->other == b->other &&
	       a->old == b->old && a->flags == b->flags && a->revision == b->revision &&
	       a->raw == b->raw && a->above == b->above && a->value == b->value && a->verdict == b->verdict &&
	       a->cookie == b->cookie;
}

static inline bool fuzz_step_has_program(const struct fuzz_step *step)
{
	return step->kind <= STEP_VERDICT;
}

/* --- To text --------------------------------------------------------------- */

/* The upper half of a verdict shows in hexadecimal only. */
static inline const char *fuzz_verdict_text(__s64 verdict)
{
	static char text[24];

	if (verdict == (int)verdict)
		snprintf(text, sizeof(text), "%d", (int)verdict);
	else
		snprintf(text, sizeof(text), "%#llx", (unsigned long long)verdict);
	return text;
}

static inline int fuzz_attach_text(const struct fuzz_step *step, char *text, int size)
{
	int at = 0;

	if (step->cookie)
		at += snprintf(text + at, size - at, " cookie=%#llx", step->cookie);
	if (step->verdict)
		at += snprintf(text + at, size - at, " verdict=%s",
			       fuzz_verdict_text(step->verdict));
	at += snprintf(text + at, size - at, "%s%s%s%s", step->raw ? " raw" : "",
		       step->above ? " above" : "",
		       step->flags & LINK_BEFORE ? " before" : "",
		       step->flags & LINK_AFTER ? " after" : "");
	if (step->other >= 0)
		at += snprintf(text + at, size - at, " relative=%s%s%s",
			       fuzz_program_name(step->other),
			       step->flags & LINK_LINK ? " link" : "",
			       step->flags & LINK_ID ? " id" : "");
	if (step->revision)
		at += snprintf(text + at, size - at, " revision=%s",
			       step->revision == REVISION_NOW ? "now" : "other");
	return at;
}

static inline const char *fuzz_step_text(const struct fuzz_step *step)
{
	static char text[512];
	const int size = sizeof(text);
	int at = snprintf(text, size, "%s", fuzz_step_names[step->kind]);

	if (fuzz_step_has_program(step))
		at += snprintf(text + at, size - at, " %s", fuzz_program_name(step->program));
	switch (step->kind) {
	case STEP_ATTACH:
		fuzz_attach_text(step, text + at, size - at);
		break;
	case STEP_REPLACE:
		at += snprintf(text + at, size - at, " by=%s", fuzz_program_name(step->other));
		if (step->old >= 0)
			snprintf(text + at, size - at, " old=%s", fuzz_program_name(step->old));
		break;
	case STEP_VERDICT:
		snprintf(text + at, size - at, " %s", fuzz_verdict_text(step->verdict));
		break;
	case STEP_STATS:
	case STEP_SWITCH:
		snprintf(text + at, size - at, " %s", step->value ? "on" : "off");
		break;
	case STEP_CALL:
		snprintf(text + at, size - at, " %s", fuzz_calls[step->value].name);
		break;
	case STEP_QUERY:
	case STEP_SETTLE:
		snprintf(text + at, size - at, " %s", fuzz_hooks[step->value].name);
		break;
	default:
		break;
	}
	return text;
}

/* As comments of TAP, of which each line is one of the script's file. */
static inline void fuzz_script_print(const struct fuzz_script *script)
{
	if (script->slots_only)
		test_diag("slots");
	for (int i = 0; i < script->nr; i++)
		test_diag("%s", fuzz_step_text(&script->steps[i]));
}

/* --- From text ------------------------------------------------------------- */

static inline __s64 fuzz_number(const char *text)
{
	return *text == '-' ? strtoll(text, NULL, 0) : (__s64)strtoull(text, NULL, 0);
}

static inline bool fuzz_parse_program(const char *text, int *program)
{
	*program = fuzz_find_program(text);
	return *program >= 0;
}

/* A word behind the first two. */
static inline bool fuzz_parse_word(struct fuzz_step *step, const char *word)
{
	const char *value = strchr(word, '=');

	value = value ? value + 1 : "";
	if (step->kind == STEP_VERDICT)
		step->verdict = fuzz_number(word);
	else if (!strncmp(word, "cookie=", 7))
		step->cookie = fuzz_number(value);
	else if (!strncmp(word, "verdict=", 8))
		step->verdict = fuzz_number(value);
	else if (!strncmp(word, "relative=", 9) || !strncmp(word, "by=", 3))
		return fuzz_parse_program(value, &step->other);
	else if (!strncmp(word, "old=", 4))
		return fuzz_parse_program(value, &step->old);
	else if (!strcmp(word, "raw"))
		step->raw = true;
	else if (!strcmp(word, "above"))
		step->above = true;
	else if (!strcmp(word, "before"))
		step->flags |= LINK_BEFORE;
	else if (!strcmp(word, "after"))
		step->flags |= LINK_AFTER;
	else if (!strcmp(word, "link"))
		step->flags |= LINK_LINK;
	else if (!strcmp(word, "id"))
		step->flags |= LINK_ID;
	else if (!strcmp(word, "revision=now"))
		step->revision = REVISION_NOW;
	else if (!strcmp(word, "revision=other"))
		step->revision = REVISION_OTHER;
	else
		return false;
	return true;
}

static inline bool fuzz_parse_subject(struct fuzz_step *step, const char *word)
{
	if (fuzz_step_has_program(step))
		return fuzz_parse_program(word, &step->program);
	if (step->kind == STEP_CALL)
		step->value = fuzz_find_call(word);
	else if (step->kind == STEP_QUERY || step->kind == STEP_SETTLE)
		step->value = fuzz_find_hook(word);
	else
		step->value = !strcmp(word, "on") ? 1 : !strcmp(word, "off") ? 0 : -1;
	return step->value >= 0;
}

static inline bool fuzz_parse_step(struct fuzz_step *step, char *name, char **rest)
{
	char *word;
	int kind;

	for (kind = 0; kind < FUZZ_STEP_KINDS; kind++)
		if (!strcmp(fuzz_step_names[kind], name))
			break;
	word = strtok_r(NULL, " \t\n", rest);
	if (kind == FUZZ_STEP_KINDS || !word)
		return false;
	*step = fuzz_step(kind);
	if (!fuzz_parse_subject(step, word))
		return false;
	while ((word = strtok_r(NULL, " \t\n", rest)))
		if (!fuzz_parse_word(step, word))
			return false;
	return kind != STEP_REPLACE || step->other >= 0;
}

/* Takes the lines of a test's output as well: a # in front is no comment. */
static inline void fuzz_script_read(struct fuzz_script *script, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[1024], *rest, *word;

	if (!file)
		test_bail("cannot open %s", path);
	script->nr = 0;
	for (int nr = 1; fgets(line, sizeof(line), file); nr++) {
		line[strcspn(line, "+")] = '\0';
		word = strtok_r(line + strspn(line, "# "), " \t\n", &rest);
		if (!word)
			continue;
		if (!strcmp(word, "slots"))
			script->slots_only = true;
		else if (script->nr == FUZZ_STEPS_MAX ||
			 !fuzz_parse_step(&script->steps[script->nr++], word, &rest))
			test_bail("%s:%d: no step, or one too many", path, nr);
	}
	fclose(file);
	for (int i = 0; i < script->nr; i++)
		script->slots_only |= script->steps[i].kind == STEP_REPLACE ||
				      script->steps[i].flags || script->steps[i].revision;
}

#endif /* FUZZ_SCRIPT_H */
