/*
 * The write protocol of RCKP, spec/writing.md and spec/store.md, for Spin 6.5.
 *
 * One scope and one checkpoint name in it. Writers write once each, a deleter deletes and a purger
 * purges, concurrently. Any call may fail, any process may be killed, and the power may fail at any
 * step. After that, one more writer writes: the next write. The promises of the specification are
 * assertions. A reader is not a process: what it could read is checked at each change of the name.
 *
 * Check it with `python -m conformance.tools.model`. By hand, with the defaults below:
 *
 *     spin -a writing.pml && cc -O2 -DSAFETY -o pan pan.c && ./pan -m200000
 *
 * A file that has been published never changes, and no other user interferes. Inode numbers are not
 * reused. The permissions and owners of SAFE-16 and the checks of SAFE-18 are not in the model.
 *
 * The parts: sizes, promises, mutants, events, the file system and its power model, the calls, the
 * power cut, and then the processes: Writer, Deleter, Purger, Environment.
 */

/* ---- Sizes. The tool sets them with -D. */

#ifndef LOCKS
#define LOCKS 1      /* 0: there are no locks. 1: all hold the lock. 2: a writer may go on without
                        it after a timeout (SAFE-6) */
#endif
#ifndef WRITERS
#define WRITERS 2    /* besides the next write */
#endif
#ifndef COLLIDING
#define COLLIDING 2  /* 0: all writers are of run A. 1: the last one is of run B. 2: either */
#endif
#ifndef DELETERS
#define DELETERS 0
#endif
#ifndef PURGERS
#define PURGERS 0
#endif
#ifndef FAILURES
#define FAILURES 0   /* how many calls may fail */
#endif
#ifndef KILLS
#define KILLS 0      /* how many processes may be killed */
#endif
#ifndef POWER
#define POWER 0      /* 1: one power cut */
#endif
#ifndef DURABILITY
#define DURABILITY FULL
#endif
#ifndef START
#define START SOMETHING    /* what has the name at first */
#endif
#ifndef LOSSY
#define LOSSY 0      /* 1: a failed flush of a directory loses its changes for good, and the next
                        flush succeeds nevertheless. 0: the next flush writes them */
#endif
#ifndef SLOW
#define SLOW 0       /* 1: a writer may take more than a day */
#endif
#ifndef LINKLESS
#define LINKLESS 0   /* 1: a link may fail because the file system has none; a rename takes its
                        place */
#endif
#ifndef PROMISES
#define PROMISES ALL /* which promises are checked */
#endif
#ifndef MUTANT
#define MUTANT 0     /* 0: the protocol as specified */
#endif

#define NONE_DURABLE 0
#define FILE 1
#define FULL 2

/* ---- Promises. */

#define SAFE_1_READ       1     /* a reader finds the old or the new checkpoint, whole */
#define SAFE_1_CUT        2     /* the same after a power cut */
#define SAFE_7_LIVING     4     /* the temporary file of a living writer is not removed */
#define SAFE_7_SWEPT      8     /* the next write removes the temporary files of others */
#define SAFE_8            16    /* the checkpoint of another run is not replaced */
#define SAFE_10_NAMED     32    /* a foreign file has another name before its name is taken */
#define SAFE_10_CUT       64    /* and keeps a name after a power cut */
#define SAFE_12_UNWRITTEN 128   /* after "not written", nothing was written */
#define SAFE_12_CLEAN     256   /* and temporary file and second name are removed */
#define SAFE_13           512   /* a failure after publication is reported as uncertain */
#define SAFE_14           1024  /* only content that has reached the disk is published */
#define SAFE_15           2048  /* after "ok" and a power cut: this checkpoint or a later one */
#define STORE_12          4096  /* after "deleted" and a power cut, it is still deleted */
#define STORE_17          8192  /* a purge removes no other file than the one that it validated */
#define SAFE_9            16384 /* the next write succeeds, unless a call fails or a run collides */
#define ALL               32767

#define promise(which, holds) assert(!(PROMISES & which) || (holds))

/* ---- Mutants: mistakes, each of which must break a promise. */

