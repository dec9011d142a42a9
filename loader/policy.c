// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A BPF object and those of its LSM programs that are to be attached. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "elf_check.h"
#include "escape.h"
#include "host.h"
#include "policy.h"
#include "types.h"

/* The kernel takes larger logs, but no reader does. */
#define LOG_SIZE (8u << 20)
#define LOG_TAIL_LINES 8

/* Who speaks in errors, and how a program is chosen there. */
static const char *who = "attach", *choose = "--program NAME";

void policy_speak_as(const char *name, const char *choice)
{
	who = name;
	choose = choice;
}

/* libbpf's first warning since policy_open() or policy_load() began. */
static char warning[512];

static int keep_warning(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char *text = warning;
	size_t len;

	if (level != LIBBPF_WARN || warning[0])
		return 0;
	vsnprintf(warning, sizeof(warning), fmt, ap);
	len = strcspn(warning, "\n");
	warning[len] = '\0';
	if (!strncmp(text, "libbpf: ", 8))
		memmove(text, text + 8, len - 8 + 1);
	return 0;
}

static const char *why(int err)
{
	return warning[0] ? warning : strerror(err);
}

/* The hook a section like "lsm/file_open" or "lsm.s/bpf" names, or NULL. */
static const char *section_hook(const struct bpf_program *prog)
{
	const char *slash = strchr(bpf_program__section_name(prog), '/');

	return slash && slash[1] ? slash + 1 : NULL;
}

static bool is_lsm(const struct bpf_program *prog)
{
	return bpf_program__type(prog) == BPF_PROG_TYPE_LSM &&
	       bpf_program__expected_attach_type(prog) == BPF_LSM_MAC;
}

static int fail_not_attachable(const struct policy *policy, const struct bpf_program *prog)
{
	const char *name = bpf_program__name(prog);
	const char *section = bpf_program__section_name(prog);

	if (bpf_program__type(prog) == BPF_PROG_TYPE_LSM &&
	    bpf_program__expected_attach_type(prog) == BPF_LSM_CGROUP)
		return fail(ST_FAILED, "%s: program '%s' of %s (%s) belongs to a cgroup: attach it with 'bpftool cgroup attach CGROUP lsm_cgroup', and the others here with %s",
			    who, name, policy->path, section, choose);
	return fail(ST_FAILED, "%s: program '%s' of %s (%s) is no LSM program: attach it by its own means, and the others here with %s",
		    who, name, policy->path, section, choose);
}

static int add_program(struct policy *policy, struct bpf_program *prog)
{
	struct policy_prog *p;

	if (!is_lsm(prog))
		return fail_not_attachable(policy, prog);
	if (!section_hook(prog))
		return fail(ST_FAILED, "%s: section '%s' of program '%s' of %s names no hook; write SEC(\"lsm/HOOK\")",
			    who, bpf_program__section_name(prog), bpf_program__name(prog), policy->path);
	policy->v = xreallocarray(policy->v, policy->n + 1, sizeof(*policy->v));
	p = &policy->v[policy->n++];
	memset(p, 0, sizeof(*p));
	p->prog = prog;
	p->name = bpf_program__name(prog);
	p->hook = section_hook(prog);
	p->log = xcalloc(LOG_SIZE, 1);
	bpf_program__set_log_buf(prog, p->log, LOG_SIZE);
	return ST_OK;
}

