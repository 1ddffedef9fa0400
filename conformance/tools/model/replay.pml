/*
 * A replay: the model may only make the calls of one of the recorded traces. The tool writes the
 * tables `trace_…` and includes this file. What the search reaches of each trace, it prints.
 */

#define REPLAY
#define UNSEEN 30  /* a call failed that the model does not have: any step may have failed */
#define next_event trace_events[now.chosen][now.position]
#define event_after trace_events[now.chosen][now.position + 1]
#define event(which) c_expr { next_event == (which) || next_event == UNSEEN \
                              && ((which) & 32 || event_after == (which)) }
#define taken c_code { take(0); }
#define failure_taken c_code { take(1); }

short chosen;   /* the trace */
byte position;  /* in it */

c_code {
  static void take(int failed) {
    now.position += next_event == UNSEEN && !failed ? 2 : 1;
    if (now.position > trace_reached[now.chosen]) {
      trace_reached[now.chosen] = now.position;
      printf("trace %d reached %d\n", now.chosen, now.position);
    }
  }
}

#include MODEL

#define MISSING 1
#define OTHER_RUN 3
#define FOREIGN 4
#define EMPTY_FILE 5

init {
    byte what;
    atomic {
        chosen = 0;
        do
        :: chosen < TRACES - 1 -> chosen++
        :: break
        od;
        what = c_expr { trace_start[now.chosen] };
        existed = what != MISSING;
        data[OLD] = (what == MISSING || what == EMPTY_FILE -> EMPTY : WHOLE);
        run_of[OLD] = (what == FOREIGN -> NO_RUN : (what == OTHER_RUN -> RUN_B : RUN_A));
        if :: existed -> name[CHECKPOINT] = OLD :: else fi;
        run_of[INODE(1)] = RUN_A;
        scope_on_disk = false;
        fails = 1 - c_expr { trace_failures[now.chosen] };
        /* The other writers are interrupted ones, of whom stale files are left. */
        dead = EVERYBODY - bit_of(1) - bit_of(DELETER) - bit_of(PURGER);
        k = 0;
        do
        :: k < c_expr { trace_stale[now.chosen] } -> name[TEMPORARY(k + 2)] = INODE(k + 2); k++
        :: else -> break
        od;
        what = c_expr { trace_process[now.chosen] };
        if
        :: what == 0 -> run Writer(1)
        :: what == 1 -> run Deleter()
        :: what == 2 -> run Purger()
        fi
    }
}