#define FILE_NOT_FLUSHED          1
#define FILE_FLUSHED_LATE         2
#define DIRECTORY_NOT_FLUSHED     3
#define RENAME_AT_FIRST_WRITE     4
#define WRITER_WITHOUT_LOCK       5
#define SWEEP_BEFORE_LOCK         6
#define UNLOCK_BEFORE_FLUSH       7
#define DELETER_WITHOUT_LOCK      8
#define PURGER_WITHOUT_LOCK       9
#define PURGE_WITHOUT_CHECK       10
#define TEMPORARY_LEFT_ON_FAILURE 11
#define FLUSH_REPEATED            12
#define QUARANTINE_NOT_FLUSHED    13
#define SECOND_NAME_LEFT          14
#define OLD_REMOVED_FIRST         15
#define NO_QUARANTINE             16
#define COLLISION_IGNORED         17
#define PUBLISHED_EMPTY           18
#define ABOVE_NOT_FLUSHED         19
#define FAILED_FLUSH_IGNORED      20
#define PUBLISHED_NOT_WRITTEN     21
#define SWEEP_ALL_WITHOUT_LOCK    22
#define FIRST_NAME_LEFT           23
#define DELETION_NOT_FLUSHED      24
#define NOT_SWEPT                 25
#define QUARANTINE_BY_RENAME      26
#define STOP_AT_FAILED_UNLINK     27
#define DIRECTORY_FLUSHED_EARLY   28
#define WRITE_ERROR_IGNORED       29
#define EMPTY_FILE_REJECTED       30
#define LOCK_KEPT_ON_FAILURE      31
#define mutant(m) (MUTANT == m)

/* ---- Events: the calls, as `conformance.tools.model.replay` reads them from a recorded trace. In
   a replay, the next event of the trace decides which step is taken. Elsewhere, the model may take
   any step at any time. */

#ifndef event
#define event(which) true  /* whether the next call of the trace is this one */
#define taken skip         /* it is: go on to the one after it */
#define failure_taken skip
#endif

#define E_ABOVE 1
#define E_LOCK 2
#define E_SWEEP 3
#define E_CREATE 4
#define E_WRITE 5
#define E_FLUSH_FILE 6
#define E_LINK 7
#define E_RENAME 8
#define E_ASIDE 9
#define E_FLUSH 10
#define E_UNLINK 11
#define E_UNLINK_ASIDE 12
#define E_DELETE 13
#define E_UNLOCK 14
#define E_OK 15
#define E_NOT_WRITTEN 16
#define E_UNCERTAIN 17
#define E_CLOSE 18
#define E_NOT_REMOVED 19
#define E_MOVE 20
#define FAILED 32 /* added to a call that failed */

/* ---- The file system.
 *
 * An inode is a number: 0 is none, 1 is what had the name at first, and each writer creates one. A
 * directory is an array of inodes by name. `name` is what processes see, `disk` what a power cut
 * leaves.
 *
 * The power model is that of conformance/tests/crash/power.py. Until a directory is flushed, any of
 * its changes may be on the disk and any other not. A rename is one change. Until a file is
 * flushed, its content on the disk is empty, torn or whole. Whether a change reaches the disk
 * before the next flush is chosen when it is made: this gives the same states as choosing at the
 * power cut, and needs no list of changes.
 */

#define LAST_WRITER (WRITERS + 1)          /* the next write */
#define NAMES (2 * LAST_WRITER + 1)
#define CHECKPOINT 0
#define TEMPORARY(w) (w)
#define ASIDE(w) (LAST_WRITER + (w))
#define NOTHING 0
#define OLD 1
#define INODE(w) ((w) + 1)

#define EMPTY 0
#define TORN 1
#define WHOLE 2

#define NO_RUN 0                           /* of a foreign file */
#define RUN_A 1
#define RUN_B 2

byte name[NAMES], disk[NAMES];
byte data[LAST_WRITER + 2];                /* by inode: EMPTY, TORN or WHOLE */
byte run_of[LAST_WRITER + 2];
bool on_disk[LAST_WRITER + 2];             /* whether its content has been flushed */
bool bad[LAST_WRITER + 2];                 /* its flush has failed: the next one does nothing */
bool scope_on_disk = true;                 /* whether the directories above have been flushed */
bool scope_lost;                           /* LOSSY: their flush has failed */
short lost;                                /* LOSSY: names whose change a failed flush has lost */

/* ---- Processes. */

#define DELETER (LAST_WRITER + 1)
#define PURGER (LAST_WRITER + 2)
#define bit_of(p) (1 << (p))
#define FIRST_PHASE (bit_of(LAST_WRITER) - 2 + DELETERS * bit_of(DELETER) + \
                     PURGERS * bit_of(PURGER))
