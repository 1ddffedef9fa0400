//! How long the original's own functions take, timed in this process.
//!
//! Fields of a line are separated by tabs; the answer is a line of nanoseconds, all in all.
//!
//!     read PATH TIMES              read_snapshot, the file included
//!     write TEMPLATE BASE TIMES    write_snapshot of the record that TEMPLATE holds

use std::hint::black_box;
use std::io::{self, BufRead, Write as _};
use std::path::Path;
use std::time::Instant;

use roma_lib::{read_snapshot, write_snapshot};

fn timed(times: &str, mut action: impl FnMut()) -> u128 {
    let times: u64 = times.parse().expect("a number");
    let start = Instant::now();
    for _ in 0..times {
        action();
    }
    start.elapsed().as_nanos()
}

fn answer(line: &str) -> u128 {
    let fields: Vec<&str> = line.split('\t').collect();
    let path = Path::new(fields[1]);
    match fields[0] {
        "read" => timed(fields[2], || {
            black_box(read_snapshot(path).expect("a checkpoint"));
        }),
        "write" => {
            let record = read_snapshot(path).expect("a checkpoint");
            timed(fields[3], || {
                black_box(write_snapshot(Path::new(fields[2]), &record).expect("a place to write"));
            })
        }
        other => panic!("unknown operation {other}"),
    }
}

fn main() {
    let stdout = io::stdout();
    for line in io::stdin().lock().lines() {
        let line = line.expect("a line of UTF-8");
        let mut stdout = stdout.lock();
        writeln!(stdout, "{}", answer(&line)).and_then(|()| stdout.flush()).expect("a listener");
    }
}
