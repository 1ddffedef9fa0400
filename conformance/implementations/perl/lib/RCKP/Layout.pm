package RCKP::Layout;

# The record layout (LAY-1): the table that decoder and encoder both follow.

use v5.36;
use Config;
use Exporter 'import';
our @EXPORT_OK = qw(MAGIC FIELDS STATUSES is_text);

# TYPE-3: every u64 must be exact; here it is a native unsigned integer.
die "RCKP needs a perl with 64-bit integers\n" if $Config{ivsize} < 8;

use constant MAGIC => "\x52\x43\x4B\x50";    # LAY-2

# Name and type, from the first field of a record to its last.
use constant FIELDS => (
    [created_at_ms            => 'u64'],
    [run_id                   => 'string'],
    [random_seed              => 'u64'],
    [algorithm_name           => 'string'],
    [algorithm_parameters     => 'string'],
    [problem_description      => 'string'],
    [problem_parameters       => 'string'],
    [algorithm_signature_hash => 'u64'],
    [problem_signature_hash   => 'u64'],
    [step_state_payload       => 'string'],
    [seed_payload             => 'option'],
    [elapsed_millis           => 'u64'],
    [status                   => 'status'],
    [error_message            => 'option'],
);

# TYPE-10: the byte of a state is its place in this list.
use constant STATUSES => qw(running completed failed interrupted);

# Whether a Perl string is a text of the format: scalar values only. Perl lets
# surrogates and numbers above 10FFFF into its strings.
sub is_text ($text) { $text !~ /[^\x{0}-\x{D7FF}\x{E000}-\x{10FFFF}]/ }

1;