#define EVERYBODY (FIRST_PHASE + bit_of(LAST_WRITER))
#define is_dead(p) ((dead >> (p)) & 1)
#define is_alive(p) (!(((dead | finished) >> (p)) & 1))

byte holder;                               /* who has the lock of the directory, 0: nobody */
byte dead, finished;                       /* sets of processes */
byte fails, kills, fails_before;           /* the next write */
bool power_failed, next_started;

/* What the promises need to know. */
byte now_;                                 /* counts publications and removals */
byte published[LAST_WRITER + 2];           /* by inode: when it was, 0: not at all */
byte removed;                              /* when the checkpoint was last removed */
byte deleted;                              /* the last deletion that was answered */
byte needed;                               /* the writers that still need the temporary file */
byte answered;                             /* the writers that answered "ok" */
bool existed;                              /* whether something had the name at first */
bool foreign_lost;                         /* a deleter or a power cut took it, as it may */
bool not_swept;                            /* the next write could not remove a file */

hidden byte k, r;
hidden byte here;

/* ---- Calls. Each is part of an atomic step. */

inline persists_early(n) {                 /* any change may reach the disk at once */
    lost = lost & ~bit_of(n);
    if
    :: POWER && !power_failed -> if :: disk[n] = name[n] :: skip fi
    :: else
    fi
}

inline set_name(n, inode) {
    name[n] = inode;
    persists_early(n)
}

inline rename_name(from, to) {             /* both names in one change */
    name[to] = name[from]; name[from] = NOTHING;
    lost = lost & ~(bit_of(from) | bit_of(to));
    if
    :: POWER && !power_failed -> if :: disk[to] = name[to]; disk[from] = NOTHING :: skip fi
    :: else
    fi
}

inline flush_directory() {
    if
    :: POWER && !power_failed ->
        k = 0;
        do
        :: k < NAMES -> if :: (lost >> k) & 1 :: else -> disk[k] = name[k] fi; k++
        :: else -> break
        od
    :: else
    fi
}

inline lose_changes() {                    /* the flush of the directory has failed */
    if
    :: LOSSY && POWER && !power_failed ->
        k = 0;
        do
        :: k < NAMES -> if :: name[k] != disk[k] -> lost = lost | bit_of(k) :: else fi; k++
        :: else -> break
        od
    :: else
    fi
}

inline flush_file(inode) {
    if :: bad[inode] :: else -> on_disk[inode] = (data[inode] == WHOLE) fi
}

inline flush_above() {
    if :: scope_lost :: else -> scope_on_disk = true fi
}

inline has_another_name(inode) {           /* sets `here` */
    here = false; k = 1;
    do
    :: k < NAMES -> here = here || name[k] == inode; k++
    :: else -> break
    od
}

/* The name of the checkpoint is about to lead to `inode`. */
inline before_publication(inode) {
    r = name[CHECKPOINT];
    promise(SAFE_1_READ, data[inode] == WHOLE);
    promise(SAFE_14, DURABILITY == NONE_DURABLE || on_disk[inode]);
    promise(SAFE_8, r == NOTHING || data[r] != WHOLE || run_of[r] == NO_RUN
                    || run_of[r] == run_of[inode]);
    if
    :: r != NOTHING && run_of[r] == NO_RUN && data[r] == WHOLE ->
        has_another_name(r);
        promise(SAFE_10_NAMED, here)
    :: else
    fi;
    now_++;
    published[inode] = now_;
    needed = needed & ~bit_of(me)
}

/* ---- The power cut. */

/* What was published or answered at `when` must be there, or something later. */
#define is_later(when) (r != NOTHING && published[r] > when || r == NOTHING && removed > when)

