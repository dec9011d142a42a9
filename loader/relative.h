/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Links named on the command line. */
#ifndef LSMSLOT_RELATIVE_H
#define LSMSLOT_RELATIVE_H

#include "links.h"

/*
 * What @arg names on @hook for a program @who: the pin of a link or of a
 * program, "link:ID", "prog:ID", or the name of a program.  Only a link with a
 * place in the hook's slots or array is returned through @found.  Enum status.
 */
int relative_find(const struct lsm_links *links, const char *arg, const char *hook,
		  const char *who, const struct lsm_link **found);

/*
 * The link that @arg, "link:ID" or the path of its pin, names.  Sets @pin to
 * the absolute path of the pin, to be freed, or to NULL.  Enum status.
 */
int relative_link(const struct lsm_links *links, const char *arg,
		  const struct lsm_link **found, char **pin);

#endif /* LSMSLOT_RELATIVE_H */
