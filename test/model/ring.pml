/*
 * The protocol of cursors and doorbells, for SPIN: engine/memory/{ring,ring-writer,ring-reader,broadcast-reader,doorbell}.ts
 * with every access to shared memory a step of its own, and all their interleavings tried.
 *
 *   producer ──► ring ──► reader      required: gates the producer
 *                  ├────► guest       required: attaches while the producer runs, reads a little, leaves
 *                  └────► listener    optional: copies, then checks that it was not lapped
 *
 * Frames are one cell long, a chunk is two cells, and positions count modulo MOD from just below it, so that they wrap.
 *
 * Safety, by assertions: no required reader looks at a cell that is being overwritten, or at any frame but the one that is
 * due; a copy that passes the lap check is what was published. No lost wake-up: no wait has a time limit, so one that
 * nobody ends is an invalid end state. No livelock: there is no cycle without progress.
 *
 * READER, GUEST and LISTENER say who takes part: not all at once, lest the states be too many.
 *
 * Each BROKEN_ macro takes one rule away; scripts/model.sh sees to it that SPIN refutes every one of them.
 */
#ifndef FRAMES
#define FRAMES 6
#endif
#define GUEST_FRAMES 2
#define CAPACITY 4
#define CHUNK 2
#define MOD 32
#define START 29

/* Whose head, whose bell. */
#define PRODUCERS 0
#define READERS 1
#define GUESTS 2
#define LISTENERS 3

#define DETACHED 0
#define REQUIRED 1
#define ATTACHING 3

#define WRAP(position) ((position) % MOD)
#define DISTANCE(a, b) (((a) - (b) + MOD) % MOD)
/* The one way to compare positions: signed, modulo MOD. */
#ifdef BROKEN_COMPARE
#define IS_BEFORE(a, b) ((a) < (b))
#else
#define IS_BEFORE(a, b) (DISTANCE(a, b) >= MOD / 2)
#endif

/* Shared memory. */
byte cells[CAPACITY]; /* the number of the frame in it, from 1; 0 while it is being written */
byte tail = START;
byte claimed;         /* in chunks from the start: this counter does not wrap where positions do */
byte guestKind = DETACHED;
byte heads[4] = START;

/* Doorbells: the word, and whether its owner sleeps in a wait on it. */
bool armed[4];
bool asleep[4];

inline ring(who) {
  if
  :: armed[who] ->
#ifdef BROKEN_BELL
    asleep[who] = false
#else
    /* An exchange: of several ringers one takes the word from ARMED, and notifies. */
    d_step { rung = armed[who]; armed[who] = false }
    if
    :: rung -> asleep[who] = false
    :: else
    fi;
    rung = false
#endif
  :: else
  fi
}

/* Atomics.wait: compares and falls asleep in one step. */
inline wait(who) {
  d_step { asleep[who] = armed[who] }
  !asleep[who];
  armed[who] = false
}

inline lower_gate(index) {
  seen = heads[index];
  if
  :: IS_BEFORE(seen, lowest) -> lowest = seen
  :: else
  fi
}

/* lowestGate(): the gate stays where it is while somebody attaches. */
inline look_at_gate() {
#ifdef BROKEN_GATE
  lowest = position;
#else
  lowest = published;
#endif
#ifdef READER
  lower_gate(READERS);
#endif
#ifdef GUEST
  kind = guestKind;
  if
  :: kind == REQUIRED -> lower_gate(GUESTS)
  :: else
  fi;
#endif
  if
  :: kind == ATTACHING
  :: else -> gate = lowest
  fi;
  d_step { seen = 0; lowest = 0; kind = 0 }
}

#define HAS_ROOM (DISTANCE(position, gate) < CAPACITY)

inline publish() {
  if
  :: position != published ->
    published = position;
    tail = position;
#ifdef READER
    ring(READERS);
#endif
#ifdef LISTENER
    ring(LISTENERS);
#endif
#ifdef GUEST
    if
    :: guestKind != DETACHED -> ring(GUESTS)
    :: else
    fi
#endif
    skip
  :: else
  fi
}

/* Tells optional readers how far we may have overwritten. */
inline warn() {
  if
  :: written / CHUNK + 1 > claimed -> claimed = written / CHUNK + 1
  :: else
  fi
}