inline cut_power() {
    power_failed = true;
    k = 0;
    do
    :: k < NAMES -> name[k] = (scope_on_disk -> disk[k] : NOTHING); disk[k] = NOTHING; k++
    :: else -> break
    od;
    r = name[CHECKPOINT];
    if
    :: r != NOTHING && !on_disk[r] && data[r] != EMPTY ->
        if :: data[r] = EMPTY :: data[r] = TORN :: data[r] = WHOLE fi
    :: else
    fi;
    promise(SAFE_1_CUT, DURABILITY == NONE_DURABLE
            || (r == NOTHING -> !existed || removed > 0 : r == OLD || data[r] == WHOLE));
    has_another_name(OLD);
    here = here || r == OLD;
    promise(SAFE_10_CUT, here || run_of[OLD] != NO_RUN || foreign_lost ||
                         DURABILITY == NONE_DURABLE);
    foreign_lost = foreign_lost || !here;
    k = 1;
    do
    :: k <= LAST_WRITER ->
        promise(SAFE_15, DURABILITY != FULL || !((answered >> k) & 1)
                || r == INODE(k) && data[r] == WHOLE || is_later(published[INODE(k)]));
        k++
    :: else -> break
    od;
    promise(STORE_12, DURABILITY != FULL || deleted == 0 || r == NOTHING || published[r] > deleted);
    /* From here on, only the next write matters. */
    k = 1;
    do
    :: k <= LAST_WRITER + 1 ->
        published[k] = 0;
        if :: k != r && k != OLD -> data[k] = EMPTY; on_disk[k] = false :: else fi;
        bad[k] = false;
        k++
    :: else -> break
    od;
    now_ = 0; removed = 0; deleted = 0; answered = 0; needed = 0;
    scope_on_disk = true; scope_lost = false; lost = 0;
    holder = 0;
    dead = FIRST_PHASE | (next_started -> bit_of(LAST_WRITER) : 0)
}

/* ---- write(base, record) of SAFE-11. */

#define fails_at(call) fails < FAILURES && event(call + FAILED) -> failure_taken; fails++
#define fails_unseen fails < FAILURES -> fails++      /* a call that is not in the model */
#define is_this_run(i) (data[i] == EMPTY || data[i] == WHOLE && run_of[i] == run_of[INODE(me)])
#define is_another_run(i) (data[i] == WHOLE && run_of[i] != NO_RUN && \
                           run_of[i] != run_of[INODE(me)])

inline acquire_lock(p, ignored) {
    if
    :: LOCKS == 0 || ignored -> skip
    :: LOCKS > 0 && !(ignored) && holder == 0 && event(E_LOCK) -> taken; holder = p
    :: LOCKS == 2 && !(ignored) && p <= LAST_WRITER && holder != 0 -> skip
    :: LOCKS == 2 && !(ignored) && fails_at(E_LOCK)   /* goes on, as if there were no locks */
    fi
}

inline release_lock(p) {
    if
    :: holder == p && event(E_UNLOCK) -> taken; holder = 0
    :: holder != p
    fi
}

/* While it holds the lock: all temporary files of others. Else those more than a day old. */
inline sweep() {
    k = 1;
    if
    :: true
    :: fails_at(E_SWEEP); not_swept = not_swept || me == LAST_WRITER; k = LAST_WRITER + 1
    fi;
    do
    :: k <= LAST_WRITER ->
        if
        :: k == me || name[TEMPORARY(k)] == NOTHING
        :: k != me && name[TEMPORARY(k)] != NOTHING ->
            if
            :: (holder == me || SLOW || !is_alive(k) ||
                mutant(SWEEP_ALL_WITHOUT_LOCK) || mutant(SWEEP_BEFORE_LOCK)) && event(E_SWEEP) ->
                taken;
                promise(SAFE_7_LIVING, !is_alive(k) || !((needed >> k) & 1));
                set_name(TEMPORARY(k), NOTHING)
            :: holder != me -> not_swept = not_swept || me == LAST_WRITER
            :: fails_at(E_SWEEP); not_swept = not_swept || me == LAST_WRITER
            fi
        fi;
        k++
    :: else -> break
    od
}

#define finish_process(p) needed = needed & ~bit_of(p); finished = finished | bit_of(p)

#define file_is_flushed (DURABILITY != NONE_DURABLE && \
                         !mutant(FILE_NOT_FLUSHED) && !mutant(FILE_FLUSHED_LATE))
#define quarantine_is_flushed (DURABILITY != NONE_DURABLE && !mutant(QUARANTINE_NOT_FLUSHED))
#define directory_is_flushed (DURABILITY == FULL && \
                              !mutant(DIRECTORY_NOT_FLUSHED) && !mutant(DIRECTORY_FLUSHED_EARLY))
#define forget() aside = false; moved = false; failed = false; flushed = false; left = false; \
                 late = false; partial = false; finish_process(me)

/*
 * Each atomic block is a step of the pseudo-code, which the comment before it quotes. A step that
 * fails before publication goes to `not_written`.
 */

