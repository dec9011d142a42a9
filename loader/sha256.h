/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SHA-256, to tell whether an object has changed. */
#ifndef LSMSLOT_SHA256_H
#define LSMSLOT_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE	32
#define SHA256_TEXT	(2 * SHA256_SIZE + 1)

struct sha256 {
	uint32_t state[8];
	uint64_t total;
	unsigned char block[64];
};

void sha256_begin(struct sha256 *sha);
void sha256_add(struct sha256 *sha, const void *bytes, size_t size);
/* Writes the sum in hex, with a NUL. */
void sha256_end(struct sha256 *sha, char text[SHA256_TEXT]);

#endif /* LSMSLOT_SHA256_H */
