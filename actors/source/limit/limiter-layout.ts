/**
 * Where things lie in the memory that the limiters of all credentials share: a head, then a slot for each credential.
 *
 *   byte 0        4        128                     384
 *   +----------+-------+---------------------+---------------------+---
 *   | version  | slots | slot 0, 256 bytes   | slot 1              | …
 *   +----------+-------+---------------------+---------------------+---
 *
 *   slot: 0      4         8        16       24       32         40          48          56
 *         +------+---------+--------+--------+--------+----------+-----------+-----------+---------+
 *         | lock | entries | ticket | wall   | ahead  | blocked  | allowance | … until   | learned |
 *         | i32  | i32     | f64    | ms     | ms     | until ms |           | ms        |         |
 *         +------+---------+--------+--------+--------+----------+-----------+-----------+---------+
 *         64       72         80         88      128                  256
 *         +--------+----------+----------+-------+--------------------+
 *         | taken  | answered | quickest | spare | 4 rules of 32 bytes|
 *         | ms     | 1 or 0   | ms       |       |                    |
 *         +--------+----------+----------+-------+--------------------+
 *
 *   rule: 0                     8                      16            24            32
 *         +---------------------+----------------------+-------------+-------------+
 *         | clear at ms         | … before the newest  | used        | day         |
 *         +---------------------+----------------------+-------------+-------------+
 *
 * A slot is two lines of 128 bytes, which no other slot shares. All zero is a limiter that has seen nothing.
 */
export const LIMITER_VERSION = 1

export const HEAD_BYTES = 128
export const SLOT_BYTES = 256
export const MAX_RULES = 4

// Indexes into the head as Int32Array.
export const HEAD_VERSION = 0
export const HEAD_SLOTS = 1

// Indexes into a slot as Int32Array.
/** 0, or what the thread inside drew from `ENTRIES`. */
export const LOCK = 0
/** Counts who has entered, so that no two hold the lock by the same number. */
export const ENTRIES = 1

// Indexes into a slot as Float64Array.
/** Counts what was taken. */
export const TICKET = 1
/** The wall clock as seen last. */
export const WALL = 2
/** By how much the limiter's time is ahead of the wall clock: what that was put back by. */
export const AHEAD = 3
/** Nothing is sent before this. */
export const BLOCKED_UNTIL = 4
/** How many requests the provider said are left, and until when; 0 for `until` means that it said nothing. */
export const ALLOWANCE = 5
export const ALLOWANCE_UNTIL = 6
/** The newest ticket whose answer said how many are left. */
export const LEARNED = 7

/** When the newest was taken, and whether it has been answered. */
export const TAKEN = 8
export const IS_ANSWERED = 9
/** How long an answer takes at least, forgotten slowly; 0 before the first. */
export const QUICKEST = 10

export const rule = (index: number): number => 16 + 4 * index

// Indexes from a rule's start.
/** The latest moment at which the provider's bucket may be full again. */
export const CLEAR = 0
/** The same without what was taken last. */
export const CLEAR_BEFORE = 1
/** Of a rate: what the newest request cost. Of a day: how much of it is used. */
export const USED = 2
/** Days since 1970. */
export const DAY = 3