proctype Writer(byte me) {
    bool aside;    /* it has given a quarantined file a second name */
    bool moved;    /* it had to rename it, since there are no links */
    bool failed;   /* a step after publication has failed */
    bool flushed;  /* it has tried to flush the directory */
    bool left;     /* it could not remove what it should */
    bool late;     /* it flushes the directories above at the end */
    bool partial;  /* it could not open one of them, and reports that at the end */
    {
        /* flush the directories above it: now, or at the end. Another process may have created
           them. */
        atomic {
            if
            :: scope_on_disk && event(E_ABOVE) -> taken
            :: !scope_on_disk && mutant(ABOVE_NOT_FLUSHED)
            :: !scope_on_disk -> late = true
            :: !scope_on_disk && !mutant(ABOVE_NOT_FLUSHED) && event(E_ABOVE) -> taken;
                flush_above()
            :: fails_at(E_ABOVE); scope_lost = LOSSY;
                if
                :: goto undone
                :: partial = true; failed = true     /* one cannot be opened: it goes on */
                fi
            fi
        }
        /* lock directory */
        atomic {
            if :: mutant(SWEEP_BEFORE_LOCK) -> sweep() :: else fi;
            if
            :: true -> acquire_lock(me, mutant(WRITER_WITHOUT_LOCK))
            :: LOCKS == 2 && fails_at(E_LOCK); goto undone
            fi
        }
        /* sweep directory */
        atomic { if :: mutant(SWEEP_BEFORE_LOCK) || mutant(NOT_SWEPT) :: else -> sweep() fi }
        /* temporary ← create a new file in directory, exclusively */
        atomic {
            if
            :: event(E_CREATE) -> taken; needed = needed | bit_of(me);
                data[INODE(me)] = EMPTY; set_name(TEMPORARY(me), INODE(me))
            :: fails_at(E_CREATE); goto undone
            fi
        }
        /* write data to temporary, and check its size */
        atomic {
            if
            :: mutant(PUBLISHED_EMPTY)
            :: !mutant(PUBLISHED_EMPTY) && event(E_WRITE) -> taken; data[INODE(me)] = WHOLE
            :: fails_at(E_WRITE); data[INODE(me)] = TORN;
               if :: mutant(WRITE_ERROR_IGNORED) :: else -> goto not_written fi
            fi
        }
        /* if the existing file is this run's: copy group …; another run's is an error already */
        atomic {
            r = name[CHECKPOINT];
            if
            :: true
            :: r != NOTHING && is_another_run(r) && !mutant(COLLISION_IGNORED) -> goto not_written
            fi;
            /* flush temporary */
            if
            :: !file_is_flushed
            :: file_is_flushed ->
                if
                :: event(E_FLUSH_FILE) -> taken; flush_file(INODE(me))
                :: fails_at(E_FLUSH_FILE); bad[INODE(me)] = true;
                   if
                   :: mutant(FLUSH_REPEATED) -> flush_file(INODE(me))
                   :: else -> goto not_written
                   fi
                fi
            fi;
            if :: mutant(DIRECTORY_FLUSHED_EARLY) -> flush_directory() :: else fi
        }
        /* case what has the name of the checkpoint of */
look:   atomic {
            r = name[CHECKPOINT];
            if
            :: r == NOTHING && !mutant(RENAME_AT_FIRST_WRITE) -> goto first
            :: r == NOTHING && mutant(RENAME_AT_FIRST_WRITE) -> goto replace
            :: r != NOTHING && is_this_run(r) ->
                if
                :: mutant(EMPTY_FILE_REJECTED) && data[r] == EMPTY -> goto not_written
                :: else -> goto replace
                fi
            :: r != NOTHING && is_another_run(r) ->
                if :: mutant(COLLISION_IGNORED) -> goto replace :: else -> goto not_written fi
            :: r != NOTHING && !is_this_run(r) && !is_another_run(r) ->
                if :: mutant(NO_QUARANTINE) -> goto replace :: else -> goto quarantine fi
            :: fails_unseen -> goto not_written
            fi
        }
        /* anything else: link it to another name */
quarantine:
        atomic {
            if
            :: name[CHECKPOINT] == NOTHING -> goto not_written
            :: name[CHECKPOINT] != NOTHING && event(E_ASIDE) -> taken;
                if
                :: mutant(QUARANTINE_BY_RENAME) -> rename_name(CHECKPOINT, ASIDE(me))
                :: else -> set_name(ASIDE(me), name[CHECKPOINT])
                fi;
                aside = true;
                promise(SAFE_1_READ, name[CHECKPOINT] != NOTHING)
            :: fails_at(E_ASIDE);
                if
                :: LINKLESS && event(E_MOVE) -> taken;
                    rename_name(CHECKPOINT, ASIDE(me)); moved = true;
                    promise(SAFE_1_READ, false)
                :: goto not_written
                fi
            fi
        }
        /* flush directory */
        atomic {
            if
            :: !quarantine_is_flushed
            :: quarantine_is_flushed && event(E_FLUSH) -> taken; flush_directory()
            :: fails_at(E_FLUSH); lose_changes(); goto not_written
            fi
        }
        goto replace;
        /* nothing: link temporary to the name; if the name exists by now: repeat */
first:
        atomic {
            if
            :: name[CHECKPOINT] != NOTHING -> goto look              /* another writer was faster */
            :: name[TEMPORARY(me)] == NOTHING -> goto not_written    /* somebody swept it */
            :: name[CHECKPOINT] == NOTHING && name[TEMPORARY(me)] != NOTHING && event(E_LINK) ->
                taken;
                before_publication(INODE(me));
                set_name(CHECKPOINT, INODE(me))
            :: fails_at(E_LINK); if :: LINKLESS -> goto replace :: goto not_written fi
            fi
        }
        /* remove the name temporary */
        atomic {
            if :: true :: fails_at(E_CLOSE); failed = true fi;
            if
            :: mutant(FIRST_NAME_LEFT)
            :: !mutant(FIRST_NAME_LEFT) && event(E_UNLINK) -> taken;
                set_name(TEMPORARY(me), NOTHING)
            :: fails_at(E_UNLINK); failed = true; left = true;
               if :: mutant(STOP_AT_FAILED_UNLINK) -> goto end_of_write :: else fi
            fi
        }
        goto finish;
        /* this run's, or quarantined: rename temporary to the name */
replace:
        atomic {
            if
            :: mutant(OLD_REMOVED_FIRST) ->
                set_name(CHECKPOINT, NOTHING);
                promise(SAFE_1_READ, !existed)
            :: else
            fi;
            if
            :: name[TEMPORARY(me)] == NOTHING -> goto not_written
            :: name[TEMPORARY(me)] != NOTHING && event(E_RENAME) ->
                taken;
                before_publication(INODE(me));
                rename_name(TEMPORARY(me), CHECKPOINT);
                if :: mutant(UNLOCK_BEFORE_FLUSH) -> release_lock(me) :: else fi
            :: fails_at(E_RENAME); goto not_written
            fi
        }
        /* close temporary */
finish:
        atomic {
            if
            :: mutant(FILE_FLUSHED_LATE) -> flush_file(INODE(me))
            :: mutant(PUBLISHED_EMPTY) -> data[INODE(me)] = WHOLE
            :: else
            fi;
            if :: true :: fails_at(E_CLOSE); failed = true fi;
            /* flush directory */
            if
            :: !directory_is_flushed -> flushed = true
            :: directory_is_flushed && event(E_FLUSH) -> taken; flush_directory(); flushed = true
            :: fails_at(E_FLUSH); lose_changes(); flushed = true;
               failed = true;
               if :: mutant(PUBLISHED_NOT_WRITTEN) -> goto not_written :: else fi
            fi
        }
        /* flush the directories above it */
end_of_write:
        atomic {
            if
            :: !late && !partial
            :: partial -> if :: true :: event(E_ABOVE) -> taken fi
            :: late && event(E_ABOVE) -> taken; flush_above()
            :: late && fails_at(E_ABOVE); scope_lost = LOSSY; failed = true;
                if :: true :: event(E_ABOVE) -> taken fi              /* the others of them */
            fi;
            /* it may try once more to remove the temporary name */
            if
            :: true
            :: left && name[TEMPORARY(me)] != NOTHING && event(E_UNLINK) -> taken;
                set_name(TEMPORARY(me), NOTHING)
            fi;
            /* unlock directory */
            if :: true :: fails_at(E_UNLOCK); failed = true fi;
            release_lock(me);
            /* return the path */
            if
            :: (!failed || mutant(FAILED_FLUSH_IGNORED)) && event(E_OK) -> taken;
                promise(SAFE_13, !failed);
                answered = answered | bit_of(me)
            :: failed && !mutant(FAILED_FLUSH_IGNORED) && event(E_UNCERTAIN) -> taken;
                promise(SAFE_13, flushed)
            fi;
            promise(SAFE_12_CLEAN, left || name[TEMPORARY(me)] == NOTHING);
            if
            :: me == LAST_WRITER && !not_swept && !left ->
                k = 1;
                do
                :: k <= LAST_WRITER -> promise(SAFE_7_SWEPT, name[TEMPORARY(k)] == NOTHING); k++
                :: else -> break
                od
            :: else
            fi;
            forget();
            goto done
        }
        /* SAFE-12: remove its temporary file, and the second name of a quarantined file */
not_written:
        atomic {
            needed = needed & ~bit_of(me);
            if
            :: mutant(TEMPORARY_LEFT_ON_FAILURE)
            :: !mutant(TEMPORARY_LEFT_ON_FAILURE) && name[TEMPORARY(me)] == NOTHING
            :: !mutant(TEMPORARY_LEFT_ON_FAILURE) && name[TEMPORARY(me)] != NOTHING &&
               event(E_UNLINK) -> taken; set_name(TEMPORARY(me), NOTHING)
            :: name[TEMPORARY(me)] != NOTHING && fails_at(E_UNLINK); left = true
            fi
        }
        atomic {                           /* only while the file still has its first name */
            if
            :: !aside || moved || mutant(SECOND_NAME_LEFT) -> goto undone
            :: else
            fi;
            if
            :: name[ASIDE(me)] == name[CHECKPOINT]
            :: name[ASIDE(me)] != name[CHECKPOINT] -> left = true; goto undone
            fi
        }
        atomic {
            if
            :: event(E_UNLINK_ASIDE) -> taken; set_name(ASIDE(me), NOTHING)
            :: fails_at(E_UNLINK_ASIDE); left = true
            fi;
            if
            :: run_of[OLD] == NO_RUN && !foreign_lost ->
                has_another_name(OLD);
                promise(SAFE_10_NAMED, here || name[CHECKPOINT] == OLD)
            :: else
            fi
        }
undone:
        atomic {
            if :: mutant(LOCK_KEPT_ON_FAILURE) :: else -> release_lock(me) fi;
            event(E_NOT_WRITTEN) -> taken;
            promise(SAFE_9, me != LAST_WRITER || fails > fails_before ||
                            is_another_run(name[CHECKPOINT]));
            promise(SAFE_12_UNWRITTEN, published[INODE(me)] == 0);
            promise(SAFE_12_CLEAN, left || name[TEMPORARY(me)] == NOTHING &&
                                           (moved || name[ASIDE(me)] == NOTHING));
            forget()
        }
done:   skip
    } unless {
        d_step { is_dead(me) -> forget() }
    }
}

