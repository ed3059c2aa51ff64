/*
 * The degraded journal's ring. Slots are numbered from 1 for ever; number N lies at N modulo the
 * ring's size. A record takes 1 to 8 consecutive slots and is readable only while all of them are
 * there and check out.
 */
#include <errno.h>

#include "internal.h"

#define PART_MAX (INITX_RING_SLOT - 32)

static struct box_ring_slot *slot_at(uint64_t number)
{
	return &shim.box->ring[number % INITX_RING_SLOTS];
}

static uint64_t slot_check(const struct box_ring_slot *slot)
{
	uint64_t head = box_check(slot, offsetof(struct box_ring_slot, check));

	return head ^ box_check(slot->bytes, slot->length) << 1;
}

static int slot_is(const struct box_ring_slot *slot, uint64_t number)
{
	return slot->number == number && slot->length <= PART_MAX && slot->parts >= 1
		&& slot->parts <= INITX_RING_PARTS && slot->part < slot->parts
		&& slot->check == slot_check(slot);
}

/* The counter is outside every checksum: believe it only if the slots before and at it say the
 * same. */
static uint64_t next_number(void)
{
	uint64_t next = shim.box->live.ring_next;

	if (next == 0 || slot_is(slot_at(next), next)
			|| (next > 1 && !slot_is(slot_at(next - 1), next - 1))) {
		next = 1;
		for (uint64_t i = 0; i < INITX_RING_SLOTS; i++) {
			const struct box_ring_slot *slot = &shim.box->ring[i];

			if (slot->number >= next && slot_is(slot, slot->number))
				next = slot->number + 1;
		}
		shim.box->live.ring_next = next;
	}
	return next;
}

int initx_ring_append(uint64_t sequence, const void *record, uint32_t length)
{
	const unsigned char *bytes = record;
	uint32_t parts = length ? (length + PART_MAX - 1) / PART_MAX : 1;

	if (!shim.box)
		return -ENODEV;
	if (parts > INITX_RING_PARTS)
		return -EMSGSIZE;
	uint64_t number = next_number();

	for (uint32_t part = 0; part < parts; part++, number++) {
		struct box_ring_slot *slot = slot_at(number);
		uint32_t size = length - part * PART_MAX < PART_MAX ? length - part * PART_MAX : PART_MAX;

		slot->check = 0;
		slot->number = number;
		slot->sequence = sequence;
		slot->length = (uint16_t)size;
		slot->part = (uint8_t)part;
		slot->parts = (uint8_t)parts;
		__builtin_memcpy(slot->bytes, bytes + part * PART_MAX, size);
		slot->check = slot_check(slot);
	}
	shim.box->live.ring_next = number;
	return 0;
}

/* Parts of the whole record that begins at this number, else 0. */
static uint32_t record_at(uint64_t number, uint32_t *length)
{
	const struct box_ring_slot *first = slot_at(number);

	if (!slot_is(first, number) || first->part != 0)
		return 0;
	*length = first->length;
	for (uint32_t part = 1; part < first->parts; part++) {
		const struct box_ring_slot *slot = slot_at(number + part);

		if (!slot_is(slot, number + part) || slot->part != part
				|| slot->sequence != first->sequence)
			return 0;
		*length += slot->length;
	}
	return first->parts;
}

int initx_ring_read(uint64_t *cursor, uint64_t *sequence, void *record, uint32_t capacity)
{
	if (!shim.box)
		return -ENODEV;
	uint64_t next = next_number();
	uint64_t oldest = next > INITX_RING_SLOTS ? next - INITX_RING_SLOTS : 1;
	uint64_t number = *cursor < oldest ? oldest : *cursor;

	for (; number < next; number++) {
		uint32_t length, parts = record_at(number, &length);

		if (!parts)
			continue;
		if (length > capacity)
			return -EMSGSIZE;
		for (uint32_t part = 0, at = 0; part < parts; part++) {
			const struct box_ring_slot *slot = slot_at(number + part);

			__builtin_memcpy((unsigned char *)record + at, slot->bytes, slot->length);
			at += slot->length;
		}
		*sequence = slot_at(number)->sequence;
		*cursor = number + parts;
		return (int)length;
	}
	*cursor = next;
	return -ENOENT;
}