active proctype producer() {
  byte position = START, published = START, gate = START;
  byte written, seen, lowest, kind;
  bool rung;
  do
  :: written == FRAMES -> break
  :: else ->
    do
    :: HAS_ROOM -> break
    :: else ->
      look_at_gate();
      if
      :: HAS_ROOM -> break
      :: else
      fi;
      publish();
#ifdef BROKEN_ARM
      look_at_gate();
      armed[PRODUCERS] = true;
#else
      armed[PRODUCERS] = true;
      look_at_gate();
#endif
      if
      :: HAS_ROOM -> armed[PRODUCERS] = false
      :: else -> wait(PRODUCERS)
      fi
    od;
#ifndef BROKEN_WARN
    warn();
#endif
    cells[written % CAPACITY] = 0; /* writing takes its time */
    cells[written % CAPACITY] = written + 1;
#ifdef BROKEN_WARN
    warn();
#endif
    d_step { written++; position = WRAP(position + 1) }
    if
    :: publish()
    :: true /* later, with more */
    fi
  od;
  publish()
}

/* Reads the frame that is due, and looks at it for a while. */
inline read_frame(me) {
  assert(cells[due % CAPACITY] == due + 1);
#ifdef BROKEN_FINISH
  heads[me] = WRAP(position + 1);
  ring(PRODUCERS);
#endif
  assert(cells[due % CAPACITY] == due + 1);
  d_step { due++; position = WRAP(position + 1) }
}

inline finish(me) {
  if
  :: heads[me] != position -> heads[me] = position; ring(PRODUCERS)
  :: else
  fi
}

/* Looks for frames; sleeps when there are none. */
inline begin(me) {
  end = tail;
  if
  :: end == position ->
    armed[me] = true;
    end = tail;
    if
    :: end == position -> wait(me)
    :: else -> armed[me] = false
    fi
  :: else
  fi
}

#ifdef READER
active proctype reader() {
  byte position = START, end = START, due;
  bool rung;
  do
  :: due == FRAMES -> break
  :: else ->
    begin(READERS);
    do
    :: position == end -> break
    :: else ->
      read_frame(READERS);
      if
      :: break /* the rest later */
      :: true
      fi
    od;
    finish(READERS)
  od
}
#endif

#ifdef GUEST
active proctype guest() {
  byte position, end, due, left = GUEST_FRAMES;
  bool rung;
#ifdef BROKEN_ATTACH
  heads[GUESTS] = tail;
  guestKind = REQUIRED;
#else
  guestKind = ATTACHING;
  heads[GUESTS] = tail;
  guestKind = REQUIRED;
#endif
#ifndef BROKEN_RING
  ring(PRODUCERS);
#endif
  d_step { position = heads[GUESTS]; end = position; due = DISTANCE(position, START) }
  do
  :: left == 0 || due == FRAMES -> break
  :: else ->
    begin(GUESTS);
    do
    :: position == end || left == 0 -> break
    :: position != end && left > 0 -> read_frame(GUESTS); left--
    od;
    finish(GUESTS)
  od;
  guestKind = DETACHED;
  ring(PRODUCERS)
}
#endif

#ifdef LISTENER
#ifdef BROKEN_LAP
#define IS_INTACT true
#else
#define IS_INTACT (claimed - due / CHUNK <= CAPACITY / CHUNK)
#endif

active proctype listener() {
  byte due, available, i, copy[CAPACITY];
  bool intact, isTorn;
  do
  :: due == FRAMES -> break
  :: else ->
    available = DISTANCE(tail, WRAP(START + due));
    if
    :: available == 0 ->
      armed[LISTENERS] = true;
      if
      :: tail == WRAP(START + due) -> wait(LISTENERS)
      :: else -> armed[LISTENERS] = false
      fi
    :: available > 0 ->
      do
      :: i < available && i < CAPACITY -> copy[i] = cells[(due + i) % CAPACITY]; i++
      :: else -> break
      od;
      intact = available <= CAPACITY && IS_INTACT;
      if
      :: intact ->
        d_step {
          do
          :: i > 0 -> i--; assert(copy[i] == due + i + 1); copy[i] = 0
          :: else -> break
          od;
          due = due + available
        }
      :: else -> /* lapped: goes on at the tail */
        d_step {
          do
          :: i > 0 -> i--; copy[i] = 0
          :: else -> break
          od;
        }
        due = due + DISTANCE(tail, WRAP(START + due))
      fi
    fi
  od
}
#endif