/* ---- delete(base, path) of STORE-12. */

#define deletion_is_flushed (DURABILITY == FULL && !mutant(DELETION_NOT_FLUSHED))

proctype Deleter() {
    bool failed;   /* the flush has failed */
    bool kept;     /* nothing was removed: not-removed or lock-timeout */
    byte when;     /* it was removed */
    {
        atomic {
            if
            :: true -> acquire_lock(DELETER, mutant(DELETER_WITHOUT_LOCK))
            :: fails_at(E_LOCK); kept = true; goto unlock
            fi
        }
        atomic {
            if
            :: name[CHECKPOINT] == NOTHING -> goto unlock       /* there was nothing to remove */
            :: name[CHECKPOINT] != NOTHING && event(E_DELETE) -> taken;
                now_++; removed = now_; when = now_;
                foreign_lost = foreign_lost || run_of[name[CHECKPOINT]] == NO_RUN;
                set_name(CHECKPOINT, NOTHING)
            :: fails_at(E_DELETE); kept = true; goto unlock
            fi
        }
        atomic {
            if
            :: !deletion_is_flushed
            :: deletion_is_flushed && event(E_FLUSH) -> taken; flush_directory()
            :: fails_at(E_FLUSH); lose_changes(); failed = true
            fi
        }
unlock: atomic {
            if :: true :: fails_at(E_UNLOCK); failed = !kept fi;
            release_lock(DELETER);
            if
            :: !failed && !kept && event(E_OK) -> taken; deleted = when
            :: kept && event(E_NOT_REMOVED) -> taken
            :: failed && event(E_UNCERTAIN) -> taken
            fi;
            failed = false; kept = false; when = 0; finish_process(DELETER)
        }
    } unless {
        d_step {
            is_dead(DELETER) -> failed = false; kept = false; when = 0; finish_process(DELETER)
        }
    }
}