static bool named(const char *name, char *const *names, size_t nr_names)
{
	size_t i;

	for (i = 0; i < nr_names; i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static char *program_names(const struct bpf_object *obj)
{
	struct bpf_program *prog;
	char *text = xstrdup("");

	bpf_object__for_each_program(prog, obj) {
		char *more = xasprintf("%s%s%s", text, *text ? ", " : "", bpf_program__name(prog));

		free(text);
		text = more;
	}
	return text;
}

static int check_names(const struct policy *policy, char *const *names, size_t nr_names)
{
	char *have;
	size_t i;

	for (i = 0; i < nr_names; i++) {
		if (bpf_object__find_program_by_name(policy->obj, names[i]))
			continue;
		have = program_names(policy->obj);
		fail(ST_NOT_FOUND, "%s: %s has no program '%s'; it has: %s",
		     who, policy->path, names[i], *have ? have : "none");
		free(have);
		return ST_NOT_FOUND;
	}
	return ST_OK;
}

/* A program in a section "?lsm/HOOK" is only loaded when asked for by name. */
static int select_programs(struct policy *policy, char *const *names, size_t nr_names)
{
	struct bpf_program *prog;
	bool any_lsm = false, selected;
	int status = check_names(policy, names, nr_names);

	bpf_object__for_each_program(prog, policy->obj)
		any_lsm |= bpf_program__type(prog) == BPF_PROG_TYPE_LSM;
	if (!status && !any_lsm)
		return fail(ST_NOT_FOUND, "%s: %s has no LSM program; put one in a section SEC(\"lsm/HOOK\")",
			    who, policy->path);
	bpf_object__for_each_program(prog, policy->obj) {
		if (status)
			break;
		selected = nr_names ? named(bpf_program__name(prog), names, nr_names) :
				      bpf_program__autoload(prog);
		bpf_program__set_autoload(prog, selected);
		if (selected)
			status = add_program(policy, prog);
	}
	if (!status && !policy->n)
		return fail(ST_NOT_FOUND, "%s: every program of %s is optional (SEC(\"?lsm/HOOK\")); choose with %s",
			    who, policy->path, choose);
	return status;
}

static int fail_object(const char *path, const char *why_not)
{
	return fail(ST_FAILED, "%s: %s is not a BPF object: %s; build it with 'clang -g -O2 -target bpf -c'",
		    who, path, why_not);
}

/* What libbpf takes as it is.  An object without types is one; what needs them says so. */
static int check_object(const struct object_file *file, const char *path)
{
	const char *why_not = elf_check(file->bytes, file->size);
	int status = ST_OK;
	struct btf *btf;
	char *wrong;

	if (why_not)
		return fail_object(path, why_not);
	btf = object_file_types(file);
	if (!btf)
		return ST_OK;
	wrong = types_check(btf);
	if (wrong)
		status = fail_object(path, wrong);
	free(wrong);
	btf__free(btf);
	return status;
}

/* The object's maps of variables are called after its file, as libbpf itself does it. */
static int open_object(struct policy *policy)
{
	const char *slash = strrchr(policy->path, '/');
	LIBBPF_OPTS(bpf_object_open_opts, opts,
		    .object_name = slash ? slash + 1 : policy->path);

	warning[0] = '\0';
	libbpf_set_print(keep_warning);
	policy->obj = bpf_object__open_mem(policy->file.bytes, policy->file.size, &opts);
	return policy->obj ? ST_OK : fail_object(policy->path, why(errno));
}

int policy_open(struct policy *policy, const char *path,
		char *const *names, size_t nr_names)
{
	int status;

	memset(policy, 0, sizeof(*policy));
	status = object_file_read(&policy->file, who, path);
	if (status)
		return status;
	policy->path = path;
	status = check_object(&policy->file, path);
	if (!status)
		status = open_object(policy);
	if (!status)
		status = select_programs(policy, names, nr_names);
	if (status)
		policy_close(policy);
	return status;
}

int fail_disabled_hook(const char *program, const char *hook)
{
	return fail(ST_UNSUPPORTED, "%s: program '%s': kernel %s lets no BPF program attach to hook '%s'; choose another hook ('lsmslot features' shows them)",
		    who, program, kernel_release(), hook);
}

int policy_check_hooks(const struct policy *policy, const struct hooks *hooks)
{
	size_t i;

	for (i = 0; i < policy->n; i++) {
		const struct policy_prog *p = &policy->v[i];
		const struct hook *hook = hooks_by_name(hooks, p->hook);
		char *caller;

		if (hook && hook->reason && !strcmp(hook->reason, "disabled"))
			return fail_disabled_hook(p->name, p->hook);
		if (hook)
			continue;
		caller = xasprintf("%s: program '%s'", who, p->name);
		fail_no_hook(hooks, caller, p->hook);
		free(caller);
		return ST_NOT_FOUND;
	}
	return ST_OK;
}

/* The last @lines lines of @text. */
static const char *tail(const char *text, unsigned int lines)
{
	const char *p = text + strlen(text);

	while (p > text && p[-1] == '\n')
		p--;
	while (p > text && (p[-1] != '\n' || --lines))
		p--;
	return p;
}

/* A line each; the kernel indents with tabs. */
static void show_log(const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n\t");
		char *part = xasprintf("%.*s", (int)len, text), *shown = escape_text(part);

		fprintf(stderr, "%s%c", shown, text[len] ? text[len] : '\n');
		free(shown);
		free(part);
		text += len + !!text[len];
	}
}

/*
 * A kernel that is locked down for confidentiality has no bpf_probe_read_kernel()
 * and none like it: libbpf tries bpf_probe_read() instead.  Older kernels call a
 * helper unknown.
 */
static bool is_locked_down(const char *log)
{
	return (strstr(log, "cannot use helper bpf_probe_read") ||
		strstr(log, "unknown func bpf_probe_read")) && kernel_is_confidential();
}

static int fail_locked_down(const struct policy *policy, const struct policy_prog *p, bool full_log)
{
	int status = fail(ST_REJECTED, "%s: the verifier rejected program '%s' of %s: it reads the kernel's memory (bpf_probe_read_kernel), which a kernel locked down for confidentiality lets no BPF program do; boot with lockdown=integrity%s",
			  who, p->name, policy->path, full_log ? "; the verifier's log:" : "");

	if (full_log)
		show_log(p->log);
	return status;
}

static int fail_rejected(const struct policy *policy, const struct policy_prog *p,
			 int err, bool full_log)
{
	int status;

	if (strstr(p->log, "points to disabled hook"))
		return fail_disabled_hook(p->name, p->hook);
	if (is_locked_down(p->log))
		return fail_locked_down(policy, p, full_log);
	status = fail(ST_REJECTED, "%s: the verifier rejected program '%s' of %s (%s); %s",
		      who, p->name, policy->path, strerror(err),
		      full_log ? "its log:" : "the end of its log follows, --log shows all of it:");
	show_log(full_log ? p->log : tail(p->log, LOG_TAIL_LINES));
	return status;
}

int policy_load(struct policy *policy, bool full_log)
{
	int err;
	size_t i;

	warning[0] = '\0';
	if (!bpf_object__load(policy->obj))
		return ST_OK;
	err = errno;
	for (i = 0; i < policy->n; i++)
		if (policy->v[i].log[0])
			return fail_rejected(policy, &policy->v[i], err, full_log);
	return fail(err == EPERM ? ST_PERM : ST_FAILED, "%s: cannot load %s: %s (%s)",
		    who, policy->path, strerror(err), why(err));
}

void policy_close(struct policy *policy)
{
	size_t i;

	for (i = 0; i < policy->n; i++) {
		bpf_link__destroy(policy->v[i].link);
		free(policy->v[i].pin);
	}
	/* The programs of the object still point to their logs. */
	bpf_object__close(policy->obj);
	for (i = 0; i < policy->n; i++)
		free(policy->v[i].log);
	free(policy->v);
	object_file_free(&policy->file);
	memset(policy, 0, sizeof(*policy));
}
