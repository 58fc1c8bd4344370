/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A byte ring in shared memory: one producer, one consumer, each at its own privilege. Neither
 * trusts the other: an index read from memory is masked before it indexes, so that a
 * broken peer garbles text and nothing else. Nobody waits: a full ring takes no byte, an
 * empty one gives none.
 *
 *        tail                head
 *          v                   v
 *   [......xxxxxxxxxxxxxxxxxxxx........]     head and tail count bytes for ever; index = count mod size
 *
 * The producer writes data, then head (release); the consumer reads head (acquire), then data, then
 * writes tail (release), which the producer reads (acquire) before it overwrites.
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_DATA_BYTES 2048U /* a power of two */

struct ring {
	uint32_t head;    /* bytes ever written; producer only */
	uint32_t dropped; /* bytes that found no room, saturating; producer only */
	uint32_t pad0[14];
	uint32_t tail; /* bytes ever read; consumer only */
	uint32_t pad1[15];
	uint8_t data[RING_DATA_BYTES];
};

/* Bytes that can be read now, at most RING_DATA_BYTES whatever the peer wrote. Consumer. */
static inline uint32_t ring_used(const struct ring *r)
{
	uint32_t head = __atomic_load_n(&r->head, __ATOMIC_ACQUIRE); /* pairs with ring_put */
	uint32_t used = head - r->tail;
	return used > RING_DATA_BYTES ? RING_DATA_BYTES : used;
}

/* Bytes that can be written now. Producer. */
static inline uint32_t ring_room(const struct ring *r)
{
	uint32_t tail = __atomic_load_n(&r->tail, __ATOMIC_ACQUIRE); /* pairs with ring_take */
	uint32_t used = r->head - tail;
	return used > RING_DATA_BYTES ? 0 : RING_DATA_BYTES - used;
}

/* Adds a byte; false when there is no room, and nothing changed. Producer. */
static inline bool ring_put(struct ring *r, uint8_t byte)
{
	if (ring_room(r) == 0)
		return false;
	r->data[r->head % RING_DATA_BYTES] = byte;
	__atomic_store_n(&r->head, r->head + 1, __ATOMIC_RELEASE); /* data before head; pairs with ring_used */
	return true;
}

/* Counts a byte that was dropped. Producer. */
static inline void ring_drop(struct ring *r)
{
	if (r->dropped != UINT32_MAX)
		r->dropped++;
}

/* Takes a byte; false when there is none. Consumer. */
static inline bool ring_take(struct ring *r, uint8_t *byte)
{
	if (ring_used(r) == 0)
		return false;
	*byte = r->data[r->tail % RING_DATA_BYTES];
	__atomic_store_n(&r->tail, r->tail + 1, __ATOMIC_RELEASE); /* data read before tail; pairs with ring_room */
	return true;
}

#endif