/* ---- purge(base, before) of STORE-15 to STORE-17, of this file. */

proctype Purger() {
    byte validated;
    {
        atomic {                           /* not a foreign file: STORE-16 */
            r = name[CHECKPOINT];
            if
            :: r != NOTHING && run_of[r] != NO_RUN && data[r] != TORN -> validated = r
            :: r == NOTHING || run_of[r] == NO_RUN || data[r] == TORN ->
                finish_process(PURGER);
                goto done
            fi
        }
        atomic { acquire_lock(PURGER, mutant(PURGER_WITHOUT_LOCK)) }
        atomic {
            if
            :: name[CHECKPOINT] == validated || mutant(PURGE_WITHOUT_CHECK)
            :: name[CHECKPOINT] != validated && !mutant(PURGE_WITHOUT_CHECK) -> goto unlock
            fi
        }
        atomic {
            if
            :: name[CHECKPOINT] == NOTHING
            :: name[CHECKPOINT] != NOTHING && event(E_DELETE) -> taken;
                promise(STORE_17, name[CHECKPOINT] == validated);
                now_++; removed = now_;
                set_name(CHECKPOINT, NOTHING)
            :: fails_at(E_DELETE)
            fi
        }
unlock: atomic {
            if
            :: release_lock(PURGER)
            :: holder == PURGER && fails_at(E_UNLOCK); holder = 0
            fi;
            event(E_OK) -> taken; validated = 0; finish_process(PURGER)
        }
done:   skip
    } unless {
        d_step { is_dead(PURGER) -> validated = 0; finish_process(PURGER) }
    }
}

/* ---- Kills and the power cut. */

inline kill(p) {
    if
    :: kills < KILLS && (EVERYBODY >> (p)) & 1 && is_alive(p) &&
       (p != LAST_WRITER || next_started) ->
        kills++;
        dead = dead | bit_of(p);
        if :: holder == p -> holder = 0 :: else fi
    fi
}

proctype Environment() {
    do
    :: atomic { kill(1) }
    :: atomic { kill(2) }
    :: atomic { kill(3) }
    :: atomic { kill(4) }
    :: atomic { kill(5) }
    :: atomic { kill(6) }
    :: atomic { POWER && !power_failed -> cut_power() }
    :: atomic { finished == EVERYBODY -> break }
    od
}

#ifndef REPLAY
#define SOMETHING 0  /* of START: any of the next five */
#define MISSING 1
#define SAME_RUN 2
#define OTHER_RUN 3
#define FOREIGN 4
#define EMPTY_FILE 5
#define PRESENT 6    /* anything but MISSING */
#define CHECKPOINTS_ONLY 7 /* MISSING, SAME_RUN or OTHER_RUN */

#define may_start(what) (START == SOMETHING || START == what)

init {
    atomic {
        if
        :: may_start(MISSING) || START == CHECKPOINTS_ONLY ->
            if :: POWER -> scope_on_disk = false :: skip fi
        :: may_start(SAME_RUN) || START == PRESENT || START == CHECKPOINTS_ONLY ->
            existed = true; run_of[OLD] = RUN_A; data[OLD] = WHOLE
        :: may_start(OTHER_RUN) || START == PRESENT || START == CHECKPOINTS_ONLY ->
            existed = true; run_of[OLD] = RUN_B; data[OLD] = WHOLE
        :: may_start(FOREIGN) || START == PRESENT -> existed = true; data[OLD] = WHOLE
        :: may_start(EMPTY_FILE) || START == PRESENT -> existed = true; run_of[OLD] = RUN_A
        fi;
        if
        :: existed -> name[CHECKPOINT] = OLD; disk[CHECKPOINT] = OLD; on_disk[OLD] = true
        :: else -> run_of[OLD] = RUN_A
        fi;
        k = 1;
        do
        :: k < LAST_WRITER -> run_of[INODE(k)] = RUN_A; k++
        :: else -> break
        od;
        if
        :: COLLIDING > 0 && WRITERS > 1 -> run_of[INODE(WRITERS)] = RUN_B
        :: COLLIDING != 1
        fi;
        k = 1;
        do
        :: k < LAST_WRITER -> run Writer(k); k++
        :: else -> break
        od;
        if :: DELETERS -> run Deleter() :: else fi;
        if :: PURGERS -> run Purger() :: else fi;
        run Environment()
    }
    atomic {
        finished == FIRST_PHASE -> next_started = true; fails_before = fails;
        if :: run_of[INODE(LAST_WRITER)] = RUN_A :: run_of[INODE(LAST_WRITER)] = RUN_B fi;
        run Writer(LAST_WRITER)
    }
}
#endif
